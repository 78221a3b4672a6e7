"""``wirewatch match``: which rules match this text, and why or why not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import show
from monitor.cli.session import (
    NOT_RIGHT,
    UNUSABLE,
    Session,
    command,
    end,
    refuse,
    refuse_name,
    tell_faults,
)
from monitor.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.matching.index import Rulebook
    from monitor.matching.rule import Rule
    from monitor.model import Article, Finding

WIDTH = 80


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "match")(match)


def match(
    session: Session,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]", help="The text in quotes; - reads standard input."),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="The headline.")] = "",
    language: Annotated[
        str | None, typer.Option("--language", help="Its language (ISO 639); else detected.")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read the text from a file.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Read the text of a web page.")] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show each rule's tree: what held, where, what not; -v: all of it."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show which rules match a text."""
    from monitor.cli.check import over_by_now
    from monitor.matching.examples import article_of
    from monitor.matching.rule import Example
    from monitor.matching.rule_tables import named_items
    from monitor.text.languages import LanguageTeller
    from monitor.wiring import read_rule_files

    text = _one_text(texts or [])
    settings = session.settings()
    rules = read_rule_files(settings, {})
    for warning in rules.files.warnings:
        show.aside(f"note: {warning}")
    tell_faults(rules.files.faults, show.aside)
    if rules.files.faults and not rules.files.rules:
        end(UNUSABLE)
    book = rules.in_force.book
    names = [known.name for known in rules.files.rules]
    if rule is not None and rule not in names:
        refuse_name("rule", rule, names)
    language = _language(language)
    title, body = _text(text, title, file, url)
    example = Example(match=True, title=title, text=body, language=language, url=url)
    article = article_of(example, LanguageTeller(rules.languages))
    asked = [rule] if rule is not None else names
    found = [finding for finding in book.findings(article) if finding.rule in asked]
    over = over_by_now(rules)
    if json:
        show.as_json(_described(article, found, over, book, asked if explain else []))
        return
    _tell(article, found, over, asked)
    if not title and not found:
        show.aside("All of it was taken as text; a headline is given with --title.")
    if not found and not explain and asked:
        show.aside("Why not: --explain tells what each part of a rule found.")
    for name in asked if explain else []:
        items = named_items(next(known for known in rules.files.rules if known.name == name))
        explained = book.explain(name, article)
        show.result("")
        show.result(explained.as_text(WIDTH, whole=session.verbose, items=items))


def _one_text(texts: list[str]) -> str | None:
    """The text; several words without quotes come as several."""
    if len(texts) > 1:
        refuse("a text of several words stands in quotes", f'wirewatch match "{" ".join(texts)}"')
    return texts[0] if texts else None


def _language(code: str | None) -> str | None:
    """A language as asked for, in the form that vocabularies use."""
    from monitor.text.language_codes import parse_language

    try:
        return None if code is None else parse_language(code)
    except ValueError as error:
        refuse(f"--language: {error}")
        raise


def _text(text: str | None, title: str, file: Path | None, url: str | None) -> tuple[str, str]:
    """Headline and text, from wherever they are to come."""
    given = [each for each in (text, file, url) if each is not None]
    if len(given) > 1 or (not given and not title):
        refuse("give one text", "an argument, - for standard input, --file FILE or --url URL")
    if url is not None:
        return _page(url, title)
    if file is not None:
        try:
            return title, file.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            refuse(f"{file} cannot be read: {(error.strerror or '').lower()}")
    if text == "-":
        return title, sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    return title, text or ""


def _page(url: str, title: str) -> tuple[str, str]:
    from monitor.feeds.page import read_page

    try:
        page = asyncio.run(read_page(url))
    except FetchError as error:
        show.aside(f"{url}: {error}")
        end(NOT_RIGHT)
        raise
    return title or page.title, page.text


def _tell(
    article: Article, found: list[Finding], over: Mapping[str, Rule], asked: list[str]
) -> None:
    from monitor.matching.explanation import UNTOLD

    verb = "matches" if 1 in (len(found), len(asked)) else "match"
    rules = show.counted(len(asked), "rule")
    show.result(f"language: {article.language or UNTOLD}; {len(found)} of {rules} {verb}")
    for finding in found:
        show.result(f"\n{finding.rule}")
        if finding.rule in over:
            show.result(f"  over: its until is {over[finding.rule].until}; it would match")
        show.result(f"  words: {', '.join(finding.terms)}")
        marked = "".join(f"[{p.text}]" if p.hit else p.text for p in finding.excerpt)
        show.result(f"  {' '.join(marked.split())}")


def _described(
    article: Article,
    found: list[Finding],
    over: Mapping[str, Rule],
    book: Rulebook,
    explained: list[str],
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "language": article.language,
        "matches": [
            {
                "rule": finding.rule,
                "over": finding.rule in over,
                "terms": list(finding.terms),
                "excerpt": [
                    {"text": p.text, "hit": True} if p.hit else {"text": p.text}
                    for p in finding.excerpt
                ],
            }
            for finding in found
        ],
    }
    if explained:
        described["explanations"] = [book.explain(name, article).as_dict() for name in explained]
    return described
