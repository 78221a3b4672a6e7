-- Which feeds are due next, and which were not polled since a moment, read in that order: a process
-- that looks for some hundred among many thousands reads no more than these. A feed that was never
-- polled comes first.
CREATE INDEX feeds_next ON feeds (coalesce(next_poll_at, 0), id)
    WHERE subscribed = 1 AND retired_at IS NULL;
CREATE INDEX feeds_polled ON feeds (coalesce(last_polled_at, 0), id)
    WHERE subscribed = 1 AND retired_at IS NULL;
DROP INDEX feeds_due;
