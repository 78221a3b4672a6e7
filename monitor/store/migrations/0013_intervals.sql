-- The intervals that the configuration last gave a feed, so that a shorter one is noticed.
ALTER TABLE feeds ADD COLUMN every DOUBLE PRECISION;
ALTER TABLE feeds ADD COLUMN max_every DOUBLE PRECISION;
