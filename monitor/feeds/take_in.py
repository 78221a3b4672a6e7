"""What a poll brought is read and kept: documents by the handful, each with its feed's validators.

Reading (the slow part) comes before any transaction. Then all of a handful goes into one; where
that fails for one of them, each goes into its own, so that none spoils another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from random import Random

from sqlalchemy.engine import Connection

from monitor.errors import LeaseLost, StoreError
from monitor.feeds.intake import Intake, Reading
from monitor.feeds.outcome import Answer, success
from monitor.feeds.parse import read
from monitor.feeds.unseen import Document, look_at, unpacked
from monitor.model import Article, Clock, FeedState
from monitor.records import dataclass
from monitor.store import Store, articles, feeds
from monitor.store.articles import FRESH_FOR
from monitor.store.gathering import gathered
from monitor.text.languages import LanguageTeller


@dataclass(frozen=True, slots=True)
class Found:
    """What a feed says, what is to be kept of it, and the articles that are to be judged."""

    document: Document
    reading: Reading
    judged: tuple[Article, ...] = ()


class TakeIn:
    """Reads and keeps documents. ``teller`` gives who tells languages at that moment."""

    def __init__(
        self, store: Store, teller: Callable[[], LanguageTeller], clock: Clock, rng: Random
    ) -> None:
        self._store = store
        self._teller = teller
        self._clock = clock
        self._rng = rng

    def many(self, answers: Sequence[Answer]) -> list[int | Exception]:
        """Read and keep; gives for each how many articles are new, or what went wrong."""
        now = self._clock()
        read = self._read_many(answers, now)
        good = [answer for answer in read if isinstance(answer, Answer)]
        kept = iter(self._keep_many(good, now))
        return [next(kept) if isinstance(each, Answer) else each for each in read]

    def read_to_judge(self, answer: Answer, now: datetime) -> Found:
        """What is new, decided: ``judged`` are the articles that rules will be asked about."""
        with self._store.read() as connection:
            known = feeds.memories(connection, [answer.state.id])
            document = self._document(answer, known.get(answer.state.id), now)
            reading = self._reading(answer, document, now)
            return Found(document, reading, reading.decide(connection).judged)

    def _read_many(self, answers: Sequence[Answer], now: datetime) -> list[Answer | Exception]:
        wanted = [each.state.id for each in answers if not each.found and not each.is_as_before]
        with self._store.read() as connection:
            memories = feeds.memories(connection, wanted)
        found: list[Answer | Exception] = []
        for answer in answers:
            try:
                found.append(self._read(answer, memories.get(answer.state.id), now))
            except Exception as fault:  # each poll deals with its own
                found.append(fault)
        return found

    def _read(self, answer: Answer, memory: bytes | None, now: datetime) -> Answer:
        """The answer with what is new in it, its languages told."""
        if answer.found or answer.is_as_before:
            return answer
        document = self._document(answer, memory, now)
        reading = self._reading(answer, document, now)
        if document.is_cut or answer.state.first_polled_at is None:
            reading.tell_languages()  # nearly all is news; what else is slow, is told when decided
        else:
            with self._store.read() as connection:
                reading.decide(connection)
        return replace(answer, found=Found(document, reading))

    def _reading(self, answer: Answer, document: Document, now: datetime) -> Reading:
        return Reading(
            answer.subscription,
            answer.state,
            document.parsed,
            self._teller(),
            now,
            document.found,
            document.entries,
            document.gone,
        )

    def _document(self, answer: Answer, memory: bytes | None, now: datetime) -> Document:
        """What the feed says that it did not say before."""
        fetched = answer.fetched
        reads = partial(
            read,
            fetched.body,
            charset=fetched.charset,
            content_type=fetched.content_type,
            encoding=answer.subscription.options.encoding,
        )
        return look_at(
            reads,
            url=fetched.url,
            feed_url=answer.state.url,
            memory=unpacked(memory),
            now=now,
            week=FRESH_FOR,
        )

    def _keep_many(self, answers: Sequence[Answer], now: datetime) -> list[int | Exception]:
        """All in one transaction; where that fails, each in its own."""
        if not answers:
            return []
        try:
            with self._store.write() as tx:
                return self._keep_all(tx, answers, now)
        except StoreError as fault:
            return [fault] * len(answers)
        except Exception as fault:  # one of them: each poll deals with its own
            if len(answers) == 1:
                return [fault]
        return [kept for answer in answers for kept in self._keep_many([answer], now)]

    def _keep_all(
        self, tx: Connection, answers: Sequence[Answer], now: datetime
    ) -> list[int | Exception]:
        """Keep what is new in these documents, with each feed's validators.

        What is asked of the database, and laid down in it, is so for all of them together: all
        other processes wait for their turn meanwhile.
        """
        lost = feeds.no_longer_ours(tx, [answer.state for answer in answers])
        readings = [answer.found.reading for answer in answers if answer.found]
        if readings:
            articles.hold(tx)
        holders = articles.holders(tx, [key for reading in readings for key in reading.keys])
        noted: set[bytes] = set()
        outcomes: list[tuple[FeedState, feeds.Success]] = []
        kept: list[int | Exception] = []
        with gathered(tx) as rows:
            for answer in answers:
                state, found = answer.state, answer.found
                if state.id in lost:
                    kept.append(LeaseLost(f"the feed {state.name} was taken over"))
                    continue
                intake = None
                if found and noted.isdisjoint(found.reading.keys):
                    intake = found.reading.keep(tx, holders)
                elif found:  # it shows what another of these documents has brought
                    rows.lay_down()
                    intake = found.reading.keep(tx)
                if found and intake:
                    noted |= intake.keys.keys()
                    memory = found.document.memory
                    feeds.remember(tx, state.id, memory.packed() if memory else None)
                outcomes.append((state, self._outcome(answer, intake, now)))
                kept.append(len(intake.new) if intake else 0)
        feeds.record_ours(tx, outcomes)
        return kept

    def _outcome(self, answer: Answer, intake: Intake | None, now: datetime) -> feeds.Success:
        if not answer.found or not intake:
            return success(answer, now, self._rng)
        outcome = success(answer, now, self._rng, answer.found.document, intake)
        entries = len(intake.new) + len(intake.seen)
        outcome = replace(outcome, body_hash=answer.fetched.body_hash, new_entries=entries)
        if answer.found.document.parsed.breaks_off:  # under the same validators the rest may come
            outcome = replace(outcome, etag=None, last_modified=None, body_hash=None)
        return outcome
