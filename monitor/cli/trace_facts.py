"""What there is to tell of one article: gathered from every shelf, and judged again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.cli.stored import look_up
from monitor.model import Article, FeedState, ProblemKind, Silence

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.config import Settings
    from monitor.matching.explain import Explanation
    from monitor.matching.nearest import Miss
    from monitor.matching.rule import Rule
    from monitor.store.digests import Due
    from monitor.store.lives import Found, InStory, Life, Neighbour, Told
    from monitor.store.outbox import Rest
    from monitor.store.rule_history import Judging
    from monitor.wiring import LoadedRules

FEW = 3
"""Rules that came nearest, as people are shown them."""

NEIGHBOURS = 3
"""Known addresses that are told where the one asked for is not known."""

MISSES = 50
"""The same for JSON, and for -v."""

_ID_LENGTH = 24
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Again:
    """An article judged again, by the rules of the ``moment`` at which it was judged.

    ``kept``: their texts of that moment are known; else today's are used. ``asked`` of the rules
    watched then. ``matching`` are names of those that match, each with the words by which it does;
    ``misses`` the rules that came nearest. ``today`` are the names of the rules that match by
    today's texts. ``left_out`` are files that cannot be read any more. ``rule`` is the one that was
    asked for, with its explanation, and whether it was there then.
    """

    moment: datetime
    kept: bool
    asked: int
    matching: Mapping[str, tuple[str, ...]]
    misses: tuple[Miss, ...]
    today: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    rule: tuple[Rule, Explanation, bool] | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of an address.

    ``article_id`` is None where it was never seen; ``article`` and ``life`` are None where it is
    forgotten. ``by`` is what the address is: "address", "guid" or "id". ``trouble`` is why the
    rules could not judge it, ``lacking`` the languages whose dictionaries it waits for. Of what was
    never seen it is told how many articles are ``on_host`` (of its ``host``, None where it has
    none), the ``neighbours`` with addresses like it, and the ``feeds`` on that host or at it.
    """

    asked: str
    now: datetime
    article_id: str | None = None
    article: Article | None = None
    by: str = ""
    life: Life | None = None
    judgings: tuple[Judging, ...] = ()
    matches: tuple[Found, ...] = ()
    stories: tuple[InStory, ...] = ()
    told: tuple[Told, ...] = ()
    dues: Mapping[str, Due] = field(default_factory=dict)
    rests: Mapping[str, Rest] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    trouble: str | None = None
    lacking: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    host: str | None = None
    on_host: int = 0
    feeds: tuple[FeedState, ...] = ()
    again: Again | None = None

    @property
    def first_seen_at(self) -> datetime | None:
        """When it was first seen; an id tells it too."""
        if self.article is not None:
            return self.article.first_seen_at
        return _moment_of(self.article_id) if self.article_id else None

    @property
    def known_as(self) -> str:
        """What was asked for: "id", "guid", "spelling" (of its address), or another "address"."""
        from monitor.feeds.links import canonical_link
        from monitor.feeds.wrapped_links import unwrapped

        url = self.article.url if self.article else None
        if self.by != "address" or not url:
            return self.by
        same = canonical_link(unwrapped(self.asked)) == canonical_link(url)
        bare = canonical_link(f"https://{self.asked}") == canonical_link(url)
        return "spelling" if same or bare else "address"

    @property
    def is_old(self) -> bool:
        """Whether it came too old to alert on."""
        return self.life is not None and not self.life.alert

    @property
    def waits_to_be_judged(self) -> bool:
        """Whether the rules have yet to judge it, or to judge it again."""
        return self.life is not None and self.life.pending


def gather(connection: Connection, asked: str, now: datetime) -> Trace:
    """All that the shelves hold of an address."""
    from monitor.store import lives, rule_history

    found = look_up(connection, asked)
    if found is None and _is_bare_address(asked):
        found = look_up(connection, f"https://{asked}")
    if found is None and lives.matches_of(connection, asked):
        return _with_matches(connection, Trace(asked, now, article_id=asked, by="id"))
    if found is None:
        return _never_seen(connection, Trace(asked, now))
    trace = Trace(
        asked,
        now,
        article_id=found.id,
        article=found.article,
        by=found.by,
        life=lives.of_article(connection, found.id),
        judgings=rule_history.judgings_of(connection, found.id),
    )
    return _with_matches(connection, trace)


def _is_bare_address(asked: str) -> bool:
    """Whether it is an address without its beginning: example.org/1."""
    host, slash, _ = asked.partition("/")
    return bool(slash) and "." in host and ":" not in host


def _with_matches(connection: Connection, trace: Trace) -> Trace:
    from monitor.store import digests, lives, outbox, silences

    article_id = trace.article_id or ""
    matches = lives.matches_of(connection, article_id)
    fates = [match.fate for match in matches]
    story_ids = dict.fromkeys(fate.story_id for fate in fates if fate.story_id)
    found = (lives.story_of(connection, id_, article_id) for id_ in story_ids)
    sendings = dict.fromkeys(fate.sending_id for fate in fates if fate.sending_id)
    told = lives.told_in(connection, list(sendings))
    return replace(
        trace,
        matches=matches,
        stories=tuple(story for story in found if story),
        told=tuple(message for message in told if _tells(message, trace, told)),
        dues=digests.due(connection),
        rests={rest.name: rest for rest in outbox.resting(connection)},
        silences=silences.running(connection, trace.now),
        trouble=_trouble(connection, trace.article),
    )


def _tells(message: Told, trace: Trace, told: Sequence[Told]) -> bool:
    """Whether a message tells the article; a large digest is several messages.

    A digest of one message tells it in any case: in the list of the rest, the id is left out.
    """
    parts = [each for each in told if each.sending_id == message.sending_id]
    telling = [each for each in parts if (trace.article_id or "").encode() in each.json]
    return message in (telling or parts)


def _trouble(connection: Connection, article: Article | None) -> str | None:
    from monitor.store import problems

    if article is None:
        return None
    name = article.url or article.title
    of_it = (p for p in problems.present(connection, None) if p.kind is ProblemKind.RULES)
    return next((problem.message for problem in of_it if problem.name == name), None)


def _never_seen(connection: Connection, trace: Trace) -> Trace:
    """What is nearest to an address that no feed showed."""
    from monitor.feeds.links import site_of
    from monitor.store import feeds, lives

    site = site_of(trace.asked if "://" in trace.asked else f"https://{trace.asked}")
    if "." not in site:
        return trace
    near = [each for each in lives.on_host(connection, site) if site_of(each.url) == site]
    states = [each for each in feeds.states(connection) if site_of(each.url) == site]
    itself = [each for each in states if trace.asked in (each.url, each.address)]
    return replace(
        trace,
        host=site,
        neighbours=_nearest(near, trace.asked),
        on_host=len(near),
        feeds=tuple(itself or states),
    )


def _nearest(near: Sequence[Neighbour], asked: str) -> tuple[Neighbour, ...]:
    """Of addresses on one host those that are most like the one asked for."""
    from difflib import get_close_matches

    by_path = {_path_of(each.url): each for each in reversed(near)}
    alike = get_close_matches(_path_of(asked), by_path, NEIGHBOURS, _ALIKE)
    return tuple(by_path[path] for path in alike)


def _path_of(url: str) -> str:
    from monitor.feeds.links import canonical_link

    return canonical_link(url).partition("://")[2].partition("/")[2]


def _moment_of(article_id: str) -> datetime | None:
    """When an id was made (``model.new_id``)."""
    try:
        milliseconds = int(article_id[:12], 16) if len(article_id) == _ID_LENGTH else 0
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (ValueError, OverflowError):
        return None


# --- judged again -----------------------------------------------------------------------------


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
        found = _judged(rules, trace.article, self._day(moment), most)
        today = found
        if rules is not self.today:
            today = _judged(self.today, trace.article, self._day(trace.now), 0)
        again = Again(
            moment,
            moment in self._then,
            *found,
            today=tuple(today[1]),
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


def _judged(
    rules: LoadedRules, article: Article, moment: datetime, most: int
) -> tuple[int, dict[str, tuple[str, ...]], tuple[Miss, ...]]:
    """How many rules watched, which matched by what words, and the ``most`` that came nearest."""
    from monitor.matching.index import Rulebook
    from monitor.matching.nearest import nearest
    from monitor.matching.rules_in_force import watches

    asked = [rule for rule in rules.files.rules if watches(rule, moment.date())]
    found = {f.rule: f.terms for f in rules.in_force.book.findings(article)}
    matching = {rule.name: found[rule.name] for rule in asked if rule.name in found}
    others = [rule for rule in asked if rule.name not in matching] if most else []

    def lenient(forms: Sequence[Rule]) -> Rulebook:
        return Rulebook(forms, rules.files.vocabularies, rules.languages)

    return len(asked), matching, nearest(rules.in_force.book, others, article, most, lenient)
