"""A document that is cut says of its unseen entries what it says of them as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.parse import cleaned, read
from monitor.feeds.pieces import cut, read_in_pieces
from monitor.feeds.raw import RawFeed
from monitor.feeds.xml_feed import read_xml_feed
from tests.feeds.test_plain_xml import ATOM, DOCUMENTS, RDF, RSS, damaged

HOME = "https://feed.example/"


def marks_of(text: str) -> tuple[bytes, ...]:
    feed = read_in_pieces(text.encode(), ())
    assert feed is not None
    return feed.marks


def as_read(text: str, seen: frozenset[bytes] = frozenset()) -> RawFeed:
    return read(text.encode(), charset=None, seen=seen)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_what_is_unseen_is_read(name: str) -> None:
    text = DOCUMENTS[name]
    whole = as_read(text)
    first, second = whole.marks
    for known, left in ((first, 1), (second, 0)):
        rest = as_read(text, frozenset({known}))
        assert rest.entries == (whole.entries[left],)
        assert rest.marks == whole.marks
    nothing = as_read(text, frozenset(whole.marks))
    assert nothing.entries == ()
    assert (nothing.title, nothing.link, nothing.ttl) == (whole.title, whole.link, whole.ttl)


def test_an_edited_entry_has_another_mark() -> None:
    before, after = marks_of(RSS), marks_of(RSS.replace("left.", "stayed."))
    assert before[0] != after[0]
    assert before[1] == after[1]


@pytest.mark.parametrize(
    "changed",
    [
        RSS.replace('xmlns:dc="http://purl.org/dc/elements/1.1/"', 'xmlns:dc="urn:else"'),
        RSS.replace('version="2.0"', 'version="0.91"'),
        RSS.replace("<channel>", "<channel a='b'>"),
    ],
)
def test_an_entry_in_other_tags_has_another_mark(changed: str) -> None:
    before, after = cut(RSS.encode()), cut(changed.encode())
    assert before is not None
    assert after is not None
    assert before.entries == after.entries
    feed = read_in_pieces(changed.encode(), ())
    assert feed is None or not set(feed.marks) & set(marks_of(RSS))


def test_a_new_date_above_the_entries_changes_no_mark() -> None:
    assert marks_of(RSS.replace("20 May 2024 05", "20 May 2024 06")) == marks_of(RSS)
    assert marks_of(ATOM.replace("05-20T05", "05-20T06")) == marks_of(ATOM)


@pytest.mark.parametrize(
    "text",
    [
        RSS.replace("</item>\n<item>", "</item>between<item>"),
        RSS.replace("</item>\n<item>", "</item><!-- --><item>"),
        RSS.replace("<p>More follow.", "</item><p>More follow."),
        RSS.replace("<p>More follow.", "<item><p>More follow."),
        RSS.replace("<description>World news", "<description><![CDATA[<item>]]>World news"),
        RSS.replace("<own:mark", "<own:mark xmlns:x='urn:x'"),
        RSS.replace("<rss version", "<rss lang=en version"),
        "<rss><channel><title>No entries</title></channel></rss>",
        "no feed at all",
        "",
    ],
)
def test_where_the_cut_is_in_doubt_there_is_none(text: str) -> None:
    assert cut(text.encode()) is None


def test_an_entry_that_means_something_else_elsewhere_has_no_mark() -> None:
    relative = RSS.replace("https://example.org/1?", "/1?")
    feed = read_in_pieces(relative.encode(), ())
    assert feed is not None
    assert feed.marks == ()
    assert len(feed.entries) == 2


def test_of_two_entries_that_are_the_same_text_none_has_a_mark() -> None:
    pieces = cut(RDF.encode())
    assert pieces is not None
    first = pieces.entries[0]
    feed = read_in_pieces(RDF.encode().replace(first, first * 2), ())
    assert feed is not None
    assert (feed.marks, len(feed.entries)) == ((), 3)


def test_what_an_entry_quotes_of_pauses_is_not_the_feeds_own() -> None:
    pause = "<skipHours><hour>3</hour></skipHours>"
    quoted = RSS.replace("<p>More", f"{pause}<p>More")
    assert as_read(quoted).skip_hours == ()
    for own in (quoted.replace("<item>", f"{pause}<item>", 1), RSS.replace("</ch", f"{pause}</ch")):
        first = as_read(own)
        assert first.skip_hours == (3,)
        assert as_read(own, frozenset(first.marks)).skip_hours == (3,)


@settings(max_examples=200, deadline=None)
@given(text=damaged(), chosen=st.sets(st.integers(0, 4)))
def test_a_damaged_document_is_read_the_same_in_pieces(text: str, chosen: set[int]) -> None:
    assert_read_the_same(text, chosen)


def assert_read_the_same(text: str, chosen: set[int]) -> None:
    """What was seen once, in this document, may be left out of it the next time."""
    whole = read_in_pieces(text.encode(), ())
    if whole is None or not whole.marks:
        return
    seen = {mark for number, mark in enumerate(whole.marks) if number in chosen}
    rest = read_in_pieces(text.encode(), seen)
    assert rest is not None
    assert rest.marks == whole.marks
    left = [
        entry for entry, mark in zip(whole.entries, whole.marks, strict=True) if mark not in seen
    ]
    one, other = cleaned(rest, HOME), cleaned(whole, HOME)
    assert list(one.entries) == [other.entries[whole.entries.index(entry)] for entry in left]
    assert (one.title, one.language, one.link, one.ttl) == (
        *(other.title, other.language, other.link),
        other.ttl,
    )


@settings(max_examples=200, deadline=None)
@given(text=damaged(), chosen=st.sets(st.integers(0, 1)))
def test_after_another_document_the_unseen_entries_are_read_as_feedparser_reads_them(
    text: str, chosen: set[int]
) -> None:
    assert_read_as_judged(text, chosen)


def assert_read_as_judged(text: str, chosen: set[int]) -> None:
    """``chosen`` entries of the whole documents are known; ``text`` comes next."""
    seen = {
        mark for each in DOCUMENTS.values() for n, mark in enumerate(marks_of(each)) if n in chosen
    }
    feed = read_in_pieces(text.encode(), seen)
    if feed is None:
        return
    judged = read_xml_feed(text)
    assert judged is not None
    expected = cleaned(judged, HOME)
    if feed.marks:
        assert len(feed.marks) == len(expected.entries)
        unseen = [number for number, mark in enumerate(feed.marks) if mark not in seen]
        expected = replace(expected, entries=tuple(expected.entries[number] for number in unseen))
    assert cleaned(feed, HOME) == expected
