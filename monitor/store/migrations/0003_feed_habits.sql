-- What a feed is: where it lives now, what it asks for, which of its keys are none, whether it rests.

ALTER TABLE feeds ADD COLUMN host TEXT;
ALTER TABLE feeds ADD COLUMN address TEXT;
ALTER TABLE feeds ADD COLUMN moving_to TEXT;
ALTER TABLE feeds ADD COLUMN moves_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN moving_since BIGINT;
ALTER TABLE feeds ADD COLUMN read_whole_at BIGINT;
ALTER TABLE feeds ADD COLUMN ttl DOUBLE PRECISION;
ALTER TABLE feeds ADD COLUMN skip_hours TEXT;
ALTER TABLE feeds ADD COLUMN skip_days TEXT;
ALTER TABLE feeds ADD COLUMN demoted TEXT;
ALTER TABLE feeds ADD COLUMN retired_at BIGINT;
