"""What a poll brings: which entries are new articles, which are known, which were changed.

Newness is never decided by dates. An entry is known by any of its keys (``identity``), and a key
is remembered for longer than the article is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from monitor.feeds.full_text import Told
from monitor.feeds.identity import (
    Candidates,
    KeyedEntry,
    content_hash,
    is_another,
    site_of,
    sort_out,
    told_apart,
)
from monitor.feeds.options import Subscription
from monitor.feeds.parse import ParsedFeed
from monitor.model import Article, Entry, FeedState, new_id
from monitor.store import articles
from monitor.store.articles import FRESH_FOR, Holder, Known, NewArticle
from monitor.text.languages import LanguageTeller


@dataclass(slots=True)
class Intake:
    """What is to be kept of a poll.

    ``seen`` are known articles that this feed had not shown before; ``keys`` say what articles
    are known by, where that is new or has not been noted for a while.
    """

    new: list[NewArticle] = field(default_factory=list)
    revised: list[tuple[Article, bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    keys: dict[bytes, str] = field(default_factory=dict)

    @property
    def judged(self) -> tuple[Article, ...]:
        """The articles that the rules will be asked about for what this poll brought."""
        news = (item.article for item in self.new if item.alert)
        return (*news, *(article for article, _ in self.revised))


class Reading:
    """One document of one feed, to be decided against what the store knows.

    It may be decided twice: articles (and their languages, the slow part) are made once. ``now``
    is when the document was read; ``found`` are the candidates of the entries in ``parsed``, where
    they are known already.
    """

    def __init__(
        self,
        subscription: Subscription,
        state: FeedState,
        parsed: ParsedFeed,
        teller: LanguageTeller,
        now: datetime,
        found: Sequence[Candidates] | None = None,
    ) -> None:
        self._subscription = subscription
        self._state = state
        self._parsed = parsed
        self._teller = teller
        self._now = now
        if found is None:
            self._entries = sort_out(parsed.entries, state.url)
        else:
            self._entries = told_apart(found, state.url)
        self._made: dict[int, Article] = {}

    def decide(self, connection: Connection) -> Intake:
        """Sort the entries into new, changed and known ones."""
        keys = [key for keyed in self._entries for key in keyed.keys]
        holders = articles.holders(connection, keys)
        known = articles.known(connection, [article_id for article_id, _ in holders.values()])
        intake = Intake()
        for number, keyed in enumerate(self._entries):
            held = self._believed(keyed, holders, known)
            held_by = next((article_id for article_id, _ in held.values()), None)
            if held_by is None:
                article = self._article(number, keyed.entry)
                intake.new.append(
                    NewArticle(article, content_hash(keyed.entry), self._alerts(keyed.entry))
                )
                held_by = article.id
            else:
                self._compare(known[held_by], number, keyed, intake)
            for key in keyed.keys:
                if key not in held or held[key][1] < self._now - FRESH_FOR:
                    intake.keys.setdefault(key, held[key][0] if key in held else held_by)
        return intake

    def judge_instead(self, told: Mapping[str, Told]) -> None:
        """Other texts than the feed's own are to be judged, by the id of the article.

        What an article is known by, and whether it was changed, still goes by the feed's words.
        """
        for number, article in self._made.items():
            if article.id in told:
                text, entry = told[article.id].text, self._entries[number].entry
                language = self._language(entry, text)
                note = told[article.id].note
                self._made[number] = replace(article, text=text, language=language, note=note)

    def keep(self, tx: Connection) -> Intake:
        """Decide, and lay the articles on the shelf, with no other process at it meanwhile.

        Two processes may read one article from two feeds at once: the second to come here finds
        it known. The caller saves the feed's validators in the same transaction.
        """
        articles.hold(tx)
        intake = self.decide(tx)
        articles.add(tx, intake.new, self._state.id)
        for article, changed in intake.revised:
            articles.revise(tx, article, changed)
        articles.see(tx, intake.seen, self._state.id, self._now)
        articles.remember(tx, intake.keys, self._now)
        return intake

    def _believed(
        self, keyed: KeyedEntry, holders: Mapping[bytes, Holder], known: Mapping[str, Known]
    ) -> dict[bytes, Holder]:
        """The keys of an entry that are known, but for a guid that went on to another article."""
        held = {key: holders[key] for key in keyed.keys if key in holders}
        ids = [article_id for article_id, _ in held.values()]
        return {
            key: holder
            for key, holder in held.items()
            if ids.count(holder[0]) > 1 or not self._is_another(keyed.entry, known[holder[0]])
        }

    def _is_another(self, entry: Entry, old: Known) -> bool:
        # What another feed first worded, or what is forgotten, cannot be compared.
        return old.feed_id == self._state.id and is_another(entry, old.url, old.title)

    def _compare(self, old: Known, number: int, keyed: KeyedEntry, intake: Intake) -> None:
        if old.content_hash is None:
            return  # forgotten long ago, and still shown
        if self._state.id not in old.feeds:
            intake.seen.append(old.id)
        # Feeds that share an article word it differently: only the first one's wording counts.
        changed = content_hash(keyed.entry)
        if old.feed_id == self._state.id and old.content_hash != changed:
            article = self._article(number, keyed.entry, old)
            intake.revised.append((article, changed))

    def _article(self, number: int, entry: Entry, old: Known | None = None) -> Article:
        if number not in self._made:
            feed = self._subscription.feed
            self._made[number] = Article(
                id=old.id if old else new_id(self._now),
                url=entry.link,
                title=entry.title,
                text=entry.text,
                language=self._language(entry, entry.text),
                first_seen_at=old.first_seen_at if old and old.first_seen_at else self._now,
                published_at=entry.published_at,
                author=entry.author,
                site=site_of(entry.link or feed.url),
                feeds=(feed.name,),
                tags=feed.tags,
            )
        return self._made[number]

    def _language(self, entry: Entry, text: str) -> str | None:
        return self._teller.tell(
            entry.title,
            text,
            stated=entry.language or self._parsed.language,
            fixed=self._subscription.feed.language,
        )

    def _alerts(self, entry: Entry) -> bool:
        """Whether a new entry may alert: all do, but for what a first poll finds too old."""
        backlog = self._subscription.options.backlog
        if self._state.first_polled_at is not None or backlog is None:
            return True
        if backlog == 0:
            return False
        # An entry without a date may be today's: rather one old story than an event missed.
        when = entry.published_at or entry.updated_at
        return when is None or when >= self._now - timedelta(seconds=backlog)
