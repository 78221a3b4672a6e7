"""``wirewatch feeds``: list, test, discover, import, export, revive."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor.model import Feed, ProblemKind
from monitor.store import feeds as shelf
from monitor.store import open_store, problems, tables
from tests.cli.conftest import CONFIG, Desk
from tests.feeds.server import Site, ok, redirect, running, status
from tests.journey.world import LEAVING, RAIN, rss

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Sahel">
<outline text="Sahel wire" type="rss" xmlUrl="https://sahel.example.org/rss"
 htmlUrl="https://s.org"/>
<outline text="World desk" type="rss" xmlUrl="https://w.example.org/rss"/>
</outline>
<outline text="Broken" xmlUrl="gopher://x"/>
<outline text="Known" xmlUrl="http://www.known.example.org/feed/"/>
</body></opml>
"""
KNOWN = '[[feed]]\nurl = "https://known.example.org/feed"\nname = "K"\n'


@contextmanager
def served() -> Iterator[Site]:
    """A site on a loop of its own: the command has one, too."""
    loop = asyncio.new_event_loop()
    ready, sites = threading.Event(), list[Site]()
    over = asyncio.Event()

    async def serve() -> None:
        async with running() as site:
            sites.append(site)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield sites[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


# --- import and export ------------------------------------------------------------------------


def test_feeds_are_appended_and_the_rest_of_the_file_stays_as_it_was(desk: Desk) -> None:
    before = "# my own words  \n" + CONFIG + KNOWN.rstrip("\n")
    desk.write("config.toml", before)
    desk.write("mine.opml", OPML)
    ended = desk.run("feeds", "import", "mine.opml")
    assert ended.code == 1  # one entry is not right
    assert ended.out == "config.toml: 2 feeds added, 1 there already, 1 not right\n"
    assert 'mine.opml:8: "Broken" has no usable address ("gopher://x")' in ended.err
    assert 'mine.opml:9: "Known" is there already, as "K"' in ended.err.splitlines()
    after = (desk.folder / "config.toml").read_text(encoding="utf-8")
    assert after.startswith(before + "\n")
    assert "# htmlUrl: https://s.org" in after
    found = tomllib.loads(after)["feed"][2:]
    assert found == [
        {"url": "https://sahel.example.org/rss", "name": "Sahel wire", "tags": ["Sahel"]},
        {"url": "https://w.example.org/rss", "name": "World desk 2", "tags": ["Sahel"]},
    ]
    again = desk.run("feeds", "import", "mine.opml")
    assert again.out == "config.toml: 0 feeds added, 3 there already, 1 not right\n"
    assert (desk.folder / "config.toml").read_text(encoding="utf-8") == after
    assert desk.run("check").code == 0


def test_a_file_keeps_its_mark_its_line_ends_and_its_mode(desk: Desk) -> None:
    path = desk.folder / "config.toml"
    before = b"\xef\xbb\xbf" + CONFIG.replace("\n", "\r\n").encode()
    path.write_bytes(before)
    path.chmod(0o640)
    desk.write("mine.opml", OPML)
    desk.run("feeds", "import", "mine.opml")
    after = path.read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == after.count(b"\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in desk.folder.iterdir()) == [
        "config.toml",
        "mine.opml",
        "rules",
        "world.rss",
    ]


def test_a_dry_run_shows_what_would_be_added_and_changes_nothing(desk: Desk) -> None:
    desk.write("mine.opml", OPML)
    before = (desk.folder / "config.toml").read_bytes()
    ended = desk.run("feeds", "import", "mine.opml", "--dry-run")
    assert [each["name"] for each in tomllib.loads(ended.out)["feed"]] == [
        "Sahel wire",
        "World desk 2",
        "Known",
    ]
    assert "3 feeds would be added" in ended.err
    assert (desk.folder / "config.toml").read_bytes() == before


def test_a_list_comes_from_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(OPML.encode("utf-16")))
    monkeypatch.setattr(sys, "stdin", stream)
    ended = desk.run("feeds", "import", "-")
    assert "3 feeds added" in ended.out
    assert "standard input:8:" in ended.err


@pytest.mark.parametrize(
    ("config", "opml", "said"),
    [
        (CONFIG, "<html></html>", "x.opml: is no list of feeds (OPML)"),
        (CONFIG, None, "x.opml cannot be read: no such file or directory"),
        (CONFIG + '[feed]\nurl = "x"', OPML, "config.toml"),
        ('feed = [{ url = "https://a.org/rss" }]\n', OPML, "write each as [[feed]]"),
        (CONFIG, '<!DOCTYPE x [<!ENTITY a "b">]><opml/>', "declares entities"),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    desk: Desk, config: str, opml: str | None, said: str
) -> None:
    desk.write("config.toml", config)
    if opml is not None:
        desk.write("x.opml", opml)
    ended = desk.run("feeds", "import", "x.opml")
    assert ended.code == 2
    assert said in ended.err
    assert (desk.folder / "config.toml").read_text() == config


def test_feeds_that_stand_in_a_list_more_than_once_are_counted(desk: Desk) -> None:
    twice = '<outline text="{}"><outline xmlUrl="https://{}/rss"/></outline>'
    folders = [("A", "a.org"), ("B", "a.org"), ("C", "b.org"), ("D", "www.a.org")]
    outlines = "".join(twice.format(*each) for each in folders)
    desk.write("mine.opml", f"<opml><body>{outlines}</body></opml>")
    added = desk.run("feeds", "import", "mine.opml").out
    assert added == "config.toml: 2 feeds added, 2 more than once in the list\n"
    found = tomllib.loads((desk.folder / "config.toml").read_text())["feed"][1:]
    assert [each["tags"] for each in found] == [["A", "B", "D"], ["C"]]


def test_feeds_are_listed_in_the_order_of_the_numbers_in_their_names(desk: Desk) -> None:
    names = ["good 1", "Good 2", "Good 10", "Good 10a", "World desk"]
    table = '[[feed]]\nurl = "https://{}.example.org/rss"\nname = "{}"\n'
    for number, name in enumerate(reversed(names[:-1])):
        desk.write(
            "config.toml", (desk.folder / "config.toml").read_text() + table.format(number, name)
        )
    assert [each["name"] for each in json.loads(desk.run("feeds", "list", "--json").out)] == names
    listed = desk.run("feeds", "list").out.splitlines()[1:]
    assert [line[: len(name)] for line, name in zip(listed, names, strict=False)] == names


def test_import_of_an_export_keeps_names_tags_and_addresses(desk: Desk) -> None:
    feeds = (
        '[[feed]]\nurl = "https://a.example.org/x?b=1&c=2"\nname = "Ä & <B>"\n'
        'tags = ["w", "a/b,c"]\n'
        '[[feed]]\nurl = "https://b.example.org/rss"\n'
    )
    desk.write("config.toml", CONFIG.replace("[[feed]]", feeds + "[[feed]]", 1))
    assert desk.run("feeds", "export", "out.opml").out == "out.opml: 3 feeds\n"
    desk.write("config.toml", "")
    assert desk.run("feeds", "import", "out.opml").code == 0
    data = tomllib.loads((desk.folder / "config.toml").read_text(encoding="utf-8"))
    world = (desk.folder / "world.rss").as_uri()
    assert {each["name"]: (each["url"], each.get("tags")) for each in data["feed"]} == {
        "Ä & <B>": ("https://a.example.org/x?b=1&c=2", ["w", "a/b,c"]),
        "b.example.org": ("https://b.example.org/rss", None),
        "World desk": (world, None),
    }
    assert desk.run("feeds", "import", "out.opml").out == (
        "config.toml: 0 feeds added, 3 there already\n"
    )


def test_no_secret_is_exported(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIDDEN", "https://h.example.org/SECRET/rss")
    desk.write(
        "config.toml",
        '[[feed]]\nurl = { env = "HIDDEN" }\nname = "Hidden"\n'
        '[[feed]]\nurl = "https://u:SECRET@p.example.org/rss?token=SECRET&a=1"\nname = "P"\n'
        '[[feed]]\nurl = "https://q.example.org/rss"\nname = "Q"\n'
        'headers = { Authorization = "SECRET" }\nproxy = "http://u:SECRET@x.example.org:1"\n',
    )
    ended = desk.run("feeds", "export")
    assert ended.code == 0
    assert "SECRET" not in ended.out + ended.err
    assert "https://p.example.org/rss?a=1" in ended.out
    assert "Hidden: left out, its address stands in the environment" in ended.err
    assert "P: its address is written without the secret in it" in ended.err
    assert "Q: its headers are not written" in ended.err


def test_progress_is_shown_on_a_terminal_and_none_in_a_pipe(desk: Desk) -> None:
    many = "".join(
        f'<outline text="{n}" xmlUrl="https://{n}.example.org/rss"/>\n' for n in range(300)
    )
    desk.write("many.opml", f"<opml version='1.1'><body>{many}</body></opml>")
    command = [sys.executable, "-m", "monitor", "feeds", "import", "many.opml", "--dry-run"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
    shown = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, check=True
    )
    os.close(theirs)
    assert shown.returncode == 0
    assert b"Importing feeds" in os.read(ours, 100_000)
    os.close(ours)
    piped = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert b"Importing" not in piped.stderr


# --- list and revive --------------------------------------------------------------------------


def set_state(desk: Desk, name: str, **values: object) -> None:
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        tx.execute(sa.update(tables.feeds).where(tables.feeds.c.name == name).values(**values))
    store.close()


def three_feeds(desk: Desk) -> None:
    """One good, one failing, one retired."""
    desk.write(
        "config.toml",
        CONFIG + '[[feed]]\nurl = "https://f.example.org/rss"\nname = "Failing with a rather long '
        'name that nobody would choose"\n[[feed]]\nurl = "https://r.example.org/rss"\nname = "R"\n',
    )
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        wanted = [("https://f.example.org/rss", "F"), ("https://r.example.org/rss", "R")]
        shelf.subscribe(tx, [Feed(url, name) for url, name in wanted])
    store.close()
    now = datetime.now(UTC)
    trouble = {"failures": 4, "failing_since": now, "next_poll_at": now + timedelta(hours=3)}
    set_state(desk, "F", trouble="answered 503 Service Unavailable", **trouble)
    set_state(desk, "R", retired_at=now, failures=1, trouble="answered 410 Gone")


def test_feeds_list_fits_and_tells_state_and_trouble(desk: Desk) -> None:
    three_feeds(desk)
    ended = desk.run("feeds", "list")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("failing 4×" in line and "in 3 h" in line for line in lines)
    assert any("answered 503 Service Unavailable, since" in line for line in lines)
    assert any("retired" in line and "never" in line for line in lines)
    assert lines[-1] == "3 feeds: 1 failing, 1 retired, 1 not read yet"
    only = json.loads(desk.run("feeds", "list", "--failing", "--json").out)
    assert [(each["name"][:7], each["state"]) for each in only] == [
        ("Failing", "failing"),
        ("R", "retired"),
    ]
    assert only[0]["next_poll_at"] is not None


def test_a_retired_feed_is_no_failing_one_and_has_no_next_poll(desk: Desk) -> None:
    three_feeds(desk)
    set_state(desk, "R", next_poll_at=datetime.now(UTC) - timedelta(hours=1))
    assert "3: 0 good, 1 failing, 1 retired, 1 not read yet;" in desk.run("status").out
    for told in (
        json.loads(desk.run("feeds", "list", "--json").out),
        json.loads(desk.run("status", "--json").out)["feeds"],
    ):
        assert [each["next_poll_at"] for each in told if each["name"] == "R"] == [None]


def test_a_good_feed_whose_document_was_cut_off_is_told_with_that(desk: Desk) -> None:
    (desk.folder / "world.rss").write_bytes(rss(LEAVING, RAIN)[:-40])
    desk.run("run", "--once")
    told = " ".join(desk.run("feeds", "list").out.split())
    assert re.search(r"good .* the document ends in the middle; . entries were read \(at ", told)
    (shown,) = json.loads(desk.run("feeds", "list", "--json").out)
    assert shown["state"] == "good"
    assert shown["trouble"].startswith("the document ends in the middle")


def test_while_the_line_is_down_the_list_of_feeds_says_so_as_status_does(desk: Desk) -> None:
    desk.run("feeds", "list")
    store = open_store(f"sqlite:///{desk.folder / 'wirewatch.db'}")
    with store.write() as tx:
        kind, now = ProblemKind.LINE, datetime.now(UTC)
        problems.begin(tx, kind, "network", "the line is down", now)
    store.close()
    line = desk.run("feeds", "list").out.splitlines()[-1]
    assert re.fullmatch(r"line network, since .*: the line is down", line)
    assert f"  {line}\n" in desk.run("status").out


def test_a_pass_while_the_line_is_down_ends_with_that_and_names_no_feed(desk: Desk) -> None:
    feed = '[[feed]]\nurl = "http://site{}.invalid/feed"\nname = "S{}"\n'
    config = CONFIG.replace('[[feed]]\nurl = "world.rss"\nname = "World desk"\n', "")
    desk.write("config.toml", config + "".join(feed.format(n, n) for n in range(6)))
    ended = desk.run("run", "--once")
    assert ended.code == 0
    *_, counts, line = ended.err.splitlines()
    assert counts.startswith("6 feeds polled, 6 in vain; 0 new articles")
    assert line.startswith("line: the line is down: most feeds could not be reached; none is ")
    assert "6: 0 good, 0 failing, 6 not read yet;" in desk.run("status").out


def test_a_shorter_every_in_the_config_counts_for_a_feed_that_waits_already(desk: Desk) -> None:
    feed = CONFIG + '[[feed]]\nurl = "https://a.example.org/rss"\nname = "A"\nevery = "{}"\n'
    desk.write("config.toml", feed.format("1h"))
    desk.run("feeds", "list")
    now = datetime.now(UTC)
    waiting = {"interval": 3600.0, "next_poll_at": now + timedelta(hours=1)}
    set_state(desk, "A", last_polled_at=now, last_success_at=now, **waiting)
    desk.write("config.toml", feed.format("5s"))
    listed = json.loads(desk.run("feeds", "list", "--json").out)
    (shown,) = (each for each in listed if each["name"] == "A")
    assert shown["interval_seconds"] == 5
    assert datetime.fromisoformat(shown["next_poll_at"]) < now + timedelta(seconds=6)


@pytest.mark.parametrize(
    ("wait", "held_by", "reason"),
    [
        (3600, "ttl", "60 min after its last poll: the feed asks for that (ttl or updatePeriod)"),
        (7200, "Cache-Control", "2 h after its last poll: its server has nothing new any sooner"),
        (36000, "skipHours", "10 h after its last poll: the feed names hours at which not to ask"),
        (86400, "skipDays", "24 h after its last poll: the feed names days on which not to ask"),
        (700, "Retry-After", "12 min after its last poll: its server asks for that (Retry-After)"),
        (650, None, None),
    ],
)
def test_verbose_says_why_a_feed_waits_longer_than_its_interval(
    desk: Desk, wait: int, held_by: str | None, reason: str | None
) -> None:
    desk.write("config.toml", CONFIG + '[[feed]]\nurl = "https://a.example.org/"\nname = "A"\n')
    desk.run("feeds", "list")
    now = datetime.now(UTC)
    state = {"interval": 600.123456, "next_poll_at": now + timedelta(seconds=wait)}
    set_state(desk, "A", last_polled_at=now, held_by=held_by, **state)
    told = " ".join(desk.run("feeds", "list", "-v").out.split())
    if reason:
        assert f"put off to {reason}" in told
    else:
        assert "put off" not in told
    assert "put off" not in desk.run("feeds", "list").out
    listed = json.loads(desk.run("feeds", "list", "--json").out)
    (shown,) = (each for each in listed if each["name"] == "A")
    assert (shown["interval_seconds"], shown["held_by"]) == (600.1, held_by)


def test_a_failing_feed_is_revived_by_name_or_address(desk: Desk) -> None:
    three_feeds(desk)
    ended = desk.run("feeds", "revive", "http://www.f.example.org/rss/")
    assert ended.out == (
        "Failing with a rather long name that nobody would choose: was failing 4×, is due now\n"
    )
    assert desk.run("feeds", "revive", "r").out == "R: was retired, is due now\n"
    states = json.loads(desk.run("feeds", "list", "--json").out)
    assert {each["state"] for each in states} == {"new"}
    assert {each["failures"] for each in states} == {0}
    assert {each["next_poll_at"] for each in states} == {None}


def test_all_that_fail_are_revived_and_nothing_is_told_as_nothing(desk: Desk) -> None:
    three_feeds(desk)
    assert len(desk.run("feeds", "revive", "--all-failing").out.splitlines()) == 2
    assert "No feed fails" in desk.run("feeds", "revive", "--all-failing").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Wrold desk",), 'no feed is called "Wrold desk"; did you mean "World desk"?'),
        ((), "name one feed, or give --all-failing"),
        (("World desk", "--all-failing"), "name one feed, or give --all-failing"),
    ],
)
def test_who_is_to_be_revived_must_be_clear(
    desk: Desk, arguments: tuple[str, ...], said: str
) -> None:
    ended = desk.run("feeds", "revive", *arguments)
    assert ended.code == 2
    assert said in ended.err


# --- test and discover ------------------------------------------------------------------------


def test_a_web_page_is_answered_with_the_feeds_it_names(desk: Desk) -> None:
    page = (
        b"<html><head><title>News</title><link rel=alternate type=application/rss+xml "
        b"href=/world.xml title='World'></head></html>"
    )
    with served() as site:
        site.answers["/"] = ok(page, content_type="text/html")
        ended = desk.run("feeds", "test", site.url("/"))
        told = json.loads(desk.run("feeds", "test", site.url("/"), "--json").out)
    assert ended.code == 1
    assert 'a web page titled "News", not with a feed' in ended.out
    assert f"    {site.url('/world.xml')}  World" in ended.out
    assert told["named"] == [{"url": site.url("/world.xml"), "title": "World"}]
    assert "web page" in told["fault"]


def test_a_document_that_ends_in_the_middle_is_told(desk: Desk) -> None:
    with served() as site:
        site.answers["/cut"] = ok(rss(LEAVING, RAIN)[:-40])
        site.answers["/whole"] = ok(rss(LEAVING, RAIN))
        cut = desk.run("feeds", "test", site.url("/cut"))
        whole = desk.run("feeds", "test", site.url("/whole"))
    assert cut.code == whole.code == 0
    assert "the document ends in the middle" in cut.out
    assert "ends in the middle" not in whole.out


def test_how_long_a_server_asks_to_be_left_alone_is_told(desk: Desk) -> None:
    with served() as site:
        site.answers["/busy"] = status(503, **{"retry-after": "7200"})
        site.answers["/down"] = status(503)
        busy = desk.run("feeds", "test", site.url("/busy"))
        told = json.loads(desk.run("feeds", "test", site.url("/busy"), "--json").out)
        down = desk.run("feeds", "test", site.url("/down"))
    assert busy.code == down.code == 1
    assert "  it asks not to be asked again for 2 h (Retry-After)\n" in busy.out
    assert told["retry_after"] == 7200
    assert "Retry-After" not in down.out


def test_no_secret_in_an_address_is_told_back(desk: Desk) -> None:
    with served() as site:
        site.answers["/down?api_key=SECRET"] = status(503)
        site.answers["/up?api_key=SECRET"] = ok(rss().replace(b"<title>", b"<t>"))
        for path in ("/down", "/up"):
            address = site.url(f"{path}?api_key=SECRET").replace("//", "//desk:SECRET@")
            ended = desk.run("feeds", "test", address)
            assert "127.0.0.1" in ended.out
            assert "SECRET" not in ended.out + ended.err


@pytest.mark.parametrize("address", ["127.0.0.1:8123/f", "localhost:8123/f", "example.org/f.xml"])
def test_an_address_without_its_scheme_is_answered_with_a_whole_one(
    desk: Desk, address: str
) -> None:
    ended = desk.run("feeds", "test", address)
    assert ended.code == 2
    told = f'"{address}" is neither a web address nor a file; write "https://{address}"\n'
    assert ended.err == told
    desk.write(address, "")
    assert "neither" not in desk.run("feeds", "test", address).err


def test_redirects_are_told(desk: Desk) -> None:
    with served() as site:
        site.answers["/new"] = ok(rss(LEAVING, RAIN))
        site.answers["/old"] = redirect("/new", 301)
        site.answers["/other"] = redirect("/new", 302)
        moved = desk.run("feeds", "test", site.url("/old"))
        led = desk.run("feeds", "test", site.url("/other"))
    assert moved.code == 0
    assert f"moved for good to {site.url('/new')}:" in " ".join(moved.out.split())
    assert f"redirects for now to {site.url('/new')}" in led.out


def test_discover_gives_lines_that_can_be_pasted(desk: Desk) -> None:
    with served() as site:
        site.answers["/"] = ok(b"<html><a href=/world.xml>RSS</a></html>", content_type="text/html")
        site.answers["/world.xml"] = ok(rss(LEAVING, RAIN))
        ended = desk.run("feeds", "discover", site.url("/"))
        told = json.loads(desk.run("feeds", "discover", site.url("/"), "--json").out)
        nothing = desk.run("feeds", "discover", site.url("/nowhere"))
    assert ended.code == 0
    pasted = ended.out.partition("For the config:\n")[2]
    (feed,) = tomllib.loads(pasted)["feed"]
    assert feed["url"] == site.url("/world.xml")
    assert "RSS, 2 entries" in ended.out
    assert told["feeds"][0]["entries"] == 2
    assert nothing.code == 1
    assert "404" in nothing.err
