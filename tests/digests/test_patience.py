"""Whatever comes and whatever rules wait for, every match goes out, waits, or waited in vain."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.options import DigestOptions
from monitor.digests.patience import Arrival, Known, Parted, parted
from monitor.digests.periods import parse_schedule
from monitor.model import Patience
from tests import make
from tests.digests.desks import RULE

IMMEDIATE = DigestOptions("morning", parse_schedule("immediately"), ("desk",), ZoneInfo("UTC"))

minutes = st.integers(0, 600)
arriving = st.lists(
    st.tuples(minutes, st.sampled_from("abcd"), st.sampled_from("wxyz"), st.booleans()),
    min_size=1,
    max_size=8,
)
patient = st.builds(
    Patience,
    cooldown=st.sampled_from([None, 0, 1800.0, 7200.0]),
    min_sources=st.integers(1, 3),
    within=st.sampled_from([600.0, 3600.0, 20000.0]),
)
last_told = st.one_of(st.none(), minutes)


def sorted_out(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None, now: int
) -> tuple[set[str], Parted]:
    """Matches of one story and rule (ids), one for each article that waits; and how they part."""
    arrivals = [
        Arrival(f"a{n}", make.moment(at), outlet, text)
        for n, (at, outlet, text, _) in enumerate(came)
    ]
    waiting = tuple(
        make.match(id=f"m{n}", article_id=f"a{n}", story_id="s", found_at=make.moment(at))
        for n, (at, _, _, waits) in enumerate(came)
        if waits
    )
    tellings = {"s": {RULE: make.moment(told)}} if told is not None else {}
    known = Known({RULE: patience}, tellings, {"s": arrivals})
    return {match.id for match in waiting}, parted(IMMEDIATE, waiting, known, make.moment(now))


@given(arriving, patient, last_told, minutes)
def test_every_match_goes_out_or_waits_or_waited_in_vain(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None, more: int
) -> None:
    now = max(at for at, *_ in came) + more
    ids, found = sorted_out(came, patience, told, now)
    assert sorted([*found.free, *found.waits, *found.late]) == sorted(ids)
    assert all(wait.until >= make.moment(now) for wait in found.waits.values())


@given(arriving, patient, last_told)
def test_what_waits_does_not_wait_for_ever(
    came: list[tuple[int, str, str, bool]], patience: Patience, told: int | None
) -> None:
    ids, found = sorted_out(came, patience, told, 10_000)
    assert {*found.free, *found.late} == ids


@given(arriving, patient, minutes, st.sampled_from("abcd"), st.sampled_from("wxyz"))
def test_one_article_more_holds_nothing_up_that_could_go(
    came: list[tuple[int, str, str, bool]], patience: Patience, at: int, outlet: str, text: str
) -> None:
    now = max(at, *(each for each, *_ in came), 0)
    _, before = sorted_out(came, patience, None, now)
    _, after = sorted_out([*came, (at, outlet, text, False)], patience, None, now)
    assert set(before.free) <= set(after.free)
