"""SIGKILL at every kind of step between two writes: nothing lost, nothing twice."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from monitor.store import open_store, tables
from tests.conftest import empty_postgres
from tests.endurance.mortal import READERS, Life, headline, health_told, run, titles

WRITERS = {
    "compose_one._attempt",
    "compose_one.compose_one",
    "outgoing._refused",
    "outgoing._sent",
    "outgoing.lease",
    "fetch",
    "group._group_batch",
    "group._turn",
    "match._judge_batch",
    "not_had.blame",
    "poll.lease",
    "send",
    "take_in._keep_many",
}
"""Who takes steps on the way of an article; all of them must have died once."""

WHOLE = 3
"""Lives that nothing ends: they show which steps there are."""

HEALTH = "health._lay_back"
"""Dies first: health is told less and less often while a feed comes and goes.

On SQLite it dies before its commit, on PostgreSQL after it.
"""


def test_a_process_that_dies_at_any_step_loses_nothing_and_doubles_nothing(
    address: str, tmp_path: Path
) -> None:
    """One life after the other on one database; each takes over what the last one left undone."""
    chain = Chain(address, tmp_path)
    on_server = address.startswith("postgresql")
    chain.die_at([(f"{HEALTH}: {'after' if on_server else 'before'} its commit", 1)])
    deaths = _deaths([chain.live() for _ in range(WHOLE)])
    assert {kind.split(":")[0] for kind, _ in deaths} >= WRITERS
    if on_server:  # a commit broken off there is the server's to roll back
        deaths = [each for each in deaths if "before its commit" not in each[0]]
    chain.die_at(deaths)
    chain.live(fickle=False)
    _all_arrived_once(tmp_path, chain.lives)
    _nothing_is_left(address)


def test_three_processes_of_which_two_die_share_the_work_and_double_nothing(
    postgres_address: str, tmp_path: Path
) -> None:
    assert {kind.split(":")[0] for kind in AMIDST} <= WRITERS  # steps that there are
    address = empty_postgres(postgres_address)
    for number, kind in enumerate(AMIDST):
        lives = [
            Life(address, tmp_path, number, dies_at, alone=False)
            for dies_at in ((kind, 1), (kind, 2), ("", 0))
        ]
        assert run(*lives)[-1] == 0
    assert run(Life(address, tmp_path, len(AMIDST), fickle=False)) == [0]
    _all_arrived_once(tmp_path, len(AMIDST) + 1, of_health=False)  # it may have nothing to tell
    _nothing_is_left(address)


AMIDST = (
    "poll.lease: after its commit",
    "take_in._keep_many: after its commit",
    "compose_one._attempt: after its commit",
    "send: arrived, not known to be",
    "outgoing._sent: before its commit",
)


class Chain:
    """Life after life on one database."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self.lives = 0

    def live(self, *, fickle: bool = True) -> Life:
        """A life that nothing ends."""
        life = Life(self._address, self._folder, self.lives, fickle=fickle)
        assert run(life) == [0]
        self.lives += 1
        return life

    def die_at(self, deaths: list[tuple[str, int]]) -> None:
        """Die each of these deaths; where a life does not come to that step, a later one does."""
        waiting, most = list(deaths), self.lives + 2 * len(deaths)
        while waiting:
            assert self.lives < most, f"no life came to {waiting}"
            life = Life(self._address, self._folder, self.lives, waiting[0])
            (ended,) = run(life)
            assert ended in (0, -signal.SIGKILL)
            kind, number = waiting.pop(0)
            assert (life.steps.count(kind) >= number) == (ended != 0)
            if ended == 0:
                waiting.append((kind, number))
            self.lives += 1


def _deaths(whole: list[Life]) -> list[tuple[str, int]]:
    """The first of each kind of step of the product's; of sendings a later one as well."""
    most: Counter[str] = Counter()
    for life in whole:
        most |= Counter(life.steps)
    kinds = [kind for kind in most if not kind.startswith(("newsroom", "mortal", HEALTH))]
    later = [(kind, 3) for kind in kinds if kind.startswith("send") and most[kind] >= 3]
    return [(kind, 1) for kind in kinds] + later


def _all_arrived_once(folder: Path, lives: int, *, of_health: bool = True) -> None:
    expected = sorted(headline(number) for number in range(lives))
    for channel, recipient in READERS:
        assert titles(folder, channel, recipient) == expected
    told = health_told(folder)
    assert told == [bool(number % 2) for number in range(len(told))], "begun and over take turns"
    assert told or not of_health


def _nothing_is_left(address: str) -> None:
    """Nothing waits: no article for its rules, no match for its digest, no message for its way."""
    store = open_store(address)
    with store.read() as connection:
        states = set(connection.execute(sa.select(tables.deliveries.c.state)).scalars())
        pending = sa.select(tables.articles.c.id).where(tables.articles.c.pending == 1)
        waiting = sa.select(tables.matches.c.id).where(
            tables.matches.c.sending_id.is_(None), tables.matches.c.held.is_(None)
        )
        assert connection.execute(pending).all() == []
        assert connection.execute(waiting).all() == []
    store.close()
    assert states == {"sent"}
