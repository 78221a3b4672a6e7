"""Documents that are cut off, malformed or made to do harm: what came whole is kept."""

from __future__ import annotations

import json

import pytest

from tests.feeds.documents import only, read, rss


def test_a_document_that_breaks_off_keeps_what_came() -> None:
    items = "".join(f"<item><guid>{n}</guid><title>Number {n}</title></item>" for n in range(9))
    whole = rss(items)
    for cut in ("<guid>7", "Number 7", "7</title></item>"):
        titles = [entry.title for entry in read(whole[: whole.index(cut)]).entries]
        assert titles[:7] == [f"Number {n}" for n in range(7)]


@pytest.mark.parametrize(
    "whole",
    [
        rss("<item><guid>1</guid><title>One</title></item>" * 9),
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:feedburner='http://f.example/'>"
        + "<entry><title>One</title><feedburner:x>1</feedburner:x></entry>" * 9
        + "</feed>",
        "<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'>"
        + "<atom:entry><atom:title>One</atom:title></atom:entry>" * 9
        + "</atom:feed>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns='http://purl.org/rss/1.0/'><channel><title>F</title></channel>"
        + "<item><title>One</title></item>" * 9
        + "</rdf:RDF>",
        '{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": ['
        + ", ".join(['{"id": "1", "tags": ["a"], "author": {"name": "Ann"}}'] * 9)
        + "]}",
    ],
)
def test_a_document_that_ends_in_the_middle_is_known_by_its_end(whole: str) -> None:
    one = '"id"' if whole[:1] == "{" else "One</"
    behind = whole.rindex("}}") + 2 if whole[:1] == "{" else whole.rindex("One</")
    for at in (whole.rindex(one), behind, len(whole) // 2):
        cut = read(whole[:at])
        assert cut.breaks_off
        assert cut.entries
    assert not read(whole).breaks_off
    assert not read(whole + "\n\n").breaks_off


@pytest.mark.parametrize(
    "document",
    [
        rss("<item><title>Bed & breakfast</title></item>"),
        rss("<item><title>One</title><b></item>"),
        rss("<item><title>One</b></title></item>") + "<p>Warning: too slow</p>" * 9,
        rss("<item><title>One</b></title></item>").replace("</rss>", "</RSS >"),
        rss("<item><title>One</title></item>").replace("</rss>", ""),  # nothing is missing
        "<br/>Warning" + rss("<item><title>Bed & breakfast</title></item>"),
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"}, {"id": 2 3}]}',
    ],
)
def test_a_document_that_is_malformed_and_ends_does_not_break_off(document: str) -> None:
    assert read(document).entries
    assert not read(document).breaks_off


def test_a_document_that_breaks_off_in_cdata_keeps_what_came() -> None:
    parsed = read(
        rss("<item><title>One</title></item><item><title>Two</title><description><![CDATA[<p>")[
            :-20
        ]
    )
    assert [entry.title for entry in parsed.entries] == ["One", "Two"]


def test_a_json_feed_that_breaks_off_keeps_its_whole_entries() -> None:
    whole = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "World",
            "items": [{"id": str(number), "content_text": "text"} for number in range(9)],
        }
    )
    parsed = read(whole[: whole.index('"id": "7"') + 3])
    assert parsed.title == "World"
    assert [entry.guid for entry in parsed.entries] == list("0123456")


@pytest.mark.parametrize(
    "title",
    [
        "Fish & chips",
        "Fish &amp chips",
        "Fish \x01\x00& \x1fchips",
        "Fish &#0;&#x1F;&#xFFFF;&amp; chips&#99999999999999999999;",
        "Fish &amp; chips&nbsp;",
    ],
)
def test_wild_characters_do_no_harm(title: str) -> None:
    document = rss(f"<item><title>{title}</title><guid>1</guid></item><item><guid>2</guid></item>")
    parsed = read(document)
    assert [entry.guid for entry in parsed.entries] == ["1", "2"]
    assert parsed.entries[0].title.replace("&amp ", "& ") == "Fish & chips"


def test_what_a_script_prints_before_the_feed_is_cut_off() -> None:
    before = "\n\n<br />\n<b>Warning</b>: mysql_connect() failed\n"
    assert only(read(before + rss("<item><title>t</title></item>"))).title == "t"


def test_a_foreign_prefix_for_rss_itself_is_understood() -> None:
    parsed = read(
        "<rss rss:version=2.0><rss:channel><rss:title>World</rss:title><rss:item>"
        "<rss:title>One</rss:title></rss:item></rss:channel></rss>"
    )
    assert (parsed.title, only(parsed).title) == ("World", "One")


def test_an_entity_bomb_is_defused() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    document = (
        f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>'
        + rss("<item><title>a &e11;</title><guid>1</guid></item>").partition("?>")[2]
    )
    parsed = read(document)
    assert only(parsed).guid == "1"
    assert len(only(parsed).title) < 100


@pytest.mark.parametrize("length", [50, 20_000])
def test_a_text_named_once_and_referred_to_without_end_is_let_be(length: int) -> None:
    document = (
        f'<!DOCTYPE rss [<!ENTITY a "{"x" * length}">]>'
        + rss(f"<item><title>t</title></item><item><description>{'&a;' * 60_000}").partition("?>")[
            2
        ]
    )
    parsed = read(document)
    assert parsed.entries[0].title == "t"
    assert sum(len(entry.text) for entry in parsed.entries) < 2 * len(document)


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_short_text_that_the_document_names_is_read(between: str) -> None:
    document = (
        f'<!DOCTYPE rss [{between}<!ENTITY own "Acme">{between}]>'
        + rss("<item><title>&own; news</title></item>").partition("?>")[2]
    )
    assert only(read(document)).title == "Acme news"


def test_a_comment_before_the_feed_declares_nothing() -> None:
    before = "<!-- <!DOCTYPE rss [<!ENTITY a 'b'> -->"
    parsed = read(before + rss("<item><title>&a;</title></item><b>").partition("?>")[2])
    assert (parsed.title, only(parsed).title) == ("World", "&a;")


def test_no_file_of_this_machine_is_read() -> None:
    document = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + rss("<item><title>a &x; b</title></item>").partition("?>")[2]
    )
    assert "root" not in only(read(document)).title


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 20_000,
        "<author>" + "a" * 300_000 + "</author>",
        "<category>x</category>" * 20_000,
        "<a " + " ".join(f"a{n}='1'" for n in range(20_000)) + "/>",
        "<a " + "b=c " * 100_000 + "/>",
        "<description>" + "&#" * 100_000 + "</description>",
        "<!--" * 50_000,
        "<![CDATA[" * 50_000,
        "<" * 100_000,
        "\n" * 100_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_documents_made_to_be_slow_are_answered(inside: str) -> None:
    parsed = read(rss(f"<item><title>First</title></item>{inside}"))
    assert parsed.entries[0].title == "First"


@pytest.mark.parametrize(
    "before", ["\n" * 300_000, "\n<!ENTITY a '" * 50_000, "<!DOCTYPE rss>" + " " * 300_000]
)
def test_what_stands_before_the_root_takes_no_time(before: str) -> None:
    document = '<?xml version="1.0"?>' + before + rss("<item/>").partition("?>")[2]
    assert len(read(document).entries) == 1


def test_of_a_feed_without_bottom_what_stands_before_is_kept() -> None:
    depth = 15_000
    before = "<item><title>a</title></item><item><title>b</title>"
    after = "<item><title>c</title></item>"
    parsed = read(rss(f"{before}{'<x>' * depth}deep{'</x>' * depth}</item>{after}"))
    assert [entry.title for entry in parsed.entries] == ["a", "b"]
