"""``wirewatch silence``, and what else keeps a match from being sent, or does not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor import wiring
from monitor.config.here import load_here
from monitor.matching.match import match
from monitor.model import utc_now
from monitor.stories.group import group
from tests.cli.conftest import CONFIG, Desk
from tests.journey.world import LEAVING, RULE, rss

NEWER = ("newer", "More troops leave Niger", "The second convoy crossed the border of Niger.")


def sent(desk: Desk) -> list[dict[str, Any]]:
    """The digests that were written, oldest first."""
    files = sorted((desk.folder / "digests").glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def read_and_match(desk: Desk) -> None:
    """Poll and judge, and compose nothing: what matches waits for its digest."""
    settings = load_here(None)
    store = wiring.open_database(settings)
    rules = wiring.load_rules(settings, store, utc_now)

    async def work() -> None:
        async with wiring.open_line(settings, store, rules, utc_now) as line:
            await line.poll(everything=True)

    asyncio.run(work())
    assert match(store, rules.in_force, utc_now).matched == 1
    group(store, utc_now)
    store.close()


def listed(desk: Desk) -> list[dict[str, object]]:
    ended = desk.run("silence", "--list", "--json")
    assert ended.code == 0
    found: list[dict[str, object]] = json.loads(ended.out)
    return found


def test_nothing_of_a_silenced_rule_is_sent_until_it_ends_and_then_it_is_counted(
    desk: Desk,
) -> None:
    begun = desk.run("silence", "Leaving", "--for", "3d")
    assert begun.code == 0
    assert begun.out.startswith("Leaving is silenced until ")
    assert "wirewatch silence --end Leaving" in begun.err
    assert desk.run("run", "--once").code == 0
    assert sent(desk) == []
    (one,) = listed(desk)
    assert (one["rule"], one["matches"]) == ("Leaving", 1)
    assert "Leaving" in desk.run("silence", "--list").out
    ended = desk.run("silence", "--end", "Leaving")
    assert (ended.code, ended.out) == (0, "Leaving is silenced no more; 1 match was not sent.\n")
    assert desk.run("silence", "--list").out == "No rule is silenced.\n"
    (desk.folder / "world.rss").write_bytes(rss(LEAVING, NEWER))
    assert desk.run("run", "--once").code == 0
    (digest,) = sent(desk)
    assert [story["title"] for story in digest["stories"]] == [NEWER[1]]
    (notice,) = digest["problems"]
    assert (notice["kind"], notice["name"]) == ("silence", "Leaving")
    assert notice["message"].endswith(", 1 match not sent")


def test_a_preview_says_what_silences_leave_out(desk: Desk) -> None:
    read_and_match(desk)
    assert LEAVING[1] in desk.run("preview", "morning").out
    desk.run("silence", "Leaving", "--for", "1h")
    shown = desk.run("preview", "morning")
    assert LEAVING[1] not in shown.out
    assert "left out: 1 match of silenced rules" in shown.err


def test_a_rule_that_is_not_there_is_answered_with_the_nearest(desk: Desk) -> None:
    for arguments in (("Leavin", "--for", "3d"), ("--end", "Leavin")):
        ended = desk.run("silence", *arguments)
        assert ended.code == 2
        assert 'no rule is called "Leavin"; did you mean "Leaving"?' in ended.err
    assert listed(desk) == []


def test_ending_a_silence_that_there_is_not_is_not_right(desk: Desk) -> None:
    ended = desk.run("silence", "--end", "Leaving")
    assert (ended.code, ended.err) == (1, "Leaving is not silenced\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "silence RULE --for 3d"),
        (("Leaving",), "write --for 3d"),
        (("Leaving", "--for", "3 moons"), '"moons" is no unit'),
        (("Leaving", "--for", "0d"), "no time at all"),
        (("Leaving", "--for", "999999999w"), "longer than ten years"),
        (("Leaving", "--for", "1d", "--until", "2099-01-01"), "one of the two"),
        (("Leaving", "--until", "2020-01-01"), "2020-01-02 00:00 is over"),
        (("Leaving", "--until", "2099-01-01"), "longer than ten years"),
        (("Leaving", "--until", "9999-12-31"), '"9999-12-31" is no moment'),
        (("Leaving", "--until", "Friday"), '"Friday" is no moment'),
        (("Leaving", "--list"), "which rule"),
        (("--list", "--for", "3d"), "belong to a rule"),
        (("--end", "Leaving", "--list"), "which rule"),
    ],
)
def test_what_cannot_be_meant_is_answered_with_what_to_write(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    ended = desk.run("silence", *arguments)
    assert ended.code == 2
    assert told in ended.err
    assert listed(desk) == []


def test_a_silence_until_a_day_lasts_through_it_in_the_zone_of_the_config(desk: Desk) -> None:
    day = (datetime.now(UTC) + timedelta(days=400)).date()
    ended = desk.run("silence", "Leaving", "--until", str(day), "--json")
    until = datetime.fromisoformat(json.loads(ended.out)["until"])
    assert (
        until.astimezone(load_here(None).timezone)
        .isoformat()
        .startswith(f"{day + timedelta(days=1)}T00:00:00")
    )
    exact = desk.run("silence", "Leaving", "--until", f"{day}T18:00+00:00", "--json")
    assert json.loads(exact.out)["until"] == f"{day}T18:00:00Z"
    assert [each["until"] for each in listed(desk)] == [f"{day}T18:00:00Z"]  # one, set anew


def test_a_silenced_rule_that_was_renamed_can_still_be_ended(desk: Desk) -> None:
    desk.run("silence", "Leaving", "--for", "3d")
    desk.write("rules/a.toml", RULE.format(name="Going", match="troops NEAR/5 Niger"))
    assert "no rule has this name any more" in desk.run("silence", "--list").out
    assert desk.run("silence", "--end", "Leaving").code == 0


def test_a_rule_of_which_only_the_last_good_version_is_in_force_can_be_silenced(
    desk: Desk,
) -> None:
    desk.run("run", "--once")
    desk.write("rules/a.toml", "[[rule]\n")
    assert desk.run("silence", "Leaving", "--for", "3d").code == 0


# --- what does not keep a match from being sent ------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda rule: "", id="deleted"),
        pytest.param(lambda rule: rule + "enabled = false\n", id="disabled"),
        pytest.param(lambda rule: rule.replace("Leaving", "Going"), id="renamed"),
        pytest.param(lambda rule: rule + "until = 2020-01-01\n", id="past its until"),
        pytest.param(lambda rule: rule + 'digests = ["evening"]\n', id="naming another digest"),
        pytest.param(lambda rule: rule.replace("Niger", "Mali"), id="asking for something else"),
    ],
)
def test_a_match_that_waits_is_sent_whatever_became_of_its_rule(
    desk: Desk, edit: Callable[[str], str]
) -> None:
    evening = '[digest.evening]\nschedule = "0 19 * * *"\nchannels = ["archive"]\n'
    desk.write("config.toml", CONFIG + evening)
    rule = RULE.format(name="Leaving", match="troops NEAR/5 Niger")
    desk.write("rules/a.toml", rule + 'digests = ["morning"]\n')
    read_and_match(desk)
    desk.write("rules/a.toml", edit(rule))
    assert desk.run("run", "--once").code == 0
    (digest,) = sent(desk)
    assert digest["digest"] == "morning"
    assert [story["rules"] for story in digest["stories"]] == [["Leaving"]]
    assert desk.run("run", "--once").code == 0
    assert len(sent(desk)) == 1


def test_a_rule_past_its_until_matches_nothing(desk: Desk) -> None:
    rule = RULE.format(name="Leaving", match="troops NEAR/5 Niger")
    desk.write("rules/a.toml", rule + "until = 2020-01-01\n")
    assert desk.run("run", "--once").code == 0
    assert sent(desk) == []


def test_what_waits_for_a_digest_that_was_renamed_is_shown_as_held_back(desk: Desk) -> None:
    read_and_match(desk)
    desk.write("config.toml", CONFIG.replace("digest.morning", "digest.daily"))
    before = desk.run("status")
    assert desk.run("run", "--once").code == 0
    assert sent(desk) == []
    for status in (before, desk.run("status")):
        assert "1 match waits for the digest morning, which the config does not name" in status.out
    told = json.loads(desk.run("status", "--json").out)["held_back"]
    assert told == [{"digest": "morning", "reason": "no such digest", "matches": 1}]
    desk.write("config.toml", CONFIG)
    assert desk.run("run", "--once").code == 0
    (digest,) = sent(desk)
    assert digest["digest"] == "morning"


def test_the_status_tells_of_silences_and_what_they_hold_back(desk: Desk) -> None:
    desk.run("silence", "Leaving", "--for", "3d")
    assert desk.run("run", "--once").code == 0
    status = desk.run("status")
    assert "silenced    Leaving (until " in status.out
    assert "held back   1 match of silenced rules" in status.out
    told = json.loads(desk.run("status", "--json").out)
    assert told["held_back"] == [{"digest": "morning", "reason": "silence", "matches": 1}]
    assert [each["rule"] for each in told["silences"]] == ["Leaving"]
