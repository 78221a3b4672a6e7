"""What a person can do when the database cannot be used, in one sentence beside its own words.

Databases say what they could not do, seldom why, and never what helps. The words looked for are
SQLite's (sqlite.org/rescode.html) and those of libpq and PostgreSQL.
"""

from __future__ import annotations

_ADVICE = (
    (
        "disk is full",
        "free some space: nothing is lost, and a running daemon goes on by itself",
    ),
    (
        "is locked",
        "another program holds it: close that (a database browser, a copy being made), "
        "and a running daemon goes on by itself",
    ),
    (
        "readonly",
        "let the user who runs Wirewatch write this file and its folder",
    ),
    (
        "unable to open",
        "its folder must be there, and the user who runs Wirewatch must be allowed to write it",
    ),
    (
        "not a database",
        "if it should be one it is damaged: stop Wirewatch, move the file away, put a backup there",
    ),
    (
        "malformed",
        "the file is damaged: stop Wirewatch, move it away with its -wal and -shm, "
        "and put a backup in its place",
    ),
    (
        "disk i/o error",
        "the disk cannot be read or written: see what the system says of it",
    ),
    (
        "no space left",
        "free some space on the database server: nothing is lost, and a daemon goes on by itself",
    ),
    (
        "connection refused",
        "see that the database server runs, and that the address is right",
    ),
)


def with_advice(reason: str) -> str:
    """The database's own ``reason``, followed by what helps where that is known."""
    lowered = reason.casefold()
    for words, advice in _ADVICE:
        if words in lowered:
            return f"{reason}; {advice}"
    return reason
