"""Rows that several callers insert in one transaction, brought to the database together.

Many small insertions are as many trips to a server, and what else waits for the transaction's turn
waits for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from monitor.store.connection import GATHERED, Insertion, Row, insert_as


class Gathered:
    """What has been gathered in a transaction."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self.waiting: dict[Insertion, list[Row]] = {}

    def lay_down(self) -> None:
        """Insert what waits, table after table in the order in which each came first."""
        for how, rows in self.waiting.items():
            insert_as(self._tx, how, rows)
        self.waiting.clear()


@contextmanager
def gathered(tx: Connection) -> Iterator[Gathered]:
    """What shelves insert within goes to the database at the end, or when it is laid down.

    Nothing within may ask for or change rows that were inserted within and not laid down yet. Where
    it ends in an exception nothing is inserted; the transaction is to end then, too.
    """
    rows = Gathered(tx)
    tx.info[GATHERED] = rows.waiting
    try:
        yield rows
    finally:
        del tx.info[GATHERED]
    rows.lay_down()
