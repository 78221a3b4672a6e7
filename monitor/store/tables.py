"""The schema on one page. ``migrations/`` builds it, indexes too; a test holds the two together.

Moments are integers: milliseconds since 1970, UTC. Lists are JSON text. What an article is known
by (``identities``) outlives the article itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from monitor.store.column_types import Json, Moment, Packed, Several

AnyRow = sa.Row[*tuple[Any, ...]]
"""A row of whatever columns were asked for."""

metadata = sa.MetaData()

schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer))

# A feed's state between two polls. "subscribed" is 0 once the configuration names it no more.
# "address" is where it has moved for good; "moving_to" where it may be moving, by "moves_seen"
# answers alike. "demoted" are kinds of keys that several of its articles share. "every" and
# "max_every" are what the configuration last gave, so that a shorter one is noticed. "held_by" says
# what puts off its next poll.
feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("url", sa.Text, unique=True),
    sa.Column("name", sa.Text),
    sa.Column("tags", Json),
    sa.Column("subscribed", sa.Integer),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("body_hash", sa.Text),
    sa.Column("interval", sa.Double),
    sa.Column("next_poll_at", Moment),
    sa.Column("first_polled_at", Moment),
    sa.Column("last_polled_at", Moment),
    sa.Column("last_success_at", Moment),
    sa.Column("last_new_at", Moment),
    sa.Column("failures", sa.Integer),
    sa.Column("failing_since", Moment),
    sa.Column("trouble", sa.Text),
    sa.Column("lease_token", sa.Text),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("host", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("moving_to", sa.Text),
    sa.Column("moves_seen", sa.Integer),
    sa.Column("moving_since", Moment),
    sa.Column("read_whole_at", Moment),
    sa.Column("ttl", sa.Double),
    sa.Column("skip_hours", Several),
    sa.Column("skip_days", Several),
    sa.Column("demoted", Several),
    sa.Column("retired_at", Moment),
    sa.Column("every", sa.Double),
    sa.Column("max_every", sa.Double),
    sa.Column("held_by", sa.Text),
)

# What is remembered of a feed's last document, so that the next costs only what is new in it.
feed_memories = sa.Table(
    "feed_memories",
    metadata,
    sa.Column("feed_id", sa.BigInteger, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("entries", sa.LargeBinary),
)

# "feed_id" is the feed whose wording it is; "pending" is 1 until the rules have judged this
# revision; "alert" is 0 for what a first poll found too old to alert on.
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("feed_id", sa.BigInteger, sa.ForeignKey("feeds.id")),
    sa.Column("url", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("text", Packed),
    sa.Column("author", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("site", sa.Text),
    sa.Column("published_at", Moment),
    sa.Column("first_seen_at", Moment),
    sa.Column("content_hash", sa.LargeBinary),
    sa.Column("revision", sa.Integer),
    sa.Column("alert", sa.Integer),
    sa.Column("pending", sa.Integer),
    sa.Column("note", sa.Text),
)

# What an article is known by: 16 bytes of BLAKE2b over guid, link or print. No foreign key: a key
# is remembered after its article is forgotten.
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("article_id", sa.Text),
    sa.Column("seen_at", Moment),
)

# Which feeds showed an article.
sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("feed_id", sa.BigInteger, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("first_seen_at", Moment),
)

# One rule, one article, one digest. "sending_id" is the sending it went into; "held" says why it
# is in none, "silence_id" by which silence.
matches = sa.Table(
    "matches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text),
    sa.Column("fingerprint", sa.Text),
    sa.Column("article_id", sa.Text),
    sa.Column("digest", sa.Text),
    sa.Column("found_at", Moment),
    sa.Column("terms", Json),
    sa.Column("excerpt", Json),
    sa.Column("priority", sa.Text),
    sa.Column("tags", Json),
    sa.Column("note", sa.Text),
    sa.Column("story_id", sa.Text, sa.ForeignKey("stories.id")),
    sa.Column("sending_id", sa.Text),
    sa.Column("held", sa.Text),
    sa.Column("held_at", Moment),
    sa.Column("silence_id", sa.Text, sa.ForeignKey("silences.id")),
    sa.UniqueConstraint("rule", "article_id", "digest"),
)

# Rules from which nothing is sent for a while; one that was ended early, "by hand", has "until"
# then.
silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text),
    sa.Column("begun_at", Moment),
    sa.Column("until", Moment),
    sa.Column("ended_by_hand", sa.Integer),
)

# Which digests have told that a silence is over.
silences_told = sa.Table(
    "silences_told",
    metadata,
    sa.Column("silence_id", sa.Text, sa.ForeignKey("silences.id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
)

# Every rule text that ever matched, by its fingerprint.
rule_texts = sa.Table(
    "rule_texts",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("first_used_at", Moment),
)

# The last good version of each rule file, and what is wrong with the one on disk.
rule_files = sa.Table(
    "rule_files",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("fault", sa.Text),
    sa.Column("faulty_since", Moment),
)

# Every text that a rule file had while it was in force, by 16 bytes of BLAKE2b over it.
rule_file_texts = sa.Table(
    "rule_file_texts",
    metadata,
    sa.Column("print", sa.LargeBinary, primary_key=True),
    sa.Column("text", Packed),
)

# When each was in force; "until" is NULL while it is. The path "" stands for the history itself:
# it is whole from its "since" on.
rule_file_history = sa.Table(
    "rule_file_history",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("since", Moment, primary_key=True),
    sa.Column("until", Moment),
    sa.Column("print", sa.LargeBinary),
)

# When articles were judged, as far as it was not the moment they were first seen: again after a
# change or in another feed ("feeds" had shown it by then), or by rules that were younger than they.
judgings = sa.Table(
    "judgings",
    metadata,
    sa.Column("article_id", sa.Text, primary_key=True),
    sa.Column("judged_at", Moment, primary_key=True),
    sa.Column("revision", sa.Integer),
    sa.Column("feeds", sa.Integer),
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("begun_at", Moment),
)

# An article comes to a story once, at "joined_at", and stays. "because" says why it is there,
# "telling" is what later articles are held against; "turn" counts the groupings of "grouping".
# Articles of one "outlet", and equal texts ("print"), are one source.
story_articles = sa.Table(
    "story_articles",
    metadata,
    sa.Column("article_id", sa.Text, primary_key=True),
    sa.Column("story_id", sa.Text, sa.ForeignKey("stories.id")),
    sa.Column("joined_at", Moment),
    sa.Column("turn", sa.BigInteger),
    sa.Column("outlet", sa.Text),
    sa.Column("print", sa.Text),
    sa.Column("because", Several),
    sa.Column("telling", Packed),
)

# Who puts articles into stories now: one row, leased by one process.
grouping = sa.Table(
    "grouping",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("turn", sa.BigInteger),
    sa.Column("lease_token", sa.Text),
    sa.Column("lease_until", sa.BigInteger),
)

# When each digest is due next, and what its last sending told of problems.
digest_schedules = sa.Table(
    "digest_schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("schedule", sa.Text),
    sa.Column("next_at", Moment),
    sa.Column("last_composed_at", Moment),
    sa.Column("told_problems", Json),
)

# A rendered digest; a large one is several messages with one "sending_id".
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sending_id", sa.Text),
    sa.Column("digest", sa.Text),
    sa.Column("composed_at", Moment),
    sa.Column("subject", sa.Text),
    sa.Column("html", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("json", sa.LargeBinary),
    sa.Column("stories", sa.Integer),
)

# The outbox. "resent" is 1 where somebody asked for a message to be sent again.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, sa.ForeignKey("messages.id")),
    sa.Column("digest", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("recipient", sa.Text),
    sa.Column("body", sa.LargeBinary),
    sa.Column("state", sa.Text),
    sa.Column("created_at", Moment),
    sa.Column("due_at", Moment),
    sa.Column("attempts", sa.Integer),
    sa.Column("first_tried_at", Moment),
    sa.Column("last_tried_at", Moment),
    sa.Column("answer", sa.Text),
    sa.Column("lease_token", sa.Text),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("resent", sa.Integer),
)

# A channel that is itself at fault rests, "rests" times in a row by now; what waits is kept.
channels = sa.Table(
    "channels",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("rests_until", Moment),
    sa.Column("resting_since", Moment),
    sa.Column("rests", sa.Integer),
    sa.Column("reason", sa.Text),
)

# A channel to which health is told: when last, and how many tellings came close upon another.
health_channels = sa.Table(
    "health_channels",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("told_at", Moment),
    sa.Column("burst", sa.Integer),
)

# What it was told of: problems that last, and what happened ("occasion" then begins with "at ").
# "over" is 1 once its end was told; "returns" counts how often it came back since, untold.
health_told = sa.Table(
    "health_told",
    metadata,
    sa.Column("channel", sa.Text, sa.ForeignKey("health_channels.name"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("occasion", sa.Text, primary_key=True),
    sa.Column("since", Moment),
    sa.Column("message", sa.Text),
    sa.Column("told_at", Moment),
    sa.Column("over", sa.Integer),
    sa.Column("returns", sa.Integer),
    sa.Column("repeats", sa.Integer),
)

# The habit of a feed that has had nothing new since "last_new_at": its usual longest "pause" before
# that in seconds (NULL: not known), and what is told where it counts as "silent". Void once it has
# news.
feed_habits = sa.Table(
    "feed_habits",
    metadata,
    sa.Column("feed_id", sa.BigInteger, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("last_new_at", Moment),
    sa.Column("pause", sa.Double),
    sa.Column("silent", sa.Text),
)

# The heartbeat, by the host where it goes.
heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("tried_at", Moment),
    sa.Column("good_at", Moment),
    sa.Column("trouble", sa.Text),
    sa.Column("trouble_since", Moment),
    sa.Column("logged_at", Moment),
)

# When a channel may send next: the pace of its service, or what its server asked for.
paces = sa.Table(
    "paces",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("next_at", Moment),
)

# The processes that share this database: "seen_at" and "differs_since" are by the database's clock.
# "print" is a print of all that a process decides by, "parts" one of each part by its name.
processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text),
    sa.Column("pid", sa.Integer),
    sa.Column("started_at", Moment),
    sa.Column("seen_at", Moment),
    sa.Column("print", sa.Text),
    sa.Column("parts", Json),
    sa.Column("differs_since", Moment),
)

# Pending articles, from one id to another, that one process is judging.
judging = sa.Table(
    "judging",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("first_id", sa.Text),
    sa.Column("last_id", sa.Text),
    sa.Column("lease_until", sa.BigInteger),
)

# Problems that no other table tells: a faulty configuration, a template that failed.
problems = sa.Table(
    "problems",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", Moment),
    sa.Column("message", sa.Text),
)
