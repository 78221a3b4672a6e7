"""The shelf of rule files: the last good version of each, and what is wrong on disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.records import dataclass
from monitor.store import rule_history
from monitor.store.connection import upsert
from monitor.store.tables import rule_files


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file as the store knows it; ``text`` is its last good version, if there was one."""

    path: str
    text: str | None
    fault: str | None
    faulty_since: datetime | None


def files(connection: Connection) -> dict[str, RuleFile]:
    """Every rule file, by its path below the rules folder."""
    return {
        row.path: RuleFile(row.path, row.text, row.fault, row.faulty_since)
        for row in connection.execute(sa.select(rule_files).order_by(rule_files.c.path))
    }


def faulty(connection: Connection) -> tuple[RuleFile, ...]:
    """The rule files that are faulty on disk, without the texts that are in force."""
    columns = (rule_files.c.path, rule_files.c.fault, rule_files.c.faulty_since)
    chosen = sa.select(*columns).where(rule_files.c.fault.is_not(None)).order_by(rule_files.c.path)
    return tuple(
        RuleFile(row.path, None, row.fault, row.faulty_since) for row in connection.execute(chosen)
    )


def last_good(connection: Connection) -> dict[str, str]:
    """The last good version of each rule file that has one."""
    return {path: file.text for path, file in files(connection).items() if file.text is not None}


def keep(
    tx: Connection, texts: Mapping[str, str], faults: Mapping[str, str], now: datetime
) -> None:
    """Keep the versions in force (path to text) and the faults on disk (path to message).

    A file in neither is gone, and so is what was kept of it; what it was stays in the history.
    """
    rule_history.note_texts(tx, texts, now)
    before = files(tx)
    paths = sorted({*texts, *faults})
    tx.execute(sa.delete(rule_files).where(rule_files.c.path.not_in(paths)))
    rows = []
    for path in paths:
        fault = faults.get(path)
        old = before.get(path)
        since = old.faulty_since if old and old.fault and fault else now
        row = {
            "path": path,
            "text": texts.get(path),
            "fault": fault,
            "faulty_since": since if fault else None,
        }
        if old != RuleFile(**row):  # type: ignore[arg-type]  # the dict is built right above
            rows.append(row)
    upsert(tx, rule_files, ("path",), rows)
