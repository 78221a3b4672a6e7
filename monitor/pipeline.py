"""The product on one page: five stations in a row.

    feeds ──► matching ──► stories ──► digests ──► delivery ──► a reader's inbox
    poll        match        group       compose     deliver

The two at the ends talk to other people's servers and are coroutines; the three in the middle only
decide, and run in a thread. Every station takes its work from the store and lays the result back,
so each may crash, be run alone, or be run again.

Beside them the line looks after itself: which feeds have fallen silent, which faults the health
channel is to be told of, and a heartbeat after passes that went well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from monitor.delivery.channels import Channel
from monitor.delivery.deliver import DeliverReport, deliver
from monitor.digests.compose import ComposeReport, Composing, compose
from monitor.feeds.poll import Polling, PollReport, poll
from monitor.feeds.silent import SilenceWatch
from monitor.matching.match import MatchReport, match
from monitor.matching.rules_in_force import RulesInForce
from monitor.model import Clock, Message
from monitor.records import dataclass
from monitor.store import Store
from monitor.stories.group import Grouping, GroupReport, group
from monitor.text.languages import LanguageTeller

if TYPE_CHECKING:
    from monitor.delivery.heartbeat import Heartbeat
    from monitor.digests.health import TellingHealth


@dataclass(frozen=True, slots=True)
class Line:
    """Everything the five stations need, put together by ``wiring``."""

    store: Store
    polling: Polling
    rules: RulesInForce
    composing: Composing
    channels: Mapping[str, Channel]
    clock: Clock
    stopping: asyncio.Event
    silence_watch: SilenceWatch = field(default_factory=SilenceWatch)
    health: TellingHealth | None = None
    heartbeat: Heartbeat | None = None
    grouping: Grouping = field(default_factory=Grouping)

    def with_rules(self, rules: RulesInForce, teller: LanguageTeller) -> Line:
        """The same line with other rules in force; ``teller`` knows the languages they ask for.

        A poll that is under way goes by the new ``teller`` too: a slow feed may hold it open long.
        """
        self.polling.teller = teller
        return replace(self, rules=rules)

    async def poll(self, *, everything: bool = False) -> PollReport:
        """Ask the feeds that are due."""
        return await poll(
            self.store, self.polling, self.clock, stopping=self.stopping, everything=everything
        )

    def decide(self, *, everything: bool = False) -> tuple[MatchReport, GroupReport, ComposeReport]:
        """Judge new articles, put matches into stories, compose the digests that are due."""
        matched = match(self.store, self.rules, self.clock, everything=everything)
        grouped = group(self.store, self.clock, self.grouping, everything=everything)
        patience = self.rules.patience
        composed = compose(self.store, self.composing, self.clock, patience, everything=everything)
        return matched, grouped, composed

    async def deliver(self) -> DeliverReport:
        """Send what is due."""
        return await deliver(self.store, self.channels, self.clock, stopping=self.stopping)

    def look_after(self, *, everything: bool = False) -> Message | None:
        """See which feeds have fallen silent, and tell the health channel what began and ended.

        ``everything``: at once, without gathering. Gives the message, where there is one.
        """
        self.silence_watch.look(self.store, self.clock())
        if self.health is None:
            return None
        from monitor.digests.health import tell_health

        return tell_health(self.store, self.health, self.clock, everything=everything)


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass over the whole line did; ``health`` is what the health channel was told."""

    poll: PollReport
    match: MatchReport
    compose: ComposeReport
    deliver: DeliverReport
    health: Message | None = None


async def once(line: Line) -> PassReport:
    """One pass: poll every feed now, build every digest now, send what is due.

    The heartbeat goes out at its end, unless a digest could not be composed.
    """
    polled = await line.poll(everything=True)
    matched, _, composed = await asyncio.to_thread(line.decide, everything=True)
    told = await asyncio.to_thread(line.look_after, everything=True)
    delivered = await line.deliver()
    if line.heartbeat is not None and not composed.failed:
        await line.heartbeat.beat()
    return PassReport(polled, matched, composed, delivered, told)
