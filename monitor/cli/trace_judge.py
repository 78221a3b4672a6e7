"""An article judged again, by the rules as they stood when it was judged, and by today's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.model import Article
from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.cli.trace_facts import Trace
    from monitor.config import Settings
    from monitor.matching.explain import Explanation
    from monitor.matching.nearest import Miss
    from monitor.matching.rule import Rule
    from monitor.store.lives import Found
    from monitor.wiring import LoadedRules

FEW = 3
"""Rules that came nearest, as people are shown them."""

MISSES = 50
"""The same for JSON, and for -v."""

CONDITION = ("match", "all", "any", "at_least", "none", "languages", "feeds")
"""The keys of a rule that say what it matches."""


@dataclass(frozen=True, slots=True)
class Again:
    """An article judged again, by the rules of the ``moment`` at which it was judged.

    ``kept``: their texts of that moment are known; else today's are used. ``asked`` of the rules
    watched then. ``matching`` are names of those that match, each with the words by which it does;
    ``misses`` the rules that came nearest. ``today`` are the names of the rules that match by
    today's texts; ``faulty`` are the files with faults today, ``left_out`` those of that time that
    cannot be read any more. ``rule`` is the one that was asked for, with its explanation, and
    whether it was there then. ``over`` would match, were they not past their ``until``.
    """

    moment: datetime
    kept: bool
    asked: int
    matching: Mapping[str, tuple[str, ...]]
    misses: tuple[Miss, ...]
    today: tuple[str, ...]
    faulty: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    rule: tuple[Rule, Explanation, bool] | None = None
    over: tuple[Rule, ...] = ()


def judged_at(trace: Trace) -> datetime | None:
    """When the rules last judged the article, or would have; None where it is forgotten.

    One that has still to be judged will be so by the rules of now.
    """
    if trace.waits_to_be_judged:
        return trace.now
    return trace.judgings[-1].at if trace.judgings else trace.first_seen_at


@dataclass(frozen=True, slots=True)
class Texts:
    """Rule files, path to text: the last good versions, and those ``then``, as far as kept."""

    last_good: Mapping[str, str]
    then: Mapping[datetime, Mapping[str, str]]


def texts_for(connection: Connection, traces: Sequence[Trace]) -> Texts:
    """The rule files by which these articles are to be judged again."""
    from monitor.store import rule_history, rules

    moments = {moment for each in traces if each.article and (moment := judged_at(each))}
    found = {each: rule_history.texts_at(connection, each) for each in moments}
    then = {moment: texts for moment, texts in found.items() if texts is not None}
    return Texts(rules.last_good(connection), then)


class Judge:
    """Judges articles again: by the rules as they stood when they were judged, and by today's.

    It asks nothing of the store: judging may take its time, and holds no transaction open.
    """

    def __init__(self, settings: Settings, texts: Texts) -> None:
        from monitor.wiring import read_rule_files

        self._settings = settings
        self.today = read_rule_files(settings, texts.last_good)
        compiled: dict[tuple[tuple[str, str], ...], LoadedRules] = {}
        self._then: dict[datetime, LoadedRules] = {}
        for moment, found in texts.then.items():
            key = tuple(sorted(found.items()))
            self._then[moment] = compiled.get(key) or self._of(found)
            compiled[key] = self._then[moment]

    def again(self, trace: Trace, rule: str | None, most: int) -> Trace:
        """The trace with its article judged again; one that is forgotten cannot be.

        Nor can one whose dictionary is still being made: that may take half a minute. ``rule`` is
        to be explained in full; ``most`` rules that came near are looked for.
        """
        moment = judged_at(trace)
        if trace.article is None or moment is None:
            return trace
        if lacking := self._lacking(trace):
            return replace(trace, lacking=lacking)
        rules = self._then.get(moment, self.today)
        asked, found, misses, over = _judged(rules, trace.article, self._day(moment), most)
        today = found
        if rules is not self.today:
            today = _judged(self.today, trace.article, self._day(trace.now), 0)[1]
        again = Again(
            moment,
            moment in self._then,
            asked,
            found,
            misses,
            today=tuple(today),
            over=over,
            faulty=tuple(filter(None, self.today.files.faulty)),
            left_out=tuple(rules.files.faulty) if rules is not self.today else (),
            rule=self._explained(rules, rule, trace.article) if rule else None,
        )
        return replace(trace, again=again)

    def _lacking(self, trace: Trace) -> tuple[str, ...]:
        """The languages of an article that waits whose dictionaries are still to be made."""
        from monitor.text.dictionary import missing

        if trace.article is None or not trace.waits_to_be_judged:
            return ()
        language = trace.article.language
        return missing((language,) if language else self.today.languages)

    def _of(self, texts: Mapping[str, str]) -> LoadedRules:
        """The rules of these texts."""
        from monitor.wiring import rules_of_texts

        same = texts == self.today.files.texts
        return self.today if same else rules_of_texts(self._settings, texts)

    def _day(self, moment: datetime) -> datetime:
        return moment.astimezone(self._settings.timezone)

    def _explained(
        self, then: LoadedRules, name: str, article: Article
    ) -> tuple[Rule, Explanation, bool]:
        """A rule's explanation by its text then; by today's where it was not there."""
        there = name in then.in_force.rules
        rules = (then if there else self.today).in_force
        return rules.rules[name], rules.book.explain(name, article), there

    def names(self) -> tuple[str, ...]:
        """Every rule of today and of the moments that articles were judged at."""
        known = [self.today, *self._then.values()]
        return tuple(dict.fromkeys(name for rules in known for name in rules.in_force.rules))


def changed_since(today: LoadedRules, match: Found, now: datetime) -> tuple[str, ...]:
    """What is different today about the rule of a match: its condition, or whether it watches."""
    rule = next((each for each in today.files.rules if each.name == match.fate.rule), None)
    if rule is None:
        return ("no rule has this name today",)
    news = []
    if rule.fingerprint != match.fate.fingerprint:
        news += _changes(today, rule, match)
    if not rule.enabled:
        news.append("switched off by now")
    elif rule not in today.in_force.watching(now):
        news.append(f"over by now, its until is {rule.until}")
    return tuple(news)


def _changes(today: LoadedRules, rule: Rule, match: Found) -> list[str]:
    """Whether it is the condition that changed, a vocabulary, or only what else a rule says."""
    then, now = _condition_of(match.text or ""), _condition_of(rule.text)
    print_ = _print_today(today, match.text or "")
    if then is None or now is None or print_ is None:
        return ["changed since, or a vocabulary of it"]
    news = []
    if then != now:
        news.append("changed since")
    if print_ != match.fate.fingerprint:
        news.append("a vocabulary of it changed since")
    return news


def _condition_of(text: str) -> dict[str, object] | None:
    """The condition in a rule's TOML; None where that cannot be read."""
    try:
        (table,) = tomllib.loads(text)["rule"]
    except (tomllib.TOMLDecodeError, KeyError, ValueError):
        return None
    return {key: table[key] for key in CONDITION if key in table}


def _print_today(today: LoadedRules, text: str) -> str | None:
    """The fingerprint that a rule's text would have with the vocabularies of today, if any."""
    from monitor.matching.plain_expressions import Expressions
    from monitor.matching.rule_file import read_rule_file
    from monitor.matching.rule_prints import file_in_force, vocabulary_print

    content = read_rule_file(text, "", "", Expressions())
    prints = {name: vocabulary_print(v) for name, v in today.files.vocabularies.items()}
    rules = file_in_force(content, prints, None).rules
    return rules[0].fingerprint if len(rules) == 1 else None


def _judged(
    rules: LoadedRules, article: Article, moment: datetime, most: int
) -> tuple[int, dict[str, tuple[str, ...]], tuple[Miss, ...], tuple[Rule, ...]]:
    """How many rules watched, which matched by what words, and the ``most`` that came nearest.

    Last those past their ``until`` that would have matched.
    """
    from monitor.matching.index import Rulebook
    from monitor.matching.nearest import nearest
    from monitor.matching.rules_in_force import watches

    asked = [rule for rule in rules.files.rules if watches(rule, moment.date())]
    found = {f.rule: f.terms for f in rules.in_force.book.findings(article)}
    matching = {rule.name: found[rule.name] for rule in asked if rule.name in found}
    others = [rule for rule in asked if rule.name not in matching] if most else []

    def lenient(forms: Sequence[Rule]) -> Rulebook:
        return Rulebook(forms, rules.files.vocabularies, rules.languages)

    near = nearest(rules.in_force.book, others, article, most, lenient)
    past = [rule for rule in rules.files.rules if rule.enabled and rule not in asked]
    over = tuple(rule for rule in past if rule.name in found)
    return len(asked), matching, near, over
