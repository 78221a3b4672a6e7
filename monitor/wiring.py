"""The only place where concrete things meet: settings become a store, rules and a line.

Each function imports what it puts together, so that a command that only reads rules waits for
neither the database's library nor the network's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.errors import Fault
from monitor.matching.kept_vocabularies import KeptVocabularies
from monitor.matching.rule_files import RuleSet, read_rules
from monitor.matching.rules_in_force import RulesInForce
from monitor.matching.rules_then import rules_in_texts
from monitor.model import Clock
from monitor.records import dataclass
from monitor.text.languages import LanguageTeller
from monitor.toml_source import did_you_mean, shown_path

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.delivery.channels import Channel
    from monitor.delivery.heartbeat import Heartbeat
    from monitor.digests.health import TellingHealth
    from monitor.feeds.fetch import Fetcher
    from monitor.feeds.full_text import PageReader
    from monitor.feeds.late_trust import LateTrust
    from monitor.model import Feed
    from monitor.pipeline import Line
    from monitor.store import Store


def open_database(settings: Settings) -> Store:
    """The store that the settings name; raises StoreError where it cannot be used."""
    from monitor.store import open_store

    return open_store(settings.database.reveal())


def open_existing_database(settings: Settings) -> Store | None:
    """The store that the settings name, or None where it is a file that is not there.

    For who only looks: nothing is made, and a server has five seconds to answer.
    """
    from monitor.store import open_existing

    return open_existing(settings.database.reveal())


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """The rule files as read, and the rules in force, compiled, for the languages in use."""

    files: RuleSet
    in_force: RulesInForce
    languages: tuple[str, ...]
    warnings: tuple[Fault, ...] = ()
    """What does no harm to the files, and what a person may not expect."""

    def teller(self) -> LanguageTeller:
        """Who tells the languages in use apart."""
        return LanguageTeller(self.languages)


def read_rule_files(
    settings: Settings,
    last_good: Mapping[str, str],
    before: LoadedRules | None = None,
    kept: KeptVocabularies | None = None,
) -> LoadedRules:
    """Read the rules folder; ``last_good`` are the versions that serve for faulty files.

    What has not changed since ``before``, if that is given, is taken over from it; what processes
    before this one found sound is taken from ``kept``.
    """
    names = tuple(digest.name for digest in settings.digests)
    earlier = before.files if before else None
    found = read_rules(settings.rules, last_good, frozenset(names), earlier, kept)
    loaded = _compiled(settings, found, before)
    return replace(loaded, warnings=(*found.warnings, *unknown_feeds(settings, found)))


def rules_of_texts(settings: Settings, texts: Mapping[str, str]) -> LoadedRules:
    """The rules in these texts of rule files (by path), as if they stood in the folder."""
    return _compiled(settings, rules_in_texts(texts, shown_path(settings.rules)))


def _compiled(settings: Settings, found: RuleSet, before: LoadedRules | None = None) -> LoadedRules:
    languages = settings.languages or languages_of(settings, found)
    in_force = RulesInForce(
        found.rules,
        found.vocabularies,
        languages=languages,
        digests=tuple(digest.name for digest in settings.digests),
        zone=settings.timezone,
        before=before.in_force if before else None,
    )
    return LoadedRules(found, in_force, languages)


def unknown_feeds(settings: Settings, found: RuleSet) -> tuple[Fault, ...]:
    """Names and tags that rules ask for and no feed has: such a condition never holds."""
    feeds = [subscription.feed for subscription in settings.subscriptions]
    known = sorted({name for feed in feeds for name in (feed.name, *feed.tags)})
    folded = {name.casefold() for name in known}
    return tuple(
        Fault(
            found.shown(rule.source),
            rule.line,
            f"rule {rule.name}",
            f'no feed has the name or the tag "{asked}"',
            _quoted_form(asked, feeds) or did_you_mean(asked, known, "there are"),
        )
        for rule, asked in dict.fromkeys(found.asked_of("feed", "tag"))
        if asked.casefold() not in folded
    )


def _quoted_form(asked: str, feeds: Sequence[Feed]) -> str:
    """``feed:World desk`` asks for a feed called World: a name of several words wants quotes."""
    begins = asked.casefold() + " "
    named = [("feed", feed.name) for feed in feeds]
    for key, name in (*named, *(("tag", tag) for feed in feeds for tag in feed.tags)):
        if name.casefold().startswith(begins):
            return f'a name of several words stands in quotes: {key}:"{name}"'
    return ""


def languages_of(settings: Settings, found: RuleSet) -> tuple[str, ...]:
    """The languages to expect: those that vocabularies, rules and feeds name, else English."""
    named = {language for word in found.vocabularies.values() for language, _ in word.terms}
    named |= {code for _, code in found.asked_of("lang")}
    named |= {s.feed.language for s in settings.subscriptions if s.feed.language}
    return tuple(sorted(named)) or ("en",)


def load_rules(
    settings: Settings, store: Store, clock: Clock, before: LoadedRules | None = None
) -> LoadedRules:
    """Read the rules folder and keep what is in force, so that it outlives a faulty edit.

    What has not changed since ``before``, if that is given, is taken over from it; then the rules
    are compiled at once, while those of ``before`` still serve.
    """
    from monitor.store import rules as rule_shelf

    with store.read() as connection:
        last_good = rule_shelf.last_good(connection)
    loaded = read_rule_files(settings, last_good, before, KeptVocabularies(settings.rules))
    if before is not None:
        _ = loaded.in_force.book
    faults = {
        path or loaded.files.folder: "; ".join(str(fault) for fault in faults)
        for path, faults in loaded.files.faulty.items()
    }
    now = loaded.in_force.since = clock()
    with store.write() as tx:
        rule_shelf.keep(tx, loaded.files.texts, faults, now)
    return loaded


@asynccontextmanager
async def open_channels(
    settings: Settings, clock: Clock, trust: LateTrust | None = None
) -> AsyncIterator[dict[str, Channel]]:
    """Every configured channel by its name, over one HTTP client.

    ``trust`` says which certificates are trusted, where somebody else has a use for them as well.
    """
    import httpx

    from monitor.delivery.channels import open_channel
    from monitor.delivery.options import WebhookOptions
    from monitor.feeds.options import DEFAULT_USER_AGENT

    headers = {"user-agent": DEFAULT_USER_AGENT}
    # Where no channel speaks HTTP, no connections are made ready, which takes a quarter second.
    speaks = any(isinstance(options, WebhookOptions) for options in settings.channels)
    async with httpx.AsyncClient(
        headers=headers,
        follow_redirects=False,
        verify=trust.whole if trust and speaks else True,
        transport=None if speaks else httpx.AsyncBaseTransport(),
    ) as http:
        yield {options.name: open_channel(options, http, clock) for options in settings.channels}


@asynccontextmanager
async def open_line(
    settings: Settings, store: Store, rules: LoadedRules, clock: Clock
) -> AsyncIterator[Line]:
    """The five stations with all their tools; feeds that the settings name are subscribed."""
    from monitor.digests.compose import Composing
    from monitor.digests.late_renderer import LateRenderer
    from monitor.feeds.fetch import Fetcher
    from monitor.feeds.late_trust import LateTrust
    from monitor.feeds.poll import Polling
    from monitor.feeds.silent import SilenceWatch
    from monitor.pipeline import Line

    await asyncio.to_thread(_subscribe, settings, store)
    trust = LateTrust()
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(
            Fetcher(concurrency=settings.concurrency, context=trust)
        )
        pages = await stack.enter_async_context(_page_reader(settings, fetcher))
        channels = await stack.enter_async_context(open_channels(settings, clock, trust))
        yield Line(
            store=store,
            polling=Polling(
                fetcher=fetcher,
                subscriptions={s.feed.url: s for s in settings.subscriptions},
                teller=rules.teller(),
                concurrency=settings.concurrency,
                pages=pages,
            ),
            rules=rules.in_force,
            composing=Composing(
                digests=settings.digests,
                renderer=LateRenderer(),
                packs={name: channel.pack for name, channel in channels.items()},
            ),
            channels=channels,
            clock=clock,
            stopping=asyncio.Event(),
            silence_watch=SilenceWatch(settings.silent_after),
            health=_telling_health(settings, channels),
            heartbeat=await stack.enter_async_context(_heartbeat(settings, store, clock)),
        )


@asynccontextmanager
async def _page_reader(settings: Settings, fetcher: Fetcher) -> AsyncIterator[PageReader | None]:
    """What reads the pages behind entries, where a feed is to have its full text."""
    if not any(subscription.options.full_text for subscription in settings.subscriptions):
        yield None
        return
    from monitor.feeds.full_text import PageReader

    async with PageReader(fetcher) as reader:
        yield reader


def _telling_health(settings: Settings, channels: Mapping[str, Channel]) -> TellingHealth | None:
    if settings.health_channel is None:
        return None
    from monitor.digests.health import TellingHealth
    from monitor.digests.late_renderer import LateRenderer

    pack = channels[settings.health_channel].pack
    return TellingHealth(settings.health_channel, settings.timezone, pack, LateRenderer())


@asynccontextmanager
async def _heartbeat(
    settings: Settings, store: Store, clock: Clock
) -> AsyncIterator[Heartbeat | None]:
    """The heartbeat over a client of its own, where there is to be one."""
    if settings.heartbeat is None:
        yield None
        return
    import httpx

    from monitor.delivery.heartbeat import Heartbeat
    from monitor.feeds.options import DEFAULT_USER_AGENT

    headers = {"user-agent": DEFAULT_USER_AGENT}
    async with httpx.AsyncClient(headers=headers, follow_redirects=False) as http:
        yield Heartbeat(settings.heartbeat, http, store, clock)


def _subscribe(settings: Settings, store: Store) -> None:
    from monitor.model import ProblemKind
    from monitor.store import feeds, problems

    reading_pages = {s.feed.name for s in settings.subscriptions if s.options.full_text}
    with store.write() as tx:
        feeds.subscribe(tx, [subscription.feed for subscription in settings.subscriptions])
        for name in problems.names(tx, ProblemKind.FULL_TEXT) - reading_pages:
            problems.end(tx, ProblemKind.FULL_TEXT, name)
