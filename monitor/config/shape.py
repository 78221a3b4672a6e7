"""The shape of a configuration file: every key of it, what it takes, what it is for.

The JSON Schema that editors use is made of these models, so descriptions are written for whoever
edits the file. Values that need the file's folder or each other are checked where they are used.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from monitor.config.fields import (
    Backlog,
    Command,
    Duration,
    Encoding,
    Headers,
    Language,
    Languages,
    Mail,
    MailHost,
    Mails,
    ProxyAddress,
    Quiet,
    Size,
    Subject,
    UserAgent,
    WebAddress,
    WebhookSecrets,
    When,
    Zone,
)
from monitor.toml_source import Lines, OneLine, Shape, SomeLines, Text


class PollKeys(Shape):
    """How feeds are polled; set for all in [poll], or for one in its [[feed]]."""

    every: Duration | None = Field(
        default=None, description="How often a feed is polled, to begin with.", examples=["15m"]
    )
    min_every: Duration | None = Field(
        default=None, description="Never more often than this.", examples=["5m"]
    )
    max_every: Duration | None = Field(
        default=None, description="Never more seldom than this.", examples=["6h"]
    )
    backlog: Backlog = Field(
        default=2 * 86400.0,
        description="A feed's first poll alerts only on articles this recent; or all, none.",
        examples=["2d"],
    )
    concurrency: int | None = Field(
        default=None, ge=1, le=1000, description="How many feeds are polled at once.", examples=[32]
    )
    timeout: Duration | None = Field(
        default=None, description="The longest that one poll may take, in all.", examples=["20s"]
    )
    max_size: Size | None = Field(
        default=None, description="The largest feed that is read, decompressed.", examples=["10MB"]
    )
    user_agent: UserAgent | None = Field(
        default=None,
        description="How we name ourselves to servers.",
        examples=["Wirewatch (desk@x.org)"],
    )
    allow_private: bool | None = Field(
        default=None,
        description="Whether redirects to other hosts may lead to a private address.",
        examples=[True],
    )
    proxy: ProxyAddress | None = Field(
        default=None,
        description="A proxy to poll through; or none.",
        examples=["socks5://127.0.0.1:9050"],
    )


class PollTable(PollKeys):
    """[poll]: how all feeds are polled."""


class FeedTable(PollKeys):
    """[[feed]]: a feed to watch."""

    url: Text = Field(
        description="Its web address, or the path of a file.",
        examples=["https://example.org/feed.xml"],
    )
    name: OneLine | None = Field(
        default=None, description="How digests and rules call it.", examples=["World desk"]
    )
    tags: Lines = Field(
        default_factory=list, description="Words by which rules choose.", examples=[["world"]]
    )
    language: Language | None = Field(
        default=None, description="The language of its articles (ISO 639).", examples=["en"]
    )
    headers: Headers = Field(
        default_factory=dict,
        description="Headers for its own host.",
        examples=[{"Authorization": "Bearer …"}],
    )
    full_text: bool = Field(
        default=False, description="Fetch the linked page first, then judge.", examples=[True]
    )
    encoding: Encoding | None = Field(
        default=None, description="For a feed that lies about it.", examples=["windows-1251"]
    )


class EmailTable(Shape):
    """A channel that sends mail over SMTP."""

    type: Literal["email"]
    host: MailHost = Field(description="The mail server.", examples=["smtp.example.org"])
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port; 587, 465 or 25 by security.",
        examples=[587],
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is protected.", examples=["starttls"]
    )
    username: Text | None = Field(default=None, description="The login.", examples=["wirewatch"])
    password: Text | None = Field(
        default=None, description="Its password.", examples=[{"env": "SMTP_PASSWORD"}]
    )
    sender: Mail = Field(
        alias="from",
        description="Who the mail is from.",
        examples=["Wirewatch <wirewatch@example.org>"],
    )
    to: Mails = Field(
        description="Who gets it; each an own message.", examples=[["desk@example.org"]]
    )


FORMATS = ("json", "slack", "discord", "teams", "mattermost", "ntfy")
"""What a webhook may be posted as."""


class WebhookTable(Shape):
    """A channel that posts to an address, as JSON or as a chat service wants it."""

    type: Literal["webhook"]
    url: WebAddress = Field(
        description="Where to post.", examples=["https://hooks.example.org/wirewatch"]
    )
    format: Text = Field(
        default="json",
        description="What is posted.",
        examples=["json"],
        json_schema_extra={"enum": list(FORMATS)},
    )
    secret: WebhookSecrets | None = Field(
        default=None,
        description="Signs as Standard Webhooks does (whsec_…); a list signs with each.",
        examples=[{"env": "WEBHOOK_SECRET"}],
    )
    headers: Headers = Field(
        default={}, description="Headers to send along.", examples=[{"Authorization": "Bearer …"}]
    )


class FolderTable(Shape):
    """A channel that writes files: .html, .txt, .json and .eml for each digest."""

    type: Literal["folder"]
    path: Text = Field(description="The folder.", examples=["digests"])


class FeedFileTable(Shape):
    """A channel that keeps an Atom file of what was sent, for any feed reader."""

    type: Literal["feed"]
    path: Text = Field(description="The file.", examples=["matches.atom"])


class CommandTable(Shape):
    """A channel that runs a program, which takes the webhook's JSON on standard input."""

    type: Literal["command"]
    command: Command = Field(
        description="The program and its arguments; no shell reads them.",
        examples=[["./on-digest", "--urgent"]],
    )
    timeout: Duration = Field(
        default=60.0, description="It is ended after this long.", examples=["60s"]
    )


class AppriseTable(Shape):
    """A channel that hands the text to a service that the Apprise library knows."""

    type: Literal["apprise"]
    url: Text = Field(
        description="The service's address, as Apprise writes it.",
        examples=[{"env": "APPRISE_URL"}],
    )


class TerminalTable(Shape):
    """A channel that writes each digest's text to standard output."""

    type: Literal["terminal"]


ChannelTable = Annotated[
    EmailTable
    | WebhookTable
    | FolderTable
    | FeedFileTable
    | CommandTable
    | AppriseTable
    | TerminalTable,
    Field(discriminator="type"),
]


class DigestTable(Shape):
    """[digest.NAME]: what is sent together, when, and where to."""

    schedule: When = Field(
        description='Cron as in crontab(5), or "every 30m", or "immediately".',
        examples=["0 7 * * mon-fri"],
    )
    channels: SomeLines = Field(description="The channels it goes to.", examples=[["desk"]])
    subject: Subject | None = Field(
        default=None,
        description="Its subject line, a Jinja2 template.",
        examples=["{{ stories|length }} stories on your watch"],
    )
    max_stories: int | None = Field(
        default=None, ge=1, description="The rest follow as title and link.", examples=[50]
    )
    send_empty: bool = Field(
        default=False, description="Send it when there is nothing to tell, too.", examples=[True]
    )
    quiet_hours: Quiet | None = Field(
        default=None,
        description="Hours in which only urgent stories go out.",
        examples=["22:00-07:00"],
    )
    template: Text | None = Field(
        default=None,
        description="Own Jinja2 templates: a path without its ending (.html, .txt).",
        examples=["templates/morning"],
    )


class HealthTable(Shape):
    """[health]: where faults of the machinery itself are told."""

    channel: OneLine | None = Field(
        default=None, description="A channel that is told.", examples=["ops"]
    )
    heartbeat: WebAddress | None = Field(
        default=None,
        description="Fetched after every pass that went well.",
        examples=["https://ping.example.org/uuid"],
    )
    silent_after: Duration | None = Field(
        default=None, description="A feed silent for this long is reported.", examples=["3d"]
    )


class WebTable(Shape):
    """[web]: the status page."""

    listen: Text = Field(description="Address and port.", examples=["127.0.0.1:8420"])
    password: Text | None = Field(
        default=None, description="Asked for by the page.", examples=[{"env": "WIREWATCH_PASSWORD"}]
    )


class TopTable(Shape):
    """What stands outside of feeds, channels and digests."""

    database: Text = Field(
        default="wirewatch.db",
        description="A file (SQLite), or postgresql://user@host/name for several machines.",
        examples=["wirewatch.db"],
    )
    rules: Text = Field(
        default="rules", description="The folder of rule files.", examples=["rules"]
    )
    timezone: Zone | None = Field(
        default=None,
        description="For schedules and for times in digests.",
        examples=["Europe/Rome"],
    )
    retention: Duration = Field(
        default=90 * 86400.0, description="Articles are kept this long.", examples=["90d"]
    )
    languages: Languages | None = Field(
        default=None, description="Those to expect (ISO 639).", examples=[["en", "it", "fr"]]
    )
    poll: PollTable = Field(default_factory=PollTable, description="How all feeds are polled.")
    health: HealthTable | None = Field(default=None, description="Where faults are told.")
    web: WebTable | None = Field(default=None, description="The status page.")


class ConfigFile(TopTable):
    """The configuration of Wirewatch."""

    feed: list[FeedTable] = Field(default=[], description="The feeds to watch.")
    channel: dict[str, ChannelTable] = Field(default={}, description="Where digests can go.")
    digest: dict[str, DigestTable] = Field(default={}, description="What is sent, and when.")
