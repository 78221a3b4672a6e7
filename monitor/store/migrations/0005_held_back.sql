-- Rules that are silenced, matches that are held back and why, deliveries that were sent again.

CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX silences_until ON silences (until);

CREATE TABLE silences_told (
    silence_id TEXT NOT NULL REFERENCES silences (id),
    digest TEXT NOT NULL,
    PRIMARY KEY (silence_id, digest)
);

ALTER TABLE matches ADD COLUMN held TEXT;
ALTER TABLE matches ADD COLUMN held_at BIGINT;
ALTER TABLE matches ADD COLUMN silence_id TEXT REFERENCES silences (id);
CREATE INDEX matches_silence ON matches (silence_id) WHERE silence_id IS NOT NULL;
CREATE INDEX matches_unsent ON matches (digest) WHERE sending_id IS NULL AND held IS NULL;

ALTER TABLE deliveries ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_message ON deliveries (message_id);
