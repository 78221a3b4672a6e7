"""What to say of pieces of an expression that stand where they may not."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.matching.query import (
    And,
    AtLeast,
    Attribute,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Query,
    Regex,
)
from monitor.matching.shown import as_written, as_written_tight


def named(query: Query) -> str:  # noqa: PLR0911 - one line for each kind
    """What ``query`` is called in a message."""
    match query:
        case And():
            return "AND"
        case Or():
            return "this OR group, in which a part marks none,"
        case Not():
            return "NOT"
        case Near(ordered=ordered):
            return "BEFORE" if ordered else "NEAR"
        case AtLeast():
            return "ATLEAST"
        case Regex():
            return "a regular expression"
        case InTitle():
            return "title:"
        case InLead():
            return "lead:"
        case Attribute(key, _):
            return f"{key}:"
        case _:
            return "this"


def instead(query: Query, sign: str, *, behind: bool = False) -> str:  # noqa: PLR0911 - as above
    """What to write where ``query`` stands beside ``sign`` (``behind`` it) and marks no words."""
    if sign == "EXCEPT" and behind:
        return 'behind EXCEPT stand words and phrases: write the phrases, such as EXCEPT "flood of"'
    match query:
        case And():
            return f"write A {sign} C AND B {sign} C"
        case InTitle():
            return f"write title:(A {sign} B)"
        case InLead():
            return f"write lead:(A {sign} B)"
        case Near() if sign == "EXCEPT":
            return "write (A EXCEPT C) NEAR B"
        case Near():
            return "write (A NEAR B) AND (B NEAR C)"
        case Regex():
            return "use words, phrases, prefixes (nig*) or a vocabulary there"
        case _:
            return f"join it with AND: (A {sign} B) AND …"


def chained(links: Sequence[Query]) -> str:
    """What to write instead of a chain such as A EXCEPT B EXCEPT C.

    Of the ``links`` each is what one sign of the chain makes of the pieces on its two sides.
    """
    barred = [link.barred for link in links if isinstance(link, Except)]
    near = [link for link in links if isinstance(link, Near)]
    first = links[0]
    if len(barred) == len(links) > 1 and isinstance(first, Except):
        either = " OR ".join(map(as_written_tight, barred))
        return f"write {as_written_tight(first.kept)} EXCEPT ({either})"
    if len(near) == len(links) > 1:
        return "write " + " AND ".join(f"({as_written(link)})" for link in near)
    return "write (A NEAR B) AND (B NEAR C), or (A EXCEPT B) NEAR C"
