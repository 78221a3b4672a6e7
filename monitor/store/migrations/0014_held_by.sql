-- What puts off the next poll of a feed, so that people can be told.
ALTER TABLE feeds ADD COLUMN held_by TEXT;
