-- What a reader must know of an article's text: that its page could not be had.
ALTER TABLE articles ADD COLUMN note TEXT;
