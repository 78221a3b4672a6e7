"""The rule doctor's words: what is odd about rules, for ``check --doctor`` and ``status``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from monitor.cli import show
from monitor.model import utc_now
from monitor.records import dataclass

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.config import Settings
    from monitor.matching.doctor import Advice, Lack, Ledger
    from monitor.matching.unmet_terms import Unmet
    from monitor.model import Article
    from monitor.store import Store
    from monitor.wiring import LoadedRules

NEWEST = 5000
"""So many articles tell which languages arrive."""

MOST_EXAMINED = 20_000
"""So many articles, the newest, the doctor looks at."""

SHOWN = 10
"""Lines of one kind that are shown; -v shows all."""

_BATCH = 500
_TERMS_SHOWN = 8
_EVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is odd: ``advice`` on rules, and what they lack for the languages that arrive."""

    advice: tuple[Advice, ...]
    lacks: tuple[Lack, ...]


def opinion(connection: Connection, rules: LoadedRules, now: datetime) -> Opinion:
    """What the ledger and the languages of the newest articles tell; quick."""
    from monitor.matching.doctor import lacks, of_ledger
    from monitor.store import articles

    files = rules.files
    arriving = articles.languages_of_newest(connection, NEWEST)
    return Opinion(
        tuple(of_ledger(files.rules, _ledger(connection, rules), now)),
        tuple(lacks(files.rules, files.vocabularies, arriving)),
    )


def _ledger(connection: Connection, rules: LoadedRules) -> Ledger:
    from monitor.matching.doctor import Ledger
    from monitor.store import articles, matches

    expecting = [rule.name for rule in rules.files.rules if rule.expect is not None]
    return Ledger(
        articles=articles.count_since(connection, None),
        by_feed=matches.alerts_by_feed(connection),
        heard=matches.last_heard(connection, expecting),
    )


def blind_spots(lacks: Iterable[Lack]) -> list[str]:
    """Languages that arrive and in which rules can hardly match, those that lack the same together.

    Each is a sentence.
    """
    groups: dict[tuple[object, ...], list[Lack]] = {}
    for lack in lacks:
        if lack.blind or lack.countries:
            groups.setdefault((lack.vocabularies, lack.countries, lack.blind), []).append(lack)
    return [_lack_told(group) for group in groups.values()]


def _lack_told(group: list[Lack]) -> str:
    """The languages of a group, and what has no words in them."""
    from monitor.text.wording import language_name

    names = [f"{language_name(lack.language)} ({lack.language})" for lack in group]
    count = sum(lack.articles for lack in group)
    first = group[0]
    it = "it" if len(group) == 1 else "them"
    missing = []
    if first.vocabularies:
        some = ", ".join(f"@{name}" for name in first.vocabularies[:_TERMS_SHOWN])
        more = len(first.vocabularies) - _TERMS_SHOWN
        verb = "has" if len(first.vocabularies) == 1 else "have"
        missing.append(f"{some}{f' and {more} more' if more > 0 else ''} {verb} no words in {it}")
    if first.countries:
        missing.append(f"country: knows no people and capitals in {it}")
    rules = show.counted(len(first.rules), "rule") if first.rules[3:] else ", ".join(first.rules)
    came = f"{show.counted(count, 'article')} came in {', '.join(names)}"
    return f"{came}: {'; '.join(missing)} ({rules})"


def tell_blind_spots(rules: LoadedRules, store: Store, tell: Callable[[str], None]) -> None:
    """Name the languages that arrive and that rules lack, as notes."""
    from monitor.matching.doctor import lacks
    from monitor.store import articles

    with store.read() as connection:
        arriving = articles.languages_of_newest(connection, NEWEST)
    files = rules.files
    for told in blind_spots(lacks(files.rules, files.vocabularies, arriving)):
        tell(show.wrapped(f"note: {told}", hanging="  "))


# --- check --doctor ---------------------------------------------------------------------------


def tell_checkup(settings: Settings, rules: LoadedRules, store: Store, *, verbose: bool) -> None:
    """Put the newest stored articles to today's rules and terms, and tell what is odd."""
    from monitor.matching.doctor import Checkup
    from monitor.matching.unmet_terms import TermWatch

    files = rules.files
    checkup = Checkup(files.rules, files.vocabularies, rules.languages)
    terms = TermWatch(files.rules, files.vocabularies)
    first = _examine(store, checkup.look, terms.look)
    if first is None:
        show.result("The doctor looks at stored articles, and there are none yet.")
        return
    with store.read() as connection:
        known = opinion(connection, rules, utc_now())
    since = show.local(first, settings.timezone)
    looked = show.counted(checkup.articles, "article")
    show.result(f"\nThe doctor looked at {looked}, first seen since {since}.")
    found = [*checkup.advice(), *(each for each in known.advice if each.kind != "broad")]
    lines = [f"{each.rule}: {each.message}" for each in found]
    groups = [
        lines,
        [_lack_told([lack]) for lack in known.lacks],
        list(_unmet_told(terms.unmet(), verbose=verbose)),
    ]
    if not any(groups):
        show.result(_nothing_told(checkup.articles))
    for group in groups:
        _tell_group(group, verbose=verbose)


def _nothing_told(articles: int) -> str:
    """That nothing is odd, and whether that says much."""
    from monitor.matching.doctor import FEWEST_ARTICLES

    if articles >= FEWEST_ARTICLES:
        return "Nothing is odd."
    return (
        "Nothing is odd; too few articles to tell how often rules match\n"
        f"({FEWEST_ARTICLES} are needed)."
    )


def _examine(store: Store, *looks: Callable[[Sequence[Article]], None]) -> datetime | None:
    """Show the newest articles to whoever looks, oldest first; says since when they were seen."""
    from monitor.store import articles

    with store.read() as connection:
        ids = list(articles.judged_since(connection, utc_now() - _EVER))[-MOST_EXAMINED:]
    first = None
    left: Iterator[str] = iter(ids)
    with show.progress(len(ids), "Examining") as advance:
        while batch := list(islice(left, _BATCH)):
            with store.read() as connection:
                stored = articles.get(connection, batch)
            in_order = [stored[id_] for id_ in batch if id_ in stored]
            if in_order and first is None:
                first = in_order[0].first_seen_at
            for look in looks:
                look(in_order)
            advance(len(batch))
    return first


def _tell_group(lines: list[str], *, verbose: bool) -> None:
    if not lines:
        return
    show.result("")
    shown = lines if verbose else lines[:SHOWN]
    for line in shown:
        show.result(show.wrapped(line, hanging="  "))
    if len(lines) > len(shown):
        show.result(f"and {len(lines) - len(shown)} more (-v shows all)")


def _unmet_told(found: Iterable[Unmet], *, verbose: bool) -> Iterator[str]:
    """Terms that no article holds: of rules in full, of vocabularies some in each language."""
    for unmet in found:
        shown = unmet.terms if verbose else unmet.terms[:_TERMS_SHOWN]
        more = len(unmet.terms) - len(shown)
        listed = ", ".join(shown) + (f" and {more} more" if more else "")
        where = f"{unmet.owner} ({unmet.language})" if unmet.language else unmet.owner
        yield f"{where}: never met, {len(unmet.terms)} of {unmet.of}: {listed}"
