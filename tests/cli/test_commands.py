from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor import wiring
from monitor.config.here import load_here
from monitor.model import utc_now
from monitor.store import processes, tables
from tests.cli.conftest import CONFIG, Desk
from tests.journey.world import RULE


def test_a_good_desk_checks_out(desk: Desk) -> None:
    ended = desk.run("check")
    assert ended.code == 0
    assert "1 rule" in ended.out


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[digest.night]\nschedule = 'immediately'\nchannels = ['archiv']\n", '"archive"'),
        ("[digest.night]\nschedule = '0 25 * * *'\nchannels = ['archive']\n", "hour"),
        ("[digest.night]\nshedule = 'immediately'\nchannels = ['archive']\n", '"schedule"'),
        ("[channel.x]\ntype = 'emial'\n", '"email"'),
        ("[[feed]]\nurl = { env = 'NOT_SET' }\n", "NOT_SET"),
    ],
)
def test_a_faulty_config_ends_every_command_with_2_and_one_line(
    desk: Desk, config: str, told: str
) -> None:
    desk.write("config.toml", CONFIG + config)
    for command in (["check"], ["status"], ["run", "--once"], ["feeds", "list"]):
        ended = desk.run(*command)
        said = ended.out + ended.err
        assert ended.code == 2, command
        assert told in said
        assert "config.toml:" in said
        assert "Traceback" not in said


def test_a_config_that_is_not_there_says_how_to_make_one(desk: Desk) -> None:
    (desk.folder / "config.toml").unlink()
    ended = desk.run("status")
    assert ended.code == 2
    assert "wirewatch init" in ended.err


def test_a_faulty_rule_shows_the_place_and_what_was_expected(desk: Desk) -> None:
    desk.write("rules/b.toml", RULE.format(name="Base", match="base W/5 Agadez"))
    ended = desk.run("check")
    assert ended.code == 2
    first, expression, caret = ended.out.splitlines()[:3]
    assert "b.toml:4" in first
    assert "NEAR/5" in ended.out
    assert expression.index("W/5") == caret.index("^")


def test_an_example_that_does_not_hold_ends_check_with_1(desk: Desk) -> None:
    rule = RULE.format(name="Base", match="Agadez base")
    desk.write("rules/b.toml", rule + "[[rule.example]]\ntext = 'Rain in Rome'\nmatch = true\n")
    ended = desk.run("check")
    assert ended.code == 1
    assert "b.toml:5" in ended.out
    assert "expected a match" in ended.out


def test_a_rule_for_a_feed_that_nobody_has_is_told_with_the_nearest_name(desk: Desk) -> None:
    rule = RULE.format(name="Base", match='base AND feed:"World dsk"')
    desk.write("rules/b.toml", rule)
    ended = desk.run("check")
    assert ended.code == 0
    assert 'b.toml:2: rule Base: no feed has the name or the tag "World dsk"' in ended.err
    assert 'did you mean "World desk"?' in ended.err


def test_a_feed_whose_name_lacks_its_quotes_is_told_with_them(desk: Desk) -> None:
    desk.write("rules/b.toml", RULE.format(name="Base", match="base AND feed:World desk"))
    ended = desk.run("check")
    assert 'no feed has the name or the tag "World"' in ended.err
    assert 'a name of several words stands in quotes: feed:"World desk"' in ended.err


def test_a_database_that_cannot_be_used_ends_with_2(desk: Desk) -> None:
    desk.write("wirewatch.db", "no database at all, but a text of some length, to be sure " * 9)
    ended = desk.run("status")
    assert ended.code == 2
    assert "wirewatch.db cannot be used" in ended.err
    assert "Traceback" not in ended.err


def test_match_names_the_rules_and_the_words(desk: Desk) -> None:
    ended = desk.run("match", "The troops are leaving Niger.", "--language", "en")
    assert ended.code == 0
    assert "Leaving" in ended.out
    assert "[troops]" in ended.out
    nothing = desk.run("match", "It rained in Rome.", "--language", "en")
    assert (nothing.code, "0 of 1 rule" in nothing.out) == (0, True)


def test_a_text_without_a_match_is_told_where_the_reason_is_to_be_had(desk: Desk) -> None:
    ended = desk.run("match", "It rained in Rome.", "--language", "en")
    assert "0 of 1 rule matches" in ended.out
    assert "Why not: --explain" in ended.err
    explained = desk.run("match", "It rained in Rome.", "--language", "en", "--explain")
    assert "Why not" not in explained.err


def test_a_text_of_several_words_without_quotes_is_answered_with_them(desk: Desk) -> None:
    ended = desk.run("match", "rain", "in", "Rome")
    assert ended.code == 2
    assert 'wirewatch match "rain in Rome"' in ended.err


def test_a_language_that_cannot_be_told_is_said_in_one_way(desk: Desk) -> None:
    told = desk.run("match", "xyz zyx", "--explain").out
    assert "language: cannot be told;" in told
    assert "(language: cannot be told: all languages in use count)" in told


def test_notes_of_rules_are_told_by_check_and_match(desk: Desk) -> None:
    desk.write("rules/b.toml", RULE.format(name="Bird", match="flu OR H5N1 -movie"))
    desk.write("rules/c.toml.txt", "")
    for command in (("check",), ("match", "Rain in Rome.", "--language", "en")):
        ended = desk.run(*command)
        assert ended.code == 0
        assert "OR beside words without AND is read as flu OR (H5N1 -movie)" in ended.err
        assert "rules/c.toml.txt: is not read: names of rule files end in .toml" in ended.err


def test_match_reads_files_and_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("article.txt", "The troops are leaving Niger.")
    assert "[troops]" in desk.run("match", "--file", "article.txt", "--language", "en").out
    assert desk.run("match", "--file", "nowhere.txt").code == 2
    assert desk.run("match").code == 2


def test_match_explains_what_held_and_what_did_not(desk: Desk) -> None:
    ended = desk.run("match", "The troops went home.", "--explain", "--language", "en")
    assert ended.code == 0
    assert "Niger" in ended.out
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    document = json.loads(
        desk.run("match", "The troops.", "--explain", "--json", "--language", "en").out
    )
    assert document["matches"] == []
    assert len(document["explanations"]) == 1


def test_match_on_a_rule_that_is_not_there_names_those_that_are(desk: Desk) -> None:
    ended = desk.run("match", "text", "--rule", "Leavin")
    assert ended.code == 2
    assert "Leaving" in ended.err


def test_preview_shows_and_marks_nothing(desk: Desk) -> None:
    desk.write("config.toml", CONFIG.replace("0 7 * * *", "immediately"))
    assert desk.run("preview", "morning").code == 0
    assert desk.run("preview", "evening").code == 2
    assert desk.run("run", "--once").code == 0
    assert "Troops leave Niger" not in desk.run("preview", "morning").out


def test_stories_told_as_title_and_link_are_counted_in_the_lists(desk: Desk) -> None:
    desk.write("config.toml", CONFIG.replace('"0 7 * * *"', '"0 7 * * *"\nmax_stories = 1'))
    desk.write("rules/a.toml", RULE.format(name="All", match="troops OR rain"))
    assert desk.run("run", "--once").code == 0
    (listed,) = json.loads(desk.run("digests", "list", "--json").out)
    assert (listed["stories"], listed["in_full"]) == (2, 1)
    assert "\n    2 stories, 1 of them in full\n" in desk.run("digests", "list").out
    (told,) = json.loads(desk.run("status", "--json").out)["digests"]
    assert (told["last"]["stories"], told["last"]["in_full"]) == (2, 1)
    assert "1 story on your watch\n      2 stories, 1 of them" in desk.run("status").out


def test_where_all_stories_are_told_in_full_the_lists_say_no_more(desk: Desk) -> None:
    assert desk.run("run", "--once").code == 0
    for command in ("digests list", "status"):
        assert "in full" not in desk.run(*command.split()).out


def test_one_pass_tells_what_it_did_and_the_lists_know_it(desk: Desk) -> None:
    ended = desk.run("run", "--once")
    assert ended.code == 0, ended.err
    assert (
        "2 new articles, 1 matched (1 rule in force); 1 digest composed, 1 delivery sent"
        in ended.err
    )
    listed = json.loads(desk.run("digests", "list", "--json").out)
    assert [d["deliveries"][0]["state"] for d in listed] == ["sent"]
    shown = desk.run("digests", "show", listed[0]["id"])
    assert "Troops leave Niger" in shown.out
    assert json.loads(desk.run("digests", "show", listed[0]["id"], "--json").out)["stories"]
    assert desk.run("digests", "show", "nonsense").code == 2
    feeds = json.loads(desk.run("feeds", "list", "--json").out)
    assert (feeds[0]["state"], feeds[0]["articles"]) == ("good", 2)
    assert desk.run("deliveries", "list").out.startswith("Nothing is waiting")
    assert len(json.loads(desk.run("deliveries", "list", "--all", "--json").out)) == 1
    status = json.loads(desk.run("status", "--json").out)
    assert status["rules"][0]["articles_matched"] == 1
    assert status["deliveries"]["sent"] == 1
    assert status["problems"] == []


def test_check_notes_a_rule_that_is_over_and_match_says_that_it_would_match(desk: Desk) -> None:
    rule = "[[rule]]\nname = \"{}\"\nmatch = 'rain'\nuntil = {}\n"
    desk.write("rules/b.toml", rule.format("Over", "2020-01-01") + rule.format("On", "9998-12-31"))
    checked = desk.run("check")
    assert checked.code == 0
    assert "note: rules/b.toml:1: the rule Over is over, its until is 2020-01-01\n" in checked.err
    assert "the rule On" not in checked.err
    told = desk.run("match", "Rain in Rome").out
    assert "Over\n  over: its until is 2020-01-01; it would match\n  words: Rain\n" in told
    assert "On\n  words: Rain\n" in told
    matches = json.loads(desk.run("match", "--json", "Rain in Rome").out)["matches"]
    assert {each["rule"]: each["over"] for each in matches} == {"Over": True, "On": False}


def test_a_rule_that_is_off_or_over_is_counted_nowhere_as_in_force(desk: Desk) -> None:
    rule = "[[rule]]\nname = \"{}\"\nmatch = 'rain'\n{}\n"
    off = rule.format("Off", "enabled = false")
    over = rule.format("Over", "until = 2020-01-01")
    desk.write("rules/b.toml", off + over)
    assert "1 matched (1 rule in force); " in desk.run("run", "--once").err
    shown = desk.run("status").out
    assert "rules       1 in force, 2 not, 0 vocabularies" in shown
    assert "Off (not enabled): 0 articles matched" in shown
    assert "Over (until 2020-01-01): 0 articles matched" in shown
    rules = json.loads(desk.run("status", "--json").out)["rules"]
    assert {rule["name"]: rule["in_force"] for rule in rules} == {
        "Leaving": True,
        "Off": False,
        "Over": False,
    }


def test_status_says_what_matches_wait_for(desk: Desk) -> None:
    desk.run("run", "--once")
    rome = load_here(None).timezone
    begin, end = (utc_now().astimezone(rome) + timedelta(hours=h) for h in (-2, 2))
    line = f'schedule = "immediately"\nquiet_hours = "{begin:%H:%M}-{end:%H:%M}"'
    desk.write("config.toml", CONFIG.replace('schedule = "0 7 * * *"', line))
    store = wiring.open_database(load_here(None))
    with store.write() as tx:
        values = {"sending_id": None}
        tx.execute(sa.update(tables.matches).values(**values))
    shown = " ".join(desk.run("status").out.split())
    assert f"1 match waiting (quiet hours until {end:%Y-%m-%d %H:%M})" in shown
    with store.write() as tx:
        tx.execute(sa.update(tables.matches).values(priority="high"))
    assert "1 match waiting last" in " ".join(desk.run("status").out.split())
    desk.run("silence", "Leaving", "--for", "2h")
    assert "1 match waiting (silenced: Leaving)" in " ".join(desk.run("status").out.split())
    store.close()


def test_a_process_that_went_silent_is_not_said_to_have_ended(desk: Desk) -> None:
    assert "processes   none runs now" in desk.run("status").out
    store = wiring.open_database(load_here(None))
    with store.write() as tx:
        processes.beat(tx, processes.Process("p", "desk-1", 7, utc_now(), "", {}))
    assert "processes   1: desk-1 (pid 7)" in desk.run("status").out
    silent = utc_now() - timedelta(minutes=5)
    with store.write() as tx:
        tx.execute(sa.update(tables.processes).values(seen_at=silent))
    shown = " ".join(desk.run("status").out.split())
    assert "none has said for 25 seconds that it runs; the last was desk-1 (pid 7) at" in shown
    with store.write() as tx:
        processes.leave(tx, "p")
    store.close()
    assert "processes   none runs now" in desk.run("status").out


def test_everything_fits_eighty_columns(desk: Desk) -> None:
    desk.run("run", "--once")
    for command in ("status", "feeds list", "digests list", "deliveries list --all", "--help"):
        for line in desk.run(*command.split()).out.splitlines():
            assert len(line.replace(str(desk.folder), "…")) <= 80, (command, line)


def test_feeds_test_shows_what_is_in_a_feed(desk: Desk) -> None:
    for given in ("world.rss", "World desk"):
        ended = desk.run("feeds", "test", given)
        assert ended.code == 0
        assert "2 entries" in ended.out
    desk.write("page.html", "<html><title>Sign in</title></html>")
    ended = desk.run("feeds", "test", "page.html")
    assert ended.code == 1
    assert "Sign in" in ended.out


def test_channels_test_sends_a_message(desk: Desk) -> None:
    ended = desk.run("channels", "test", "archive")
    assert ended.code == 0
    assert len(list((desk.folder / "digests").iterdir())) == 4
    assert desk.run("channels", "test", "desk").code == 2


def test_a_channel_that_refuses_ends_the_test_with_1(desk: Desk) -> None:
    webhook = '[channel.ops]\ntype = "webhook"\nurl = "http://127.0.0.1:1/secret-path"\n'
    desk.write("config.toml", CONFIG + webhook)
    ended = desk.run("channels", "test", "ops")
    assert ended.code == 1
    assert "secret-path" not in ended.out + ended.err


def test_init_writes_what_runs_and_overwrites_nothing(desk: Desk) -> None:
    ended = desk.run("init", "new")
    assert ended.code == 0
    assert desk.run("check", "-c", "new/config.toml").code == 0
    desk.write("new/config.toml", "# mine")
    again = desk.run("init", "new")
    assert again.code == 0
    assert "Nothing written" in again.out
    assert (desk.folder / "new" / "config.toml").read_text() == "# mine"


@pytest.mark.parametrize("kind", ["config", "rules"])
def test_schemas_are_json(desk: Desk, kind: str) -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(desk.run("schema", kind).out))


def test_the_options_may_stand_before_or_after_the_command(desk: Desk) -> None:
    desk.write("other.toml", CONFIG)
    (desk.folder / "config.toml").unlink()
    assert desk.run("-c", "other.toml", "check").code == 0
    assert desk.run("check", "-c", "other.toml").code == 0
