-- What a reader must know of an article's text: that its page could not be had.
ALTER TABLE articles ADD COLUMN note TEXT;
CREATE INDEX articles_noted ON articles (feed_id) WHERE note IS NOT NULL;
