-- A story holds several articles: when each came to it, why, and what the next ones are held
-- against ("telling"). "turn" says which grouping added it. Where the outlet and the print of the
-- text are known, sources can be counted without the article.
ALTER TABLE story_articles ADD COLUMN joined_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE story_articles ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE story_articles ADD COLUMN outlet TEXT;
ALTER TABLE story_articles ADD COLUMN print TEXT;
ALTER TABLE story_articles ADD COLUMN because TEXT;
ALTER TABLE story_articles ADD COLUMN telling TEXT;
UPDATE story_articles SET
    joined_at = (SELECT begun_at FROM stories WHERE stories.id = story_articles.story_id),
    outlet = (SELECT site FROM articles WHERE articles.id = story_articles.article_id);
CREATE INDEX story_articles_story ON story_articles (story_id);
CREATE INDEX story_articles_turn ON story_articles (turn);
CREATE INDEX story_articles_joined ON story_articles (joined_at);

-- One process at a time puts articles into stories.
CREATE TABLE grouping (
    id INTEGER PRIMARY KEY,
    turn BIGINT NOT NULL,
    lease_token TEXT,
    lease_until BIGINT
);
INSERT INTO grouping (id, turn) VALUES (1, 0);
