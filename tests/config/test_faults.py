"""Each thing that can be wrong in a configuration: its line, its place, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import Fault, FaultyInput

ENVIRONMENT = {"HOME": "/home/desk", "FEED_TOKEN": "token-9f2c", "EMPTY": ""}

EMAIL = '[channel.desk]\ntype = "email"\nhost = "smtp.example.org"\nfrom = "w@example.org"\n'
WEBHOOK = '[channel.ops]\ntype = "webhook"\nurl = "https://hooks.example.org/a"\n'
NTFY = '[channel.phone]\ntype = "webhook"\nurl = "https://ntfy.example.org/"\nformat = "ntfy"\n'
APPRISE = '[channel.x]\ntype = "apprise"\n'
COMMAND = '[channel.x]\ntype = "command"\n'
SCREEN = '[channel.screen]\ntype = "terminal"\n'
FEED = '[[feed]]\nurl = "https://example.org/world.rss"\n'
DIGEST = SCREEN + '[digest.all]\nchannels = ["screen"]\nschedule = "immediately"\n'


def read(folder: Path, text: str) -> tuple[Fault, ...]:
    """The faults of a configuration with this text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        load(file, ENVIRONMENT)
    return caught.value.faults


CASES: list[tuple[str, int, str, str, str]] = [
    # --- unknown keys and wrong types
    ('timezon = "UTC"', 1, "timezon", "unknown key", 'did you mean "timezone"?'),
    ("[chanel.desk]\n", 1, "chanel", "unknown key", 'did you mean "channel"?'),
    ("[zebra]\n", 1, "zebra", "unknown key", "known here: database, rules"),
    ("[poll]\n\nevrey = 5", 3, "poll.evrey", "unknown key", 'did you mean "every"?'),
    (FEED + 'nmae = "x"', 3, "feed[1].nmae", "unknown key", 'did you mean "name"?'),
    (
        EMAIL + 'to = "a@b.org"\nprot = 25',
        6,
        "channel.desk.prot",
        "unknown key",
        'did you mean "port"?',
    ),
    (DIGEST + "max_storys = 3", 6, "digest.all.max_storys", "unknown", 'mean "max_stories"?'),
    ('[health]\nhartbeat = "x"', 2, "health.hartbeat", "unknown", 'did you mean "heartbeat"?'),
    ("database = 5", 1, "database", "must be a text in quotes", 'database = "wirewatch.db"'),
    ("timezone = 1", 1, "timezone", "must be a text in quotes", '"Europe/Rome"'),
    ("rules = true", 1, "rules", "must be a text in quotes", 'write rules = "rules"'),
    ('[poll]\nconcurrency = "32"', 2, "poll.concurrency", "a whole number", "concurrency = 32"),
    ("[poll]\nconcurrency = 0", 2, "poll.concurrency", "must be 1 or more", "concurrency = 32"),
    ("[poll]\nconcurrency = 1.5", 2, "poll.concurrency", "whole number", "concurrency = 32"),
    ('[poll]\nallow_private = "no"', 2, "poll.allow_private", "true or false", "= true"),
    ("[poll]\nevery = 300", 2, "poll.every", "must be a text in quotes", 'write it as "5m"'),
    ("[poll]\nmin_every = 90", 2, "poll.min_every", "must be a text", 'write it as "90s"'),
    ("[poll]\ntimeout = 0.5", 2, "poll.timeout", "must be a text", 'write it as "0.5s"'),
    ("[poll]\ntimeout = -5", 2, "poll.timeout", "must be a text", 'write it as "15m"'),
    ("[poll]\ntimeout = inf", 2, "poll.timeout", "must be a text", 'write it as "15m"'),
    (f"retention = 1{'0' * 400}", 1, "retention", "must be a text", 'write it as "15m"'),
    ("[poll]\nbacklog = 3600", 2, "poll.backlog", "must be a text", 'write it as "1h"'),
    ("[poll]\nbacklog = 0", 2, "poll.backlog", "must be a text", 'write it as "2d"'),
    ("poll = 3", 1, "poll", "must be a table", ""),
    ('[feed]\nurl = "https://a.org"', 1, "feed", "must be a list of tables", "[[feed]]"),
    ('[channel]\ntype = "email"', 2, "channel.type", "without a table", "[channel.NAME]"),
    ('digest = "daily"', 1, "digest", "must be tables with a name", "[digest.NAME]"),
    ("languages = []", 1, "languages", "must not be empty", 'languages = ["en", "it", "fr"]'),
    # --- values that are read
    ('timezone = "Rome"', 1, "timezone", '"Rome" is no time zone', '"Europe/Rome"'),
    ('timezone = "Europe/Roma"', 1, "timezone", "no time zone", '"Europe/Rome"'),
    ('timezone = "New York"', 1, "timezone", "no time zone", '"America/New_York"'),
    ('timezone = "../etc"', 1, "timezone", "no time zone", "Europe/Rome"),
    ('retention = "90 days"', 1, "retention", "no unit here", 'write "90d"'),
    ('retention = "long"', 1, "retention", "not a length of time", "15m"),
    ('languages = ["en", "italian"]', 1, "languages[2]", "no language code", 'write "it"'),
    ('languages = ["pt-BR"]', 1, "languages[1]", "no language code", 'write "pt"'),
    ('[poll]\nbacklog = "everything"', 2, "poll.backlog", "not a length", '"all" or "none"'),
    ('[poll]\nmax_size = "10 megs"', 2, "poll.max_size", "is not a size", '"10MB"'),
    ('[poll]\nmax_size = "5"', 2, "poll.max_size", "too small", "1kB"),
    ('[poll]\ntimeout = "0s"', 2, "poll.timeout", "no time at all", "30s"),
    ('[poll]\nuser_agent = "Müller"', 2, "poll.user_agent", "HTTP cannot carry", "ASCII"),
    ('[poll]\nproxy = "socks5://p.example"', 2, "poll.proxy", "p.example is no proxy", "host and"),
    ('[poll]\nproxy = "http://p.example:1/x"', 2, "poll.proxy", "p.example is no proxy", "port"),
    ('[poll]\nproxy = "ftp://p.example:1"', 2, "poll.proxy", "p.example is no proxy", "socks5"),
    ('database = "mysql://u:pw@db/x"', 1, "database", '"mysql" is no database', "SQLite"),
    ('database = "postgre://u@db/x"', 1, "database", "no database", '"postgresql://…"'),
    ('database = "postgresql://u@db.lan"', 1, "database", "db.lan names no database", "/name"),
    ('database = "."', 1, "database", "is a folder", "wirewatch.db"),
    # --- indirect texts
    (
        'database = { env = "DATABSE" }',
        1,
        "database",
        "environment variable DATABSE is not set",
        "export DATABSE",
    ),
    (
        FEED + 'headers = { A = { env = "FEED_TOKN" } }',
        3,
        "feed[1].headers.A",
        "FEED_TOKN is not set",
        'did you mean "FEED_TOKEN"?',
    ),
    ('rules = { env = "EMPTY" }', 1, "rules", "EMPTY is empty", "give it a value"),
    ('rules = { file = "gone.txt" }', 1, "rules", "gone.txt cannot be read", "relative to"),
    ('rules = { evn = "RULES" }', 1, "rules", "must be a text in quotes", ""),
    # --- feeds
    ('[[feed]]\nname = "x"', 1, "feed[1].url", "is missing", 'add url = "https://'),
    ('[[feed]]\nurl = "example.org/a"', 2, "feed[1].url", "neither", '"https://example.org/a"'),
    ('[[feed]]\nurl = "example.org"', 2, "feed[1].url", "neither", '"https://example.org"'),
    ('[[feed]]\nurl = "10.0.0.7:80/f"', 2, "feed[1].url", "neither", '"https://10.0.0.7:80/f"'),
    ('[[feed]]\nurl = "localhost:80"', 2, "feed[1].url", "neither", '"https://localhost:80"'),
    ('[[feed]]\nurl = "htps://a.org/x"', 2, "feed[1].url", '"htps://"', '"https://a.org/x"'),
    ('[[feed]]\nurl = "feed://a.org/x"', 2, "feed[1].url", '"feed://"', '"https://a.org/x"'),
    ('[[feed]]\nurl = "https:///x"', 2, "feed[1].url", "is no web address", "https://"),
    ('[[feed]]\nurl = "https://a.org:port/x"', 2, "feed[1].url", "a.org is no web", "https://"),
    ('[[feed]]\nurl = "."', 2, "feed[1].url", "is a folder", "one file"),
    (
        FEED + '[[feed]]\nurl = "HTTPS://Example.org:443/world.rss#top"',
        4,
        "feed[2].url",
        "the same feed as feed[1] in line 2",
        "remove one",
    ),
    (
        FEED + 'name = "A"\n[[feed]]\nurl = "https://b.org"\nname = "a"',
        6,
        "feed[2].name",
        'named "a" already in line 3',
        "its own name",
    ),
    (FEED + 'language = "english"', 3, "feed[1].language", "no language code", 'write "en"'),
    (FEED + 'encoding = "windows1215"', 3, "feed[1].encoding", "no encoding", "windows-125"),
    (FEED + 'encoding = "base64"', 3, "feed[1].encoding", "no encoding of text", ""),
    (FEED + 'headers = { "X Y" = "1" }', 3, "feed[1].headers", "no name of a header", "letters"),
    (FEED + 'headers = { X = "a\\nb" }', 3, "feed[1].headers", "line break", "one line"),
    (FEED + "headers = { X = 1 }", 3, "feed[1].headers.X", "must be a text", ""),
    (
        '[poll]\nmin_every = "1h"\nevery = "30m"',
        3,
        "poll.every",
        "min_every (1h) is longer than every (30m)",
        "make every at least 1h",
    ),
    (
        '[poll]\nmax_every = "1h"\n' + FEED + 'every = "2h"',
        5,
        "feed[1].every",
        "every (2h) is longer than max_every (1h)",
        "make max_every at least 2h",
    ),
    # --- channels
    ("[channel.x]\n", 1, "channel.x.type", "is missing", '"email", "webhook"'),
    ("[channel.x]\ntype = 1", 2, "channel.x.type", "must be a text", '"email"'),
    ('[channel.x]\ntype = "emial"', 2, "channel.x.type", "no type", 'mean "email"?'),
    ('[channel.x]\ntype = "command"', 1, "channel.x.command", "is missing", "./on-digest"),
    ('[channel.x]\ntype = "feed"', 1, "channel.x.path", "is missing", 'path = "matches.atom"'),
    ('[channel.x]\ntype = "feed"\npath = "."', 3, "channel.x.path", "folder", "matches.atom"),
    (COMMAND + "command = []", 3, "channel.x.command", "must not be empty", "./on-digest"),
    (COMMAND + 'command = [" "]', 3, "channel.x.command", "names no program", "./on-digest"),
    (COMMAND + 'command = ["a", "b\\u0000"]', 3, "channel.x.command", "no program", "u0000"),
    (COMMAND + 'command = ["a", 1]', 3, "channel.x.command[2]", "must be a text", ""),
    ('[channel.x]\ntype = "apprise"', 1, "channel.x.url", "is missing", "APPRISE_URL"),
    (APPRISE + 'url = "nosuch://token-9f2c"', 3, "channel.x.url", "that Apprise knows", "pages"),
    (APPRISE + 'url = "slack://token-9f2c"', 3, "channel.x.url", "lacks a part", "pages"),
    (WEBHOOK + 'format = "slakc"', 4, "channel.ops.format", "no format", 'did you mean "slack"?'),
    (WEBHOOK + 'format = "jsno"', 4, "channel.ops.format", "no format", 'did you mean "json"?'),
    (NTFY, 3, "channel.phone.url", "has no topic of ntfy", "write https://ntfy.sh/ and your"),
    (EMAIL, 1, "channel.desk.to", "is missing", 'add to = ["desk@example.org"]'),
    ('[channel.d]\ntype = "email"\nto = "a@b.c"', 1, "channel.d.from", "is missing", "add from"),
    (EMAIL + "to = []", 5, "channel.desk.to", "must not be empty", "desk@example.org"),
    (EMAIL + 'to = "desk"', 5, "channel.desk.to[1]", "no mail address", "desk@example.org"),
    (EMAIL + 'to = ["a@b.org", "a@b"]\nfrom_ = ""', 6, "channel.desk.from_", "unknown", '"from"'),
    (EMAIL + 'to = ["a@b.org", "A@b.org"]', 5, "channel.desk.to[2]", "is there twice", "one"),
    (EMAIL + 'to = "a@b.org\\nBcc: c@d.org"', 5, "channel.desk.to[1]", "no mail address", ""),
    (EMAIL + 'to = "a@b.org, c@d.org"', 5, "channel.desk.to[1]", "no mail address", "as a list"),
    (EMAIL + 'to = "a@b.org; c@d.org"', 5, "channel.desk.to[1]", "no mail address", "as a list"),
    (EMAIL + 'to = "A Desk a@b.org"', 5, "channel.desk.to[1]", "no mail address", "<desk@"),
    (EMAIL + 'to = "a@b@c.org"', 5, "channel.desk.to[1]", "no mail address", "<desk@"),
    (EMAIL + 'to = "a@b.org"\nport = 70000', 6, "channel.desk.port", "65535 or less", "587"),
    (
        EMAIL + 'to = "a@b.org"\nsecurity = "ssl"',
        6,
        "channel.desk.security",
        '"ssl" is not known here',
        '"tls"',
    ),
    (EMAIL + 'to = "a@b.org"\nusername = "u"', 1, "channel.desk.password", "is missing", "env"),
    (EMAIL + 'to = "a@b.org"\npassword = "p"', 1, "channel.desk.username", "is missing", "add"),
    ('[channel.a]\ntype = "folder"', 1, "channel.a.path", "is missing", 'path = "digests"'),
    (SCREEN + 'path = "x"', 3, "channel.screen.path", "unknown key", "type"),
    # --- digests
    (SCREEN + '[digest.d]\nchannels = ["screen"]', 3, "digest.d.schedule", "is missing", "add"),
    ('[digest.d]\nschedule = "immediately"', 1, "digest.d.channels", "is missing", "add chan"),
    ('[digest.d]\nschedule = "immediately"\nchannels = []', 3, "digest.d.channels", "empty", ""),
    (DIGEST + '[digest.e]\nchannels = "scren"', 7, "digest.e.channels[1]", "no channel", "screen"),
    (
        SCREEN + '[digest.d]\nchannels = ["screen"]\nschedule = "0 7 * * mon-fry"',
        5,
        "digest.d.schedule",
        'day of the week "mon-fry" is wrong',
        "mon-fri",
    ),
    (
        SCREEN + '[digest.d]\nchannels = ["screen"]\nschedule = "every 30 minutes"',
        5,
        "digest.d.schedule",
        "no unit here",
        '"30m"',
    ),
    (DIGEST + "max_stories = 0", 6, "digest.all.max_stories", "must be 1 or more", "50"),
    (DIGEST + 'quiet_hours = "10pm-7am"', 6, "digest.all.quiet_hours", "no quiet", "22:00-07:00"),
    (DIGEST + 'subject = "{{ stories"', 6, "digest.all.subject", "not a Jinja2", '"}}"'),
    (
        DIGEST + 'subject = "{{ storys|length }}"',
        6,
        "digest.all.subject",
        '"storys" is nothing that a subject knows',
        'did you mean "stories"?',
    ),
    (DIGEST + 'subject = "{{ stories|lenght }}"', 6, "digest.all.subject", "lenght", ""),
    (DIGEST + 'subject = "a\\nb"', 6, "digest.all.subject", "one line", ""),
    (DIGEST + 'template = "mornin"', 6, "digest.all.template", "neither", ""),
    # --- names and servers
    ('[[feed]]\nurl = "http://[::1/feed"', 2, "feed[1].url", "no web address", "https://"),
    ('[digest."a\\nb"]\n', 1, "digest.a b", "must be one line", "choose another"),
    (
        '[channel.desk]\ntype = "email"\nhost = "smtp://mx.example.org:25"\n',
        3,
        "channel.desk.host",
        "no name of a server",
        'write host = "mx.example.org" and port = 25',
    ),
    (
        '[channel.desk]\ntype = "email"\nhost = "mx.example.org:25"\n',
        3,
        "channel.desk.host",
        "no name of a server",
        'write host = "mx.example.org" and port = 25',
    ),
    ('database = "postgresql://[::1/x"', 1, "database", "names no database", "user@host/name"),
    # --- health and web
    (SCREEN + '[health]\nchannel = "scren"', 4, "health.channel", "no channel", '"screen"'),
    ('[health]\nheartbeat = "ping.example.org/u"', 2, "health.heartbeat", "no web address", "http"),
    ('[web]\nlisten = "8420"', 2, "web.listen", "no address with a port", "127.0.0.1:8420"),
    ('[web]\nlisten = "0.0.0.0:8420"', 1, "web.password", "reached from elsewhere", "127.0.0.1"),
]


@pytest.mark.parametrize(
    ("text", "line", "place", "says", "hint"),
    CASES,
    ids=[case[2] + str(n) for n, case in enumerate(CASES)],
)
def test_a_fault_names_its_line_its_place_and_what_to_write(
    tmp_path: Path, text: str, line: int, place: str, says: str, hint: str
) -> None:
    faults = read(tmp_path, text)
    here = [fault for fault in faults if fault.place == place]
    assert len(here) == 1, [str(fault) for fault in faults]
    assert here[0].line == line
    assert says in here[0].message
    assert hint in here[0].hint
    assert str(here[0]).startswith(f"{tmp_path}/config.toml:{line}: {place}: ")
    assert "\n" not in str(here[0])


def test_every_fault_is_told_at_once_and_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = (
        'timezone = "Rome"\n[poll]\nevery = 5\n[[feed]]\nurl = "example.org"\n'
        '[channel.desk]\ntype = "emial"\n[digest.d]\nschedule = "never"\nchannels = ["dsk"]\n'
    )
    faults = read(tmp_path, text)
    assert [fault.line for fault in faults] == [1, 3, 5, 7, 9, 10]
    assert 'did you mean "desk"?' in faults[-1].hint


def test_a_channel_that_is_faulty_itself_is_not_called_undefined(tmp_path: Path) -> None:
    faults = read(tmp_path, EMAIL + '[digest.d]\nschedule = "immediately"\nchannels = ["desk"]')
    assert [fault.place for fault in faults] == ["channel.desk.to"]


def test_a_text_that_could_not_be_had_has_one_fault_only(tmp_path: Path) -> None:
    text = EMAIL.replace('"w@example.org"', '{ env = "NOBODY" }') + 'to = "a@b.org"'
    (fault,) = read(tmp_path, text)
    assert fault.place == "channel.desk.from"


def test_a_nearest_template_is_named(tmp_path: Path) -> None:
    (tmp_path / "morning.html").write_text("x")
    (fault,) = read(tmp_path, DIGEST + 'template = "mornin"')
    assert 'did you mean "morning"?' in fault.hint


def test_a_template_that_cannot_be_read_is_answered_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "morning.txt").write_text("one\ntwo\n{% for story in stories %}\n")
    (fault,) = read(tmp_path, DIGEST + 'template = "morning"')
    assert '"morning.txt" is wrong in line' in fault.message


def test_files_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes('rules = "r"\nname = "café"'.encode("latin-1"))
    for file, says in (
        (latin, "latin.toml:2: is not text in UTF-8"),
        (tmp_path / "none.toml", "no such file"),
        (tmp_path, ""),
    ):
        with pytest.raises(FaultyInput) as caught:
            load(file, {})
        assert says in str(caught.value)


SECRETS = [
    (
        '[channel.ops]\ntype = "webhook"\nurl = "htp://hooks.example.org/SECRETPATH"',
        "hooks.example",
    ),
    ('[channel.ops]\ntype = "webhook"\nurl = "hooks.example.org/SECRETPATH"', "hooks.example.org"),
    ('[channel.ops]\ntype = "webhook"\nurl = "https://u:SECRETPATH@:99999/x"', "web address"),
    (WEBHOOK + 'secret = "SECRETPATH"', "whsec_"),
    (WEBHOOK + 'secret = ["whsec_SECRETPATH!"]', "base64"),
    (WEBHOOK + 'headers = { A = "SECRETPATH\\n" }', "header"),
    ('database = "mysql://user:SECRETPATH@db.example.org/x"', "mysql"),
    ('database = "postgresql://user:SECRETPATH@db.example.org"', "db.example.org"),
    ('database = "postgresql://user:p@SECRETPATH@db.example.org/x"', "%40"),
    ('database = "postgresql://user:1/SECRETPATH@db.example.org/x"', "%2F"),
    ('[health]\nheartbeat = "ping.example.org/SECRETPATH"', "ping.example.org"),
    ('[poll]\nproxy = "ftp://u:SECRETPATH@proxy.example.org"', "proxy.example.org"),
    ('[web]\nlisten = "0.0.0.0:1"\npassword = ["SECRETPATH"]', "web.password"),
    (EMAIL + 'to = "a@b.org"\nusername = "u"\npassword = ["SECRETPATH"]', "channel.desk.password"),
    ('timezone = { env = "TOKEN" }', "time zone"),
    ('[channel.x]\ntype = { env = "TOKEN" }', "no type of channel"),
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_no_fault_shows_a_secret(tmp_path: Path, text: str, shown: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(FaultyInput) as caught:
        load(file, {"TOKEN": "SECRETPATH"})
    told = str(caught.value) + repr(caught.value.faults)
    assert "SECRETPATH" not in told
    assert shown in told
