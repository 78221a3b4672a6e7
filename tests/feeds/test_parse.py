"""What the formats of feeds say, and what becomes of an entry's title, text, links and dates."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.feeds.parse import language_code, parse, web_address
from monitor.model import Entry
from tests.feeds.documents import URL, atom, only, read, rss

# --- formats ----------------------------------------------------------------------------------


def test_rss_2_is_read() -> None:
    parsed = read(
        rss(
            "<item><guid isPermaLink='false'>a-1</guid><link>https://news.example/1?a=1&amp;b=2</link>"
            "<title>Troops &amp; tanks leave</title><description>&lt;p&gt;They left.&lt;/p&gt;"
            "</description><dc:creator>Ann Lee</dc:creator>"
            "<pubDate>Sat, 18 May 2024 12:30:00 +0200</pubDate></item>",
            "<link>https://news.example/</link><language>en-GB</language><ttl>30</ttl>",
        )
    )
    assert (parsed.title, parsed.language, parsed.link, parsed.ttl) == (
        "World",
        "en",
        "https://news.example/",
        1800.0,
    )
    assert only(parsed) == Entry(
        guid="a-1",
        link="https://news.example/1?a=1&b=2",
        title="Troops & tanks leave",
        text="They left.",
        author="Ann Lee",
        language="en",
        published_at=datetime(2024, 5, 18, 10, 30, tzinfo=UTC),
    )


def test_atom_is_read() -> None:
    parsed = read(
        atom(
            "<id>urn:x:1</id><link href='/1'/><link rel='enclosure' href='/1.mp3'/>"
            "<title type='html'>Coup in &lt;b&gt;Niamey&lt;/b&gt;</title>"
            "<summary>What we know</summary><author><name>Ann</name></author>"
            "<author><name>Bob</name></author>"
            "<published>2024-05-18T10:00:00Z</published><updated>2024-05-18T11:00:00Z</updated>",
            "<link href='https://news.example/'/>",
        )
    )
    assert only(parsed) == Entry(
        guid="urn:x:1",
        link="https://news.example/1",
        title="Coup in Niamey",
        text="What we know",
        author="Ann, Bob",
        published_at=datetime(2024, 5, 18, 10, tzinfo=UTC),
        updated_at=datetime(2024, 5, 18, 11, tzinfo=UTC),
    )


def test_rdf_is_read() -> None:
    parsed = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        "<channel><title>Monde</title><link>https://news.example/</link>"
        "<dc:language>fr</dc:language><sy:updatePeriod>hourly</sy:updatePeriod>"
        "<sy:updateFrequency>2</sy:updateFrequency></channel>"
        '<item rdf:about="https://news.example/1"><title>Retrait</title>'
        "<link>https://news.example/1</link><dc:date>2024-05-18T10:00:00+02:00</dc:date></item>"
        "</rdf:RDF>"
    )
    entry = only(parsed)
    assert (parsed.title, parsed.language, parsed.ttl) == ("Monde", "fr", 1800.0)
    assert (entry.guid, entry.link, entry.title) == (
        "https://news.example/1",
        "https://news.example/1",
        "Retrait",
    )
    assert entry.updated_at == datetime(2024, 5, 18, 8, tzinfo=UTC)


def test_rss_091_is_read() -> None:
    parsed = read(
        '<rss version="0.91"><channel><title>Old</title><item><title>One</title>'
        "<link>https://news.example/1</link></item></channel></rss>"
    )
    assert only(parsed).link == "https://news.example/1"


@pytest.mark.parametrize("version", ["1", "1.1"])
def test_json_feed_is_read(version: str) -> None:
    person = {"name": "Ann"}
    item = {
        "id": 7,
        "url": "/7",
        "title": "1 < 2",
        "content_text": "First.\n\nSecond & last.",
        "date_published": "2024-05-18T12:00:00.5+02:00",
        **({"author": person} if version == "1" else {"authors": [person]}),
    }
    parsed = read(
        json.dumps(
            {
                "version": f"https://jsonfeed.org/version/{version}",
                "title": "World",
                "home_page_url": "https://news.example",
                "language": "pt-BR",
                "items": [item, "nonsense"],
            }
        )
    )
    assert (parsed.title, parsed.language) == ("World", "pt")
    assert only(parsed) == Entry(
        guid="7",
        link="https://news.example/7",
        title="1 < 2",
        text="First.\n\nSecond & last.",
        author="Ann",
        language="pt",
        published_at=datetime(2024, 5, 18, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize("items", ["", ', "items": null', ', "items": []'])
def test_a_json_feed_without_entries_is_one(items: str) -> None:
    parsed = read('{"version": "https://jsonfeed.org/version/1.1", "title": "World"' + items + "}")
    assert (parsed.title, parsed.entries) == ("World", ())


def test_the_title_of_the_format_is_the_title_and_not_that_of_dublin_core() -> None:
    core = "<dc:title>Short</dc:title>"
    both = f"<title>In full</title>{core}"
    text = (
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>"
        f"{both}<item>{both}</item><item>{core}</item></channel></rss>"
    )
    parsed = parse(text.encode(), url="https://example.org/feed", charset=None)
    assert parsed.title == "In full"
    assert [entry.title for entry in parsed.entries] == ["In full", "Short"]


# --- what an entry says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("<title>Less &lt; more</title>", "Less < more"),
        ("<title type='text'>Press &lt;enter&gt; now</title>", "Press <enter> now"),
        (
            "<title type='html'>Press &amp;lt;enter> &lt;i&gt;now&lt;/i&gt;</title>",
            "Press <enter> now",
        ),
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
            "Niger <em>now</em> &amp; then</div></title>",
            "Niger now & then",
        ),
        ("<title type='html'><![CDATA[A <b>bold</b> move]]></title>", "A bold move"),
    ],
)
def test_an_atom_title_is_what_its_type_says(title: str, said: str) -> None:
    assert only(read(atom(title))).title == said


@pytest.mark.parametrize(
    "title", ["&lt;Quaxland&gt; &lt;b&gt;falls&lt;/b&gt;", "<![CDATA[<Quaxland> <b>falls</b>]]>"]
)
def test_what_is_no_tag_of_html_stays_in_a_title(title: str) -> None:
    item = f"<item><title>{title}</title><author>Ada &lt;ada@example.org&gt;</author></item>"
    assert only(read(rss(item))).title == "<Quaxland> falls"
    assert "<" not in (only(read(rss(item))).author or "")


def test_content_comes_with_the_summary_only_where_that_says_more() -> None:
    content = (
        "<content:encoded><![CDATA[<p>The army left Agadez.</p><p>Slowly.</p>]]></content:encoded>"
    )
    same = f"<item><description>The army left […]</description>{content}</item>"
    more = f"<item><description>Our comment.</description>{content}</item>"
    assert only(read(rss(same))).text == "The army left Agadez.\n\nSlowly."
    assert only(read(rss(more))).text == "Our comment.\n\nThe army left Agadez.\n\nSlowly."


@pytest.mark.parametrize(
    ("summary", "contained"),
    [
        ("The army left Agadez. Slowly. It was", True),
        ("the ARMY left agadez. Slowly. READ MORE", True),
        ("Slowly. It was expected. Continue reading →", True),
        ("The army left more […]", True),
        ("The army left xread more", False),
        ("The army left Agadez. Read the rest", False),
        ("Slowly.It was", False),
        ("more", True),
    ],
)
def test_a_summary_is_looked_for_across_lines_and_paragraphs(summary: str, contained: bool) -> None:
    content = "<![CDATA[<p>The army left Agadez.</p><p>Slowly.<br>It was expected.</p>]]>"
    said = f"<description>{summary}</description><content:encoded>{content}</content:encoded>"
    items = f"<item>{said}</item>"
    text = only(read(rss(items))).text
    whole = "The army left Agadez.\n\nSlowly.\nIt was expected."
    assert text == (whole if contained else f"{summary}\n\n{whole}")


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("/x", "https://news.example/x"),
        ("x", "https://news.example/deep/x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https://other.example/a b", "https://other.example/a%20b"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://other.example/x", None),
        ("http://[broken", None),
        ("https://", None),
        ("", None),
    ],
)
def test_a_link_is_an_absolute_web_address_or_none(link: str, found: str | None) -> None:
    head = "<link>https://news.example/deep/</link>"
    assert only(read(rss(f"<item><title>t</title><link>{link}</link></item>", head))).link == found


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ("<link rel='alternate' type='text/plain' href='/a'/>", "https://news.example/a"),
        ("<link type='text/html; charset=utf-8' href='/a'/>", "https://news.example/a"),
        ("<link rel='' type='' href='/a'/>", "https://news.example/a"),
        ("<link type='application/pdf' href='/p'/><link href='/a'/>", "https://news.example/a"),
        ("<link href='/a'/><link type='application/pdf' href='/p'/>", "https://news.example/a"),
        ("<link type='a/b' href='/1'/><link type='c/d' href='/2'/>", "https://news.example/1"),
        ("<link rel='enclosure' type='audio/mpeg' href='/s'/>", None),
    ],
)
def test_an_entry_whose_links_are_no_html_has_the_first_of_them(
    links: str, found: str | None
) -> None:
    document = atom(
        f"<id>urn:x:1</id><title>t</title>{links}", "<link href='https://news.example/'/>"
    )
    assert only(read(document)).link == found
    assert only(read(document.replace("</entry>", "<b></entry>"))).link == found


@pytest.mark.parametrize("damage", ["", "<b>"])
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("<link/><guid>https://news.example/1</guid>", "https://news.example/1"),
        ("<guid>https://news.example/1</guid><link> </link>", "https://news.example/1"),
        ("<link>https://news.example/2</link><link/><guid>7</guid>", "https://news.example/2"),
        ("<guid isPermaLink='false'>https://news.example/1</guid>", None),
        ("<link/><guid>7</guid>", None),
    ],
)
def test_an_id_that_is_an_address_stands_for_a_link_that_is_empty(
    said: str, found: str | None, damage: str
) -> None:
    assert only(read(rss(f"<item><title>t</title>{said}</item>{damage}"))).link == found


def test_links_follow_xml_base() -> None:
    entry = "<link href='x'/><id>1</id>"
    document = atom(entry).replace("<feed ", "<feed xml:base='https://base.example/a/' ", 1)
    assert only(read(document)).link == "https://base.example/a/x"


def test_an_id_stays_as_it_is_written() -> None:
    document = rss("<item><guid>17</guid><title>t</title></item>")
    assert only(read(document.replace("<rss ", "<rss xml:base='https://b.example/' "))).guid == "17"


def test_an_entry_quoted_within_an_entry_is_not_one_of_the_feed() -> None:
    parsed = read(atom("<source><title>Other</title><entry/></source><title>Mine</title>"))
    assert only(parsed).title == "Mine"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-05-18T10:00:00Z", datetime(2024, 5, 18, 10, tzinfo=UTC)),
        ("18 May 2024 10:00:00 EST", datetime(2024, 5, 18, 15, tzinfo=UTC)),
        ("2024-05-18 10:00", datetime(2024, 5, 18, 10, tzinfo=UTC)),
        ("1716026400", datetime(2024, 5, 18, 10, tzinfo=UTC)),
        ("1716026400000", datetime(2024, 5, 18, 10, tzinfo=UTC)),
        ("Sat, 18 May 2041 10:00:00 GMT", datetime(2041, 5, 18, 10, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0000-00-00 00:00:00", None),
        ("0", None),
        ("yesterday", None),
        ("9" * 50, None),
        ("10:00", None),
        ("--12-13", None),
        ("20", None),
        ("2024/05/18", datetime(2024, 5, 18, tzinfo=UTC)),
        ("18.5.2024 10:00", datetime(2024, 5, 18, 10, tzinfo=UTC)),
        ("05/18/2024", datetime(2024, 5, 18, tzinfo=UTC)),
        ("05/06/2024", None),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_date_is_aware_or_unknown(written: str, meant: datetime | None) -> None:
    entry = only(read(rss(f"<item><title>t</title><pubDate>{written}</pubDate></item>")))
    assert entry.published_at == meant
    assert entry.updated_at is None


def test_an_entry_may_have_a_language_of_its_own() -> None:
    document = atom("<title xml:lang='it-IT'>Ritiro</title>").replace(
        "<feed ", "<feed xml:lang='en' "
    )
    parsed = read(document)
    assert (parsed.language, only(parsed).language) == ("en", "it")


@pytest.mark.parametrize(
    ("stated", "code"),
    [("en-us", "en"), ("PT_br", "pt"), (" fr ", "fr"), ("", None), ("x", None), ("english", None)],
)
def test_languages_are_codes(stated: str, code: str | None) -> None:
    assert language_code(stated) == code


def test_an_address_that_cannot_be_read_is_none() -> None:
    assert web_address("http://news.example:port/", URL) is None
    assert web_address("http://[::1", URL) is None


def test_half_a_character_in_an_address_is_escaped() -> None:
    found = web_address("https://news.example/\ud800/b", URL)  # as JSON can write it
    assert found == "https://news.example/%ED%A0%80/b"
