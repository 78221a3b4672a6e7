"""What is odd about rules, told by what came of them: advice, never a fault. Pure.

What the ledger tells is cheap (``Ledger``, for ``status``); what only the stored articles tell is
asked of them one by one (``Checkup``, for ``check --doctor``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from monitor.matching.expectations import overdue, quiet_message
from monitor.matching.index import Rulebook
from monitor.matching.near_miss import clauses
from monitor.matching.query import (
    And,
    AtLeast,
    Country,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Threshold,
    VocabularyTerm,
    Word,
    walk,
)
from monitor.matching.query_facts import attributes_in, vocabularies_in
from monitor.matching.rule import Rule, Vocabulary
from monitor.model import Article
from monitor.records import dataclass
from monitor.text.places import table_languages

FEWEST_ARTICLES = 100
"""Shares of fewer articles say nothing."""

TOO_LARGE_A_SHARE = 0.25
FEWEST_ALERTS = 10
ONE_FEED = 0.9
ENOUGH_IN_OTHERS = 0.2
FEWEST_ARRIVING = 5
"""A language in which fewer articles came is not told: it may be a mistake."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Something odd about a rule. ``kind`` is one word for programs."""

    rule: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is written down of past matches.

    ``articles`` are how many are stored; ``by_feed`` maps rules to how many of them they alerted
    on, by the feed's name; ``heard`` to when each was last heard.
    """

    articles: int
    by_feed: Mapping[str, Mapping[str, int]]
    heard: Mapping[str, datetime]


def of_ledger(rules: Sequence[Rule], ledger: Ledger, now: datetime) -> Iterator[Advice]:
    """Advice on rules that are enabled, from what they alerted on."""
    awake = [rule for rule in rules if rule.enabled]
    quiet = overdue(awake, ledger.heard, now)
    for rule in awake:
        if rule.name in quiet:
            yield Advice(rule.name, "quiet", quiet_message(rule))
        stored = sum(ledger.by_feed.get(rule.name, {}).values())
        if found := too_much(rule, stored, ledger.articles):
            yield found
        if found := _one_feed(rule, ledger.by_feed.get(rule.name, {})):
            yield found


def too_much(rule: Rule, matched: int, articles: int) -> Advice | None:
    """Advice on a rule that matches a large share of all articles."""
    if articles < FEWEST_ARTICLES or matched < TOO_LARGE_A_SHARE * articles:
        return None
    share = f"{100 * matched / articles:.0f} % of {articles} articles"
    return Advice(rule.name, "broad", f"matches {share}; ask for more with AND, NEAR or title:")


def _one_feed(rule: Rule, by_feed: Mapping[str, int]) -> Advice | None:
    """Advice on a rule whose alerts nearly all come from one feed, though it names none."""
    total = sum(by_feed.values())
    if total < FEWEST_ALERTS or attributes_in(rule.query, "feed", "tag", "site", "author"):
        return None
    feed, count = max(by_feed.items(), key=lambda item: item[1])
    if count < ONE_FEED * total:
        return None
    return Advice(rule.name, "one feed", f"{count} of {total} alerts come from {feed}")


# --- languages that arrive --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lack:
    """What rules lack for a language that arrives, in which ``articles`` came.

    ``vocabularies`` have no words in it; ``countries``: rules ask for countries, and no table
    knows their people and capitals in it. ``rules`` are the names of those concerned, ``blind``
    of those that can hardly match in it at all.
    """

    language: str
    articles: int
    vocabularies: tuple[str, ...]
    countries: bool
    rules: tuple[str, ...]
    blind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asking:
    """What a rule asks for, as far as languages matter."""

    rule: Rule
    wanted: tuple[str, ...]
    countries: bool
    languages: tuple[str, ...]

    @classmethod
    def by(cls, rule: Rule) -> _Asking:
        """``wanted`` are its vocabularies, those left out that only exclude."""
        barred = {below for node in walk(rule.query) for below in _barred(node)}
        wanted = [
            name for name in vocabularies_in(rule.query) if VocabularyTerm(name) not in barred
        ]
        countries = any(isinstance(node, Country) for node in walk(rule.query))
        return cls(rule, tuple(wanted), countries, attributes_in(rule.query, "lang"))

    def lacking(self, speaking: frozenset[str]) -> list[str]:
        """Those of its vocabularies that are not ``speaking``."""
        return [name for name in self.wanted if name not in speaking]

    def is_blind(self, speaking: frozenset[str]) -> bool:
        """Whether it cannot match where only these vocabularies have words, or not in most ways."""
        lacking = len(self.lacking(speaking))
        return 2 * lacking > len(self.wanted) or not _can_hold(self.rule.query, speaking)


def lacks(
    rules: Iterable[Rule],
    vocabularies: Mapping[str, Vocabulary],
    arriving: Mapping[str | None, int],
) -> Iterator[Lack]:
    """What enabled rules lack for the languages of ``arriving`` (code to articles), most first."""
    asking = [_Asking.by(rule) for rule in rules if rule.enabled]
    for language, articles in sorted(arriving.items(), key=lambda item: -item[1]):
        if language is None or articles < FEWEST_ARRIVING:
            continue
        speaking = frozenset(n for n, v in vocabularies.items() if language in dict(v.terms))
        table = language in table_languages()
        here = [each for each in asking if not each.languages or language in each.languages]
        missing = dict.fromkeys(name for each in here for name in each.lacking(speaking))
        concerned = [e for e in here if e.lacking(speaking) or (e.countries and not table)]
        if concerned:
            yield Lack(
                language,
                articles,
                tuple(missing),
                not table and any(each.countries for each in here),
                tuple(each.rule.name for each in concerned),
                tuple(e.rule.name for e in concerned if e.is_blind(speaking)),
            )


def _barred(node: Query) -> Iterator[Query]:
    if isinstance(node, Not):
        yield from walk(node.part)
    elif isinstance(node, Except):
        yield from walk(node.barred)


def _can_hold(query: Query, speaking: frozenset[str]) -> bool:  # noqa: PLR0911 - by kind
    """Whether ``query`` could hold if only these vocabularies had words."""
    match query:
        case VocabularyTerm(name):
            return name in speaking
        case And(parts):
            return all(_can_hold(part, speaking) for part in parts)
        case Or(parts):
            return any(_can_hold(part, speaking) for part in parts)
        case Threshold(parts, count):
            return sum(_can_hold(part, speaking) for part in parts) >= count
        case Near(left, right, _, _):
            return _can_hold(left, speaking) and _can_hold(right, speaking)
        case Except(of, _) | AtLeast(of, _) | InTitle(of) | InLead(of):
            return _can_hold(of, speaking)
        case _:
            return True


# --- the stored articles, one by one ----------------------------------------------------------


@dataclass(slots=True)
class Checkup:
    """What today's rules find in the stored articles."""

    rules: Sequence[Rule]
    vocabularies: Mapping[str, Vocabulary]
    languages: Sequence[str]
    articles: int = 0
    in_language: Counter[str | None] = field(default_factory=Counter)
    matched: dict[str, Counter[str | None]] = field(default_factory=dict)
    book: Rulebook = field(init=False)

    def __post_init__(self) -> None:
        self.rules = [rule for rule in self.rules if rule.enabled]
        self.book = Rulebook(self.rules, self.vocabularies, self.languages)

    def look(self, articles: Sequence[Article]) -> None:
        """Put articles to every rule."""
        self.articles += len(articles)
        self.in_language.update(article.language for article in articles)
        for article, rules in zip(articles, self.book.matching(articles), strict=True):
            for rule in rules:
                self.matched.setdefault(rule.name, Counter())[article.language] += 1

    def advice(self) -> Iterator[Advice]:
        """What is odd, once every article has been looked at."""
        for rule in self.rules:
            languages = self.matched.get(rule.name, Counter())
            if found := too_much(rule, sum(languages.values()), self.articles):
                yield found
            if not languages and self.articles >= FEWEST_ARTICLES:
                yield Advice(rule.name, "silent", f"matches none of {self.articles} articles")
            if found := _one_language(rule, languages, self.in_language):
                yield found


def _one_language(
    rule: Rule, matched: Mapping[str | None, int], arrived: Mapping[str | None, int]
) -> Advice | None:
    """Advice on a rule that asks for plain words, and finds them in one language only."""
    words = [clause for clause in clauses(rule.query) if is_plain(clause)]
    if not words or len(matched) != 1 or attributes_in(rule.query, "lang"):
        return None
    (language,) = matched
    if language is None or matched[language] < FEWEST_ALERTS:
        return None
    others = sum(count for code, count in arrived.items() if code not in (language, None))
    if others < ENOUGH_IN_OTHERS * sum(arrived.values()):
        return None
    return Advice(
        rule.name,
        "one language",
        f"its words are found in {language} alone, and {others} articles came in other languages; "
        "add their words with OR, or use a vocabulary",
    )


def is_plain(clause: Query) -> bool:
    """Whether a clause is made of words and phrases alone: nothing that spans languages."""
    leaves = [node for node in walk(clause) if not list(walk(node))[1:]]
    return not isinstance(clause, Not) and all(isinstance(leaf, Word | Phrase) for leaf in leaves)
