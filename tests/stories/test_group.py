"""The station: which articles come to which story, across passes, restarts and processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from monitor.model import Article
from monitor.store import Store, articles, feeds, matches, open_store, stories, tables
from monitor.stories.group import Grouping, group
from monitor.stories.telling import Telling
from tests import make
from tests.conftest import FakeClock

ENGLISH = (
    "Washington prepares to withdraw its troops from Niger",
    "The United States will withdraw more than 1,000 soldiers from Niger, the Pentagon said after "
    "talks between Prime Minister Ali Lamine Zeine and Kurt Campbell in Niamey. The base in Agadez "
    "is to be handed over. Russian instructors have arrived in Niger.",
)
ITALIAN = (
    "Gli Stati Uniti ritirano le truppe dal Niger",
    "Gli Stati Uniti ritireranno dal Niger oltre 1.000 soldati, ha detto il Pentagono dopo i "
    "colloqui fra il primo ministro Ali Lamine Zeine e Kurt Campbell a Niamey. La base di Agadez "
    "sarà consegnata. Istruttori russi sono arrivati in Niger.",
)
FLOOD = (
    "Rivers burst their banks in Emilia-Romagna",
    "Thousands left their homes in Bologna and Ravenna as rivers flooded the plain after two days "
    "of rain. Trains between Rimini and Faenza do not run.",
)


class Desk:
    """A store with a feed, into which articles come that have matched."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        with store.write() as tx:
            feeds.subscribe(tx, [make.feed()])

    def matched(self, said: tuple[str, str], language: str = "en", site: str = "") -> Article:
        name = make.ident("article")
        article = make.article(
            said[0],
            id=name,
            text=said[1],
            language=language,
            site=site or f"{name}.example",
            first_seen_at=self.clock(),
            published_at=self.clock(),
        )
        with self.store.write() as tx:
            feed_id = feeds.states(tx)[0].id
            articles.add(tx, [articles.NewArticle(article, b"hash", alert=True)], feed_id)
            matches.add(tx, [(make.match(article, found_at=self.clock()), "fingerprint")])
        return article

    def group(self, grouping: Grouping | None = None, store: Store | None = None) -> int:
        return group(store or self.store, self.clock, grouping).grouped

    def story(self, article: Article) -> str:
        with self.store.read() as connection:
            (match,) = [
                each
                for each in matches.waiting(connection, "morning")
                if each.article_id == article.id
            ]
            assert stories.of_articles(connection, [article.id]) == {article.id: match.story_id}
        assert match.story_id is not None
        return match.story_id

    def count(self, table: sa.Table) -> int:
        with self.store.read() as connection:
            return int(
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            )


@pytest.fixture
def desk(store: Store, clock: FakeClock) -> Desk:
    return Desk(store, clock)


def test_articles_in_two_languages_that_tell_of_one_event_are_one_story(desk: Desk) -> None:
    english, italian = desk.matched(ENGLISH), desk.matched(ITALIAN, "it")
    flood = desk.matched(FLOOD)
    assert desk.group() == 3
    assert desk.story(english) == desk.story(italian) != desk.story(flood)
    with desk.store.read() as connection:
        (members,) = stories.members(connection, [desk.story(english)]).values()
    assert [bool(member.because) for member in members] == [False, True]
    assert desk.count(tables.stories) == 2


@pytest.mark.parametrize("remembers", [True, False])
def test_an_article_comes_to_the_story_of_an_earlier_pass(desk: Desk, remembers: bool) -> None:
    grouping = Grouping()
    english = desk.matched(ENGLISH)
    desk.group(grouping)
    desk.clock.pass_time(hours=3)
    italian = desk.matched(ITALIAN, "it")
    desk.group(grouping if remembers else Grouping())
    assert desk.story(english) == desk.story(italian)


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize(("days", "same"), [(6.9, True), (7.1, False)])
def test_a_story_takes_no_more_articles_after_a_quiet_week(
    desk: Desk, days: float, same: bool, remembers: bool
) -> None:
    grouping = Grouping()
    english = desk.matched(ENGLISH)
    desk.group(grouping)
    if remembers:
        desk.clock.pass_time(days=days - 0.01)
        desk.matched(FLOOD)
        desk.group(grouping)  # it has asked for all that is open a quarter of an hour before
        desk.clock.pass_time(days=0.01)
    else:
        desk.clock.pass_time(days=days)
    again = desk.matched(ENGLISH)
    desk.group(grouping if remembers else Grouping())
    assert (desk.story(english) == desk.story(again)) is same


def test_a_story_that_became_quiet_since_the_last_pass_takes_nothing(desk: Desk) -> None:
    grouping = Grouping()
    english = desk.matched(ENGLISH)
    desk.group(grouping)
    desk.clock.pass_time(days=6, hours=23, minutes=50)
    desk.matched(FLOOD)
    desk.group(grouping)
    desk.clock.pass_time(minutes=20)
    again = desk.matched(ENGLISH)
    desk.group(grouping)
    assert desk.story(english) != desk.story(again)


def test_what_another_process_put_into_a_story_is_learned(desk: Desk, address: str) -> None:
    ours, theirs, other = Grouping(), Grouping(), open_store(address)
    flood = desk.matched(FLOOD)
    desk.group(ours)
    desk.clock.pass_time(minutes=1)
    english = desk.matched(ENGLISH)
    desk.group(theirs, other)
    desk.clock.pass_time(minutes=1)
    italian = desk.matched(ITALIAN, "it")
    desk.group(ours)
    again = desk.matched(FLOOD)
    desk.group(theirs, other)
    other.close()
    assert desk.story(english) == desk.story(italian)
    assert desk.story(flood) == desk.story(again)


def test_one_process_groups_at_a_time_and_a_pass_by_hand_takes_over(
    desk: Desk, clock: FakeClock
) -> None:
    article = desk.matched(ENGLISH)
    with desk.store.write() as tx:
        turn = stories.take(tx, 25)
    assert turn is not None
    assert desk.group() == 0
    assert group(desk.store, clock, everything=True).grouped == 1
    with desk.store.write() as tx:
        assert stories.renew(tx, turn, 25) is None  # what the first had in hand is not kept
    assert desk.story(article)


def test_a_process_that_died_holds_grouping_up_until_its_lease_ends(desk: Desk) -> None:
    desk.matched(ENGLISH)
    with desk.store.write() as tx:
        assert stories.take(tx, -1) is not None
    assert desk.group() == 1


def test_what_was_placed_and_not_kept_is_placed_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouping = Grouping()
    article = desk.matched(ENGLISH)
    with monkeypatch.context() as patched:
        patched.setattr(stories, "add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.group(grouping)
    assert desk.count(tables.stories) == 0
    assert desk.group(grouping) == 1
    italian = desk.matched(ITALIAN, "it")
    desk.group(grouping)
    assert desk.story(article) == desk.story(italian)


def test_an_article_that_cannot_be_compared_is_a_story_of_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(article: Article) -> Telling:
        raise RuntimeError(article.id)

    article = desk.matched(ENGLISH)
    with monkeypatch.context() as patched:
        patched.setattr("monitor.stories.telling.telling_of", odd)
        assert desk.group() == 1
    italian = desk.matched(ITALIAN, "it")
    assert desk.group() == 1
    assert desk.story(article) == desk.story(italian)  # what failed then is read again


def test_a_database_of_an_earlier_schema_has_its_stories_read_again(desk: Desk) -> None:
    article = desk.matched(ENGLISH)
    desk.group()
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.story_articles).values(telling=None, print=None, turn=0))
    italian = desk.matched(ITALIAN, "it")
    desk.group()
    assert desk.story(article) == desk.story(italian)


def test_an_article_that_matches_again_stays_in_its_story(desk: Desk) -> None:
    article = desk.matched(ENGLISH)
    desk.group()
    with desk.store.write() as tx:
        found = make.match(article, rule="Another", found_at=desk.clock())
        matches.add(tx, [(found, "fingerprint")])
    assert desk.group() == 1
    with desk.store.read() as connection:
        assert len({each.story_id for each in matches.waiting(connection, "morning")}) == 1
    assert (desk.count(tables.stories), desk.count(tables.story_articles)) == (1, 1)


@pytest.mark.parametrize("short", [True, False])
def test_an_agencys_text_is_known_by_its_print_wherever_it_is_printed(
    desk: Desk, short: bool
) -> None:
    agency = (ENGLISH[0], "The last will leave in September.") if short else ENGLISH
    found = [desk.matched(agency), desk.matched(agency), desk.matched(ITALIAN, "it")]
    desk.group()
    with desk.store.read() as connection:
        members = stories.members(connection, [desk.story(each) for each in found])
    prints = {each.article_id: each.print for group in members.values() for each in group}
    one, other, another = (prints[each.id] for each in found)
    assert one == other != another
    assert all(prints.values())


def test_an_article_that_was_forgotten_while_it_waited_is_a_story_of_its_own(desk: Desk) -> None:
    with desk.store.write() as tx:
        matches.add(tx, [(make.match(found_at=desk.clock()), "fingerprint")])
    assert desk.group() == 1
    assert desk.count(tables.stories) == 1


@pytest.fixture
def three(address: str) -> Iterator[list[Store]]:
    opened = [open_store(address) for _ in range(3)]
    yield opened
    for each in opened:
        each.close()


def test_three_processes_at_once_begin_one_story_for_one_event(
    desk: Desk, three: list[Store]
) -> None:
    groupings = [Grouping() for _ in three]
    found: list[Article] = []
    for said, language in ((ENGLISH, "en"), (ITALIAN, "it"), (FLOOD, "en"), (ENGLISH, "en")):
        found.append(desk.matched(said, language))
        with ThreadPoolExecutor(len(three)) as pool:
            passes = [
                pool.submit(group, store, desk.clock, grouping)
                for store, grouping in zip(three, groupings, strict=True)
            ]
            assert sum(each.result().grouped for each in passes) in (0, 1)
        desk.group()  # where each left it to another
        desk.clock.pass_time(minutes=1)
    first, second, flood, last = map(desk.story, found)
    assert first == second == last != flood
    assert desk.count(tables.stories) == 2
