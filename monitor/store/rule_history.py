"""The shelf of what rules were: which version of each file was in force when.

And when articles were judged, where that was not as soon as they were seen: so that an article can
be judged again by the texts of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import Article
from monitor.records import dataclass
from monitor.store.connection import insert_new, portions, upsert
from monitor.store.tables import judgings, rule_file_history, rule_file_texts

_WHOLE = ""
"""The path of the row that says from when on the history is whole; no file has it."""


def note_texts(tx: Connection, texts: Mapping[str, str], now: datetime) -> None:
    """Note the versions in force from ``now`` on (path to text); those that still are stay."""
    known = {
        row.path: bytes(row.print)
        for row in tx.execute(sa.select(rule_file_history).where(_in_force()))
    }
    if _WHOLE not in known:
        _begin(tx, now)
    prints = {path: _print(text) for path, text in texts.items()}
    ended = [path for path in known if path != _WHOLE and prints.get(path) != known[path]]
    for portion in portions(ended):
        over = sa.update(rule_file_history).where(
            _in_force(), rule_file_history.c.path.in_(portion)
        )
        tx.execute(over.values(until=now))
    begun = [path for path, print_ in prints.items() if known.get(path) != print_]
    new_texts = {prints[path]: texts[path] for path in begun}
    insert_new(tx, rule_file_texts, [{"print": p, "text": t} for p, t in new_texts.items()])
    rows = [{"path": p, "since": now, "until": None, "print": prints[p]} for p in begun]
    upsert(tx, rule_file_history, ("path", "since"), rows)


def _in_force() -> sa.ColumnElement[bool]:
    return rule_file_history.c.until.is_(None)


def _begin(tx: Connection, now: datetime) -> None:
    row = {"path": _WHOLE, "since": now, "until": None, "print": b""}
    insert_new(tx, rule_file_history, [row])  # another process may have begun it just now


def _print(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def texts_at(connection: Connection, moment: datetime) -> dict[str, str] | None:
    """Every rule file that was in force at ``moment``, path to text; None where that is not kept.

    It is not kept from before the history began, and no longer than articles are.
    """
    lasting = sa.or_(_in_force(), rule_file_history.c.until > moment)
    chosen = (
        sa.select(rule_file_history.c.path, rule_file_texts.c.text)
        .outerjoin(rule_file_texts, rule_file_texts.c.print == rule_file_history.c.print)
        .where(rule_file_history.c.since <= moment, lasting)
        .order_by(rule_file_history.c.since)  # of two processes at once the last counts
    )
    found = {row.path: row.text for row in connection.execute(chosen)}
    if _WHOLE not in found:
        return None
    del found[_WHOLE]
    return found


def forget(tx: Connection, before: datetime) -> None:
    """Forget versions that were replaced before that moment, and judgings that were before it."""
    whole = sa.update(rule_file_history).where(
        rule_file_history.c.path == _WHOLE, rule_file_history.c.since < before
    )
    tx.execute(whole.values(since=before))
    tx.execute(sa.delete(rule_file_history).where(rule_file_history.c.until < before))
    used = sa.select(rule_file_history.c.print)
    tx.execute(sa.delete(rule_file_texts).where(rule_file_texts.c.print.not_in(used)))
    tx.execute(sa.delete(judgings).where(judgings.c.judged_at < before))


@dataclass(frozen=True, slots=True)
class Judging:
    """An article was judged at ``at``: its ``revision``, when ``feeds`` feeds had shown it."""

    at: datetime
    revision: int
    feeds: int


def note_judged(
    tx: Connection, judged: Sequence[Article], rules_since: datetime | None, now: datetime
) -> None:
    """Note that articles were judged ``now``, where it is not told by when they were first seen.

    That is so of those judged again, and of those that are older than the rules in force, which
    came into force at ``rules_since``.
    """
    rows = [
        {"article_id": each.id, "judged_at": now, "revision": each.revision, "feeds": many}
        for each in judged
        if (many := len(each.feeds)) > 1
        or each.revision > 1
        or (rules_since is not None and each.first_seen_at < rules_since)
    ]
    insert_new(tx, judgings, rows)


def judgings_of(connection: Connection, article_id: str) -> tuple[Judging, ...]:
    """When an article was judged later than it was seen, the first time first."""
    chosen = (
        sa.select(judgings)
        .where(judgings.c.article_id == article_id)
        .order_by(judgings.c.judged_at)
    )
    return tuple(Judging(r.judged_at, r.revision, r.feeds) for r in connection.execute(chosen))
