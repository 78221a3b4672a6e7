"""Lists of feeds, read and written."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FaultyInput
from monitor.feeds.addresses import without_secrets
from monitor.feeds.opml import FeedList, read_opml
from monitor.feeds.opml_writing import write_opml
from monitor.feeds.page_feeds import feeds_named_in
from monitor.model import Feed

NOW = datetime(2024, 5, 20, 7, 0, tzinfo=UTC)


def opml(inside: str, version: str = "2.0", head: str = '<?xml version="1.0"?>\n') -> bytes:
    whole = f"<head><title>Mine</title></head>\n<body>\n{inside}\n</body>"
    return f'{head}<opml version="{version}">{whole}</opml>'.encode()


def read(inside: str, **named: str) -> FeedList:
    return read_opml(opml(inside, **named), "list.opml")


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
def test_folders_become_tags_and_nested_ones_several(version: str) -> None:
    found = read(
        '<outline text="World"><outline text="Asia">'
        '<outline text="Asia Wire" title="other" type="rss" xmlUrl="https://a.org/rss"/>'
        '</outline></outline><outline text="Top" xmlUrl="https://t.org/rss"/>',
        version=version,
    )
    assert [(each.name, each.url, each.tags) for each in found.feeds] == [
        ("Asia Wire", "https://a.org/rss", ("World", "Asia")),
        ("Top", "https://t.org/rss", ()),
    ]
    assert found.faults == []


def test_categories_are_tags_too_and_a_feed_in_two_folders_has_both() -> None:
    found = read(
        '<outline text="A" xmlUrl="https://a.org/rss" category="/Boston/Weather,Sea,boston"/>'
        '<outline text="World"><outline text="A" xmlUrl="http://www.a.org/rss/"/></outline>'
    )
    (feed,) = found.feeds
    assert feed.tags == ("Boston", "Weather", "Sea", "World")


def test_attributes_that_mean_nothing_here_are_kept() -> None:
    found = read(
        '<outline text="A" xmlUrl="https://a.org/rss" htmlUrl="https://a.org" type="rss" '
        'description="Two\nlines" fetchInterval="60"/>'
    )
    assert found.feeds[0].others == (
        ("htmlUrl", "https://a.org"),
        ("description", "Two lines"),
        ("fetchInterval", "60"),
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            '<outline text="B" xmlUrl="ftp://b.org/x"/>',
            '"B" has no usable address ("ftp://b.org/x")',
        ),
        ('<outline text="B" xmlUrl="b.xml"/>', '"B" has no usable address'),
        ('<outline text="B" xmlUrl="https://[/x"/>', '"B" has no usable address'),
        ('<outline text="B" type="rss"/>', '"B" has no address of a feed (xmlUrl)'),
        ('<outline type="link" url="https://b.org"/>', "feeds discover https://b.org"),
        ('<outline text="B" type="include" url="https://b.org/x.opml"/>', "another list"),
    ],
)
def test_an_entry_that_is_no_feed_is_told_with_its_line_and_the_others_are_read(
    entry: str, said: str
) -> None:
    good = '<outline text="A" xmlUrl="https://a.org/rss"/>'
    found = read(f"{good}\n{entry}\n{good.replace('a.org', 'c.org')}")
    assert [each.url for each in found.feeds] == ["https://a.org/rss", "https://c.org/rss"]
    (fault,) = found.faults
    assert fault.line == 5
    assert said in str(fault)


def test_an_empty_folder_and_a_remark_are_no_faults() -> None:
    assert read('<outline text="Nothing yet"/>') == FeedList()


def test_feed_addresses_in_other_spellings_are_understood() -> None:
    found = read(
        '<outline text="1" xmlurl="feed://a.org/1"/><outline text="2" XMLURL="feed:https://a.org/2"/>'
        '<outline text="3" type="rss" url="https://a.org/3"/>'
        '<outline text="4" xmlUrl=" https://a.org/4 x "/>'
    )
    assert [each.url for each in found.feeds] == [
        "http://a.org/1",
        "https://a.org/2",
        "https://a.org/3",
        "https://a.org/4%20x",
    ]


def test_bare_ampersands_and_html_entities_are_mended() -> None:
    found = read(
        '<outline text="Caf&eacute; & Co &lt;b&gt; &nope;" xmlUrl="https://a.org/?x=1&y=2"/>'
    )
    assert found.faults == []
    assert found.feeds[0].name == "Café & Co <b> &nope;"
    assert found.feeds[0].url == "https://a.org/?x=1&y=2"


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("windows-1251", "windows-1251"),
        ("utf-8", "iso-8859-1"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_a_list_in_any_encoding_is_read(codec: str, declared: str) -> None:
    head = f'\n<?xml version="1.0" encoding="{declared}"?>\n'.lstrip()
    text = opml('<outline text="Новости" xmlUrl="https://a.org/rss"/>', head=head).decode()
    assert read_opml(text.encode(codec), "x").feeds[0].name == "Новости"


def test_a_list_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    whole = opml(
        '<outline text="World">\n<outline text="A" xmlUrl="https://a.org/rss"/>\n'
        '<outline text="B" xmlUrl="https://b.org/rss"/>\n</outline>'
    )
    found = read_opml(whole[: whole.index(b"</outline>")], "list.opml")
    assert [(each.name, each.tags) for each in found.feeds] == [
        ("A", ("World",)),
        ("B", ("World",)),
    ]
    (fault,) = found.faults
    assert "no well-formed XML" in fault.message
    assert fault.line == 6


def test_a_tag_that_does_not_close_costs_nothing_but_a_word() -> None:
    found = read(
        '<outline text="A" xmlUrl="https://a.org/rss">\n<outline text=B xmlUrl="https://b.org/rss">'
    )
    assert [each.name for each in found.feeds] == ["A", "B"]
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no list of feeds"),
        (b"<rss version='2.0'/>", "no list of feeds"),
        (b"<html><body>Log in</body></html>", "no list of feeds"),
        (b"<!DOCTYPE o [\n<!ENTITY a 'aa'>]><opml><body/></opml>", "declares entities"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(FaultyInput) as caught:
        read_opml(body, "list.opml")
    assert said in str(caught.value)


def test_an_entity_bomb_is_refused_at_once() -> None:
    levels = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE opml [<!ENTITY b0 "x">{levels}]>'
    started = time.process_time()
    with pytest.raises(FaultyInput) as caught:
        read('<outline text="&b11;" xmlUrl="https://a.org/rss"/>', head=bomb)
    assert "declares entities" in str(caught.value)
    assert time.process_time() - started < 1


def test_folders_nested_without_end_are_read_to_a_depth() -> None:
    found = read(
        '<outline text="deep">' * 100_000 + '<outline text="A" xmlUrl="https://a.org/rss"/>'
    )
    assert found.feeds[0].tags == ("deep",)


# --- writing ----------------------------------------------------------------------------------

NAMES = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), min_size=1
    )
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=4, unique_by=str.casefold)), max_size=8))
def test_what_was_written_is_read_again(given_feeds: list[tuple[str, list[str]]]) -> None:
    feeds = [
        Feed(f"https://a.org/{number}?x=1&y={number}", name[:150], tuple(t[:90] for t in tags))
        for number, (name, tags) in enumerate(given_feeds)
    ]
    found = read_opml(write_opml(feeds, "Mine & yours", NOW).encode(), "x")
    assert found.faults == []
    by_url = {each.url: each for each in found.feeds}
    assert set(by_url) == {feed.url for feed in feeds}
    for feed in feeds:
        assert by_url[feed.url].name == feed.name
        assert {tag.casefold() for tag in by_url[feed.url].tags} == {
            tag.casefold() for tag in feed.tags
        }


def test_a_feed_that_is_a_file_comes_back_as_one() -> None:
    written = write_opml([Feed("/srv/feeds/my world.xml", "World")], "Mine", NOW)
    assert read_opml(written.encode(), "x").feeds[0].url == "file:///srv/feeds/my%20world.xml"


def test_no_secret_is_written() -> None:
    feeds = [
        Feed("https://desk:SECRET@a.org/rss", "A"),
        Feed("https://b.org/rss?topic=world&token=SECRET&page=2", "B"),
    ]
    written = write_opml(feeds, "Mine", NOW)
    assert "SECRET" not in written
    urls = [each.url for each in read_opml(written.encode(), "x").feeds]
    assert urls == ["https://a.org/rss", "https://b.org/rss?topic=world&page=2"]


@pytest.mark.parametrize(
    "address",
    [
        "https://a.org/?keyword=niger&author=7&design=1&monkey=2",
        "https://a.org:8443/feed?",
        "http://a.org/a%20b?x=%C3%A9#part",
    ],
)
def test_an_address_without_secrets_stays_as_it_is(address: str) -> None:
    assert without_secrets(address) == address


@pytest.mark.parametrize(
    "name",
    ["key", "apiKey", "api_key", "access_token", "X-Amz-Signature", "auth", "sessionid", "pwd"],
)
def test_a_parameter_that_is_a_key_is_taken_away(name: str) -> None:
    assert without_secrets(f"https://a.org/x?a=1&{name}=7") == "https://a.org/x?a=1"


HOSTILE = (
    "<a ",
    "<!--",
    "<![CDATA[",
    "<a href='",
    "</a",
    "&#",
    "<a href=/rss>",
    "<script>",
    "<a b='x\"",
    "<",
    "<?",
    "<a " + "x=" * 9,
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_markup_of_any_damage_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    def cost(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        feeds_named_in(text, "https://e.org/")
        with contextlib.suppress(FaultyInput):
            read_opml(b"<opml>" + text.encode(), "x")
        return time.process_time() - started

    assert cost(400_000) < max(20 * cost(100_000), 1)
