"""What an article must hold for a rule to match, worked out from the rule's expression alone.

``groups``: of each an article must hold one atom. ``barred``: of these it may hold none.
``close``: of each pair an atom of the left must stand near one of the right. Where these say all
that the expression says (``whole``), nothing more need be asked; else the expression itself is
put to the articles that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

from monitor.matching.atoms import Atoms
from monitor.matching.query import (
    And,
    AtLeast,
    Country,
    Exact,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Threshold,
    VocabularyTerm,
    Word,
)
from monitor.matching.terms import Term

Group = tuple[int, ...]
Cost = Callable[[Group], float]
"""How often articles are expected to hold one of a group; small is rare."""


class Close(NamedTuple):
    """At most ``distance`` words between an atom of the left and one of the right."""

    left: Group
    right: Group
    distance: int
    ordered: bool


class Needs(NamedTuple):
    """See above. ``chosen`` where the groups of OR's parts were chosen by cost."""

    groups: tuple[Group, ...] = ()
    barred: Group = ()
    close: tuple[Close, ...] = ()
    whole: bool = False
    chosen: bool = False


_UNKNOWN = Needs()


def needs_of(query: Query, atoms: Atoms, cost: Cost) -> Needs:
    """What ``query`` needs; its words get their atoms."""
    find = _FOUND.get(type(query))
    return find(query, atoms, cost) if find else _UNKNOWN


def _of_word(query: Word, atoms: Atoms, cost: Cost) -> Needs:  # noqa: ARG001 - all are called alike
    return Needs(((atoms.of_word(query),),), whole=True)


def _of_term(query: Term, atoms: Atoms, cost: Cost) -> Needs:  # noqa: ARG001
    return Needs(((atoms.together(atoms.term(query)),),), whole=True)


def _of_vocabulary(query: VocabularyTerm, atoms: Atoms, cost: Cost) -> Needs:  # noqa: ARG001
    return Needs(((atoms.vocabulary(query.name),),), whole=True)


def _of_country(query: Country, atoms: Atoms, cost: Cost) -> Needs:  # noqa: ARG001
    return Needs(((atoms.place(query.code),),))


def _of_and(query: And, atoms: Atoms, cost: Cost) -> Needs:
    return _all([needs_of(part, atoms, cost) for part in query.parts])


def _of_or(query: Or, atoms: Atoms, cost: Cost) -> Needs:
    if all(type(part) is Word for part in query.parts):  # most rules: quickly
        words = map(atoms.of_word, cast(tuple[Word, ...], query.parts))
        return Needs((tuple(dict.fromkeys(words)),), whole=True)
    return _any([needs_of(part, atoms, cost) for part in query.parts], cost)


def _of_threshold(query: Threshold, atoms: Atoms, cost: Cost) -> Needs:
    found = _any([needs_of(part, atoms, cost) for part in query.parts], cost)
    return found._replace(whole=False) if query.count > 0 else _UNKNOWN


def _of_not(query: Not, atoms: Atoms, cost: Cost) -> Needs:
    part = needs_of(query.part, atoms, cost)
    return Needs(barred=part.groups[0], whole=True) if _is_one_group(part) else _UNKNOWN


def _of_inner(query: AtLeast | InTitle | InLead, atoms: Atoms, cost: Cost) -> Needs:
    return Needs(needs_of(query.of, atoms, cost).groups)


def _of_except(query: Except, atoms: Atoms, cost: Cost) -> Needs:
    return Needs(needs_of(query.kept, atoms, cost).groups)


def _all(parts: Sequence[Needs]) -> Needs:
    return Needs(
        groups=tuple(dict.fromkeys(group for part in parts for group in part.groups)),
        barred=tuple(atom for part in parts for atom in part.barred),
        close=tuple(pair for part in parts for pair in part.close),
        whole=all(part.whole for part in parts),
        chosen=any(part.chosen for part in parts),
    )


def _any(parts: Sequence[Needs], cost: Cost) -> Needs:
    """One group: of each part an atom of one of its groups, the rarest."""
    if not all(part.groups for part in parts):
        return _UNKNOWN
    rarest = [_rarest(part.groups, cost) for part in parts]
    return Needs(
        groups=(tuple(dict.fromkeys(atom for group in rarest for atom in group)),),
        whole=all(_is_one_group(part) for part in parts),
        chosen=any(len(part.groups) > 1 or part.chosen for part in parts),
    )


def _rarest(groups: Sequence[Group], cost: Cost) -> Group:
    return groups[0] if len(groups) == 1 else min(groups, key=cost)


def _is_one_group(part: Needs) -> bool:
    """Whether to hold an atom of a single group is all that it takes."""
    return part.whole and len(part.groups) == 1 and not part.barred and not part.close


def _of_near(query: Near, atoms: Atoms, cost: Cost) -> Needs:
    left, right = needs_of(query.left, atoms, cost), needs_of(query.right, atoms, cost)
    found = _all([left, right])._replace(whole=False)
    if not (_marks_single_words(query.left) and _marks_single_words(query.right)):
        return found
    if not all(_is_one_group(side) and _are_words(side.groups[0], atoms) for side in (left, right)):
        return found
    pair = Close(left.groups[0], right.groups[0], query.distance, query.ordered)
    return found._replace(close=(pair,), whole=True)


def _marks_single_words(query: Query) -> bool:
    return all(isinstance(part, Word | Exact | Prefix) for part in _leaves(query))


def _leaves(query: Query) -> Iterator[Query]:
    if isinstance(query, Or):
        for part in query.parts:
            yield from _leaves(part)
    else:
        yield query


def _are_words(group: Group, atoms: Atoms) -> bool:
    """Whether none of ``group`` is a sequence, which spans several words."""
    return not any(atoms.is_sequence(atom) for atom in group)


_FOUND: dict[type, Callable[..., Needs]] = {
    Word: _of_word,
    Phrase: _of_term,
    Exact: _of_term,
    Prefix: _of_term,
    VocabularyTerm: _of_vocabulary,
    Country: _of_country,
    And: _of_and,
    Or: _of_or,
    Threshold: _of_threshold,
    Not: _of_not,
    Near: _of_near,
    AtLeast: _of_inner,
    InTitle: _of_inner,
    InLead: _of_inner,
    Except: _of_except,
}
