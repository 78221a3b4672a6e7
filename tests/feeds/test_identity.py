from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from monitor.feeds.identity import (
    KeyedEntry,
    candidates,
    canonical_link,
    content_hash,
    keys_of,
    outlet_of,
    print_of,
    site_of,
    sort_out,
)
from monitor.feeds.links import canonical_feed_link
from monitor.model import Entry

FEED = "https://news.example/feed"
LONG = "The convoy left the base before dawn, and drove along the road to the north. " * 4


def entry(**said: object) -> Entry:
    known: dict[str, object] = {"guid": None, "link": None, "title": "", "text": "", **said}
    return Entry(**known)  # type: ignore[arg-type]


def numbered(number: int, **said: object) -> Entry:
    known: dict[str, object] = {
        "guid": f"id-{number}",
        "link": f"https://news.example/{number}",
        "title": f"Number {number}",
        "text": f"{LONG} {number}",
        **said,
    }
    return entry(**known)


def keys(*entries: Entry, feed: str = FEED) -> list[set[bytes]]:
    return [set(keyed.keys) for keyed in sort_out(entries, feed)]


@pytest.mark.parametrize(
    "spelling",
    [
        "https://news.example/2024/a",
        "http://news.example/2024/a",
        "https://www.news.example/2024/a/",
        "HTTPS://News.Example:443/2024/a#comments",
        "http://news.example:80/2024/a?utm_source=rss&utm_medium=feed",
        "https://news.example/2024/a?fbclid=x&gclid=y&mc_cid=z",
        "https://news.example/2024/a/index.html?ref=rss",
        "https://joe:pw@news.example/2024/%61",
        "https://news.example/2024/a;jsessionid=77?",
        "https://news.example/2024/a?feed=rss2&output=atom&source=feed",
        "https://news.example/2024/a?at_medium=RSS&at_campaign=KARANGA&pk_kwd=x&ns_mchannel=rss",
    ],
)
def test_spellings_of_one_link_are_one(spelling: str) -> None:
    assert canonical_link(spelling) == "https://news.example/2024/a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/a", "https://news.example/A"),
        ("https://news.example/?id=1", "https://news.example/?id=2"),
        ("https://news.example/?a=1&b=2", "https://news.example/?b=2&a=1"),
        ("https://news.example/a", "https://news.example:8080/a"),
        ("https://news.example/a", "https://m.news.example/a"),
        ("https://news.example/#!/a", "https://news.example/#!/b"),
        ("https://news.example/?ref=1", "https://news.example/?ref=2"),
        ("https://news.example/?feed=rss2", "https://news.example/"),
        ("https://news.example/?feed=rss2&utm_source=x", "https://news.example/?feed=atom"),
        ("https://news.example/a?at_id=1", "https://news.example/a?at_id=2"),
        ("https://news.example/a?pk_article=1", "https://news.example/a?pk_article=2"),
        ("https://news.example/a?ns_id=1", "https://news.example/a?ns_id=2"),
        ("https://news.example/a?feed=sport", "https://news.example/a?feed=world"),
        ("https://news.example/a%2Fb", "https://news.example/a/b"),
    ],
)
def test_different_links_stay_different(one: str, other: str) -> None:
    assert canonical_link(one) != canonical_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/?feed=rss2", "https://news.example/?feed=atom"),
        ("https://news.example/?feed=rss2&p=12", "https://news.example/?feed=rss2"),
        ("https://news.example/s?q=niger&output=rss", "https://news.example/s?q=niger&output=atom"),
        ("https://news.example/s?source=rss", "https://news.example/s"),
        ("https://news.example/s?utm_source=a", "https://news.example/s"),
    ],
)
def test_every_parameter_of_a_feeds_address_counts(one: str, other: str) -> None:
    assert canonical_feed_link(one) != canonical_feed_link(other)


def test_spellings_of_a_feeds_address_are_one() -> None:
    spellings = ("HTTP://www.News.example:80/f/?a=1&", "https://news.example/f?a=1#x")
    assert len({canonical_feed_link(each) for each in spellings}) == 1


def test_canonical_links_are_their_own_canonical_links() -> None:
    for link in (
        "https://Ü.example/ä?ö=ü%20x",
        "http://a/%7Eb/?x=1&utm_a=2",
        "http://a/?feed=rss&output=atom&utm_a=2",
        "http://a/index.php?feed=rss&p=1",
        "mailto:x",
        "",
        "http://[",
    ):
        assert canonical_link(canonical_link(link)) == canonical_link(link)


def test_the_site_is_the_host_without_www() -> None:
    assert site_of("https://www.BBC.co.uk:443/x") == "bbc.co.uk"
    assert site_of("/srv/feeds/a.xml") == ""
    assert site_of("http://[") == ""


def test_the_same_entry_has_the_same_keys() -> None:
    (first,), (second,) = keys(numbered(1)), keys(numbered(1))
    assert first == second
    assert len(first) == 3
    assert all(len(key) == 16 for key in first)


def place(key: bytes | None) -> bytes:
    return (key or b"")[:4]


def test_keys_of_one_feed_lie_together() -> None:
    found = [candidates(numbered(number), FEED) for number in range(9)]
    for kind in ("guid", "link", "print"):
        assert len({place(getattr(each, kind)) for each in found}) == 1
    site = {place(key)[:2] for each in found for key in (each.guid, each.link, each.print)}
    assert len(site) == 1


def test_keys_of_other_sites_and_feeds_lie_elsewhere() -> None:
    here = candidates(numbered(1), FEED)
    there = candidates(numbered(1, link="https://other.example/1"), "https://news.example/feed2")
    assert place(here.guid) != place(there.guid)
    assert place(here.guid)[:2] == place(there.guid)[:2]
    assert place(here.link)[:2] != place(there.link)[:2]
    assert place(here.print)[:2] != place(there.print)[:2]


def test_a_link_has_one_key_whatever_feed_shows_it() -> None:
    link = "http://www.other.example:8080/2024/05/a?id=1/2#x"
    keys_there = {candidates(numbered(1, link=link), feed).link for feed in (FEED, "x.xml")}
    assert keys_there == {keys_of(link, ())[0]}


def test_the_strongest_key_comes_first() -> None:
    (keyed,) = sort_out([numbered(1)], FEED)
    (other,) = sort_out([numbered(2, guid="id-1")], FEED)
    assert keyed.keys[0] == other.keys[0]
    assert keyed.keys[1:] != other.keys[1:]


@pytest.mark.parametrize(
    "change",
    [
        {"guid": "tag:new,2024:1", "link": "https://other.example/1"[:0] or None},
        {"guid": "another", "link": "https://news.example/moved/1"},
        {"guid": "another", "text": "rewritten " * 40, "title": "New"},
        {"link": "https://news.example/moved/1", "text": "rewritten " * 40, "title": "New"},
    ],
    ids=["only the print, no link", "only the print", "only the link", "only the guid"],
)
def test_any_one_key_makes_it_the_same(change: dict[str, object]) -> None:
    (before,) = keys(numbered(1))
    (after,) = keys(dataclasses.replace(numbered(1), **change))  # type: ignore[arg-type]
    assert before & after


def test_a_guid_counts_within_its_feed_only() -> None:
    (here,) = keys(numbered(1, link=None, text=""))
    (there,) = keys(numbered(1, link=None, text=""), feed="https://other.example/feed")
    assert not here & there


def test_a_feed_that_moves_to_https_keeps_its_guids() -> None:
    old = numbered(1, guid="http://news.example/?p=1", link=None, text="")
    new = numbered(1, guid="https://www.news.example/?p=1", link=None, text="")
    (before,) = keys(old, feed="http://news.example/feed/")
    (after,) = keys(new, feed="https://news.example/feed")
    assert before == after


def test_anchors_tell_guids_apart() -> None:
    (one,) = keys(entry(guid="https://news.example/live#1", title="a"))
    (two,) = keys(entry(guid="https://news.example/live#2", title="a"))
    assert not one & two


def test_a_guid_on_every_entry_is_no_key() -> None:
    shown = [numbered(number, guid="same") for number in range(25)]
    found = keys(*shown)
    assert len(found) == 25
    assert not set.intersection(*found)
    assert all(len(each) == 2 for each in found)


def test_a_link_on_every_entry_is_no_key() -> None:
    found = keys(*(numbered(number, link="https://news.example/live") for number in range(3)))
    assert len(set.union(*found)) == 6


@pytest.mark.parametrize("home", ["https://news.example/", "http://www.news.example", FEED])
def test_the_front_page_is_nobodys_link(home: str) -> None:
    (one,) = keys(numbered(1, link=home))
    (two,) = keys(numbered(2, link=home))
    assert not one & two


def test_a_formula_that_returns_every_day_is_no_print() -> None:
    (monday,) = keys(entry(guid="1", title="Morning briefing", text="All you need to know today"))
    (tuesday,) = keys(entry(guid="2", title="Morning briefing", text="All you need to know today"))
    assert not monday & tuesday


def test_a_print_does_not_mind_case_and_punctuation() -> None:
    one = entry(title="Troops leave!", text=LONG)
    two = entry(title="TROOPS LEAVE", text=LONG.replace(",", " –").replace(" ", "\n"))
    assert print_of(one, "a") == print_of(two, "a") is not None
    assert print_of(one, "a") != print_of(one, "b")
    assert print_of(one, "a") != print_of(dataclasses.replace(one, title="Others"), "a")


def test_a_short_chinese_text_is_long_enough_for_a_print() -> None:
    text = "美国军方周日表示已经开始从尼日尔首都尼亚美的基地撤出部队和装备"
    assert print_of(entry(title="撤军", text=text), "a") is not None


def test_every_entry_has_a_key_even_where_nothing_tells_it() -> None:
    (one,), (again,) = keys(entry(title="Storm")), keys(entry(title="Storm"))
    (other,) = keys(entry(title="Flood"))
    assert one == again
    assert one
    assert not one & other


def test_an_entry_shown_twice_is_one() -> None:
    assert len(keys(numbered(1), numbered(1), numbered(2))) == 2


def test_of_two_versions_the_newer_stays() -> None:
    old = numbered(1, updated_at=datetime(2024, 5, 18, 10, tzinfo=UTC))
    new = dataclasses.replace(
        old, text="corrected " * 40, updated_at=datetime(2024, 5, 18, 11, tzinfo=UTC)
    )
    for shown in ([old, new], [new, old]):
        (kept,) = sort_out(shown, FEED)
        assert kept.entry == new


def test_one_text_under_two_ids_is_one_article_with_both_keys() -> None:
    one = numbered(1)
    two = dataclasses.replace(one, guid="id-2", link="https://news.example/2")
    (kept,) = sort_out([one, two], FEED)
    assert kept.entry == one
    assert len(kept.keys) == 5


def test_warnings_that_share_headline_and_link_are_all_told() -> None:
    shown = [
        entry(title="Weather warning", link="https://news.example/warnings", text=f"Area {number}")
        for number in range(5)
    ]
    assert len(keys(*shown)) == 5


def test_an_entry_that_says_nothing_is_left_out() -> None:
    assert sort_out([entry(), numbered(1)], FEED) == sort_out([numbered(1)], FEED)


def test_a_changed_text_changes_the_content_hash_and_a_date_does_not() -> None:
    one = numbered(1)
    assert content_hash(one) == content_hash(
        dataclasses.replace(one, published_at=datetime(2024, 5, 18, tzinfo=UTC))
    )
    assert content_hash(one) != content_hash(dataclasses.replace(one, text=one.text + "!"))
    assert content_hash(entry(title="ab", text="c")) != content_hash(entry(title="a", text="bc"))


def test_joiners_that_are_shown_change_neither_print_nor_hash() -> None:
    shown = entry(title="می\u200cخواهم", text="نیروها می\u200cروند. " * 12)
    stored = entry(title="میخواهم", text="نیروها میروند. " * 12)
    assert content_hash(shown) == content_hash(stored)
    assert print_of(shown, "a") == print_of(stored, "a") is not None


def test_keyed_entries_keep_the_order_of_the_document() -> None:
    shown = [numbered(number) for number in (3, 1, 2)]
    kept: tuple[KeyedEntry, ...] = sort_out(shown, FEED)
    assert [keyed.entry for keyed in kept] == shown


@pytest.mark.parametrize(
    ("link", "outlet", "site"),
    [
        ("https://news.google.com/rss/articles/x", "reuters.com", "reuters.com"),
        ("https://news.example/story/1", "reuters.com", "reuters.com"),  # the feed's own page
        ("https://www.reuters.com/story/1", "news.example", "reuters.com"),
        ("https://news.google.com/rss/articles/x", None, "news.google.com"),
        (None, "reuters.com", "reuters.com"),
        (None, None, "news.example"),
    ],
)
def test_the_site_is_who_published_it_and_not_who_passed_it_on(
    link: str | None, outlet: str | None, site: str
) -> None:
    assert outlet_of(entry(link=link, outlet=outlet), FEED) == site


def test_a_key_of_several_entries_is_none_but_may_be_an_older_articles() -> None:
    link = "https://news.example/status"
    (alone,) = sort_out([entry(link=f"{link}#0", title="Quake")], FEED)
    first, second = sort_out(
        [entry(link=f"{link}#0", title="Quake"), entry(link=f"{link}#1", title="Flood")], FEED
    )
    assert alone.shared == ()
    assert first.shared == second.shared == alone.keys
    assert set(alone.keys).isdisjoint((*first.keys, *second.keys))
    assert set(first.keys).isdisjoint(second.keys)
