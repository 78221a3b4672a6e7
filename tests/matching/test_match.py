"""The station: which matches are kept, for which digests, and what an article that fails does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.matching.match import BATCH, MatchReport, match
from monitor.matching.rule_files import read_rules
from monitor.matching.rules_in_force import Judged, RulesInForce, watches
from monitor.model import Article, ProblemKind
from monitor.store import Store, articles, feeds, problems, tables
from tests import make
from tests.conftest import FakeClock

RULE = '[[rule]]\nname = "Niger"\nmatch = "Niger"\n'
DIGESTS = ("morning", "alarm")


class Faulty(RulesInForce):
    """Rules that fail on one article, with an error of our own."""

    def judge(self, articles: Sequence[Article], now: datetime) -> list[Judged]:
        if any("trouble" in article.title for article in articles):
            raise ZeroDivisionError("the password is hush")
        return super().judge(articles, now)


class Desk:
    """A store with articles to judge, and rules to judge them by."""

    def __init__(self, store: Store, clock: FakeClock, folder: Path) -> None:
        self.store = store
        self.clock = clock
        self.folder = folder
        with store.write() as tx:
            feeds.subscribe(tx, [make.feed()])
            self.feed_id = feeds.states(tx)[0].id

    def rules(self, text: str = RULE, kind: type[RulesInForce] = RulesInForce) -> RulesInForce:
        (self.folder / "a.toml").write_text(text, encoding="utf-8")
        found = read_rules(self.folder, digests=frozenset(DIGESTS))
        assert not found.faults
        zone = ZoneInfo("Europe/Rome")
        return kind(found.rules, {}, languages=("en",), digests=DIGESTS, zone=zone)

    def read(self, *titles: str) -> None:
        self.take(*(make.article(title, text="", first_seen_at=self.clock()) for title in titles))

    def take(self, *those: Article) -> None:
        new = [articles.NewArticle(each, b"hash", alert=True) for each in those]
        with self.store.write() as tx:
            articles.add(tx, new, self.feed_id)

    def match(self, rules: RulesInForce) -> MatchReport:
        return match(self.store, rules, self.clock)

    def matched(self) -> list[tuple[str, str]]:
        """What matched, as (title, digest)."""
        columns = sa.select(tables.articles.c.title, tables.matches.c.digest)
        joined = columns.join(tables.matches, tables.matches.c.article_id == tables.articles.c.id)
        with self.store.read() as connection:
            return sorted((row[0], row[1]) for row in connection.execute(joined))


@pytest.fixture
def desk(store: Store, clock: FakeClock, tmp_path: Path) -> Desk:
    folder = tmp_path / "rules"
    folder.mkdir()
    return Desk(store, clock, folder)


def test_a_match_is_kept_once_for_every_digest_of_its_rule(desk: Desk) -> None:
    desk.read("Troops leave Niger", "Rain in Rome")
    report = desk.match(desk.rules())
    assert (report.judged, report.matched) == (2, 1)
    assert desk.matched() == [("Troops leave Niger", "alarm"), ("Troops leave Niger", "morning")]
    assert desk.match(desk.rules()).judged == 0


def test_a_rule_that_names_its_digest_is_kept_for_that_one_alone(desk: Desk) -> None:
    desk.read("Troops leave Niger")
    desk.match(desk.rules(RULE + 'digests = ["alarm"]\n'))
    assert desk.matched() == [("Troops leave Niger", "alarm")]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"title": "Niger", "text": "Rain."}, "Niger"),
        ({"title": "", "text": "Niger:\n\nthe army left."}, "Niger: the army left."),
        ({"title": "", "text": "Niger " * 50}, " ".join(["Niger"] * 13) + "…"),
    ],
)
def test_the_log_names_an_article_by_its_headline_or_by_how_its_text_begins(
    desk: Desk, said: dict[str, str], named: str
) -> None:
    desk.take(make.article(**said, first_seen_at=desk.clock()))
    with capture_logs() as lines:
        desk.match(desk.rules())
    told = [line for line in lines if line["event"] == "rule matched"]
    assert [line["article"] for line in told] == [named]
    assert told[0]["url"].startswith("https://example.org/")


def test_an_article_without_words_is_named_by_its_link(desk: Desk) -> None:
    desk.take(make.article("", text="", url="https://example.org/1", first_seen_at=desk.clock()))
    rule = '[[rule]]\nname = "all of it"\nmatch = "site:example.org"\n'
    with capture_logs() as lines:
        desk.match(desk.rules(rule))
    assert [line["article"] for line in lines if line["event"] == "rule matched"] == [
        "https://example.org/1"
    ]


def test_an_article_judged_again_is_logged_as_a_match_only_for_what_newly_matches(
    desk: Desk,
) -> None:
    article = make.article("Niger in trouble", text="", first_seen_at=desk.clock())
    desk.take(article)
    rules = desk.rules(RULE + '[[rule]]\nname = "B"\nmatch = "troops"\n')
    reports, told = [], []
    for title in ("Niger in trouble", "Niger in deep trouble", "Troops leave Niger"):
        with desk.store.write() as tx:
            articles.revise(tx, replace(article, title=title), title.encode())
        with capture_logs() as lines:
            reports.append(desk.match(rules).matched)
        told.append([(line["event"], line["rule"], line["log_level"]) for line in lines])
    still = ("rule still matches", "Niger", "debug")
    assert told == [
        [("rule matched", "Niger", "info")],
        [still],
        [still, ("rule matched", "B", "info")],
    ]
    assert reports == [1, 0, 1]


def test_more_articles_than_one_batch_are_all_judged(desk: Desk) -> None:
    desk.read(*(f"Niger, day {number}" for number in range(BATCH + 1)))
    report = desk.match(desk.rules())
    assert (report.judged, report.matched) == (BATCH + 1, BATCH + 1)


def test_an_article_that_fails_is_set_aside_and_told_and_the_others_are_judged(desk: Desk) -> None:
    desk.read("Niger in trouble", "Troops leave Niger")
    began = desk.clock()
    desk.clock.pass_time(minutes=1)
    desk.match(desk.rules(kind=Faulty))
    assert {title for title, _ in desk.matched()} == {"Troops leave Niger"}
    with desk.store.read() as connection:
        assert articles.pending(connection, 10) == ()
        (told,) = problems.present(connection, began)
        assert told.kind is ProblemKind.RULES
        assert "an error in Wirewatch itself" in told.message
        assert "hush" not in told.message
        assert problems.present(connection, desk.clock()) == ()  # a later digest tells it no more
    with desk.store.write() as tx:
        problems.forget(tx, desk.clock() + timedelta(seconds=1))
        assert problems.present(tx, None) == ()


@pytest.mark.parametrize(
    ("moment", "matches"),
    [
        (datetime(2024, 5, 20, 21, 59, tzinfo=UTC), True),  # 23:59 in Rome
        (datetime(2024, 5, 20, 22, 0, tzinfo=UTC), False),  # the day after has begun there
    ],
)
def test_a_rule_watches_until_the_end_of_its_last_day_where_its_readers_are(
    desk: Desk, moment: datetime, matches: bool
) -> None:
    desk.clock.now = moment
    desk.read("Troops leave Niger")
    desk.match(desk.rules(RULE + "until = 2024-05-20\n"))
    assert bool(desk.matched()) is matches


def test_a_rule_that_is_switched_off_watches_on_no_day(desk: Desk) -> None:
    (rule,) = desk.rules(RULE + "enabled = false\n").rules.values()
    assert not watches(rule, date(2024, 5, 20))
