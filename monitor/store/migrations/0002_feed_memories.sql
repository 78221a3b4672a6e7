-- What is remembered of a feed's last document.

CREATE TABLE feed_memories (
    feed_id BIGINT PRIMARY KEY REFERENCES feeds (id),
    entries {bytes} NOT NULL
);
