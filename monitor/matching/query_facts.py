"""What can be said of an expression's tree without any article."""

from __future__ import annotations

from monitor.matching.query import (
    And,
    Attribute,
    Country,
    Exact,
    Except,
    InLead,
    InTitle,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Threshold,
    VocabularyTerm,
    Word,
    walk,
)

_LEAVES = (Word, Phrase, Exact, Prefix, VocabularyTerm, Country)
_MARKERS = (*_LEAVES, Except)


def only_excludes(query: Query) -> bool:  # noqa: PLR0911 - one line for each kind
    """Whether ``query`` would hold on an article in which nothing it names is found."""
    if isinstance(query, _LEAVES):  # most nodes: asked of every rule, so it comes first
        return False
    match query:
        case And(parts):
            return all(only_excludes(part) for part in parts)
        case Or(parts):
            return any(only_excludes(part) for part in parts)
        case Not(part):
            return not only_excludes(part)
        case Threshold(parts, count):
            return sum(only_excludes(part) for part in parts) >= count
        case InTitle(of) | InLead(of):
            return only_excludes(of)
        case _:
            return False


def vocabularies_in(query: Query) -> tuple[str, ...]:
    """The names of the vocabularies that ``query`` uses, each once, in the order of writing."""
    used = (node.name for node in walk(query) if isinstance(node, VocabularyTerm))
    return tuple(dict.fromkeys(used))


def attributes(query: Query) -> tuple[Attribute, ...]:
    """Everything that ``query`` asks of the article itself (lang, feed, tag …), each once."""
    return tuple(dict.fromkeys(node for node in walk(query) if isinstance(node, Attribute)))


def attributes_in(query: Query, *keys: str) -> tuple[str, ...]:
    """The values that ``query`` asks for in fields such as lang, feed or tag, each once."""
    asked = (node.value for node in attributes(query) if node.key in keys)
    return tuple(dict.fromkeys(asked))


def is_marker(query: Query) -> bool:
    """Whether ``query`` marks words, so that it may stand beside NEAR, EXCEPT and the like."""
    if isinstance(query, Or):
        return all(isinstance(part, _MARKERS) or is_marker(part) for part in query.parts)
    return isinstance(query, _MARKERS)
