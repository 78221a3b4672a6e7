"""What is no feed is refused by its name; what only looks odd is a feed."""

from __future__ import annotations

import pytest

from tests.feeds.documents import only, read, refusal, rss


@pytest.mark.parametrize("page", [b"", b"  \n", b"\xef\xbb\xbf", b"\x00\x00\x00"])
def test_an_empty_body_is_no_feed(page: bytes) -> None:
    assert refusal(page) == "answered with an empty body, not with a feed"


def test_a_web_page_is_named_by_its_title() -> None:
    page = "<!DOCTYPE html>\n<html><head><title>Just a\n moment &amp; wait</title></head></html>"
    assert refusal(page) == (
        'answered with a web page titled "Just a moment & wait", not with a feed'
    )


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("<html><body>hello</body></html>", "a web page, not"),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html xmlns="y"/>', "a web page, not"),
        ('{"error": "no"}', "JSON that is no JSON Feed"),
        ("[1, 2]", "JSON that is no JSON Feed"),
        ("[" * 100_000, "JSON that is no JSON Feed"),
        ('<opml version="2.0"><body/></opml>', "a list of feeds (OPML)"),
        ('<urlset xmlns="z"/>', "a sitemap"),
        ("<kml/>", "an XML document of another kind (<kml>)"),
        ("Not found", "plain text"),
    ],
)
def test_what_is_no_feed_is_called_by_its_name(document: str, words: str) -> None:
    assert words in refusal(document)


def test_a_feed_that_speaks_of_html_is_a_feed() -> None:
    parsed = read(
        rss("<item><title>t</title><description><![CDATA[<html><body>x]]></description></item>")
    )
    assert only(parsed).title == "t"


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss("")).entries == ()
