-- When each channel may send next: the pace of its service, and what its server asked for.
CREATE TABLE paces (
    channel TEXT PRIMARY KEY,
    next_at BIGINT NOT NULL
);
