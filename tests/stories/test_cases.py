"""Whole weeks of one subject in many languages, full of events that look alike (``cases``)."""

from __future__ import annotations

import pytest

from tests.stories.make import CASES, case, scores, stories_of

NAMES = sorted(path.stem for path in CASES.glob("*.toml"))


def _scores(names: list[str], batch: int) -> tuple[float, float]:
    rows = [row for name in names for row in case(name)]
    rows.sort(key=lambda row: (row[0].when, row[0].article_id))
    stories = stories_of([telling for telling, _ in rows], batch=batch)
    return scores([event for _, event in rows], [stories[t.article_id] for t, _ in rows])


def test_there_are_cases_to_test() -> None:
    assert len(NAMES) >= 5
    assert all(len(case(name)) >= 24 for name in NAMES)
    assert all(len({event for _, event in case(name)}) >= 5 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_events_that_look_alike_stay_apart_and_one_event_comes_together(name: str) -> None:
    precision, recall = _scores([name], batch=500)
    assert precision >= 0.91
    assert recall >= 0.70  # what names nothing that others name stays apart


def test_all_subjects_at_once_are_kept_apart_as_well() -> None:
    precision, recall = _scores(NAMES, batch=500)
    assert precision >= 0.9
    assert recall >= 0.90


@pytest.mark.parametrize("batch", [1, 20])
def test_articles_that_trickle_in_are_put_in_much_the_same_stories(batch: int) -> None:
    precision, recall = _scores(NAMES, batch)
    assert precision >= 0.93
    assert recall >= 0.88


def test_the_first_articles_of_an_evening_are_not_mixed_up() -> None:
    precision, recall = _scores(["night"], batch=1)
    assert precision >= 0.95  # an exercise in the town of an outbreak is taken for it
    assert recall >= 0.9
