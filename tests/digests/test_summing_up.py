"""A page of equal lines hides the one that is different."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.digests.summing_up import HANDFUL, SummedUp, summed_up
from monitor.model import Problem, ProblemKind

START = datetime(2024, 5, 20, 7, 0, tzinfo=UTC)
NEW = "all {} entries were new: others may have come and gone"
GONE = "answered 404 Not Found"


def problem(name: str, message: str, kind: ProblemKind = ProblemKind.FEED, at: int = 0) -> Problem:
    return Problem(kind, name, START + timedelta(minutes=at), message)


def feeds(messages: list[str]) -> list[Problem]:
    return [problem(f"Desk {n}", message, at=n) for n, message in enumerate(messages, 1)]


def test_after_a_long_downtime_all_that_may_be_lost_is_one_line() -> None:
    (told,) = summed_up(feeds([NEW.format(number) for number in range(12, 50)]))
    assert isinstance(told, SummedUp)
    assert told == SummedUp(
        ProblemKind.FEED,
        "38 feeds",
        START + timedelta(minutes=1),
        "Desk 1, Desk 2, Desk 3 and 35 more: "
        "all 12 to 49 entries were new: others may have come and gone",
    )


def test_a_handful_is_told_one_by_one() -> None:
    some = feeds([NEW.format(7)] * HANDFUL)
    assert summed_up(some) == tuple(some)


def test_what_is_different_stays_where_it_stood() -> None:
    many = feeds([GONE] * 7)
    line = problem("network", "the line is down", ProblemKind.LINE)
    other = problem("Quiet desk", "answered 410 Gone")
    told = summed_up([line, *many[:3], other, *many[3:]])
    assert [each.name for each in told] == ["network", "7 feeds", "Quiet desk"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("answered 404 Not Found", "answered 503 Service Unavailable"),
        ("the proxy made no connection to a.org: it answered 403", "the name a.org is wrong"),
        ("there is no file /srv/a.rss", "there is no file /srv/b.rss"),
        ("answered 404", "answered 410"),
    ],
)
def test_other_causes_are_not_mixed(one: str, two: str) -> None:
    some = feeds([one] * HANDFUL + [two] * HANDFUL)
    assert summed_up(some) == tuple(some)


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (
            [f"desk{n}.example.org:8443 refused the connection" for n in range(6)],
            "desk0.example.org:8443 and others refused the connection",
        ),
        ([f"127.1.0.{n}:80 cannot be reached" for n in range(6)], "127.1.0.0:80 and others cannot"),
        (["no answer within 20 s"] * 5 + ["no answer within 5 s"], "no answer within 5 to 20 s"),
        (["answered 503 Service Unavailable"] * 6, "answered 503 Service Unavailable"),
        ([f"the name w{n}.fr cannot be resolved" for n in range(6)], "the name w0.fr and others"),
    ],
)
def test_what_differs_between_servers_is_no_other_cause(messages: list[str], told: str) -> None:
    (one,) = summed_up(feeds(messages))
    assert one.message.startswith(f"Desk 1, Desk 2, Desk 3 and 3 more: {told}")


def test_recipients_are_never_mixed_and_one_channel_is_named_once() -> None:
    lost = "{}@example.org did not get “morning”: 550 no such user"
    some = [problem("desk", lost.format("ann.lee"), ProblemKind.DELIVERY) for _ in range(6)]
    other = problem("desk", lost.format("bob.lee"), ProblemKind.DELIVERY)
    told = summed_up([*some, other])
    assert [each.name for each in told] == ["6 deliveries", "desk"]
    assert told[0].message == f"desk: {lost.format('ann.lee')}"


def test_what_each_must_be_read_by_itself_is_never_summed_up() -> None:
    faulty = [problem(f"{n}.toml", "line 3: unknown key", ProblemKind.RULES) for n in range(9)]
    assert summed_up(faulty) == tuple(faulty)


def test_words_of_servers_that_mean_to_hurt_are_read_in_no_time() -> None:
    for nasty in ("a." * 20_000, "1" * 40_000, "a-" * 20_000 + ".", "1.1." * 10_000):
        assert len(summed_up(feeds([nasty] * 6))) == 1
