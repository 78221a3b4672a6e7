"""What is old is forgotten, shelf by shelf; what waits stays, and so does what others refer to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from monitor.store import articles, digests, matches, problems, rule_history, silences, stories


def forget(tx: Connection, before: datetime, now: datetime) -> dict[str, int]:
    """Forget what is from before ``before``; returns how many "articles" and "messages" that was.

    In this order: articles (their identities stay for a year after a feed last showed them); the
    matches that told of them (as long as those identities, so that a trace knows what was alerted);
    stories without either; messages with their deliveries; silences.
    """
    gone = articles.forget(tx, before, now)
    matches.forget(tx, min(before, now - articles.IDENTITIES_KEPT))
    stories.forget(tx, before)
    messages = digests.forget(tx, before)
    silences.forget(tx, before)
    problems.forget(tx, before)
    rule_history.forget(tx, before)
    return {"articles": gone, "messages": messages}
