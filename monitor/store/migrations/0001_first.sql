-- The first schema. {bytes} and {serial} differ between SQLite and PostgreSQL.

CREATE TABLE feeds (
    id {serial},
    url TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    subscribed INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body_hash TEXT,
    interval DOUBLE PRECISION,
    next_poll_at BIGINT,
    first_polled_at BIGINT,
    last_polled_at BIGINT,
    last_success_at BIGINT,
    last_new_at BIGINT,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since BIGINT,
    trouble TEXT,
    lease_token TEXT,
    lease_until BIGINT
);
CREATE INDEX feeds_due ON feeds (subscribed, next_poll_at);

CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    feed_id BIGINT NOT NULL REFERENCES feeds (id),
    url TEXT,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author TEXT,
    language TEXT,
    site TEXT NOT NULL,
    published_at BIGINT,
    first_seen_at BIGINT NOT NULL,
    content_hash {bytes} NOT NULL,
    revision INTEGER NOT NULL,
    alert INTEGER NOT NULL,
    pending INTEGER NOT NULL
);
CREATE INDEX articles_pending ON articles (id) WHERE pending = 1;
CREATE INDEX articles_first_seen ON articles (first_seen_at);

CREATE TABLE identities (
    key {bytes} PRIMARY KEY,
    article_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL
){without_rowid};

CREATE TABLE sightings (
    article_id TEXT NOT NULL REFERENCES articles (id),
    feed_id BIGINT NOT NULL REFERENCES feeds (id),
    first_seen_at BIGINT NOT NULL,
    PRIMARY KEY (article_id, feed_id)
){without_rowid};

CREATE TABLE stories (
    id TEXT PRIMARY KEY,
    begun_at BIGINT NOT NULL
);

CREATE TABLE story_articles (
    article_id TEXT PRIMARY KEY,
    story_id TEXT NOT NULL REFERENCES stories (id)
);

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    sending_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    composed_at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    json {bytes} NOT NULL,
    stories INTEGER NOT NULL
);
CREATE INDEX messages_composed ON messages (composed_at);

CREATE TABLE matches (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    article_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    terms TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    priority TEXT NOT NULL,
    tags TEXT NOT NULL,
    note TEXT,
    story_id TEXT REFERENCES stories (id),
    sending_id TEXT,
    UNIQUE (rule, article_id, digest)
);
CREATE INDEX matches_waiting ON matches (digest, sending_id);
CREATE INDEX matches_article ON matches (article_id);
CREATE INDEX matches_story ON matches (story_id);

CREATE TABLE rule_texts (
    fingerprint TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    first_used_at BIGINT NOT NULL
);

CREATE TABLE rule_files (
    path TEXT PRIMARY KEY,
    text TEXT,
    fault TEXT,
    faulty_since BIGINT
);

CREATE TABLE digest_schedules (
    name TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    next_at BIGINT,
    last_composed_at BIGINT,
    told_problems TEXT NOT NULL
);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES messages (id),
    digest TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body {bytes} NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    first_tried_at BIGINT,
    last_tried_at BIGINT,
    answer TEXT,
    lease_token TEXT,
    lease_until BIGINT
);
CREATE INDEX deliveries_due ON deliveries (state, due_at);

CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    rests_until BIGINT,
    resting_since BIGINT,
    rests INTEGER NOT NULL,
    reason TEXT
);

CREATE TABLE problems (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    since BIGINT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
