-- Which version of each rule file was in force when, and what was judged later than it was seen.

CREATE TABLE rule_file_texts (
    print {bytes} PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE TABLE rule_file_history (
    path TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    print {bytes} NOT NULL,
    PRIMARY KEY (path, since)
){without_rowid};

CREATE TABLE judgings (
    article_id TEXT NOT NULL,
    judged_at BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    feeds INTEGER NOT NULL,
    PRIMARY KEY (article_id, judged_at)
){without_rowid};

CREATE INDEX messages_of_sending ON messages (sending_id);
