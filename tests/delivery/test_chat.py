"""Chat formats, held by readers of their own: every story once, within limits, only words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.delivery.chat.services import SERVICES
from monitor.delivery.chat.telling import Telling, read

HOSTILE = (
    "<!channel> Coup in Niger",
    "@everyone @here @channel @all read this",
    "<https://evil.example|click> here",
    "[click](https://evil.example) now",
    "x](https://evil.example)",
    "![pixel](https://evil.example/p.png)",
    "`code` and ```more``` _it_ *bold* ~~gone~~ ||secret||",
    "<script>alert(1)</script> <at>Boss</at> <@U123> <#C1> <@&9>",
    "# heading",
    "1. first - second",
    "> quoted",
    "back\\slash \\[x\\](https://evil.example)",
    "&lt;!here&gt; &amp; AT&T",
    "{{DATE(2024-05-20T05:00:00Z, SHORT)}}",
    "米軍がニジェールから撤退 :smile: 🛑",
    "quote \" and ' and $5_000_000",
)
LINKS = (
    "https://example.org/{}",
    "https://example.org/{}_(a)?b=1&c=[2]*3*|4>5",
    'https://example.org/{}"x`y@channel',
    "https://example.org/{})[x](https://evil.example",
    "https://example.org/{}|x><https://evil.example|y><!channel>",
    "javascript:alert('{}')",
    "ftp://example.org/{}",
    "https://example.org/{}/" + "long/" * 390,
    "",
)
SPECIAL = st.sampled_from(HOSTILE)
WORDS = st.one_of(SPECIAL, st.text(max_size=40), st.builds(lambda t: t * 60, SPECIAL))


def excerpt(words: str) -> list[dict[str, Any]]:
    return [{"text": words}, {"text": words[:30], "hit": True}, {"text": f" {words}"}]


def article(token: str, words: str, link: str) -> dict[str, Any]:
    matches = [{"rule": words, "terms": ["x"], "excerpt": excerpt(words)}]
    return {
        "id": token, "title": f"{token} {words}", "url": link.format(token.lower()), "feed": words,
        "author": words, "language": "en", "published_at": "2024-05-20T04:00:00Z",
        "summary": words, "matches": matches,
    }  # fmt: skip


def story(token: str, words: str, link: str, articles: int = 1, **fields: Any) -> dict[str, Any]:
    told = [article(token if n == 0 else f"B{n}", words, link) for n in range(articles)]
    return {
        "id": token, "title": told[0]["title"], "update": False, "priority": "normal",
        "rules": [words], "tags": [words], "notes": [words], "languages": ["en", "it"],
        "sources": 2, "first_published_at": "2024-05-20T04:00:00Z", "articles": told, **fields,
    }  # fmt: skip


def payload(stories: list[dict[str, Any]], **fields: Any) -> bytes:
    data = {
        "type": "digest.sent", "version": 1, "id": "018f94c3a1b2", "digest": "morning",
        "timestamp": "2024-05-20T05:00:00Z", "subject": "On your watch",
        "stories": stories, "more": [], "problems": [], **fields,
    }  # fmt: skip
    return json.dumps(data).encode()


def telling(body: bytes, subject: str = "On your watch", **fields: Any) -> Telling:
    return read(body, subject, "Europe/Rome", **fields)


def parts(
    service: str, body: bytes, subject: str = "On your watch", **fields: Any
) -> list[dict[str, Any]]:
    made = SERVICES[service].parts(telling(body, subject, **fields))
    documents = [json.loads(each) for each in made]
    for raw, document in zip(made, documents, strict=True):
        LIMITS[service](document, raw)
    return documents


# --- each service's own limits ------------------------------------------------------------------


def slack_limits(message: dict[str, Any], _raw: bytes) -> None:
    assert 1 <= len(message["blocks"]) <= 50
    assert len(json.dumps(message["blocks"], ensure_ascii=False).encode()) <= 13_000
    for block in message["blocks"]:
        texts = block["elements"] if block["type"] == "context" else [block["text"]]
        assert all(1 <= len(text["text"]) <= 3000 for text in texts)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def discord_limits(message: dict[str, Any], _raw: bytes) -> None:
    assert 1 <= units(message["content"]) <= 2000
    assert 1 <= len(message["embeds"]) <= 10
    total = 0
    for embed in message["embeds"]:
        assert units(embed.get("title", "")) <= 256
        assert units(embed.get("description", "")) <= 4096
        assert units(embed.get("footer", {}).get("text", "")) <= 2048
        assert len(embed.get("url", "")) <= 2048
        assert any(embed.get(key) for key in ("title", "description", "footer"))
        texts = (embed.get("title"), embed.get("description"), embed.get("footer", {}).get("text"))
        total += sum(units(text or "") for text in texts)
    assert total <= 6000
    assert message["allowed_mentions"] == {"parse": []}


def teams_limits(message: dict[str, Any], raw: bytes) -> None:
    assert len(raw) <= 28_000
    assert len(raw.decode().encode("utf-16-le")) <= 28_000
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert "entities" not in attachment["content"]["msteams"]


def mattermost_limits(message: dict[str, Any], _raw: bytes) -> None:
    assert 1 <= len(message["text"]) <= 16_383


def ntfy_limits(message: dict[str, Any], raw: bytes) -> None:
    assert 1 <= len(message["message"].encode()) <= 4096
    assert len(message["title"].encode()) <= 1024
    assert sum(len(tag.encode()) + 1 for tag in message.get("tags", ())) <= 512
    assert len(raw) <= 16_384
    assert message.get("priority", 3) in {2, 3, 4}


LIMITS = {
    "slack": slack_limits,
    "discord": discord_limits,
    "teams": teams_limits,
    "mattermost": mattermost_limits,
    "ntfy": ntfy_limits,
}

every_service = pytest.mark.parametrize("service", SERVICES)


# --- what a reader of each service would see ----------------------------------------------------


def markdown_of(service: str, document: dict[str, Any]) -> Iterator[str]:
    """Every text that the service reads as Markdown."""
    if service == "discord":
        yield document["content"]
        for embed in document["embeds"]:
            yield from filter(None, (embed.get("title"), embed.get("description")))
    elif service == "teams":
        yield from (block["text"] for block in blocks(document, "TextBlock"))
    elif service != "slack":
        yield document["text" if service == "mattermost" else "message"]


def blocks(value: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Every element of an Adaptive Card of one type."""
    if isinstance(value, dict):
        if value.get("type") == kind:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from blocks(each, kind)


def links_of(service: str, document: dict[str, Any]) -> list[str]:
    """Where anything in it that can be clicked leads, by a reader of our own."""
    if service == "slack":
        texts = [block["text"]["text"] for block in document["blocks"] if "text" in block]
        return [html.unescape(found) for text in texts for found in re.findall(r"<([^|>]*)", text)]
    found = [embed["url"] for embed in document.get("embeds", ()) if "url" in embed]
    for text in markdown_of(service, document):
        found += re.findall(r'(?:href|src)="([^"]*)"', MarkdownIt("commonmark").render(text))
    return [html.unescape(link) for link in (*found, *filter(None, [document.get("click")]))]


def words_of(service: str, document: dict[str, Any]) -> str:
    """All words that a reader sees, markup read and taken away."""
    if service == "slack":
        texts = [block["text"] if "text" in block else block["elements"][0]
                 for block in document["blocks"]]  # fmt: skip
        found = [text["text"] for text in texts]
        return html.unescape(re.sub(r"<[^|>]*\|([^>]*)>", r"\1", "\n".join(found)))
    read = [MarkdownIt("commonmark").render(text) for text in markdown_of(service, document)]
    shown = [html.unescape(re.sub(r"<[^>]*>", "", text)) for text in read]
    shown += [run["text"] for run in blocks(document, "TextRun")]
    shown += [embed["footer"]["text"] for embed in document.get("embeds", ()) if "footer" in embed]
    return "\n".join(shown)


# --- every story in exactly one part ------------------------------------------------------------


@st.composite
def digests(draw: st.DrawFn) -> tuple[list[str], list[str], bytes]:
    """Tokens of stories, tokens of what follows as headlines, and the payload."""
    tokens = [f"T{n:03}T" for n in range(draw(st.integers(0, 12)))]
    stories = [
        story(
            token,
            draw(WORDS),
            draw(st.sampled_from(LINKS)),
            draw(st.integers(1, 40)),
            update=draw(st.booleans()),
            priority=draw(st.sampled_from(["high", "normal", "low"])),
        )
        for token in tokens
    ]
    others = [f"M{n:03}M" for n in range(draw(st.integers(0, 90)))]
    words = draw(WORDS)
    more = [
        {"title": f"{each} {words}", "url": f"https://example.org/{each}", "rules": [words]}
        for each in others
    ]
    problem = {"kind": "feed", "name": words, "since": "2024-05-18T05:00:00Z", "message": words}
    problems = [problem] * draw(st.integers(0, 30))
    return tokens, others, payload(stories, more=more, problems=problems)


@every_service
@settings(max_examples=20, deadline=None)
@given(made=digests(), subject=WORDS)
def test_every_story_is_in_exactly_one_part_and_every_part_within_the_limits(
    service: str, made: tuple[list[str], list[str], bytes], subject: str
) -> None:
    stories, others, body = made
    shown = [words_of(service, part) for part in parts(service, body, subject)]
    for token in (*stories, *others):
        assert sum(token in text for text in shown) == 1, token
        assert "".join(shown).count(token) == 1, token


@every_service
@settings(max_examples=20, deadline=None)
@given(words=WORDS, link=st.sampled_from(LINKS), articles=st.integers(1, 3))
def test_only_what_feeds_link_to_can_be_clicked(
    service: str, words: str, link: str, articles: int
) -> None:
    for part in parts(service, payload([story("T000T", words, link, articles)]), words):
        for found in links_of(service, part):
            assert found.startswith("https://example.org/"), found


@every_service
@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_headline_is_read_as_the_words_that_it_is(service: str, words: str) -> None:
    (part,) = parts(service, payload([story("T000T", words, LINKS[0])]))
    seen = words_of(service, part).replace("\u200b", "")
    if service == "slack":  # has no escape for these
        words = words.replace("`", "‘")
        seen = seen.replace("∗", "*").replace("ˍ", "_").replace("∼", "~")
    assert f"T000T {words}" in seen


@every_service
@pytest.mark.parametrize("words", HOSTILE)
def test_a_line_that_begins_with_markup_is_read_as_the_words_that_it_is(
    service: str, words: str
) -> None:
    told = story("T000T", "x", LINKS[0])
    told["articles"][0]["matches"][0]["excerpt"] = [{"text": words}]
    told["articles"][0] |= {"published_at": None, "feed": f"{words}!"}
    (part,) = parts(service, payload([told]))
    seen = words_of(service, part).replace("\u200b", "")
    if service == "slack":
        words = words.replace("`", "‘")
        seen = seen.replace("∗", "*").replace("ˍ", "_").replace("∼", "~")
    assert re.search(rf"^>?{re.escape(words)}$", seen, re.MULTILINE)
    assert f"{words}!" in seen


@every_service
@pytest.mark.parametrize("words", HOSTILE)
def test_nobody_is_mentioned(service: str, words: str) -> None:
    told = [story("T000T", words, LINKS[2]), story("T001T", words, LINKS[4])]
    (part,) = parts(service, payload(told), words)
    raw = json.dumps(part, ensure_ascii=False)
    if service in {"slack", "mattermost"}:
        assert not re.search(r"<[!@#]", raw)
    if service in {"discord", "mattermost"}:
        assert not re.search(r"@(everyone|here|channel|all)\b", raw.replace("y@channel", "")), raw
    if service == "discord":
        assert not re.search(r"(?<!\\)<[@#:t]", raw.replace("\\\\", "\\"))
    if service == "slack":
        sections = [block["text"] for block in part["blocks"] if "text" in block]
        assert all(text["verbatim"] for text in sections)


@every_service
def test_a_story_that_is_too_large_is_shortened_and_keeps_its_link(service: str) -> None:
    huge = story("T000T", "Truppen verlassen Niger & Mali <nun> " * 40, LINKS[0], 400)
    huge["notes"] = ["Call the stringer. " * 100] * 50
    huge["rules"] = ["A rule with a long name " * 5] * 50
    (told,) = [p for p in parts(service, payload([huge])) if "T000T" in words_of(service, p)]
    assert "https://example.org/t000t" in links_of(service, told)
    assert "…" in words_of(service, told)


@every_service
def test_the_largest_links_and_headlines_there_are_fit(service: str) -> None:
    for words in ("<&>" * 100, "🛑" * 300, "*" * 300, "\\" * 300, '"' * 300):
        for tail in ("&" * 1900, "(" * 1900, "é" * 1900, '"' * 1900):
            parts(service, payload([story("T000T", words, f"https://example.org/{tail}", 3)]))


@every_service
def test_parts_are_numbered_and_what_is_wrong_stands_on_top_and_at_the_end(service: str) -> None:
    stories = [story(f"T{n:03}T", "Troops leave Niger " * 9, LINKS[0]) for n in range(60)]
    problem = {"kind": "feed", "name": "Sahel wire", "since": "2024-05-18T05:00:00Z",
               "message": "answers 503"}  # fmt: skip
    made = parts(service, payload(stories, problems=[problem]))
    assert len(made) > 1
    for number, part in enumerate(made, 1):
        said = json.dumps(part, ensure_ascii=False)
        assert f"On your watch ({number}/{len(made)})" in said.replace("\\", "")
        assert ("1 problem: Sahel wire" in said) == (number == 1)
        assert ("answers 503" in said) == (number == len(made))
    assert "since 18 May, 07:00" in words_of(service, made[-1])


def problem(name: str, kind: str = "feed") -> dict[str, Any]:
    since = "2024-05-18T05:00:00Z"
    return {"kind": kind, "name": name, "since": since, "message": "is in trouble"}


@every_service
def test_of_very_many_problems_the_first_are_told_and_how_many_there_are(service: str) -> None:
    known = [problem(f"Feed {n:03}") for n in range(300)] + [problem("coups.toml", "rules")]
    seen = "\n".join(
        words_of(service, part) for part in parts(service, payload([], problems=known))
    )
    assert "301 problems: coups.toml, Feed 000 and 299 more" in seen
    assert seen.count("is in trouble") == 20
    assert "and 281 more" in seen
    assert "see wirewatch status" in seen


@every_service
def test_a_silence_that_is_over_is_told_and_is_no_warning(service: str) -> None:
    (part,) = parts(service, payload([], problems=[problem("Bases", "silence")]))
    assert "Bases" in words_of(service, part)
    assert ", since 18 May, 07:00: is in trouble" in words_of(service, part)
    assert "Details are at the end" not in words_of(service, part)


@every_service
def test_what_is_said_of_health_has_its_news_in_the_subject(service: str) -> None:
    body = payload([], digest="health", problems=[problem("Sahel wire")])
    (part,) = parts(service, body, "Wirewatch: 1 problem over: Sahel wire")
    assert "Wirewatch: 1 problem over: Sahel wire" in json.dumps(part)
    assert "Details are at the end" not in words_of(service, part)


@every_service
def test_no_post_holds_the_last_line_alone(service: str) -> None:
    for stories in range(1, 40):
        told = [story(f"T{n:03}T", "Troops leave Niger " * 3, LINKS[0]) for n in range(stories)]
        last = words_of(service, parts(service, payload(told))[-1])
        assert f"T{stories - 1:03}T" in last
        assert "Times are those of" in last


@every_service
def test_a_single_part_is_not_numbered(service: str) -> None:
    (part,) = parts(service, payload([story("T000T", "Troops leave", LINKS[0])]))
    assert "(1/1)" not in json.dumps(part)


# --- what is said of a story --------------------------------------------------------------------

BOLD = {
    "slack": "*U.S. troop*",
    "discord": "**U.S. troop**",
    "mattermost": "**U.S. troop**",
    "ntfy": "**U.S. troop**",
    "teams": '"text": "U.S. troop", "weight": "Bolder"',
}


@every_service
def test_a_story_is_told_with_all_that_a_digest_says_of_it(service: str) -> None:
    told = story("T000T", "leave Niger", LINKS[0], update=True, priority="high")
    told["rules"], told["notes"] = ["Niger withdrawal", "Bases"], ["Call the Niamey stringer."]
    told["articles"][0]["feed"] = "World desk"
    told["articles"][0]["matches"][0]["excerpt"] = [
        {"text": "a planned "}, {"text": "U.S. troop", "hit": True}, {"text": " withdrawal"},
    ]  # fmt: skip
    first = ("T000T", datetime(2024, 5, 19, 5, tzinfo=UTC))
    (part,) = parts(service, payload([told]), first_told=(first,))
    seen = words_of(service, part)
    for words in (
        "High priority · Update", "First told 19 May, 07:00",
        "Niger withdrawal, Bases", "English, Italian", "2 sources",
        "Note: Call the Niamey stringer.", "20 May, 06:00 · World desk · English",
        "Times are those of Europe/Rome",
    ):  # fmt: skip
        assert words in seen, words
    assert BOLD[service] in json.dumps(part, ensure_ascii=False)
    assert links_of(service, part)[0] == "https://example.org/t000t"


def test_a_phone_is_told_how_urgent_it_is_and_where_to_look() -> None:
    urgent = story("T000T", "x", LINKS[0], priority="high", tags=["sahel", "a,b"])
    (one,) = parts("ntfy", payload([urgent]))
    assert one["priority"] == 4
    assert one["tags"] == ["sahel", "a b"]
    assert one["click"] == "https://example.org/t000t"
    low = [story(f"T00{n}T", "x", LINKS[0], priority="low") for n in (1, 2)]
    (two,) = parts("ntfy", payload(low))
    assert two["priority"] == 2
    assert "click" not in two  # there are two places to go


def test_discord_shows_what_is_urgent_in_another_colour() -> None:
    made = [story("T000T", "x", LINKS[0], priority=each) for each in ("high", "normal")]
    (part,) = parts("discord", payload(made))
    urgent, usual = part["embeds"][:2]
    assert urgent["color"] != usual["color"]


def test_bold_in_slack_has_room_where_words_have_no_spaces() -> None:
    told = story("T000T", "x", LINKS[0])
    told["articles"][0]["matches"][0]["excerpt"] = [{"text": "米軍", "hit": True}, {"text": "が"}]
    (part,) = parts("slack", payload([told]))
    assert "\u200b*米軍*\u200bが" in part["blocks"][1]["text"]["text"]


# --- payloads that are not as they should be ----------------------------------------------------


@every_service
@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"\xff", b"[" * 5000, b'{"stories":3,"more":{},"problems":[1]}',
        b'{"stories":[{"articles":[{"url":5,"matches":[{"excerpt":[{"text":1}]}]}]}],"more":[{}]}',
        b'{"timestamp":"0001-01-01T00:00:00+23:59","problems":[{"since":"9999-12-31T23:59:59Z"}]}',
        b'{"stories":[{"title":"\\ud83d \\u202e","languages":["xx-\\u0000"],"sources":"2"}]}',
    ],
)  # fmt: skip
def test_a_payload_of_any_damage_is_told_as_far_as_it_goes(service: str, body: bytes) -> None:
    assert parts(service, body)


@every_service
def test_a_digest_without_stories_says_so(service: str) -> None:
    (part,) = parts(service, payload([]))
    assert "Nothing new." in words_of(service, part)
    (test,) = parts(service, payload([], digest="test"))
    assert "If you can read this" in words_of(service, test)
