"""Where links of aggregators and counting services lead, as far as they say so themselves. Pure.

Nothing is fetched: a link whose target is written in it is replaced by the target; one that hides
it (feedproxy, most of Google News since 2024) stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

_MOST = 3  # wrappers around one link
_NAMES = ("url", "u", "q", "to", "target", "dest", "murl", "link", "redirect_url")
# Hosts whose addresses with this path hold the target in a parameter of one of these names.
_IN_QUERY = (
    ("google.com", "/url"),
    ("news.google.com", "/news/url"),
    ("news.google.com", "/url"),
    ("bing.com", "/news/apiclick.aspx"),
    ("bing.com", "/apiclick.aspx"),
    ("facebook.com", "/l.php"),
    ("l.facebook.com", "/l.php"),
    ("l.instagram.com", "/"),
    ("youtube.com", "/redirect"),
    ("go.redirectingat.com", "/"),
    ("go.skimresources.com", "/"),
    ("redirect.viglink.com", "/"),
    ("click.linksynergy.com", "/deeplink"),
    ("click.linksynergy.com", "/link"),
    ("slack-redir.net", "/link"),
    ("out.reddit.com", "/"),
    ("safelinks.protection.outlook.com", "/"),
    ("feedly.com", "/i/entry"),
)
_AGGREGATOR_NAMES = (
    "news.google.com google.com bing.com msn.com news.yahoo.com yahoo.com feeds.feedburner.com "
    "feedproxy.google.com feeds.feedblitz.com feedblitz.com rss.app flipboard.com newsbreak.com "
    "smartnews.com t.co bit.ly buff.ly dlvr.it ift.tt trib.al ow.ly tinyurl.com lnkd.in"
)
_AGGREGATORS = frozenset(_AGGREGATOR_NAMES.split())
_MAY_WRAP = re.compile(
    r"https?://[^/]*(?:google|bing|yahoo|facebook|instagram|youtube|redirectingat|skimresources"
    r"|viglink|linksynergy|slack-redir|reddit|outlook|feedly)\.",
    re.IGNORECASE,
)
_GOOGLE_ARTICLES = ("/rss/articles/", "/articles/", "/__i/rss/rd/articles/")
_GOOGLE_HEAD = b"\x08\x13\x22"  # protocol buffers: field 1 is 19, field 4 a string


def unwrapped(url: str) -> str:
    """Where a link leads, if that is written in it; else the link itself."""
    for _ in range(_MOST):
        # What is looked at ends before the first slash behind the host.
        target = _target(url) if _may_wrap(url[: url.find("/", 8) + 1 or None]) else None
        if target is None:
            break
        url = target
    return url


def is_aggregator(site: str) -> bool:
    """Whether a site passes on what others have published. ``site`` is a host without "www."."""
    return site in _AGGREGATORS or site.startswith("news.google.")


@lru_cache(maxsize=256)  # one feed links to few hosts
def _may_wrap(beginning: str) -> bool:
    return bool(_MAY_WRAP.match(beginning))


def _target(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if host.startswith("news.google."):
        found = _google_article(parts.path)
        if found:
            return found
    if host == "r.search.yahoo.com":
        return _in_path(parts.path)
    at_home = ".google." in f".{host}" and parts.path == "/url"  # google.de, google.co.uk
    if at_home or any(_fits(host, parts.path, *known) for known in _IN_QUERY):
        given = dict(reversed(parse_qsl(parts.query)))
        return next((given[name] for name in _NAMES if _is_address(given.get(name))), None)
    return None


def _fits(host: str, path: str, known_host: str, known_path: str) -> bool:
    whose = host == known_host or host.endswith(f".{known_host}")
    return whose and (path.rstrip("/") or "/").lower() == known_path


def _in_path(path: str) -> str | None:
    """Yahoo's: …/RU=https%3a%2f%2fexample.org%2f/RK=2/…"""
    _, found, rest = path.partition("/RU=")
    target = unquote(rest.partition("/RK=")[0]) if found else ""
    return target if _is_address(target) else None


def _google_article(path: str) -> str | None:
    """The address inside the name of an article at Google News, where it is not encrypted."""
    name = next((path[len(each) :] for each in _GOOGLE_ARTICLES if path.startswith(each)), "")
    try:
        data = base64.urlsafe_b64decode(name.partition("/")[0] + "==")
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_GOOGLE_HEAD):
        return None
    length, at = _varint(data, len(_GOOGLE_HEAD))
    target = data[at : at + length].decode("utf-8", "replace")
    return target if _is_address(target) else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in seven bits a byte, and where it ends."""
    value = shift = 0
    while at < len(data) and shift < 28:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at


def _is_address(text: str | None) -> bool:
    if not text or not text.startswith(("https://", "http://")):
        return False
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return False
    return bool(host and "." in host)
