"""Is it the feed, or our own line? Most feeds out of reach at once are no fault of theirs.

It goes by whether anything was reached at all: a name resolved, a connection made, an answer come,
were it a refusal. Feeds that have been failing for long say nothing either way, nor do those that
failed before others answered.

A line may also be captured: a portal (RFC 8952) answers in place of every server until somebody
signs in, or the bill is paid. It redirects to its own host, gives everybody the same page, or says
511 (RFC 6585, 6). So where feeds of several servers get one and the same such answer, and nothing
else has answered since the first of them, it is the line as well: where it was quiet before that,
or where half of the feeds that had just answered as they should are among them.

A portal, or the filter of a firm, may also refuse with a status that servers use themselves (403).
That shows something only of feeds that were well at their last poll, and only where their servers
all turn to the same status; of any other feed a refusal says nothing either way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from monitor.errors import FetchError, NotAFeed
from monitor.feeds.asking import where_to_ask
from monitor.feeds.links import site_of
from monitor.model import FeedState
from monitor.records import dataclass

if TYPE_CHECKING:
    from monitor.feeds.fetch import Fetched

FEWEST_FEEDS = 5
FEWEST_HOSTS = 3
MOST = 0.8
"""Of the feeds asked lately: where more than so many are out of reach, it is the line."""

LATELY = timedelta(minutes=10)
QUIET = timedelta(minutes=2)
"""What is asked at once is answered within that time, in whatever order. Feeds that never answered
themselves show a portal only where nothing has answered as it should for so long."""

LINE = "network"
"""The name of the problem that it is the line."""

PROBE_EVERY = timedelta(seconds=30)
"""While the line is down one feed is asked so often, and no other."""

_LONG_FAILING = 3  # polls in a row
_NOT_A_PORTALS = frozenset({410, 429})  # what only the feed's own server says
_DOWN = (
    "the line is down: most feeds could not be reached; none is blamed, and all are asked "
    "again as soon as one answers"
)
_CAPTURED = (
    "it asks for a sign-in: {}; no feed is blamed, and all are asked again as soon as one answers"
)
_REFUSED = (
    "something on the way, such as a portal or a filter, seems to refuse every feed: {}; no feed "
    "is blamed, and all are asked again as soon as one answers"
)


class Sign(NamedTuple):
    """What a portal may have answered in place of a feed: in ``words``, and which ``page``.

    ``refusal``: with a status with which servers refuse by themselves, too.
    """

    words: str
    page: str = ""
    refusal: bool = False


def portal_sign(state: FeedState, error: FetchError, answer: Fetched | None) -> Sign | None:
    """What in a failed poll is as of a portal; None: nothing. ``answer`` is what was no feed."""
    if not state.host or error.unreached:
        return None
    if error.status == 511:
        return Sign("answered 511 Network Authentication Required")
    asked = answer.url if answer else error.asked
    host = site_of(asked) if asked else ""
    if host and host != site_of(where_to_ask(state) or state.url):
        return Sign(f"answered by {host}")
    if isinstance(error, NotAFeed) and answer and answer.body:
        return Sign("answered with one and the same page", answer.body_hash)
    return Sign(str(error), refusal=True) if _may_be_anybodys(error) else None


def _may_be_anybodys(error: FetchError) -> bool:
    """Whether such a refusal may come from something on the way, too.

    Whoever says when to come again is the server itself, and so is who says that a feed is gone.
    """
    status = error.status or 0
    return status >= 400 and status not in _NOT_A_PORTALS and error.retry_after is None


def is_told_a_feed(content_type: str | None) -> bool:
    """Whether an answer is said to be what no portal answers with; a page may say it is a text."""
    kind = content_type or ""
    return ("xml" in kind or "json" in kind) and "html" not in kind


@dataclass(frozen=True, slots=True)
class _Outcome:
    host: str
    reached: bool
    at: datetime
    sign: Sign | None = None


class LineWatch:
    """What was reached lately, by the ids of feeds. One for all passes of a process.

    ``down_since`` is None while the line is up. ``capture`` says how feeds were answered where it
    is a portal that holds the line.
    """

    def __init__(self) -> None:
        self.down_since: datetime | None = None
        self.capture: str | None = None
        self._refuses = False
        self._last: dict[int, _Outcome] = {}
        self._answered_at: datetime | None = None
        self._answers: dict[int, datetime] = {}  # the last of each feed
        self._in_vain: dict[int, _Outcome] = {}  # since then
        self._all_along: set[str] = set()
        self._blamed: dict[int, FeedState] = {}
        self._next_probe: datetime | None = None
        self._probe_was_due: datetime | None = None
        self._was_up = False

    @property
    def trouble(self) -> str | None:
        """What readers are told of the line; None while it is up."""
        if self.down_since is None:
            return None
        if not self.capture:
            return _DOWN
        return (_REFUSED if self._refuses else _CAPTURED).format(self.capture)

    def granted(self, wanted: int, now: datetime) -> int:
        """How many of ``wanted`` feeds may be asked now: all, or one probe now and then.

        Several at once, where a probe has just shown that the line may be back.
        """
        if self.down_since is None:
            return wanted
        if self._next_probe is not None and now < self._next_probe:
            return 0
        probes = FEWEST_FEEDS if self._next_probe is None else 1
        self._probe_was_due, self._next_probe = self._next_probe, now + PROBE_EVERY
        return min(wanted, probes)

    def not_used(self) -> None:
        """No feed was due for the probes that were granted just now: they are granted again."""
        self._next_probe = self._probe_was_due

    def reached(self, state: FeedState, host: str, now: datetime) -> bool:
        """A feed's server answered, as no portal does; says whether that ends an outage.

        A server that was asked in vain before ends it, and so does one that was never asked. One
        that was never out of reach may be in the same building: it ends none, but others are asked
        at once, and several of them do. The first that is ever reached ends one that a process
        before this one may have told.
        """
        if not host:
            return False
        before = self._last.get(state.id)
        self._last[state.id] = _Outcome(host, reached=True, at=now)
        self._blamed.pop(state.id, None)
        self._in_vain.clear()
        self._answered_at = self._answers[state.id] = now
        first, self._was_up = not self._was_up, True
        if self.down_since is None:
            return first
        if before is not None and before.reached:
            if host not in self._all_along:
                self._all_along.add(host)
                self._next_probe = None
            if len(self._all_along) < self._enough():
                return False
        elif before is not None:  # the line is back, so it was no fault of the others either
            self._last = {id_: last for id_, last in self._last.items() if last.reached}
        self.down_since = self.capture = self._next_probe = None
        self._all_along.clear()
        return True

    def _enough(self) -> int:
        """How many servers must answer all along to end an outage.

        Where it goes by refusals, no more than there are that answer: others may refuse for good.
        """
        if not (self.capture and self._refuses):
            return FEWEST_HOSTS
        return min(FEWEST_HOSTS, len({last.host for last in self._last.values() if last.reached}))

    def unreached(
        self, state: FeedState, host: str, now: datetime, sign: Sign | None = None
    ) -> tuple[FeedState, ...]:
        """A feed's server could not be reached, or a portal may have answered for it (``sign``).

        Where that shows that the line went down, it gives the feeds that were blamed just before,
        as they were then. Ask ``down_since`` and ``capture`` afterwards.
        """
        if sign and sign.refusal and not self._tells(state):
            if self.down_since is None:  # then a server must have answered
                self._last[state.id] = _Outcome(host, reached=True, at=now)
            return ()
        before = self._last.get(state.id)
        failed_alone = before and not before.reached and state.id not in self._in_vain
        if not host or failed_alone or state.failures >= _LONG_FAILING:
            return ()
        self._last[state.id] = self._in_vain[state.id] = _Outcome(host, False, now, sign)
        portal, out = self._captured(now)
        if not out and self.down_since is None:
            portal, out = self._out(now)
        alike = self._alike(portal, out)
        if portal and not self.capture:
            hosts = {self._last[id_].host for id_ in alike}
            self.capture = f"{len(alike)} feeds of {len(hosts)} servers were {portal.words}"
            self._refuses = portal.refusal
        if self.down_since is not None:
            return ()
        if not out:
            self._blamed.setdefault(state.id, state)
            return ()
        self.down_since = min(self._last[id_].at for id_ in out)
        self._next_probe = now + PROBE_EVERY
        blamed = [self._blamed[id_] for id_ in self._blamed if id_ in alike or id_ in out]
        self._blamed.clear()
        return tuple(blamed)

    def asked_again(self, feed_ids: Iterable[int]) -> None:
        """Feeds that were asked in vain in an outage that is over are asked at once: they count."""
        for feed_id in feed_ids:
            self._last.pop(feed_id, None)

    def _tells(self, state: FeedState) -> bool:
        """Whether a refusal says something: the feed was well, if only before the first of them."""
        return state.id in self._in_vain or (not state.failures and bool(state.last_success_at))

    def _alike(self, portal: Sign | None, out: list[int]) -> set[int]:
        """The feeds that a ``portal`` answered; those that a server refused before are none."""
        answered = {id_ for id_, last in self._last.items() if portal and last.sign == portal}
        return answered.intersection(out) if portal and portal.refusal else answered

    def _captured(self, now: datetime) -> tuple[Sign | None, list[int]]:
        """What several servers have answered alike, and the feeds asked in vain; or none."""
        sign, hosts = _most_common(self._in_vain.values())
        out = [id_ for id_, last in self._in_vain.items() if last.sign in (sign, None)]
        enough = hosts >= FEWEST_HOSTS and len(out) >= FEWEST_FEEDS
        if enough and (self._was_quiet(now) or self._have_turned(out)):
            return sign, out
        return None, []

    def _was_quiet(self, now: datetime) -> bool:
        return self._answered_at is None or now - self._answered_at >= QUIET

    def _have_turned(self, out: list[int]) -> bool:
        """Whether ``out`` are half of the feeds that answered just before nothing did any more.

        Feeds that never answered, as of domains that are parked, do not count.
        """
        if self._answered_at is None:
            return False
        since = self._answered_at - QUIET
        answered = {id_ for id_, at in self._answers.items() if at > since}
        turned = answered.intersection(out)
        hosts = {self._in_vain[id_].host for id_ in turned}
        enough = len(turned) >= FEWEST_FEEDS and len(hosts) >= FEWEST_HOSTS
        return enough and 2 * len(turned) >= len(answered)

    def _out(self, now: datetime) -> tuple[Sign | None, list[int]]:
        """The feeds out of reach where these are most of those asked lately; else none.

        Those that were well and are all refused alike count with them; how, where they are many.
        """
        lately = {id_: last for id_, last in self._last.items() if last.at >= now - LATELY}
        refused = (last for last in lately.values() if last.sign and last.sign.refusal)
        sign, refusing = _most_common(refused)
        gone = {id_: last for id_, last in lately.items() if not last.reached}
        out = [id_ for id_, last in gone.items() if last.sign in (sign, None)]
        hosts = {lately[id_].host for id_ in out}
        enough = len(out) >= FEWEST_FEEDS and len(hosts) >= FEWEST_HOSTS
        if not enough or len(out) <= len(lately) * MOST:
            return None, []
        return sign if refusing >= FEWEST_HOSTS else None, out


def _most_common(outcomes: Iterable[_Outcome]) -> tuple[Sign | None, int]:
    """The sign that most servers gave, and how many did."""
    signs = {(last.sign, last.host) for last in outcomes if last.sign}
    for sign, hosts in Counter(sign for sign, _ in signs).most_common(1):
        return sign, hosts
    return None, 0
