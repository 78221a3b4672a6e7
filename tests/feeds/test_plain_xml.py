"""The quick reader says what feedparser says, or nothing: held against it on damaged documents."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime

import pytest
from feedparser.datetimes import _parse_date
from feedparser.html import _cp1252
from feedparser.urls import _urljoin
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import NotAFeed
from monitor.feeds import dates
from monitor.feeds.as_feedparser import mended, read_date, resolved
from monitor.feeds.decode import decode
from monitor.feeds.parse import cleaned, parse, read
from monitor.feeds.plain_xml import read_plainly
from monitor.feeds.raw import RawFeed
from monitor.feeds.xml_feed import read_xml_feed

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:own="https://example.org/own">
<channel>
<title>The Meridian &amp; more</title><link>https://example.org/</link>
<description>World news</description><language>en-GB</language><ttl>15</ttl>
<sy:updatePeriod>hourly</sy:updatePeriod>
<lastBuildDate>Mon, 20 May 2024 05:00:00 GMT</lastBuildDate>
<atom:link rel="self" type="application/rss+xml" href="https://example.org/feed"/>
<image><url>https://example.org/i.png</url><title>Picture</title><link>https://example.org/i</link>
</image>
<item><title>Troops leave the base</title><link>https://example.org/1?a=1&amp;b=2</link>
<guid isPermaLink="false">tag:1</guid><pubDate>Sun, 19 May 2024 12:00:00 +0200</pubDate>
<dc:creator>A. Writer</dc:creator><dc:creator>B. Writer</dc:creator><category>World</category>
<description>The first &lt;b&gt;soldiers&lt;/b&gt; left.</description>
<content:encoded><![CDATA[<p>The first <b>soldiers</b> left.</p>
<p>More follow.</p>]]></content:encoded>
<media:content url="https://example.org/a.jpg"><media:credit>Nobody</media:credit></media:content>
<slash:comments>3</slash:comments><own:mark kind="x">y</own:mark>
<source url="https://example.org/other">Other</source></item>
<item><title><![CDATA[Второй заголовок – «два»]]></title><guid>https://example.org/2</guid>
<author>desk@example.org (The Desk)</author><dc:date>2024-05-18T10:00:00+02:00</dc:date>
<description>Été à Zürich</description></item>
</channel></rss>
"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"
 xml:lang="fr">
<id>urn:feed</id><title type="text">Le Méridien</title><updated>2024-05-20T05:00:00Z</updated>
<link rel="self" href="https://example.org/atom"/><link href="https://example.org/"/>
<subtitle>Monde</subtitle><author><name>La rédaction</name></author>
<entry><id>urn:1</id><title type="html">Les &lt;i&gt;soldats&lt;/i&gt; &amp;amp; la base</title>
<link rel="alternate" type="text/html" href="https://example.org/1"/>
<link rel="replies" type="text/html" href="https://example.org/1#r" thr:count="3"/>
<published>2024-05-19T10:00:00Z</published><updated>2024-05-19T11:00:00.123+02:00</updated>
<author><name>A. Auteur</name><email>a@example.org</email></author>
<author><name>B. Auteur</name><uri>https://example.org/b</uri></author>
<category term="Monde"/><summary>Un &lt; deux</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Un <b class="x">départ</b> &amp; plus</p>
<script>ignored()</script><br/>Fin</div></content></entry>
<entry><id>https://example.org/2</id><title>a &lt; b</title><updated>2024-05-18T10:00:00Z</updated>
<content type="html">&lt;p&gt;Texte&lt;/p&gt;</content>
<source><id>urn:other</id><title>Ailleurs</title><updated>2024-01-01T00:00:00Z</updated></source>
</entry></feed>
"""
RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xml:lang="en">
<channel rdf:about="https://example.org/"><title>Old but good</title>
<link>https://example.org/</link><description>News</description><dc:language>de</dc:language>
<items><rdf:Seq><rdf:li rdf:resource="https://example.org/1"/></rdf:Seq></items></channel>
<image rdf:about="https://example.org/i"><title>Picture</title><url>https://example.org/i</url>
<link>https://example.org/</link></image>
<item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>
<description>Text of one</description><dc:date>2024-05-18</dc:date><dc:creator>X</dc:creator></item>
<item rdf:about="https://example.org/2"><title>Two</title><link>https://example.org/2</link></item>
</rdf:RDF>
"""
DOCUMENTS = {"RSS": RSS, "Atom": ATOM, "RDF": RDF}

_TOKENS = re.compile(r"<!\[CDATA\[.*?\]\]>|<[^>]+>|[^<]+", re.DOTALL)
# One a line.
_INSERTED = [
    *r"""
<title>Again</title>
<title/>
<link>https://example.org/other</link>
<link/>
<link href="https://example.org/l"/>
<link rel="enclosure" href="/e"/>
<id>x</id>
<link href="/x" type="text/plain"/>
<link url="https://example.org/u"/>
<guid>g</guid>
<guid isPermaLink="TRUE">/rel</guid>
<summary>short</summary>
<content>c</content>
<description>twice</description>
<description><p>inline</p></description>
<content type="xhtml"><p>no name space</p></content>
<content src="/c" type="text/html"/>
<summary type="image/png">QUJD</summary>
<title mode="escaped">m</title>
<body>b</body>
<author>x@example.org</author>
<author><name>N</name></author>
<author>Name</author>
<author><uri>/u</uri></author>
<author>a<name>b</name>c</author>
<name>N</name>
<dc:creator>C</dc:creator>
<dc:title>D</dc:title>
<dc:description>E</dc:description>
<media:title>M</media:title>
<media:description>MD</media:description>
<media:group><media:title>M</media:title></media:group>
<media:thumbnail url='t'/>
<pubDate>yesterday</pubDate>
<updated>2024-01-01T00:00:00Z</updated>
<issued/>
<created>2024-01-02</created>
<dc:date>2024</dc:date>
<language>it</language>
<image><title>I</title></image>
<textInput><title>T</title><name>q</name></textInput>
<image><x/><title>I</title></image>
<source><title>S</title></source>
<ttl>5</ttl>
<source url='u'>S</source>
<contributor><name>K</name></contributor>
<tags>a</tags>
<x xml:base="https://base.example/"/>
<x xml:lang="es">y</x>
<title lang="es">L</title>
<x xmlns="urn:unknown"><title>U</title></x>
<a:link xmlns:a="http://www.w3.org/2005/Atom" href="/a"/>
<dc:title xmlns:dc="urn:not-dc">D</dc:title>
<item><title>nested</title></item>
<entry/>
<authors>A</authors>
<rights><title>R</title></rights>
<category><b/></category>
<!-- a comment -->
<?pi x?>
text
&#13;
&#1;
&nbsp;
&#x80;
Ã©tÃ©
]]&gt;
<![CDATA[ <p>x</p> &#1; ]]>
<svg/>
<xhtml:b/>
<enclosure url="e" type="audio/mpeg" length="1">t</enclosure>
<comments>/c</comments>
<channel><title>second</title></channel>
</channel><channel>
<feed/>
<rss/>
<itunes_summary>s</itunes_summary>
<y:author xmlns:y="http://www.itunes.com/dtds/podcast-1.0.dtd">I</y:author>
<y:summary xmlns:y="http://www.itunes.com/dtds/podcast-1.0.dtd">I</y:summary>
<abstract>a</abstract>
<x xmlns="urn:p"/>
<p:title xmlns:p="urn:p">P</p:title>
<title xmlns="urn:p">P</title>
<database/>
<x data-base="https://base.example/"/>
<title>Ã<!-- -->©</title>
<author>Ã<x/>©</author>
<author>a<x k="v">b<y>c</y>d</x>e</author>
<author>a<x k="v">b</x>c</author>
<author>a<x>b<y k="v">c</y>d</x>e</author>
""".strip().splitlines(),
    *(" ", "\x85", "\x01", "\x93quoted\x94"),
]


def both(text: str) -> tuple[RawFeed | None, RawFeed | None]:
    return read_plainly(text.encode()), read_xml_feed(text)


def assert_agreed(text: str) -> None:
    quick, judged = both(text)
    if quick is not None:
        assert judged is not None
        home = "https://feed.example/"
        assert cleaned(quick, home) == cleaned(judged, home)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_usual_document_is_read_plainly_and_as_feedparser_reads_it(name: str) -> None:
    quick, judged = both(DOCUMENTS[name])
    assert quick is not None
    assert judged is not None
    assert len(quick.entries) == 2
    home = "https://feed.example/"
    assert cleaned(quick, home) == cleaned(judged, home)


@pytest.mark.parametrize("empty", ['<link href=""/>', "<link/>", '<link rel="alternate" href=""/>'])
def test_an_empty_link_behind_another_is_read_as_feedparser_reads_it(empty: str) -> None:
    item = f'<item><link href="https://a.example/h"/>{empty}</item>'
    assert_agreed(f'<rss version="2.0"><channel>{item}</channel></rss>')


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A document with a few pieces left out, doubled, changed places or pushed in."""
    tokens = _TOKENS.findall(draw(st.sampled_from(list(DOCUMENTS.values()))))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(("drop", "double", "insert", "swap", "rename"))):
            case "drop":
                del tokens[at]
            case "double":
                tokens.insert(at, tokens[at])
            case "insert":
                tokens.insert(at, draw(st.sampled_from(_INSERTED)))
            case "swap":
                other = draw(st.integers(0, len(tokens) - 1))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "rename":
                other = draw(st.integers(0, len(tokens) - 1))
                tokens[at] = tokens[other]
    return "".join(tokens)


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_it_agrees_with_feedparser_on_damaged_documents_or_keeps_silent(text: str) -> None:
    assert_agreed(text)


@pytest.mark.parametrize("inserted", _INSERTED)
@pytest.mark.parametrize("before", ["<item", "<entry", "</item>", "</entry>", "</channel>"])
def test_it_agrees_with_feedparser_on_odd_elements(inserted: str, before: str) -> None:
    for text in DOCUMENTS.values():
        if before in text:
            assert_agreed(text.replace(before, inserted + before, 1))


@pytest.mark.parametrize(
    "text",
    [
        RSS.replace("<rss", "<!DOCTYPE rss [<!ENTITY a 'b'>]><rss"),
        RSS.replace("</rss>", ""),
        RSS.replace("<item>", "<item xml:base='https://other.example/'>"),
        RSS.replace("<title>", "<title>&nbsp;"),
        "<html><body>A page</body></html>",
        "<opml/>",
        "",
    ],
)
def test_what_is_in_doubt_is_left_to_feedparser(text: str) -> None:
    assert read_plainly(text.encode()) is None


@pytest.mark.parametrize("one", ['<x xmlns="urn:p"/>', '<x xmlns="urn:p"><title>P</title></x>'])
@pytest.mark.parametrize("other", ['<p:title xmlns:p="urn:p">P</p:title>', '<x xmlns:p="urn:p"/>'])
def test_an_address_that_is_declared_twice_is_no_surprise(one: str, other: str) -> None:
    for text in DOCUMENTS.values():
        for first, then in ((one, other), (other, one)):
            end = "</item>" if "</item>" in text else "</entry>"
            assert_agreed(text.replace(end, first + then + end, 1))
            assert_agreed(text.replace(end, first + end, 1).replace("<title", then + "<title", 1))


@settings(max_examples=100, deadline=None)
@given(damaged(), st.integers(1, 700))
def test_a_document_is_read_the_same_however_little_of_it_at_once(text: str, size: int) -> None:
    document = text.encode()
    assert read_plainly(document, at_once=size) == read_plainly(document)


@pytest.mark.parametrize("before", ["<title>", "</item>", "</channel>"])
def test_an_endless_element_is_left_to_feedparser_before_it_fills_the_memory(before: str) -> None:
    within = RSS.replace(before, f"<x>{'<y/>' * 60_000}</x>{before}", 1).encode()
    assert read_plainly(within) == read_plainly(RSS.encode())
    assert read_plainly(within, at_once=10_000) is None


def test_many_elements_one_after_the_other_are_no_burden() -> None:
    many = RSS.replace("</item>", f"</item>{'<y/>' * 60_000}", 1).encode()
    assert read_plainly(many, at_once=10_000) == read_plainly(RSS.encode())


@pytest.mark.parametrize("tag", ["x", "source"])
def test_what_is_nested_too_deep_is_left_to_feedparser(tag: str) -> None:
    deep = f"<{tag}>" * 20_000 + f"</{tag}>" * 20_000
    assert read_plainly(RSS.replace("<guid", f"{deep}<guid", 1).encode()) is None


def said_by(body: bytes) -> RawFeed | str:
    try:
        return read(body, charset=None)
    except NotAFeed as trouble:
        return str(trouble)


@settings(max_examples=200, deadline=None)
@given(damaged(), st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=4)), max_size=2))
def test_bytes_are_read_as_the_text_that_they_are_taken_for(
    text: str, scraps: list[tuple[int, bytes]]
) -> None:
    body = text.encode()
    for at, scrap in scraps:
        body = body[:at] + scrap + body[at:]
    marked = "\ufeff" + decode(body, charset=None)
    assert said_by(body) == said_by(marked.encode("utf-8", "replace"))


@given(st.text("aÃÂ©é²…\x80\x85\x9f\xa0žЖ"))
def test_texts_are_mended_as_feedparser_mends_them(text: str) -> None:
    expected = text
    with contextlib.suppress(UnicodeError):
        expected = text.encode("latin-1").decode("utf-8")
    assert mended(text) == expected.translate(_cp1252)


@given(st.text("htps:/a?#[.") | st.text("/a:[").map("https://".__add__))
def test_links_are_resolved_as_feedparser_resolves_them(link: str) -> None:
    assert resolved(link) == _urljoin("", link)


@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)).flatmap(  # noqa: DTZ001
        lambda moment: st.sampled_from(
            [
                moment.strftime("%a, %d %b %Y %H:%M:%S ") + zone
                for zone in ("GMT", "+0200", "-0930", "EST", "UTC", "Z", "+02:00")
            ]
            + [
                moment.strftime("%Y-%m-%dT%H:%M:%S") + zone
                for zone in ("Z", "+02:00", "-09:30", ".5Z", ".123456+01:00", "", "+0200")
            ]
            + [moment.strftime("%d %b %y %H:%M GMT"), moment.strftime("%Y-%m-%d %H:%M")]
        )
    ),
)
def test_usual_dates_are_read_as_feedparser_reads_them(text: str) -> None:
    assert read_date(text) == dates.from_parts(_parse_date(text))


def test_a_feed_that_is_read_plainly_says_everything() -> None:
    feed = parse(RSS.encode(), url="https://example.org/feed", charset=None)
    first, second = feed.entries
    assert (feed.title, feed.language, feed.ttl) == ("The Meridian & more", "en", 900)
    assert first.link == "https://example.org/1?a=1&b=2"
    assert first.author == "A. Writer, B. Writer"
    assert first.text == "The first soldiers left.\n\nMore follow."
    assert first.published_at == datetime(2024, 5, 19, 10, tzinfo=UTC)
    assert (second.guid, second.link) == ("https://example.org/2", "https://example.org/2")
    assert (second.title, second.author) == ("Второй заголовок – «два»", "The Desk")
