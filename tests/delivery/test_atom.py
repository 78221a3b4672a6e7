"""Messages as entries of an Atom feed, as feed readers take them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.delivery.channels.atom import (
    MOST_ENTRIES,
    OLDEST,
    AtomFeed,
    Entry,
    NotOurs,
    entries_of,
    merged,
    read,
    web_link,
    written,
)
from monitor.digests.render import Renderer
from monitor.model import Message
from tests import make
from tests.digests import samples

ATOM = "{http://www.w3.org/2005/Atom}"
ID = "urn:uuid:0d1c1d0e-7c1c-4f8e-9a51-3f0e6c1f7b00"


def told(stories: Any = (), more: Any = (), problems: Any = (), **fields: Any) -> Message:
    """A message whose JSON tells these."""
    told = {"stories": list(stories), "more": list(more), "problems": list(problems)}
    return make.message(json=json.dumps(told).encode(), **fields)


def story(name: str = "s1", title: str = "Troops leave", **fields: Any) -> dict[str, Any]:
    article = {"title": title, "url": f"https://example.org/{name}", "feed": "World desk"}
    return {"id": name, "title": title, "update": False, "articles": [article], **fields}


def document(message: Message) -> bytes:
    return written(AtomFeed(ID, "matches", entries_of(message)))


def parsed(message: Message) -> Any:
    """What feedparser reads, without a complaint."""
    found = feedparser.parse(document(message), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_real_digest_becomes_entries_that_a_feed_reader_shows() -> None:
    digest = samples.morning()
    (message,) = Renderer().render(digest, samples.options()).messages
    found = parsed(message)
    assert len(found.entries) == len(digest.stories) + bool(digest.more)
    for entry, story in zip(found.entries, digest.stories, strict=False):
        assert entry.title.endswith(story.title)
        assert entry.updated == "2024-05-20T05:00:00Z"
        assert entry.link == story.articles[0].article.url
        content = entry.content[0]
        assert content.type == "text/html"
        assert "<strong>" in content.value
        for match in story.matches:
            marked = "".join(
                f"<strong>{f.text}</strong>" if f.hit else f.text for f in match.excerpt
            )
            assert marked in content.value
        for one in story.articles:
            assert one.article.title in content.value
            assert one.article.url in {link.href for link in entry.links}
        assert {tag.term for tag in entry.tags} >= set(story.rules)


def test_it_has_what_rfc_4287_asks_for_each_once() -> None:
    message = told([story("a"), story("b", title="")], [{"title": "x", "url": ""}])
    root = ElementTree.fromstring(document(message))
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (only,) = element.findall(ATOM + name)
            assert only.text
        alternates = [e for e in element.findall(f"{ATOM}link") if e.get("rel") == "alternate"]
        assert len(alternates) <= 1
        assert alternates or element is root or element.find(f"{ATOM}content") is not None
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Wirewatch"
    ids = [each.text or "" for each in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("urn:uuid:") for each in ids)


def test_the_same_story_keeps_its_id_and_an_update_is_an_entry_of_its_own() -> None:
    first, again = told([story()], id="m1"), told([story()], id="m2")
    update, later = (told([story(update=True)], id=name) for name in ("m3", "m4"))
    ids = [entries_of(message)[0].id for message in (first, again, update, later)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert entries_of(update)[0].id == ids[2]
    assert entries_of(update)[0].title == "Update: Troops leave"
    assert entries_of(told([story()], digest="evening"))[0].id != ids[0]


def test_an_update_says_when_it_was_first_told() -> None:
    first = (("s1", make.moment(-24 * 60)),)
    update, new = entries_of(told([story(update=True), story("s2")], first_told=first))
    assert "<p>First told 2024-05-19 05:00 UTC</p>" in update.content
    assert "First told" not in new.content


def test_what_was_left_over_is_one_entry_with_every_link() -> None:
    left = [{"title": f"Story {n}", "url": f"https://example.org/{n}"} for n in range(3)]
    _, entry = entries_of(told([story()], left, subject="Four stories"))
    assert entry.title == "3 more stories: Four stories"
    assert entry.content.count("<li><a href=") == 3


def test_problems_alone_are_an_entry_and_beside_stories_the_end_of_the_first() -> None:
    problem = {
        "kind": "feed", "name": "Sahel <wire>", "since": "2024-05-18T05:00:00Z", "message": "503",
    }  # fmt: skip
    (alone,) = entries_of(told(problems=[problem], subject="1 problem"))
    line = "Sahel &lt;wire&gt;, since 2024-05-18 05:00 UTC: 503"
    assert alone.title == "1 problem"
    assert line in alone.content
    first, second = entries_of(told([story("a"), story("b")], problems=[problem]))
    assert line in first.content
    assert line not in second.content


def test_a_digest_with_nothing_to_tell_is_its_subject_and_text() -> None:
    (entry,) = entries_of(told(subject="Nothing today", text="Nothing\n\nnew <b>."))
    assert entry.title == "Nothing today"
    assert entry.content == "<p>Nothing</p><p>new &lt;b&gt;.</p>"


def test_a_hostile_headline_is_words_and_nothing_else() -> None:
    title = (
        "</title><script>alert(1)</script>\r\n&amp; ]]> \"' \x00\x1b[2J \ud83d \ufffe <!DOCTYPE x>"
    )
    match = {"rule": title, "excerpt": [{"text": title, "hit": True}]}
    url = 'https://example.org/a"><script>x</script> b?a=1&b=2'
    article = {"title": title, "url": url, "feed": title, "summary": title, "matches": [match]}
    hostile = story(title=title, articles=[article], rules=[title], tags=[title], notes=[title])
    (entry,) = parsed(told([hostile], subject=title)).entries
    assert entry.title.startswith("</title><script>alert(1)</script> &amp; ]]> \"' [2J")
    assert "<script" not in entry.content[0].value
    assert entry.link == "https://example.org/a%22%3E%3Cscript%3Ex%3C/script%3E%20b?a=1&b=2"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "//x", "https://",
     "mailto:a@b", "https://[", "http:x", "https://e.org/\x00", "java\nscript:x"],
)  # fmt: skip
def test_only_web_addresses_are_linked(url: str) -> None:
    assert web_link(url) == ""
    bad = story(articles=[{"title": "T", "url": url}])
    (entry,) = entries_of(told([bad], [{"title": "M", "url": url}]))[:1]
    assert entry.links == ()
    assert "<a " not in entry.content


def test_an_address_in_another_script_is_linked() -> None:
    assert web_link(" https://пример.example/рус ский ") == "https://пример.example/рус%20ский"


def test_entries_come_newest_first_within_bounds_and_a_known_one_once() -> None:
    old = [Entry(f"old-{n}", make.NOW - timedelta(days=n), "T") for n in range(OLDEST.days + 5)]
    fresh = [Entry("new", make.NOW - timedelta(days=3, hours=1), "T"), old[2]]
    kept, added = merged(reversed(old), fresh, make.NOW)
    assert added == 1
    assert [entry.id for entry in kept[:6]] == ["old-0", "old-1", "old-2", "old-3", "new", "old-4"]
    assert min(entry.updated for entry in kept) > make.NOW - OLDEST
    many = [Entry(str(n), make.NOW, "T") for n in range(MOST_ENTRIES + 50)]
    assert len(merged(many[:150], many[100:220], make.NOW)[0]) == MOST_ENTRIES
    assert merged(many[:150], many[150:], make.NOW)[1] == 100
    whole, _ = merged(old, many, make.NOW)
    assert [entry.id for entry in whole] == [entry.id for entry in many]


@settings(deadline=None)
@given(
    st.builds(
        Entry,
        id=st.just(ID),
        updated=st.datetimes().map(lambda d: d.replace(microsecond=0, tzinfo=make.NOW.tzinfo)),
        title=st.text(),
    )
)
def test_what_is_written_can_be_read_back(entry: Entry) -> None:
    message = told([story(title=entry.title)], subject=entry.title)
    feed = AtomFeed(
        ID, "matches", tuple(replace(e, updated=entry.updated) for e in entries_of(message))
    )
    assert read(written(feed)) == feed


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "title",
                        "articles",
                        "matches",
                        "excerpt",
                        "url",
                        "rules",
                        "update",
                        "hit",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_whatever_the_json_holds_becomes_a_feed_that_can_be_read(odd: Any) -> None:
    for body in (odd, {"stories": odd, "more": odd, "problems": odd}, {"stories": [odd]}):
        message = make.message(json=json.dumps(body).encode())
        assert read(document(message)).entries


@pytest.mark.parametrize(
    "text",
    ["", "hello", "<html/>", "<feed/>", '<feed xmlns="http://www.w3.org/2005/Atom"/>',
     '<feed xmlns="http://www.w3.org/2005/Atom"><generator>Hugo</generator></feed>',
     '<feed xmlns="http://www.w3.org/2005/Atom"><generator>Wirewatch</generator></feed>',
     '<rss version="2.0"><channel/></rss>',
     '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'],
)  # fmt: skip
def test_what_we_did_not_write_is_not_taken_for_ours(text: str) -> None:
    with pytest.raises(NotOurs):
        read(text.encode())
    with pytest.raises(NotOurs):
        read(text.encode("utf-16"))


def test_a_damaged_feed_of_ours_is_not_taken_for_a_whole_one() -> None:
    whole = document(told([story()]))
    assert read(whole).entries
    entities = whole.replace(b"<feed", b'<!DOCTYPE feed [<!ENTITY a "b">]><feed', 1)
    for spoilt in (entities, whole[:-20], whole.replace(b"<updated>", b"<updated>x"), whole + b"<"):
        with pytest.raises(NotOurs):
            read(spoilt)
