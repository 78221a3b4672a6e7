"""Who polls which feed now: those that are due are taken, kept while asked, and given back.

A lease carries a token, so that whoever was too slow cannot record what came of it
(``feeds.no_longer_ours``), and runs out by the database's own clock.
"""

from __future__ import annotations

import operator
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.model import FeedState
from monitor.store.connection import database_now
from monitor.store.feeds import STATE_COLUMNS, state_of
from monitor.store.tables import feeds

AT_ONE_HOST = 2
"""Feeds of one server that are asked at once, while others wait."""

_LOOKS = 4  # for feeds of other hosts, each past those found before


def lease(
    tx: Connection,
    now: datetime,
    limit: int,
    seconds: float,
    *,
    everything_before: bool = False,
    besides: Collection[int] = (),
    busy: Collection[str] = (),
    crowd: int | None = None,
) -> tuple[FeedState, ...]:
    """Take up to ``limit`` feeds that are due at ``now``, for ``seconds``; nobody else gets them.

    With ``everything_before`` a feed is due when it has not been polled since ``now`` (which is
    then when a pass began), whatever its schedule says. Feeds whose ids are in ``besides`` are
    left alone. One that was polled by a clock which was ahead of ours, and has been put back since,
    is due as well: else it would not be read until that time comes again.

    ``busy`` are the hosts of the feeds that the caller has in hand already, each as often as it
    has one. Of one host no more than two are taken, so that a slow server cannot hold up others;
    where only such crowded hosts have feeds that are due, up to ``crowd`` of them (None: ``limit``)
    are taken all the same.
    """
    clock = database_now(tx)
    if everything_before:
        which = _NOT_POLLED_SINCE
        ahead = timedelta(days=1)  # a pass takes its time, and what it has polled is later than now
    else:
        which = _NEXT_POLL_BEFORE
        ahead = timedelta(hours=1)  # less may be the clock of another machine
    crowd = limit if crowd is None else crowd
    for wanted, moment in ((_PUT_BACK, now + ahead), (which, now)):  # no index serves both at once
        asked = {"moment": moment, "clock": clock}
        ids = _spread(tx, wanted, asked, besides, limit, Counter(busy), crowd)
        if ids:
            break
    else:
        return ()
    taking = {"ids": ids, "token": secrets.token_hex(8), "until": clock + int(seconds * 1000)}
    tx.execute(_TAKING, taking)
    return tuple(state_of(row) for row in tx.execute(_TAKEN, {"ids": ids}))


def renew(tx: Connection, held: Sequence[FeedState], seconds: float) -> None:
    """Keep leased feeds for ``seconds`` from now; those that were taken over stay taken over."""
    if not held:
        return
    until = database_now(tx) + int(seconds * 1000)
    tx.execute(sa.update(feeds).where(*_OURS).values(lease_until=until), _rows_of(held))


def let_go(tx: Connection, states: Sequence[FeedState]) -> None:
    """Give leased feeds back unpolled; those that were taken over stay taken over."""
    if states:
        free = {"lease_token": None, "lease_until": None}
        tx.execute(sa.update(feeds).where(*_OURS).values(free), _rows_of(states))


def _rows_of(states: Sequence[FeedState]) -> list[dict[str, object]]:
    """What ``_OURS`` asks for, in the order in which rows are locked everywhere."""
    in_order = sorted(states, key=lambda state: state.id)
    return [{"which": state.id, "token": state.lease_token} for state in in_order]


_OURS = feeds.c.id == sa.bindparam("which"), feeds.c.lease_token == sa.bindparam("token")

# As the indexes have them, to the letter: else they are not used, and every feed is looked at.
_next_poll = sa.func.coalesce(feeds.c.next_poll_at, sa.literal_column("0"))
_last_poll = sa.func.coalesce(feeds.c.last_polled_at, sa.literal_column("0"))
_asked = feeds.c.subscribed == sa.literal_column("1"), feeds.c.retired_at.is_(None)


def _wanted(
    due: Callable[[sa.ColumnElement[Any], sa.ColumnElement[Any]], sa.ColumnElement[bool]],
    column: sa.ColumnElement[Any],
) -> sa.Select[Any]:
    """Feeds whose ``column`` is ``due`` and that nobody has, the earliest first.

    To be filled in: the "moment" that ``due`` compares with, the "clock" by which leases run out,
    the "limit", ids to leave alone ("besides"), and hosts to leave alone ("full").
    """
    free = sa.or_(feeds.c.lease_until.is_(None), feeds.c.lease_until < sa.bindparam("clock"))
    spared = feeds.c.host.not_in(sa.bindparam("full", expanding=True))
    return (
        sa.select(feeds.c.id, feeds.c.host)
        .where(
            *_asked,
            due(column, _moment),
            free,
            feeds.c.id.not_in(sa.bindparam("besides", expanding=True)),
            sa.or_(feeds.c.host.is_(None), spared),
        )
        .order_by(column, feeds.c.id)
        .limit(sa.bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


# Made once: to put such a statement together takes longer than to carry it out.
_moment = sa.bindparam("moment", type_=feeds.c.last_polled_at.type)
_NOT_POLLED_SINCE = _wanted(operator.lt, _last_poll)
_NEXT_POLL_BEFORE = _wanted(operator.le, _next_poll)
_PUT_BACK = _wanted(operator.gt, _last_poll)
_chosen = feeds.c.id.in_(sa.bindparam("ids", expanding=True))
_TAKING = (
    sa.update(feeds)
    .where(_chosen)
    .values(lease_token=sa.bindparam("token"), lease_until=sa.bindparam("until"))
)
_TAKEN = sa.select(*STATE_COLUMNS).where(_chosen).order_by(feeds.c.id)


def _spread(
    tx: Connection,
    wanted: sa.Select[Any],
    asked: Mapping[str, object],
    besides: Collection[int],
    limit: int,
    busy: Counter[str],
    crowd: int,
) -> list[int]:
    """The ids of up to ``limit`` of the feeds ``wanted`` (``_wanted``), of all hosts alike."""
    chosen: list[int] = []
    passed_over = False
    for _ in range(_LOOKS):
        full = [host for host, held in busy.items() if held >= AT_ONE_HOST]
        passed_over |= bool(full)
        given = {**asked, "limit": limit, "besides": [*besides, *chosen], "full": full}
        found = tx.execute(wanted, given).all()
        for id_, host in found:
            if host and busy[host] >= AT_ONE_HOST:
                passed_over = True
            elif len(chosen) < limit:
                chosen.append(id_)
                if host:
                    busy[host] += 1
        if len(found) < limit or len(chosen) == limit:
            break
    room = min(crowd, limit) - len(chosen)
    if passed_over and room > 0:
        given = {**asked, "limit": room, "besides": [*besides, *chosen], "full": []}
        chosen += [row.id for row in tx.execute(wanted, given)]
    return chosen
