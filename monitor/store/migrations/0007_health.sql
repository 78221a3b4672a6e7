-- What the health channel was told, which feeds have fallen silent, and how the heartbeat fares.

CREATE TABLE health_channels (
    name TEXT PRIMARY KEY,
    told_at BIGINT,
    burst INTEGER NOT NULL
);

CREATE TABLE health_told (
    channel TEXT NOT NULL REFERENCES health_channels (name),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    occasion TEXT NOT NULL,
    since BIGINT NOT NULL,
    message TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    over INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    PRIMARY KEY (channel, kind, name, occasion)
){without_rowid};

CREATE TABLE feed_habits (
    feed_id BIGINT PRIMARY KEY REFERENCES feeds (id),
    last_new_at BIGINT NOT NULL,
    pause DOUBLE PRECISION,
    silent TEXT
);

CREATE TABLE heartbeats (
    host TEXT PRIMARY KEY,
    tried_at BIGINT NOT NULL,
    good_at BIGINT,
    trouble TEXT,
    trouble_since BIGINT,
    logged_at BIGINT
);
