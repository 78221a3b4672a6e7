"""A whole configuration becomes settings made of the rooms' own options."""

from __future__ import annotations

import sys
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config import find_config, load
from monitor.config.fields import mail_host
from monitor.config.settings import Settings
from monitor.config.shape import FORMATS
from monitor.delivery.chat.services import SERVICES
from monitor.delivery.options import EmailOptions, FolderOptions, TerminalOptions, WebhookOptions
from monitor.digests.options import DEFAULT_SUBJECT
from monitor.digests.periods import Cron, Immediately, QuietHours
from monitor.errors import FaultyInput
from monitor.feeds.options import PollOptions
from monitor.model import Secret

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRONMENT = {"SMTP_PASSWORD": "hunter22", "OLD_KEY": KEY, "TOKEN": "Bearer 1"}

WHOLE = """
database = "data/wire.db"
rules = "../rules"
timezone = "Europe/Rome"
retention = "30d"
languages = ["it", "EN", "it"]

[poll]
every = "10m"
backlog = "none"
concurrency = 8
timeout = "5s"
max_size = "2MiB"
user_agent = "Desk/1"
allow_private = true

[[feed]]
url = "https://Example.org/world.rss"
name = "World desk"
tags = "world"
language = "en"
every = "1m"
backlog = "all"
headers = { Authorization = { env = "TOKEN" } }
encoding = "windows-1251"

[[feed]]
url = "https://www.example.org/sport.rss"

[[feed]]
url = "https://example.org/arts.rss"

[[feed]]
url = "feeds/local.xml"

[channel.desk]
type = "email"
host = "smtp.example.org"
security = "tls"
username = "wirewatch"
password = { env = "SMTP_PASSWORD" }
from = "Wirewatch <w@example.org>"
to = "desk@example.org"

[channel.ops]
type = "webhook"
url = "https://hooks.example.org/wirewatch"
secret = [{ file = "key" }, { env = "OLD_KEY" }]
headers = { X-Desk = "world" }

[channel.archive]
type = "folder"
path = "../out"

[channel.screen]
type = "terminal"

[digest.morning]
schedule = "0 7 * * mon-fri"
channels = ["desk", "archive"]
subject = "{{ stories|length }} for you"
max_stories = 7
send_empty = true
template = "templates/morning.html"

[digest.now]
schedule = "immediately"
channels = "ops"
quiet_hours = "22:00-07:00"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything that the whole configuration speaks of."""
    home = tmp_path / "home"
    (home / "feeds").mkdir(parents=True)
    (home / "feeds" / "local.xml").write_text("<rss/>")
    (home / "templates").mkdir()
    (home / "templates" / "morning.txt").write_text("{{ stories|length }}")
    (home / "key").write_text(KEY + "\n")
    (home / "config.toml").write_text(WHOLE)
    return home


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load(folder / "config.toml", ENVIRONMENT)


def write(folder: Path, text: str) -> Path:
    """A configuration with this text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_top_of_the_file_is_read(settings: Settings, folder: Path) -> None:
    assert settings.path == folder / "config.toml"
    assert settings.database == Secret(f"sqlite:///{folder}/data/wire.db")
    assert settings.database_shown == f"{folder}/data/wire.db"
    assert settings.rules == folder.parent / "rules"
    assert settings.timezone == ZoneInfo("Europe/Rome")
    assert settings.retention == 30 * 86400
    assert settings.languages == ("it", "en")
    assert settings.concurrency == 8
    assert settings.warnings == ()


def test_a_feed_has_its_own_settings_over_those_of_poll(settings: Settings) -> None:
    world = settings.subscriptions[0]
    assert world.feed.url == "https://Example.org/world.rss"
    assert (world.feed.name, world.feed.tags, world.feed.language) == (
        "World desk",
        ("world",),
        "en",
    )
    assert world.options == PollOptions(
        every=60,
        min_every=60,
        max_every=6 * 3600,
        backlog=None,
        timeout=5,
        max_size=2 * 2**20,
        user_agent="Desk/1",
        allow_private=True,
        headers=(("Authorization", Secret("Bearer 1")),),
        encoding="windows-1251",
    )
    sport = settings.subscriptions[1].options
    assert (sport.every, sport.min_every, sport.backlog) == (600, 300, 0)


def test_feeds_without_a_name_are_called_after_their_host_or_file(settings: Settings) -> None:
    names = [subscription.feed.name for subscription in settings.subscriptions]
    assert names == ["World desk", "example.org", "example.org 2", "local"]


def test_a_local_feed_is_an_absolute_path(settings: Settings, folder: Path) -> None:
    assert settings.subscriptions[3].feed.url == str(folder / "feeds" / "local.xml")


def test_channels_become_the_options_of_the_delivery_room(settings: Settings, folder: Path) -> None:
    assert settings.channels == (
        EmailOptions(
            "desk",
            "smtp.example.org",
            "Wirewatch <w@example.org>",
            ("desk@example.org",),
            port=465,
            security="tls",
            username="wirewatch",
            password=Secret("hunter22"),
        ),
        WebhookOptions(
            "ops",
            Secret("https://hooks.example.org/wirewatch"),
            secrets=(Secret(KEY), Secret(KEY)),
            headers=(("X-Desk", Secret("world")),),
            zone="Europe/Rome",
        ),
        FolderOptions("archive", folder.parent / "out"),
        TerminalOptions("screen"),
    )


def test_digests_become_the_options_of_the_digests_room(settings: Settings, folder: Path) -> None:
    morning, now = settings.digests
    assert morning.schedule == Cron("0 7 * * mon-fri")
    assert morning.channels == ("desk", "archive")
    assert morning.timezone == ZoneInfo("Europe/Rome")
    assert morning.subject == "{{ stories|length }} for you"
    assert (morning.max_stories, morning.send_empty) == (7, True)
    assert morning.template == folder / "templates" / "morning"
    assert now.schedule == Immediately()
    assert now.channels == ("ops",)
    assert now.subject == DEFAULT_SUBJECT
    assert now.quiet_hours == QuietHours(time(22), time(7))


def test_no_secret_is_in_the_representation_of_settings(settings: Settings) -> None:
    shown = repr(settings)
    for secret in ("hunter22", KEY, "Bearer 1", "hooks.example.org/wirewatch"):
        assert secret not in shown


def test_an_empty_file_has_defaults_and_says_what_is_missing(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    assert settings.database_shown == str(tmp_path / "wirewatch.db")
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.concurrency == 32
    assert [warning.message for warning in settings.warnings] == [
        "no digest is named, so nothing is sent",
        "no feed is named, so there is nothing to watch",
    ]


@pytest.mark.parametrize(
    ("written", "url", "shown"),
    [
        ("postgresql://me@db.lan/wire", "postgresql://me@db.lan/wire", "db.lan"),
        ("postgres://me:pw@db.lan:5433/w?a=b", "postgresql://me:pw@db.lan:5433/w?a=b", "db.lan"),
        ("postgresql+psycopg://me@db.lan/wire", "postgresql://me@db.lan/wire", "db.lan"),
        ("postgresql:///wire?host=/tmp", "postgresql:///wire?host=/tmp", "this machine"),
        ("sqlite:////var/lib/w.db", "sqlite:////var/lib/w.db", "/var/lib/w.db"),
    ],
)
def test_database_addresses(tmp_path: Path, written: str, url: str, shown: str) -> None:
    settings = load(write(tmp_path, f'database = "{written}"'), {})
    assert settings.database.reveal() == url
    assert settings.database_shown == shown


def test_intervals_that_nobody_wrote_give_way_to_those_that_somebody_did(tmp_path: Path) -> None:
    feed = '[[feed]]\nurl = "https://a.org"\n'
    for text, expected in (
        ('[poll]\nevery = "1m"\n' + feed, (60, 60, 21600)),
        ('[poll]\nevery = "1d"\n' + feed, (86400, 300, 86400)),
        ('[poll]\nmin_every = "1h"\n' + feed, (3600, 3600, 21600)),
        ('[poll]\nmax_every = "10m"\n' + feed, (600, 300, 600)),
        (feed + 'every = "2s"', (2, 2, 21600)),
    ):
        options = load(write(tmp_path, text), {}).subscriptions[0].options
        assert (options.every, options.min_every, options.max_every) == expected


def test_what_has_no_effect_in_this_version_is_said_and_does_no_harm(tmp_path: Path) -> None:
    text = (
        '[[feed]]\nurl = "https://a.org"\n'
        '[channel.s]\ntype = "terminal"\n[digest.d]\nschedule = "every 1h"\nchannels = "s"\n'
        '[health]\nchannel = "s"\n[web]\nlisten = "127.0.0.1:1"\n'
    )
    warnings = load(write(tmp_path, text), {}).warnings
    assert [(warning.line, warning.place) for warning in warnings] == [(10, "web")]
    assert {warning.message for warning in warnings} == {
        "is read but has no effect in this version"
    }


def test_concurrency_of_one_feed_is_said_to_have_no_effect(tmp_path: Path) -> None:
    text = '[poll]\nconcurrency = 5\n[[feed]]\nurl = "https://a.org"\nconcurrency = 3\n'
    settings = load(write(tmp_path, text), {})
    assert settings.concurrency == 5
    (warning,) = (each for each in settings.warnings if each.line)
    assert (warning.line, warning.place) == (5, "feed[1].concurrency")
    assert warning.hint == "write it under [poll]"


def test_a_proxy_is_for_all_feeds_or_for_one_or_for_all_but_one(tmp_path: Path) -> None:
    text = (
        '[poll]\nproxy = "socks5h://u:p@127.0.0.1:9050"\n'
        '[[feed]]\nurl = "https://a.org"\nfull_text = true\n'
        '[[feed]]\nurl = "https://b.org"\nproxy = "http://p.example.org:3128"\n'
        '[[feed]]\nurl = "http://192.168.0.7/feed"\nproxy = "None"\n'
    )
    settings = load(write(tmp_path, text), {})
    options = [each.options for each in settings.subscriptions]
    assert [each.proxy and each.proxy.reveal() for each in options] == [
        "socks5h://u:p@127.0.0.1:9050",
        "http://p.example.org:3128",
        None,
    ]
    assert [each.full_text for each in options] == [True, False, False]
    assert "u:p" not in repr(settings)


def test_what_needs_a_library_that_is_missing_is_a_fault_that_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        '[poll]\nproxy = "http://127.0.0.1:3128"\n'
        '[[feed]]\nurl = "https://a.org"\nfull_text = true\nproxy = "socks5://127.0.0.1:9050"\n'
    )
    load(write(tmp_path, text), {})
    for name in ("python_socks", "trafilatura"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    with pytest.raises(FaultyInput) as caught:
        load(write(tmp_path, text), {})
    full_text, proxy = caught.value.faults
    assert (full_text.line, full_text.place) == (5, "feed[1].full_text")
    assert "pip install 'wirewatch[fulltext]'" in full_text.hint
    assert (proxy.line, proxy.place) == (6, "feed[1].proxy")
    assert "pip install 'wirewatch[socks]'" in proxy.hint


def test_a_feed_file_that_is_not_there_yet_is_a_warning_with_the_nearest_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "world-en.rss").write_text("")
    text = '[[feed]]\nurl = "world-en.rs"\n[[feed]]\nurl = "run/made-later.xml"\n'
    settings = load(write(tmp_path, text), {})
    first, second = (w for w in settings.warnings if w.line)
    assert (first.place, first.hint) == ("feed[1].url", 'did you mean "world-en.rss"?')
    assert second.place == "feed[2].url"
    assert len(settings.subscriptions) == 2


def test_a_file_address_is_a_local_feed(tmp_path: Path) -> None:
    (tmp_path / "a b.xml").write_text("")
    text = f'[[feed]]\nurl = "file://{tmp_path}/a%20b.xml"\n'
    assert load(write(tmp_path, text), {}).subscriptions[0].feed.url == str(tmp_path / "a b.xml")


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", 'write format = "slack"'),
        ("https://canary.discord.com/api/webhooks/1/x", 'write format = "discord"'),
        ("https://desk.webhook.office.com/webhookb2/x", 'write format = "teams"'),
        ("https://notdiscord.com/api/webhooks/1/x", None),
    ],
)
def test_a_chat_that_would_get_plain_json_is_a_warning(
    tmp_path: Path, url: str, warned: str | None
) -> None:
    text = f'[channel.ops]\ntype = "webhook"\nurl = "{url}"\n'
    found = {w.place: w.hint for w in load(write(tmp_path, text), {}).warnings}
    assert found.get("channel.ops.url") == warned
    settings = load(write(tmp_path, text + 'format = "slack"\n'), {})
    assert "channel.ops.url" not in [warning.place for warning in settings.warnings]
    (options,) = settings.channels
    assert options == WebhookOptions("ops", Secret(url), format="slack", zone="UTC")


def test_every_format_is_known_to_the_delivery_room() -> None:
    assert set(FORMATS) == {"json", *SERVICES}


def test_a_password_sent_in_the_clear_is_a_warning(tmp_path: Path) -> None:
    text = (
        '[channel.d]\ntype = "email"\nhost = "{}"\nsecurity = "none"\nusername = "u"\n'
        'password = "p"\nfrom = "a@b.org"\nto = "a@b.org"\n'
    )
    far = load(write(tmp_path, text.format("smtp.example.org")), {}).warnings
    near = load(write(tmp_path, text.format("localhost")), {}).warnings
    assert "channel.d.security" in [warning.place for warning in far]
    assert "channel.d.security" not in [warning.place for warning in near]


def test_quiet_hours_of_a_cron_schedule_are_a_warning(tmp_path: Path) -> None:
    text = (
        '[channel.s]\ntype = "terminal"\n[digest.d]\nschedule = "0 7 * * *"\nchannels = "s"\n'
        'quiet_hours = "22:00-07:00"\n'
    )
    assert "digest.d.quiet_hours" in [w.place for w in load(write(tmp_path, text), {}).warnings]


def test_a_header_may_be_called_env(tmp_path: Path) -> None:
    text = '[[feed]]\nurl = "https://a.org"\nheaders = { env = "x" }\n'
    assert load(write(tmp_path, text), {}).subscriptions[0].options.headers == (
        ("env", Secret("x")),
    )


# --- which file ---------------------------------------------------------------------------------


def test_the_file_named_is_taken_before_all_others(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml", "config.toml"):
        (tmp_path / name).write_text("")
    environment = {"WIREWATCH_CONFIG": "b.toml", "HOME": str(tmp_path)}
    assert find_config(Path("a.toml"), environment, tmp_path) == tmp_path / "a.toml"
    assert find_config(None, environment, tmp_path) == tmp_path / "b.toml"
    assert find_config(None, {}, tmp_path) == tmp_path / "config.toml"


def test_without_a_file_here_the_xdg_place_is_looked_at(tmp_path: Path) -> None:
    here, home, other = tmp_path / "here", tmp_path / "home", tmp_path / "other"
    for place in (home / ".config" / "wirewatch", other / "wirewatch", here):
        place.mkdir(parents=True)
    at_home = home / ".config" / "wirewatch" / "config.toml"
    elsewhere = other / "wirewatch" / "config.toml"
    at_home.write_text("")
    elsewhere.write_text("")
    environment = {"HOME": str(home)}
    assert find_config(None, environment, here) == at_home
    assert find_config(None, environment | {"XDG_CONFIG_HOME": str(other)}, here) == elsewhere


def test_somebody_who_is_in_the_folder_of_rules_is_told_to_go_up(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "rules").mkdir()
    with pytest.raises(FaultyInput) as caught:
        find_config(None, {}, tmp_path / "rules")
    assert "you are in rules: go one folder up (cd ..)" in str(caught.value)


def test_no_file_at_all_says_where_was_looked_and_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(FaultyInput) as caught:
        find_config(None, {"HOME": "/home/nobody"}, tmp_path)
    told = str(caught.value)
    assert str(tmp_path / "config.toml") in told
    assert "/home/nobody/.config/wirewatch/config.toml" in told
    assert "wirewatch init" in told


@pytest.mark.parametrize("named", ["nothing.toml", "."])
def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path, named: str) -> None:
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(FaultyInput, match=r"-c names"):
        find_config(Path(named), {}, tmp_path)
    with pytest.raises(FaultyInput, match="WIREWATCH_CONFIG"):
        find_config(None, {"WIREWATCH_CONFIG": named}, tmp_path)


@pytest.mark.parametrize("host", ["smtp.example.org", "127.0.0.1", "::1", "localhost"])
def test_a_mail_server_is_a_name_or_a_number(host: str) -> None:
    assert mail_host(f" {host} ") == host
