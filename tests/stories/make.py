"""Articles and tellings for the tests of this room."""

from __future__ import annotations

import itertools
import tomllib
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from monitor.model import Article
from monitor.stories.clustering import Clustering
from monitor.stories.telling import Telling, telling_of

CASES = Path(__file__).parent / "cases"
DAY = datetime(2024, 5, 20, 12, tzinfo=UTC)

LONG = (
    "The ministry of fisheries said on Monday that it would hand out new licences for herring to "
    "small boats from the northern harbours, after a winter in which half of them stayed ashore. "
    "Skippers had asked for twice as many."
)
"""More than two hundred letters: enough for two equal ones to be one agency's."""


def told(
    title: str, text: str = "", language: str = "en", *, days: float = 0, **fields: Any
) -> Telling:
    """The telling of an article seen so many days after ``DAY``, each at a site of its own."""
    name = fields.pop("id", None) or f"{title} {text[:40]} {language} {days}"
    moment = DAY + timedelta(days=days)
    defaults = {
        "url": None,
        "first_seen_at": moment,
        "site": f"{zlib.crc32(name.encode())}.example.org",
    }
    article = Article(id=name, title=title, text=text, language=language, **{**defaults, **fields})
    return telling_of(article)


def names() -> Callable[[], str]:
    """Gives story-1, story-2 and so on."""
    numbers = itertools.count(1)
    return lambda: f"story-{next(numbers)}"


def stories_of(
    tellings: Sequence[Telling], clustering: Clustering | None = None, batch: int = 1000
) -> dict[str, str]:
    """The story of each article, by its id, given so many at a time."""
    clustering, name = clustering or Clustering(), names()
    found: dict[str, str] = {}
    for start in range(0, len(tellings), batch):
        placed = clustering.place(tellings[start : start + batch], name)
        found.update({each.article_id: each.story_id for each in placed})
    return found


def together(stories: dict[str, str], *tellings: Telling) -> bool:
    """Whether all these articles are in one story."""
    return len({stories[telling.article_id] for telling in tellings}) == 1


@cache
def case(name: str) -> tuple[tuple[Telling, str], ...]:
    """The tellings of a case file with their events, in the file's order."""
    rows = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["article"]
    return tuple(
        (
            told(
                row["title"],
                row["text"],
                row["language"],
                id=f"{name}-{number}",
                first_seen_at=row["when"],
            ),
            row["event"],
        )
        for number, row in enumerate(rows)
    )


def scores(events: Iterable[str], stories: Iterable[str]) -> tuple[float, float]:
    """B-cubed precision and recall (Bagga and Baldwin 1998)."""
    pairs = list(zip(events, stories, strict=True))
    precision = recall = 0.0
    for event, story in pairs:
        both = sum(pair == (event, story) for pair in pairs)
        precision += both / sum(other == story for _, other in pairs)
        recall += both / sum(other == event for other, _ in pairs)
    return precision / len(pairs), recall / len(pairs)
