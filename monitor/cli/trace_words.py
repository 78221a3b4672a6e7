"""What ``wirewatch trace`` says to people: the verdict, then stage by stage how it came about."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.cli import show
from monitor.cli.trace_facts import Trace, in_short, title_told, told_as_update
from monitor.cli.trace_judge import CONDITION, FEW, Again, changed_since
from monitor.cli.trace_sent import delivery_told, listed
from monitor.cli.trace_verdict import verdict
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.matching.nearest import Miss
    from monitor.model import Article
    from monitor.store.lives import Fellow, Found, Told
    from monitor.wiring import LoadedRules

WIDTH = 80
_INDENT = 11
_AS_ASKED = {
    "guid": "its guid in a feed",
    "spelling": "the same address in another spelling",
    "address": "another address of the same article",
}
_TEXT_SHOWN = 150
_TITLE_SHOWN = 90
_REASONS_SHOWN = 5
_SOON = 60  # seconds; what was judged so soon had not been judged before


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a trace.

    ``today`` are today's rules, to say which rules have changed since, None where nothing is known
    at all; ``whole``: everything rather than the first few.
    """

    settings: Settings
    trace: Trace
    today: LoadedRules | None
    whole: bool = False

    def lines(self) -> Iterator[str]:
        """The whole of it, in lines of at most 80 columns where words can be parted."""
        trace = self.trace
        yield from _wrapped(" ".join(verdict(self.settings, trace).sentences), "", "")
        yield ""
        if trace.article_id is None:
            yield from self._never_seen()
            return
        yield from self._article()
        yield from self._seen()
        yield from self._judged()
        yield from self._matched()
        yield from self._story()
        yield from self._digests()
        yield from self._misses()
        yield from self._one_rule()

    def _at(self, moment: datetime | None) -> str:
        return show.local(moment, self.settings.timezone)

    def _some(self, found: Sequence[Any]) -> Sequence[Any]:
        return found if self.whole else found[:FEW]

    def _rest(self, found: Sequence[Any], noun: str, plural: str = "") -> Iterator[str]:
        left = len(found) - len(self._some(found))
        if left:
            more = show.counted(left, f"more {noun}", f"more {plural or noun + 's'}")
            yield from _below(f"and {more} (-v)")

    # --- never seen ---

    def _never_seen(self) -> Iterator[str]:
        trace = self.trace
        if trace.host is None:
            yield "An address has a host: wirewatch trace https://example.org/1"
            return
        for number, near in enumerate(trace.neighbours):
            yield from _entry("nearest" if number == 0 else "", near.url)
            yield from _below(f"{self._at(near.first_seen_at)}  {near.title}")
        if not trace.neighbours:
            there = show.counted(trace.on_host, "stored article") if trace.on_host else "none"
            yield from _entry("nearest", f"no known address is like it ({there} of that host)")
        for number, feed in enumerate(trace.feeds[:FEW]):
            state = f"last read {self._at(feed.last_success_at)}"
            if feed.failing_since:
                state += f", failing since {self._at(feed.failing_since)}: {feed.trouble}"
            elif trouble := trace.troubles.get(feed.name):
                state += f": {trouble}"
            yield from _entry("feeds" if number == 0 else "", f"{feed.name}, {state}")
        if not trace.feeds:
            yield from _entry("feeds", "none of the config is on that host, or has shown any of it")
        if "://" in trace.asked:
            yield ""
            yield "What the rules say of that page:"
            yield f"  wirewatch match --explain --url {trace.asked}"

    # --- the article ---

    def _article(self) -> Iterator[str]:
        trace, article = self.trace, self.trace.article
        if article is None:
            yield from _entry("article", f"first seen {self._at(trace.first_seen_at)}; forgotten")
            return
        yield from _entry("article", article.title or show.short(article.text))
        if article.url:
            yield from _below(article.url)
        yield from _below(self._of_article(article))
        if article.note:
            yield from _below(article.note)
        if trace.by != "id" and trace.asked != article.url:
            yield from _entry("asked for", f"{trace.asked}: {_AS_ASKED[trace.known_as]}")

    def _of_article(self, article: Article) -> str:
        from monitor.matching.explanation import UNTOLD
        from monitor.text.language_codes import english_names

        code = article.language
        name = english_names().get(code, "") if code else ""
        language = f"{name} ({code})" if name else code or f"its language {UNTOLD}"
        dated = f"published {self._at(article.published_at)}" if article.published_at else "no date"
        by = f"by {article.author}; " if article.author else ""
        return f"{language}; {by}{dated}"

    def _seen(self) -> Iterator[str]:
        life = self.trace.life
        if life is None:
            return
        for number, each in enumerate(self._some(life.sightings)):
            gone = "" if each.subscribed else " (not in the config any more)"
            yield from _entry(
                "seen" if number == 0 else "", f"{self._at(each.at)}  {each.feed}{gone}"
            )
        yield from self._rest(life.sightings, "feed")
        yield from _below(f"known by {_known_by(self.trace)}")

    def _judged(self) -> Iterator[str]:
        trace, article = self.trace, self.trace.article
        if article is None or not trace.was_judged:
            return
        times = [self._at(article.first_seen_at)]
        for judging in trace.judgings:
            at = self._at(judging.at)
            soon = (judging.at - article.first_seen_at).total_seconds() < _SOON
            if judging.revision > 1:
                times.append(f"{at} as changed (version {judging.revision})")
            elif judging.feeds > 1 and not soon:
                times.append(f"{at}, shown by {judging.feeds} feeds")
            else:
                times = [at]
        yield from _entry("judged", "; ".join(times if self.whole else times[-FEW:]))

    # --- what matched, and what was told ---

    def _matched(self) -> Iterator[str]:
        rules = {match.fate.rule: match for match in self.trace.matches}
        for number, match in enumerate(self._some(list(rules.values()))):
            told = f"{match.fate.rule}, by: {', '.join(match.terms)}"
            yield from _entry("matched" if number == 0 else "", told)
            yield from self._rule_text(match)
            yield from self._sources(match)
        yield from self._rest(list(rules), "rule")

    def _sources(self, match: Found) -> Iterator[str]:
        """The outlets that were counted for the rule's ``min_sources``."""
        outlets, wanted = self.trace.counted.get(match.fate.id, ((), 0))
        if outlets:
            named = ", ".join(outlets) if self.whole else listed(outlets)
            told = f"min_sources: {len(outlets)} of {wanted} in time: {named}"
            yield from _below(told, "  ")

    def _rule_text(self, match: Found) -> Iterator[str]:
        news = changed_since(self.today, match, self.trace.now) if self.today else ()
        since = f" ({'; '.join(news)})" if news else ""
        told = _condition(match.text) if match.text else "its text then is not kept"
        yield from _below((told if self.whole else show.short(told, _TEXT_SHOWN)) + since, "  ")

    def _story(self) -> Iterator[str]:
        for story in self.trace.stories:
            others = [each for each in story.articles if each.id != self.trace.article_id]
            count = show.counted(len(others), "other article") if others else "alone"
            yield from _entry("story", f"{story.id}, begun {self._at(story.begun_at)}, {count}")
            for itself in story.articles:
                if itself.id == self.trace.article_id and itself.because:
                    yield from _below(f"it is of this story by: {self._why(itself)}", "  ")
            for each in self._some(others):
                title = each.title if self.whole else show.short(each.title, _TITLE_SHOWN)
                yield from _below(f"{self._at(each.joined_at)}  {each.outlet}: {title}")
                if self.whole and each.because:
                    yield from _below(f"by: {', '.join(each.because)}", "  ")
            yield from self._rest(others, "article")

    def _why(self, article: Fellow) -> str:
        """What an article shares with its story: the first few, and how many there are beyond."""
        some = article.because if self.whole else article.because[:_REASONS_SHOWN]
        beyond = len(article.because) - len(some)
        return ", ".join(some) + (f" and {beyond} more (-v)" if beyond else "")

    def _digests(self) -> Iterator[str]:
        for message in self.trace.told:
            yield from self._digest(message)

    def _digest(self, message: Told) -> Iterator[str]:
        short = " (as title and link)" if in_short(message, self.trace) else ""
        update = " (as an update)" if told_as_update(message, self.trace) else ""
        at = self._at(message.composed_at)
        told = f"{message.digest} of {at}: {message.subject}{short}{update}"
        yield from _entry("digest", told)
        headline = title_told(message, self.trace)
        if headline and self.trace.article and headline != self.trace.article.title:
            yield from _below(f"told there as: {headline}", "  ")
        for trip in self._some(message.trips):
            came = delivery_told(self.settings, self.trace, trip)
            resent = " (sent again)" if trip.resent else ""
            yield from _below(f"{trip.channel} → {trip.recipient}{resent} {came}", "  ")
        yield from self._rest(message.trips, "delivery", "deliveries")
        if self.whole:
            yield from _below(f"  wirewatch digests show {message.id}")

    # --- what did not match ---

    def _misses(self) -> Iterator[str]:
        again = self.trace.again
        if again is None or again.rule or (self.trace.matches and not self.whole):
            return
        yield ""
        yield from _wrapped(self._by_which(again), "", "")
        for name, terms in again.matching.items():
            yield from _entry("matches", f"{name}, by: {', '.join(terms)}")
        for rule in again.over:
            would = f"{rule.name} would match, but it was over: its until is {rule.until}"
            yield from _entry("over", would)
        for number, miss in enumerate(self._some(again.misses)):
            yield from _entry("nearest" if number == 0 else "", _lacking(miss))
        if again.asked > len(again.matching) and not again.misses:
            other = "other " if again.matching else ""
            yield from _entry("nearest", f"of no {other}rule was any word found")
        if again.asked:
            yield from _below("(all of one rule: --rule NAME)")

    def _by_which(self, again: Again) -> str:
        rules = show.counted(again.asked, "rule")
        moment = self._at(again.moment)
        if self.trace.waits_to_be_judged:
            return f"Judged now, by the {rules} in force."
        if not again.kept:
            return (
                f"Judged again now, by today's text ({rules}): the text of that time, {moment}, "
                "is not kept."
            )
        out = f" (not readable any more: {', '.join(again.left_out)})" if again.left_out else ""
        judged = "Judged now" if self.trace.is_old else "Judged again now"
        return f"{judged}, by the text of that time ({rules} as on {moment}){out}."

    def _one_rule(self) -> Iterator[str]:
        from monitor.matching.rule_tables import named_items

        again = self.trace.again
        if again is None or again.rule is None:
            return
        rule, explanation, there = again.rule
        yield ""
        yield from _wrapped(self._by_which(again), "", "")
        if again.kept and not there:
            yield from _wrapped(
                f"There was no rule {rule.name} then: by its text of today,", "", ""
            )
        if not rule.enabled:
            yield "(it is not enabled)"
        if rule.until:
            yield f"(until {rule.until})"
        yield explanation.as_text(WIDTH, whole=self.whole, items=named_items(rule))


def _lacking(miss: Miss) -> str:
    """A rule and the first clauses that failed."""
    from monitor.matching.near_miss import shortened

    told = [
        f"{shortened(each.clause)}{f': {each.why}' if each.why else ''}" for each in miss.failed[:2]
    ]
    more = f"; and {len(miss.failed) - 2} more" if len(miss.failed) > 2 else ""
    return f"{miss.rule.name} lacks {'; '.join(told)}{more}"


def _condition(text: str) -> str:
    """The condition of a rule as its file had it, without its name, tests and notes."""
    try:
        (table,) = tomllib.loads(text)["rule"]
    except (tomllib.TOMLDecodeError, KeyError, ValueError):
        return text
    told = [f"{key} = {_value(table[key])}" for key in CONDITION if key in table]
    return "; ".join(told)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    return f"'{' '.join(value.split())}'" if isinstance(value, str) else str(value)


def _known_by(trace: Trace) -> str:
    """The keys by which an article is known again, as far as one can tell what they are of."""
    from monitor.feeds.identity import keys_of, print_of, print_place
    from monitor.model import Entry

    article, life = trace.article, trace.life
    if article is None or life is None:
        return ""
    left = set(life.keys)
    told = []
    link = keys_of(article.url, ())[0] if article.url else b""
    said = print_of(Entry(None, article.url, article.title, article.text), article.site)
    for key, name in ((link, "its address"), (said, "its text")):
        if key in left:
            left.discard(key)
            told.append(name)
    former = {key for key in left if key.startswith(print_place(article.site))}
    if former:
        told.append(show.counted(len(former), "former text"))
    left -= former
    if left:
        told.append(show.counted(len(left), "guid or other address", "guids or other addresses"))
    shown = max(life.keys.values(), default=None)
    return listed(told) if shown else "nothing that is still remembered"


def _entry(label: str, text: str) -> Iterator[str]:
    lines = list(_wrapped(text, " " * _INDENT, "  "))
    yield f"{label:<{_INDENT}}{lines[0].lstrip()}"
    yield from lines[1:]


def _below(text: str, deeper: str = "") -> Iterator[str]:
    yield from _wrapped(text, " " * _INDENT + deeper, "  ")


def _wrapped(text: str, indent: str, hanging: str) -> Iterator[str]:
    yield from show.wrapped(text, indent, hanging).splitlines() or [indent]
