"""``wirewatch trace``: the life of one article. Why did I, or did I not, get this?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import show
from monitor.cli.session import NOT_RIGHT, Session, command, end, refuse, refuse_name
from monitor.model import utc_now

if TYPE_CHECKING:
    from monitor.cli.trace_facts import Trace
    from monitor.cli.trace_judge import Judge
    from monitor.config import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "trace")(trace)


def trace(
    session: Session,
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL…", help="The article's address; its guid or id will do."),
    ] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", help="Tell all of what this rule found and missed.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Why did I (not) get this? The life of an article: feeds, rules, digests, deliveries."""
    from monitor.cli.trace_json import described
    from monitor.cli.trace_judge import FEW, MISSES
    from monitor.cli.trace_words import Words

    asked = [_bare(url) for url in urls or () if _bare(url)]
    if not asked:
        refuse("which article?", "name its address: wirewatch trace https://example.org/1")
    settings = session.settings()
    most = MISSES if json or session.verbose else FEW
    traces, judge = _traced(session, settings, asked, rule, most)
    if json:
        documents = [described(settings, each) for each in traces]
        show.as_json(documents[0] if len(documents) == 1 else documents)
    else:
        today = judge.today if judge else None
        for number, each in enumerate(traces):
            if number:
                show.result(f"\n{'-' * 72}\n")
            for line in Words(settings, each, today, whole=session.verbose).lines():
                show.result(line)
    if any(each.article_id is None for each in traces):
        end(NOT_RIGHT)


def _bare(url: str) -> str:
    """An address as it is pasted, without blanks and the brackets of a mail around it."""
    return url.strip().strip("<>").strip()


def _traced(
    session: Session, settings: Settings, asked: list[str], rule: str | None, most: int
) -> tuple[list[Trace], Judge | None]:
    """The trace of each address; a judge where there is anything to judge."""
    from monitor.cli.trace_facts import Trace, gather, with_waits
    from monitor.cli.trace_judge import Judge, texts_for

    with session.store_if_any(settings) as store:
        if store is None:
            show.aside("Nothing has been read yet: wirewatch run reads the feeds.")
            return [Trace(url, utc_now()) for url in asked], None
        with store.read() as connection:
            traces = [gather(connection, url, utc_now()) for url in asked]
            texts = texts_for(connection, traces)
        judge = Judge(settings, texts)
        if rule is not None and rule not in judge.names():
            refuse_name("rule", rule, judge.names())
        patience = judge.today.in_force.patience
        with store.read() as connection:
            traces = [with_waits(connection, each, settings, patience) for each in traces]
        return [judge.again(each, rule, most) for each in traces], judge
