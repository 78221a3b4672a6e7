"""What a poll brings: which entries are new articles, which are known, which were changed.

Newness is never decided by dates alone. An entry is known by any of its keys (``identity``), and a
key is remembered for longer than the article is; it goes over to what comes under another headline
with a later date. One whose keys are all unknown may still be an old one (``republished``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from monitor.feeds.full_text import Told
from monitor.feeds.headlines import letters, resemble
from monitor.feeds.identity import (
    Candidates,
    KeyedEntry,
    candidates,
    content_hash,
    is_another,
    kinds_shared,
    outlet_of,
    told_apart,
)
from monitor.feeds.options import Subscription
from monitor.feeds.parse import ParsedFeed
from monitor.feeds.republished import (
    FEWEST,
    Republication,
    ShownBefore,
    dated,
    may_hold_old,
    old_among,
)
from monitor.model import Article, Entry, FeedState, ProblemKind, new_id
from monitor.store import articles, problems
from monitor.store.articles import FRESH_FOR, Holder, Known, NewArticle
from monitor.text.languages import LanguageTeller

_LOOKED_BACK = 1000  # articles of a feed among which an old entry is looked for
_TELLING = 3  # entries of a document; one that shows fewer turns over with every article
_TOLD_EVERY = timedelta(days=1)  # of a feed that always turns over, or always has new ids
_REPUBLISHED = (
    "its ids or addresses have changed, or it shows its archive; "
    "they were taken in without an alert"
)
_TURNED_OVER = (
    "others may have come and gone since it was asked before; it is asked sooner from now on"
)


@dataclass(slots=True)
class Intake:
    """What is to be kept of a poll.

    ``seen`` are known articles that this feed had not shown before; ``keys`` say what articles
    are known by, where that is new or has not been noted for a while. ``demoted`` are the kinds of
    keys that are none in this feed. ``turned_over``: nothing of the document before is left.
    ``trouble`` is what readers must know of it.
    """

    new: list[NewArticle] = field(default_factory=list)
    revised: list[tuple[Article, bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    keys: dict[bytes, str] = field(default_factory=dict)
    demoted: tuple[str, ...] = ()
    turned_over: bool = False
    trouble: str | None = None

    @property
    def judged(self) -> tuple[Article, ...]:
        """The articles that the rules will be asked about for what this poll brought."""
        news = (item.article for item in self.new if item.alert)
        return (*news, *(article for article, _ in self.revised))


class Reading:
    """One document of one feed, to be decided against what the store knows.

    It may be decided twice: articles (and their languages, the slow part) are made once. ``keys``
    are all that the entries may be known by. ``now`` is when the document was read; ``found`` are
    the candidates of the entries in ``parsed``, where they are known already. ``shown`` is how many
    entries the document has, where ``parsed`` holds only those that were not in the one before.
    ``gone`` are the seconds in which entries of the one before were published that are not in it.
    """

    def __init__(
        self,
        subscription: Subscription,
        state: FeedState,
        parsed: ParsedFeed,
        teller: LanguageTeller,
        now: datetime,
        found: Sequence[Candidates] | None = None,
        shown: int | None = None,
        gone: Collection[int] = (),
    ) -> None:
        self._subscription = subscription
        self._state = state
        self._parsed = parsed
        self._teller = teller
        self._now = now
        if found is None:
            found = [candidates(entry, state.url) for entry in parsed.entries]
        self._demoted = frozenset(state.demoted) | kinds_shared(found)
        self._entries = told_apart(found, state.url, self._demoted)
        self._shown = len(parsed.entries) if shown is None else shown
        self._gone = gone
        self._is_whole = len(parsed.entries) == self._shown
        self._has_one_link = self._is_whole and len({each.link for each in found}) == 1
        self._made: dict[int, Article] = {}
        self._languages: dict[int, str | None] = {}
        self._verdicts: dict[frozenset[int], Republication | None] = {}
        self.keys = [
            key for keyed in self._entries for key in (*keyed.keys, *keyed.doubtful, *keyed.shared)
        ]

    def decide(self, connection: Connection, among: Mapping[bytes, Holder] | None = None) -> Intake:
        """Sort the entries into new, changed and known ones.

        ``among``: the holders of these keys and others, where they have been asked for already.
        """
        if among is None:
            holders = articles.holders(connection, self.keys)
        else:
            holders = {key: among[key] for key in self.keys if key in among}
        known = articles.known(connection, [article_id for article_id, _ in holders.values()])
        misled = set(self._demoted)
        held = [self._believed(keyed, holders, known, misled) for keyed in self._entries]
        again = self._republished(connection, held)
        if again:
            known |= articles.known(connection, again.same.values())
        intake = Intake(demoted=tuple(sorted(misled)))
        for number, keyed in enumerate(self._entries):
            held_by = next((article_id for article_id, _ in held[number].values()), None)
            held_by = held_by or (again.same.get(number) if again else None)
            if held_by is None:
                article = self._article(number, keyed.entry)
                alert = self._alerts(keyed.entry) and not (again and number in again.old)
                intake.new.append(NewArticle(article, content_hash(keyed.entry), alert))
                held_by = article.id
            else:
                self._compare(known[held_by], number, keyed, intake)
            self._note_keys(keyed, held[number], held_by, intake)
        self._tell(intake, again)
        return intake

    def _note_keys(
        self, keyed: KeyedEntry, held: Mapping[bytes, Holder], held_by: str, intake: Intake
    ) -> None:
        if not held:
            for key in (*keyed.keys, *keyed.doubtful):
                intake.keys.setdefault(key, held_by)
            return
        for key in (*keyed.keys, *keyed.doubtful):
            if key not in held or held[key][1] < self._now - FRESH_FOR:
                intake.keys.setdefault(key, held[key][0] if key in held else held_by)

    def _republished(
        self, connection: Connection, held: Sequence[Mapping[bytes, Holder]]
    ) -> Republication | None:
        """What is old of the entries of which no key is held; a first poll has its backlog."""
        if self._state.first_polled_at is None:
            return None
        new = {at: self._entries[at].entry for at, found in enumerate(held) if not found}
        if not may_hold_old(new.values(), self._shown, self._gone):
            return None
        unknown = frozenset(new)
        if unknown not in self._verdicts:
            shown = articles.shown_by(connection, self._state.id, _LOOKED_BACK)
            before = [ShownBefore(*each) for each in shown]
            there = {article_id for found in held for article_id, _ in found.values()}
            gone = None if self._is_whole else self._gone
            self._verdicts[unknown] = old_among(new, self._shown, before, there, gone, self._now)
        return self._verdicts[unknown]

    def _tell(self, intake: Intake, again: Republication | None) -> None:
        """What there is to say of the document as a whole."""
        if again:
            count = len(again.same) + len(again.old)
            if count >= FEWEST:
                intake.trouble = f"{count} entries looked new and are old: {_REPUBLISHED}"
        elif self._is_whole and self._entries and len(intake.new) == len(self._entries):
            # Entries that were new once, so that others may have been in between.
            intake.turned_over = bool(self._state.first_polled_at and self._state.last_new_at)
            if intake.turned_over and len(intake.new) >= _TELLING:
                intake.trouble = f"all {len(intake.new)} entries were new: {_TURNED_OVER}"
        if self._parsed.breaks_off:
            cut = f"the document ends in the middle; {self._shown} entries were read"
            intake.trouble = f"{cut}; {intake.trouble}" if intake.trouble else cut

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

    def keep(self, tx: Connection, among: Mapping[bytes, Holder] | None = None) -> Intake:
        """Decide, and lay the articles on the shelf, which the caller holds (``articles.hold``).

        Two processes may read one article from two feeds at once: the second to come here finds
        it known. The caller saves the feed's validators in the same transaction.
        """
        intake = self.decide(tx, among)
        articles.add(tx, intake.new, self._state.id)
        for article, changed in intake.revised:
            articles.revise(tx, article, changed)
        articles.see(tx, intake.seen, self._state.id, self._now)
        articles.remember(tx, intake.keys, self._now)
        if intake.trouble:
            name = self._subscription.feed.name
            problems.happened(
                tx, ProblemKind.FEED, name, intake.trouble, self._now, every=_TOLD_EVERY
            )
        return intake

    def _believed(
        self,
        keyed: KeyedEntry,
        holders: Mapping[bytes, Holder],
        known: Mapping[str, Known],
        misled: set[str],
    ) -> dict[bytes, Holder]:
        """The keys of an entry that are known, but for one that went on to another article.

        Its kind is added to ``misled``.
        """
        if holders.keys().isdisjoint((*keyed.keys, *keyed.doubtful, *keyed.shared)):
            return {}
        held = {key: holders[key] for key in keyed.keys if key in holders}
        ids = [article_id for article_id, _ in held.values()]
        for key, (article_id, _) in tuple(held.items()):
            kind = self._misleads(keyed, key, known[article_id])
            if kind and ids.count(article_id) == 1:
                misled.add(kind)
                del held[key]
        if self._replaces(keyed, held, known):
            return {}
        for key in keyed.doubtful:
            old = known[holders[key][0]] if key in holders else None
            if old and old.title and resemble(old.title, keyed.entry.title):
                held[key] = holders[key]
        for key in keyed.shared:
            if key in holders and _says_the_same(keyed.entry, known[holders[key][0]]):
                held[key] = holders[key]
        return held

    def _replaces(
        self, keyed: KeyedEntry, held: Mapping[bytes, Holder], known: Mapping[str, Known]
    ) -> bool:
        """Whether an entry is another article, published later under the keys of the old one.

        Warning feeds show what is the latest under one guid and link. Without another headline and
        a later date it is the old article, changed.
        """
        when = dated(keyed.entry)
        ids = {article_id for article_id, _ in held.values()}
        if not when or len(ids) != 1:
            return False
        if any(key and key not in held for key in (keyed.guid, keyed.link)):
            return False
        old = known[ids.pop()]
        if old.feed_id != self._state.id or not old.published_at or when <= old.published_at:
            return False
        both = bool(old.title and keyed.entry.title)
        return both and not resemble(old.title, keyed.entry.title)

    def _misleads(self, keyed: KeyedEntry, key: bytes, old: Known) -> str | None:
        """The kind of a key that names another article than the one it belonged to."""
        if old.feed_id != self._state.id:
            return None  # what another feed first worded, or what is forgotten, tells nothing
        if key == keyed.guid and is_another(keyed.entry, old.url, old.title):
            return "guid"
        # One page for all that comes, shown one at a time; where links differ they are believed.
        alone = key == keyed.link and self._has_one_link
        return "link" if alone and not resemble(old.title, keyed.entry.title) else None

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
                language=self._language_of(number),
                first_seen_at=old.first_seen_at if old and old.first_seen_at else self._now,
                published_at=dated(entry),
                author=entry.author,
                site=outlet_of(entry, feed.url),
                feeds=(feed.name,),
                tags=feed.tags,
            )
        return self._made[number]

    def tell_languages(self) -> None:
        """Tell the language of every entry: the slow part of making articles, done ahead."""
        for number in range(len(self._entries)):
            self._language_of(number)

    def _language_of(self, number: int) -> str | None:
        if number not in self._languages:
            entry = self._entries[number].entry
            self._languages[number] = self._language(entry, entry.text)
        return self._languages[number]

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
        when = dated(entry)
        return when is None or when >= self._now - timedelta(seconds=backlog)


def _says_the_same(entry: Entry, old: Known) -> bool:
    """Whether an entry has an article's headline, or all that it says."""
    if entry.title and letters(entry.title) == letters(old.title):
        return True
    return old.content_hash == content_hash(entry)
