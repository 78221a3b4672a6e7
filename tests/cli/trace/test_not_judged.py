"""``wirewatch trace`` of an article that no rule was asked about, or that waits to be judged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.model import ProblemKind
from monitor.store import problems, tables
from tests.cli.trace.newsdesk import RULE, URL, Newsdesk, item


def test_an_article_that_was_not_judged_yet(room: Newsdesk) -> None:
    room.shows(item())
    room.work("poll")
    told = room.trace()
    assert told.startswith(
        f"Not judged yet: it came on {room.at()}, and waits. wirewatch run judges it within "
        "seconds; is it running? Leaving would match. article"
    )
    assert "Judged now, by the 1 rule in force." in told
    assert "judged 2" not in told


def test_a_changed_article_that_waits_says_that_it_was_judged_before(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    first = room.at()
    room.clock.pass_time(hours=1)
    room.shows(item("Coup in Niger"))
    room.work("poll")
    told = room.trace()
    assert told.startswith(
        "No rule has matched it so far. It was changed, or shown by another feed, and waits to be "
        "judged again. wirewatch run judges it within seconds; is it running? Coup would match."
    )
    assert f"judged {first} Judged now, by the 1 rule in force. matches Coup, by: Coup" in told


def test_an_article_that_waits_for_its_dictionary(
    room: Newsdesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    room.shows(item())
    room.work("poll")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    told = room.trace()
    assert "The dictionaries for en are still to be made, once" in told
    assert "nearest" not in told
    assert not (tmp_path / "empty").exists()


def test_an_article_that_could_not_be_judged(room: Newsdesk) -> None:
    room.rules(RULE.format("Coup", "coup"))
    room.reads(item())
    store = room.store
    with store.write() as tx:
        told = "could not be judged: an error in Wirewatch itself (ValueError; the log has more)"
        problems.begin(tx, ProblemKind.RULES, URL, told, room.clock.now)
    store.close()
    assert room.verdict() == f"It is known, and {told}."


def test_an_article_that_was_too_old_at_the_first_poll(room: Newsdesk) -> None:
    room.configure(('backlog = "all"', 'backlog = "2d"'))
    published = room.clock.now - timedelta(days=3)
    room.reads(item(at=published), item("Rain", "rain"))
    told = room.trace()
    assert told.startswith(
        f"No alert: it was there when the feed World desk was read for the first time, on "
        f"{room.at()}, and published on {room.at(published)}: longer ago than backlog (2d) "
        "allows. No rule was asked; Leaving would have matched. article"
    )
    assert "Judged now, by the text of that time (1 rule" in told
    assert "judged 2" not in told
    room.configure(('backlog = "all"', 'backlog = "none"'))
    assert 'backlog = "none" lets nothing of a first reading alert' in room.verdict()


def test_an_article_of_a_site_that_was_made_anew(room: Newsdesk) -> None:
    old = [item(f"Report number {n} from Agadez", f"old{n}") for n in range(6)]
    room.reads(*old, item("Rain", "rain"))
    room.clock.pass_time(hours=1)
    date = room.clock.now - timedelta(days=30)
    room.write(sa.update(tables.articles).values(published_at=room.clock.now))
    new = [item(f"Quite another headline {n}", f"new{n}", at=date) for n in range(6)]
    room.reads(*new)
    told = room.verdict("https://example.org/new1")
    assert told.startswith("No alert: World desk came back made anew, with other ids or addresses")
    assert told.endswith("No rule was asked, and none would have matched.")
