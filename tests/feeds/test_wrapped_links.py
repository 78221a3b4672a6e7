from __future__ import annotations

import base64

import pytest

from monitor.feeds.parse import parse
from monitor.feeds.wrapped_links import is_aggregator, unwrapped

TARGET = "https://www.example.org/2024/niger?id=7&lang=en"
WRITTEN = "https%3A%2F%2Fwww.example.org%2F2024%2Fniger%3Fid%3D7%26lang%3Den"
TWICE = WRITTEN.replace("%", "%25")


def google(target: str) -> str:
    """An article's name as Google News wrote it until 2024."""
    text = target.encode()
    length = (
        bytes([len(text) & 0x7F | 0x80, len(text) >> 7]) if len(text) > 127 else bytes([len(text)])
    )
    data = b"\x08\x13\x22" + length + text + b"\xd2\x01\x00"
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.google.com/url?rct=j&sa=t&url={WRITTEN}&ct=ga&cd=x&usg=y",
        f"https://www.google.co.uk/url?q={WRITTEN}",
        f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=1&url={WRITTEN}&c=2&mkt=en-us",
        f"https://l.facebook.com/l.php?u={WRITTEN}&h=x",
        f"https://eur02.safelinks.protection.outlook.com/?url={WRITTEN}&data=x",
        f"https://r.search.yahoo.com/_ylt=x/RV=2/RE=1/RO=10/RU={WRITTEN}/RK=2/RS=y",
        f"https://news.google.com/rss/articles/{google(TARGET)}?oc=5",
        f"https://news.google.com/__i/rss/rd/articles/{google(TARGET)}",
        f"https://www.google.com/url?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D{TWICE}",
        TARGET,
    ],
)
def test_a_link_that_holds_its_target_is_replaced_by_it(link: str) -> None:
    assert unwrapped(link) == TARGET


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMiW0FVX3lxTE5kQ1Y?oc=5",  # encrypted
        "https://news.google.com/rss/articles/",
        "https://news.google.com/rss/articles/%%%",
        "https://feedproxy.google.com/~r/Example/~3/abc/",
        "https://t.co/abc",
        f"https://example.net/share?url={WRITTEN}",  # a page that links to it, not a way to it
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com/url?q=http://localhost/x",
        "https://www.google.com/search?q=niger",
        "https://notgoogle.com.example/url?q=x",
        "http://[",
    ],
)
def test_any_other_link_stays_as_it_is(link: str) -> None:
    assert unwrapped(link) == link


def test_a_link_longer_than_a_byte_can_count_is_read_whole() -> None:
    long = f"https://www.example.org/{'x' * 300}"
    assert unwrapped(f"https://news.google.com/articles/{google(long)}") == long


def test_who_passes_on_what_others_publish() -> None:
    assert is_aggregator("news.google.com")
    assert is_aggregator("msn.com")
    assert not is_aggregator("reuters.com")


def test_entries_are_read_with_the_links_that_they_wrap() -> None:
    body = (
        "<rss version='2.0' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel>"
        f"<item><title>One</title><link>https://www.google.com/url?url={WRITTEN}</link></item>"
        "<item><title>Two</title><link>https://feeds.feedburner.com/~r/x/~3/y/</link>"
        "<feedburner:origLink>https://www.example.org/2</feedburner:origLink></item>"
        "<item><title>Three</title><link>https://news.google.com/rss/articles/x</link>"
        "<source url='https://www.reuters.com'>Reuters</source></item></channel></rss>"
    )
    for text in (body, body.replace("<rss", "<!DOCTYPE rss><rss")):  # by both readers
        one, two, three = parse(text.encode(), url="https://example.net/", charset=None).entries
        assert (one.link, two.link) == (TARGET, "https://www.example.org/2")
        assert (one.outlet, three.outlet) == (None, "reuters.com")
