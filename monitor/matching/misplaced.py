"""What to say of an expression that stands where only something that marks words may stand."""

from __future__ import annotations

from monitor.matching.query import (
    And,
    AtLeast,
    Attribute,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Query,
    Regex,
)


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


def instead(query: Query, sign: str) -> str:
    """What to write where ``query`` stands beside ``sign`` and marks no words."""
    match query:
        case And():
            return f"write A {sign} C AND B {sign} C"
        case InTitle():
            return f"write title:(A {sign} B)"
        case InLead():
            return f"write lead:(A {sign} B)"
        case Near():
            return "write (A NEAR B) AND (B NEAR C)"
        case Regex():
            return "use words, phrases, prefixes (nig*) or a vocabulary there"
        case _:
            return f"join it with AND: (A {sign} B) AND …"
