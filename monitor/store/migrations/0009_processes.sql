-- The processes that share this database: when each was last seen, by the database's clock, and
-- what it decides by: a print of the whole, and one of each part. "differs_since" is when it was
-- first seen to differ from another that runs.
CREATE TABLE processes (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    print TEXT NOT NULL,
    parts TEXT NOT NULL,
    differs_since BIGINT
);

-- What is being judged: pending articles from one id to another, leased by one process.
CREATE TABLE judging (
    token TEXT PRIMARY KEY,
    first_id TEXT NOT NULL,
    last_id TEXT NOT NULL,
    lease_until BIGINT NOT NULL
);
