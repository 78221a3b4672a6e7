"""One poll on its way: where it asks, with which secrets, and how much of its time is left.

Redirects are followed by hand: each is checked, and what is secret goes to the feed's own server
only. Pure but for the clock.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx

from monitor.errors import FetchError
from monitor.feeds import plain_words
from monitor.feeds.addresses import is_home, is_same_origin, split_credentials
from monitor.feeds.holding import Share
from monitor.feeds.inflate import ACCEPTED
from monitor.feeds.lanes import Slot
from monitor.feeds.options import Subscription
from monitor.model import utc_now

MAX_HOPS = 5
_PERMANENT = frozenset({301, 308})
_WANTED = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


@dataclass(slots=True)
class OnePoll:
    """One poll on its way through redirects. ``left``: seconds that remain of its time.

    ``home`` is the feed's own address, ``url`` the one asked now. ``home_trusted``: whether the
    feed's own server may be on a private network. ``slot`` and ``deadline`` are those of the
    request under way.
    """

    subscription: Subscription
    home: httpx.URL
    url: httpx.URL
    secrets: dict[str, str]
    conditions: dict[str, str]
    timeout: float
    left: float
    share: Share | None = None
    slot: Slot = field(init=False)
    deadline: asyncio.Timeout = field(init=False)
    answered: bool = False
    permanent: bool = True
    home_trusted: bool = True
    seen: list[str] = field(default_factory=list)

    def follow(self, answer: httpx.Response) -> None:
        """Go on to where a redirect points. Raises FetchError where that leads nowhere."""
        self.seen.append(str(self.url))
        location = answer.headers.get("location")
        if not location:
            raise plain_words.status_fault(answer.status_code, answer.headers, utc_now())
        target = joined(self.url, location)
        if str(target) in self.seen:
            raise FetchError("redirects in a circle", temporary=False)
        if len(self.seen) > MAX_HOPS:
            raise FetchError(f"redirects more than {MAX_HOPS} times", temporary=False)
        self.permanent &= answer.status_code in _PERMANENT
        self.url = target

    @property
    def moved_to(self) -> str | None:
        """The new address, where nothing but permanent redirects (RFC 9110, 15.4) led to it."""
        return str(self.url) if self.seen and self.permanent else None

    @property
    def trusted(self) -> bool:
        """Whether the server asked now may be on a private network."""
        at_home = self.home_trusted and (self.url is self.home or is_home(self.home, self.url))
        return self.subscription.options.allow_private or at_home

    @property
    def headers(self) -> dict[str, str]:
        """The header fields for the server asked now."""
        at_home = self.url is self.home or is_same_origin(self.home, self.url)
        own = self.secrets if at_home else {}
        return {
            "user-agent": self.subscription.options.user_agent,
            "accept": _WANTED,
            "accept-encoding": ACCEPTED,
            **self.conditions,
            **own,
        }


def begin(subscription: Subscription, etag: str | None, last_modified: str | None) -> OnePoll:
    """The poll of a feed before its first request, with the validators of the last one, if any.

    Raises FetchError where its address cannot be asked.
    """
    try:
        home, credentials = split_credentials(httpx.URL(subscription.feed.url.strip()))
        usable = home.scheme in ("http", "https") and bool(home.host)
    except (httpx.InvalidURL, ValueError) as fault:
        raise plain_words.unusable_address() from fault
    if not usable:
        raise FetchError(
            "the address of a feed begins with http:// or https://, or is an absolute path",
            temporary=False,
        )
    secrets = {"authorization": credentials} if credentials else {}
    secrets |= {name.lower(): value.reveal() for name, value in subscription.options.headers}
    conditions = {"if-none-match": etag, "if-modified-since": last_modified}
    return OnePoll(
        subscription=subscription,
        home=home,
        url=home,
        secrets=secrets,
        # A validator with other letters cannot be sent back; without it the feed is asked whole.
        conditions={
            name: value
            for name, value in conditions.items()
            if value and value.isascii() and value.isprintable()
        },
        timeout=subscription.options.timeout,
        left=subscription.options.timeout,
    )


def joined(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect points; a stranger's "user:password@" is left out. Raises FetchError."""
    try:
        target, _ = split_credentials(url.join(location))
        usable = target.scheme in ("http", "https") and bool(target.host)
    except (httpx.InvalidURL, ValueError) as fault:
        raise plain_words.bad_redirect() from fault
    if not usable:
        raise plain_words.bad_redirect()
    return target
