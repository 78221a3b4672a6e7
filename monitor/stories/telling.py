"""What grouping knows of one article: the names, numbers, places and words that it tells with.

Most of it does not depend on language, so that articles in different ones can be compared: a name
is known by its sound (``sounds``), a country by its code, a number by its value. What an article
tells of stands in its headline and opening; what comes later is background that many stories share.
So the headline counts twice, the opening once, the next characters half, and the rest not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta

from monitor.model import Article
from monitor.records import dataclass
from monitor.stories.features import Feature, features_of

VERSION = 3
"""Changes when features come to mean something else: what was kept before is made anew."""

_ENOUGH_TO_BE_EQUAL = 150  # bytes of text: a shorter one may be any site's "read more"
_SIGNS = re.compile("[\\W_]+")


@dataclass(frozen=True, slots=True)
class Telling:
    """What is compared of one article.

    ``outlet`` is the site that published it, ``when`` the earlier of when it was published and
    first seen (UTC). Articles of equal text have equal ``text_print``; a text too short to mean
    anything has an empty one, which equals none. ``features`` each have a name of their own.
    """

    article_id: str
    outlet: str
    language: str
    when: datetime
    text_print: str
    features: tuple[Feature, ...]

    @property
    def is_headline_only(self) -> bool:
        """Whether it says nothing beyond its headline: there is no text, or the same words.

        A word counts for more than one in the headline, for one at most in the text.
        """
        said = (f.weight for f in self.features if f.name.startswith("word:"))
        return not self.text_print and all(weight > 1.0 for weight in said)

    def to_json(self) -> str:
        """As a JSON object on one line, some 2 kB."""
        said = {f.name: [f.weight, f.shown] if f.shown else f.weight for f in self.features}
        kept = {
            "version": VERSION,
            "article": self.article_id,
            "outlet": self.outlet,
            "language": self.language,
            "when": round(self.when.timestamp() * 1000),
            "print": self.text_print,
            "features": said,
        }
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Telling | None:
        """What :meth:`to_json` wrote; None where that was another version's or is damaged."""
        try:
            kept = json.loads(text)
            if kept["version"] != VERSION:
                return None
            return Telling(
                article_id=kept["article"],
                outlet=kept["outlet"],
                language=kept["language"],
                when=datetime.fromtimestamp(kept["when"] / 1000, UTC),
                text_print=kept["print"],
                features=tuple(_feature(name, said) for name, said in kept["features"].items()),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return None


def _feature(name: str, said: float | list[float | str]) -> Feature:
    if isinstance(said, list):
        weight, shown = said
        return _shared(Feature(name, float(weight), str(shown)))
    return _shared(Feature(name, float(said)))


def _shared(feature: Feature) -> Feature:
    """The same, its texts kept once for all articles: thousands are remembered at a time."""
    return Feature(sys.intern(feature.name), feature.weight, sys.intern(feature.shown))


def telling_of(article: Article) -> Telling:
    """What ``article`` tells with. Takes some milliseconds, for a text of any length."""
    when = article.first_seen_at
    if article.published_at is not None:
        when = min(when, article.published_at)
    language = (article.language or "").lower()
    return Telling(
        article_id=article.id,
        outlet=article.site or next(iter(article.feeds), ""),
        language=language,
        when=_whole_milliseconds(when),
        text_print=_print(article.text),
        features=tuple(map(_shared, features_of(article.title, article.text, language))),
    )


def _whole_milliseconds(when: datetime) -> datetime:
    when = when.astimezone(UTC)
    return when - timedelta(microseconds=when.microsecond % 1000)


def _print(text: str) -> str:
    """The same for texts whose letters and digits are the same."""
    letters = _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold()).encode()
    if len(letters) < _ENOUGH_TO_BE_EQUAL:
        return ""
    return hashlib.sha256(letters).hexdigest()[:24]
