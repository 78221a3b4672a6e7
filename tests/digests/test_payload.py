"""The webhook's JSON against the page that promises it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest

from monitor.digests.payload import SUMMARY_LENGTH, payload, timestamp
from tests import make
from tests.digests import samples

TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
MAYBE_MOMENT = {"anyOf": [MOMENT, {"type": "null"}]}


def exactly(**properties: Any) -> dict[str, Any]:
    """An object with these fields, all of them, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


FRAGMENT = exactly(text=TEXT) | {
    "properties": {"text": TEXT, "hit": {"const": True}},
}
MATCH = exactly(rule=TEXT, terms=list_of(TEXT), excerpt=list_of(FRAGMENT))
ARTICLE = exactly(
    id=TEXT,
    title=TEXT,
    url=TEXT,
    feed=TEXT,
    author=MAYBE,
    language=MAYBE,
    published_at=MAYBE_MOMENT,
    summary=MAYBE,
    matches=list_of(MATCH) | {"minItems": 1},
)
STORY = exactly(
    id=TEXT,
    title=TEXT,
    update={"type": "boolean"},
    priority={"enum": ["high", "normal", "low"]},
    rules=list_of(TEXT),
    tags=list_of(TEXT),
    notes=list_of(TEXT),
    languages=list_of(TEXT),
    sources={"type": "integer", "minimum": 1},
    first_published_at=MOMENT,
    articles=list_of(ARTICLE) | {"minItems": 1},
)
DIGEST = exactly(
    type={"const": "digest.sent"},
    version={"const": 1},
    id=TEXT,
    digest=TEXT,
    timestamp=MOMENT,
    subject=TEXT,
    stories=list_of(STORY),
    more=list_of(exactly(title=TEXT, url=TEXT, rules=list_of(TEXT))),
    problems=list_of(
        exactly(
            kind={"enum": ["feed", "rules", "config", "delivery", "digest"]},
            name=TEXT,
            since=MOMENT,
            message=TEXT,
        )
    ),
)


def test_a_full_digest_has_the_shape_of_the_page() -> None:
    document = payload(samples.morning(), "3 stories")
    jsonschema.validate(document, DIGEST)
    assert [len(document[key]) for key in ("stories", "more", "problems")] == [3, 1, 2]


def test_an_empty_digest_has_every_field_too() -> None:
    jsonschema.validate(payload(make.digest(), "nothing"), DIGEST)


def test_an_article_without_anything_has_every_field_too() -> None:
    bare = make.article(
        "", url=None, text=" \n ", language=None, published_at=None, author=None, feeds=()
    )
    document = payload(make.digest(make.story(bare)), "bare")
    jsonschema.validate(document, DIGEST)
    article = document["stories"][0]["articles"][0]
    assert [article[key] for key in ("author", "language", "published_at", "summary")] == [None] * 4
    assert (article["url"], article["feed"]) == ("", "")


def test_the_schema_of_this_test_is_strict() -> None:
    document = payload(samples.morning(), "3 stories")
    del document["stories"][0]["articles"][0]["author"]
    with pytest.raises(jsonschema.ValidationError, match="author"):
        jsonschema.validate(document, DIGEST)


def test_the_two_sources_of_one_event_are_told_as_the_page_says() -> None:
    document = payload(make.digest(samples.niger(), id="d1"), "1 story on your watch")
    story = document["stories"][0]
    assert {key: story[key] for key in story if key != "articles"} == {
        "id": "niger",
        "title": "Strained talks lead to a planned U.S. troop withdrawal from Niger",
        "update": False,
        "priority": "high",
        "rules": ["Niger troop withdrawal", "Agadez base"],
        "tags": ["sahel"],
        "notes": ["Call the Niamey stringer."],
        "languages": ["en", "it"],
        "sources": 2,
        "first_published_at": "2024-05-19T20:00:00Z",
    }
    english, italian = story["articles"]
    assert english["matches"] == [
        {
            "rule": "Niger troop withdrawal",
            "terms": ["U.S. troop", "withdrawal", "Niger"],
            "excerpt": [
                {"text": "a planned "},
                {"text": "U.S. troop", "hit": True},
                {"text": " "},
                {"text": "withdrawal", "hit": True},
                {"text": " from "},
                {"text": "Niger", "hit": True},
                {"text": " after months"},
            ],
        }
    ]
    assert (english["author"], english["feed"]) == ("A. Reporter", "World desk")
    assert english["published_at"] == "2024-05-19T20:00:00Z"
    assert italian["published_at"] is None
    assert [match["rule"] for match in italian["matches"]] == story["rules"]
    assert (document["id"], document["timestamp"]) == ("d1", "2024-05-20T05:00:00Z")


def test_the_summary_ends_at_a_word_and_is_one_line() -> None:
    article = make.article(text="word\n\n" * 400)
    document = payload(make.digest(make.story(article)), "s")
    summary = document["stories"][0]["articles"][0]["summary"]
    assert summary.endswith("word…")
    assert SUMMARY_LENGTH - 10 <= len(summary) <= SUMMARY_LENGTH
    assert "\n" not in summary


def test_a_short_text_is_its_own_summary() -> None:
    document = payload(make.digest(make.story(make.article(text="All of it."))), "s")
    assert document["stories"][0]["articles"][0]["summary"] == "All of it."


def test_times_are_in_utc_to_the_second() -> None:
    rome = datetime(2024, 5, 20, 7, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(rome) == "2024-05-20T05:00:00Z"


def test_the_document_is_plain_json() -> None:
    document = payload(samples.morning(), "s")
    assert json.loads(json.dumps(document)) == document
