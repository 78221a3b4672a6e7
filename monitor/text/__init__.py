"""Words out of any language: clean text, words with their places, languages, base forms, places."""
