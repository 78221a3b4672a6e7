"""``wirewatch run``: the daemon; ``--once``: one pass."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import memory, show
from monitor.cli.session import NOT_RIGHT, Session, command, end, tell_faults
from monitor.model import ProblemKind, utc_now

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.pipeline import PassReport
    from monitor.store import Store
    from monitor.wiring import LoadedRules


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "run")(run)


def run(
    session: Session,
    once: Annotated[
        bool, typer.Option("--once", help="One pass over everything, then exit.")
    ] = False,
) -> None:
    """Poll, match and send, until stopped (Ctrl-C or SIGTERM ends it after what is under way)."""
    memory.while_starting()
    session.start_log()
    settings = session.settings(warn=True)
    if once:
        with session.store(settings) as store:
            _once(settings, store)
    else:
        _daemon(session, settings)


def _daemon(session: Session, settings: Settings) -> None:
    from monitor.config.here import supervision_here
    from monitor.daemon import Daemon
    from monitor.log import Log
    from monitor.wiring import open_database

    memory.as_daemon()

    async def work() -> None:
        store = open_database(settings)
        log = Log("daemon")
        log.info("stop with Ctrl-C or SIGTERM", look_around_with=_status_command(session))
        await Daemon(settings, store, session.settings, utc_now, supervision_here()).run()

    asyncio.run(work())


def _status_command(session: Session) -> str:
    """What to type to see how this daemon fares, whether or not it is on the PATH."""
    called = "python -m monitor" if sys.argv[0].endswith("__main__.py") else sys.argv[0]
    program = "wirewatch" if shutil.which("wirewatch") else called
    return f"{program} status" + (f" -c {session.config}" if session.config else "")


def _once(settings: Settings, store: Store) -> None:
    from monitor import wiring
    from monitor.pipeline import once
    from monitor.text.dictionary import prepare

    rules = wiring.load_rules(settings, store, utc_now)
    prepare(rules.languages)
    tell_faults(rules.files.faults, show.aside)

    async def work() -> PassReport:
        async with wiring.open_line(settings, store, rules, utc_now) as line:
            return await once(line)

    memory.for_one_pass()
    report = asyncio.run(work())
    _tell(report, rules)
    waits = report.deliver.any_open and _tell_waiting(settings, store)
    if waits or report.deliver.refused or report.compose.failed or rules.files.faults:
        end(NOT_RIGHT)


def _tell_waiting(settings: Settings, store: Store) -> bool:
    """Say what still waits to be sent, and for what; gives whether anything does."""
    from monitor.cli.undelivered import waiting

    names = {channel.name for channel in settings.channels}
    told, waits = waiting(store, names, settings.timezone, utc_now())
    for line in told:
        show.aside(line)
    return waits


def _tell(report: PassReport, rules: LoadedRules) -> None:
    failed = len(report.poll.failed)
    in_force = show.counted(len(rules.in_force.watching(utc_now())), "rule")
    show.aside(
        f"{show.counted(report.poll.polled, 'feed')} polled"
        + (f", {failed} failed" if failed else "")
        + (f", {report.poll.in_vain} in vain" if report.poll.in_vain else "")
        + f"; {show.counted(report.poll.new_articles, 'new article')}"
        f", {report.match.matched} matched ({in_force} in force); "
        f"{show.counted(len(report.compose.messages), 'digest')} composed, "
        f"{show.counted(report.deliver.sent, 'delivery', 'deliveries')} sent"
    )
    if report.health:
        show.aside(f"told of health: {report.health.subject}")
    for delivery, answer in report.deliver.refused.values():
        show.aside(f"not received: {delivery.channel} ({delivery.recipient}): {answer}")
    for name, fault in report.compose.failed.items():
        show.aside(f"digest {name}: {fault}")
    if report.poll.line:
        show.aside(f"{ProblemKind.LINE}: {report.poll.line}")
