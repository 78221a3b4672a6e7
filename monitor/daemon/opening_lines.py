"""What the daemon says when it begins: in one line each, what it does and where to look."""

from __future__ import annotations

from datetime import datetime

from monitor.config import Settings
from monitor.log import Log
from monitor.store import Store, digests
from monitor.store.digests import Sending
from monitor.wiring import LoadedRules

log = Log("daemon")


def _last_sendings(settings: Settings, store: Store) -> dict[str, Sending]:
    """The last sending of each digest, by the digest's name."""
    with store.read() as connection:
        found = [digests.sendings(connection, 1, digest.name) for digest in settings.digests]
    return {sending.digest: sending for some in found for sending in some}


def tell(settings: Settings, rules: LoadedRules, store: Store, now: datetime) -> None:
    """Say it. Raises StoreError."""
    last = _last_sendings(settings, store)
    log.info("database", where=settings.database_shown)
    named = ", ".join(subscription.feed.name for subscription in settings.subscriptions[:5])
    beyond = len(settings.subscriptions) - 5
    log.info(
        "feeds",
        number=len(settings.subscriptions),
        names=named + (f" and {beyond} more" if beyond > 0 else ""),
    )
    log.info(
        "rules in force",
        rules=len(rules.in_force.watching(now)),
        vocabularies=len(rules.files.vocabularies),
        folder=rules.files.folder,
    )
    for digest in settings.digests:
        sent = last.get(digest.name)
        log.info(
            "digest",
            name=digest.name,
            schedule=str(digest.schedule),
            channels=" and ".join(digest.channels),
            last=sent.composed_at.isoformat(timespec="seconds") if sent else "never",
        )
    for warning in rules.warnings:
        log.warning("rule file", note=str(warning))
    for fault in rules.files.faults:
        log.error("faulty rule file", fault=str(fault))
    if last:
        log.info("what was sent before is not sent again", look="wirewatch digests list")


def in_short(settings: Settings, rules: LoadedRules, now: datetime) -> str:
    """The same in one line, for the service manager."""
    counts = (
        (len(settings.subscriptions), "feed"),
        (len(rules.in_force.watching(now)), "rule"),
        (len(settings.digests), "digest"),
    )
    return "watching: " + ", ".join(
        f"{number} {noun if number == 1 else noun + 's'}" for number, noun in counts
    )
