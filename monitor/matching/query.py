"""The tree of a rule's expression.

Nodes that *mark words* (``Marker``) yield occurrences, spans of token positions, and may stand
under NEAR, BEFORE, EXCEPT and ATLEAST; all other nodes only hold or do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.records import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms, in the article's language. ``text`` as the person wrote it."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order, each in any of its forms. ``text`` as written, without the quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Exact:
    """Word or words exactly as written, case and accents included (``=US``, ``="Base 101"``)."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins so (``nig*``). ``text`` without the star."""

    text: str


@dataclass(frozen=True, slots=True)
class VocabularyTerm:
    """Any term of a vocabulary (``@troops``). ``name`` without the @."""

    name: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country in any language (``country:NE``). ``code`` is ISO 3166-1 alpha-2, upper case."""

    code: str


@dataclass(frozen=True, slots=True)
class Near:
    """At most ``distance`` words between a ``left`` and a ``right``; ``ordered``: left first."""

    left: Marker
    right: Marker
    distance: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Except:
    """An occurrence of ``kept`` that is not part of an occurrence of ``barred``."""

    kept: Marker
    barred: Marker


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` occurrences of ``of``."""

    of: Marker
    count: int


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression (RE2) over the cleaned text as written, headline and text apart."""

    pattern: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class InTitle:
    """``of``, looked for in the headline only."""

    of: Query


@dataclass(frozen=True, slots=True)
class InLead:
    """``of``, looked for in the headline or the first three sentences."""

    of: Query


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something of the article itself: ``key`` is lang, feed, tag, author or site."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any part holds."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``part`` does not hold."""

    part: Query


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least ``count`` of the parts hold (the list ``any`` with ``at_least``)."""

    parts: tuple[Query, ...]
    count: int


Marker = Word | Phrase | Exact | Prefix | VocabularyTerm | Country | Except | Or
"""What marks words; an ``Or`` only where all its parts are markers."""

Query = Marker | Near | AtLeast | Regex | InTitle | InLead | Attribute | And | Not | Threshold


def walk(query: Query) -> Iterator[Query]:
    """The node and every node below it, in the order of the expression."""
    waiting = [query]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(below(node)))


def below(query: Query) -> tuple[Query, ...]:
    """The nodes right below a node, in the order of the expression."""
    match query:
        case And(parts) | Or(parts) | Threshold(parts, _):
            return parts
        case Near(left, right, _, _):
            return left, right
        case Except(kept, barred):
            return kept, barred
        case Not(part) | AtLeast(part, _) | InTitle(part) | InLead(part):
            return (part,)
        case _:
            return ()
