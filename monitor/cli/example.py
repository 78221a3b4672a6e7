"""``wirewatch example``: a stored article becomes a test of a rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import show
from monitor.cli.session import (
    NOT_RIGHT,
    Session,
    command,
    end,
    refuse,
    refuse_name,
    tell_faults,
)
from monitor.model import Article

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.matching.explain import Explanation
    from monitor.matching.index import Rulebook
    from monitor.matching.rule import Example, Rule, Vocabulary
    from monitor.matching.rule_files import RuleSet
    from monitor.wiring import LoadedRules


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Rules' own tests, made of stored articles.", no_args_is_help=True)
    command(group, "add")(add)
    app.add_typer(group, name="example")


def add(
    session: Session,
    rule: Annotated[str, typer.Argument(help="The rule, or a vocabulary: @NAME.")],
    url: Annotated[str, typer.Argument(help="The article's address, as it arrived.")],
    no_match: Annotated[
        bool, typer.Option("--no-match", help="A false alarm: the rule must not match it.")
    ] = False,
) -> None:
    """Turn a stored article into an example of a rule, in the rule's own file."""
    from monitor.matching.example_making import NoExampleError, example_of, is_of
    from monitor.matching.index import Rulebook
    from monitor.wiring import read_rule_files

    settings = session.settings()
    loaded = read_rule_files(settings, {})
    tell_faults(loaded.files.faults, show.aside)
    target = _target(loaded.files, rule)
    article = _stored(session, settings, url, target)
    known = next((each for each in target.examples if is_of(each, article)), None)
    if known is not None:
        _tell_known(loaded.files, target, known, match=not no_match)
        return
    awake = replace(target, enabled=True)
    book = Rulebook([awake], loaded.files.vocabularies, loaded.languages)

    def explain(of: Article) -> Explanation:
        return book.explain(awake.name, of)

    try:
        made = example_of(article, target.query, explain, loaded.teller(), match=not no_match)
    except NoExampleError as why:
        show.aside(f"no example can be made of it: {why}")
        end(NOT_RIGHT)
        return
    line = _write(settings, loaded.files, target, made)
    _tell_written(loaded, target, made, line, book)


def _target(files: RuleSet, name: str) -> Rule:
    """The rule of that name, or the vocabulary as a rule that asks for it."""
    known = {rule.name: rule for rule in files.rules}
    known |= {f"@{word}": _as_rule(found) for word, found in files.vocabularies.items()}
    if name not in known:
        refuse_name("vocabulary" if name.startswith("@") else "rule", name, list(known))
    return known[name]


def _as_rule(vocabulary: Vocabulary) -> Rule:
    from monitor.matching.query import VocabularyTerm
    from monitor.matching.rule import Rule

    return Rule(
        f"@{vocabulary.name}",
        VocabularyTerm(vocabulary.name),
        examples=vocabulary.examples,
        source=vocabulary.source,
    )


def _stored(session: Session, settings: Settings, url: str, target: Rule) -> Article:
    from monitor.cli.stored import find_article
    from monitor.text.durations import describe_duration

    with session.store(settings) as store, store.read() as connection:
        article, known = find_article(connection, url)
    if article is not None:
        return article
    kept = describe_duration(settings.retention)
    why = f"was read once and is forgotten (retention is {kept})" if known else "is not stored"
    hint = (
        f"see what the rule says of the page with wirewatch match --explain --rule "
        f'"{target.name}" --url URL, and write the example by hand'
    )
    refuse(f"{url} {why}", hint)
    raise AssertionError


def _tell_known(files: RuleSet, rule: Rule, known: Example, *, match: bool) -> None:
    where = f"{files.shown(rule.source)}:{known.line}"
    if known.match is match:
        show.result(f"{where}: it is an example of {rule.name} already; nothing was changed")
        return
    said = "true" if known.match else "false"
    show.aside(
        f"{where}: it is an example of {rule.name} already, with match = {said}; change it there"
    )
    end(NOT_RIGHT)


def _write(settings: Settings, files: RuleSet, rule: Rule, example: Example) -> int:
    """Write the example into the rule's file; gives the line on which it begins."""
    from monitor.cli.files import replace_file
    from monitor.matching.example_text import with_example
    from monitor.toml_source import TomlSource

    path: Path = settings.rules / rule.source
    before = path.read_bytes()
    text, name = before.decode(), files.shown(rule.source)
    source = TomlSource.read(text, name)
    if rule.name.startswith("@"):
        at: tuple[str | int, ...] = ("vocabulary", rule.name[1:])
    else:
        names = [table.get("name") for table in source.data["rule"]]
        at = ("rule", names.index(rule.name))
    after = with_example(text, at, example, name)
    replace_file(path, before, after.encode())
    return TomlSource.read(after, name).line_of((*at, "example", len(rule.examples)))


def _tell_written(
    loaded: LoadedRules, rule: Rule, example: Example, line: int, book: Rulebook
) -> None:
    """Where it is, and whether it comes out as asked; if not, what the rule found or missed."""
    from monitor.matching.examples import article_of
    from monitor.matching.near_miss import failures, shortened

    asked = "must match" if example.match else "must not match"
    where = f"{loaded.files.shown(rule.source)}:{line}"
    show.result(f"{where}: an example that {rule.name} {asked}")
    article = article_of(example, loaded.teller())
    found = book.findings(article)
    if bool(found) == example.match:
        show.result("It comes out so already.")
        return
    verb = "matches" if found else "does not match"
    show.result(f"Today it {verb}: wirewatch check fails until you change the rule.")
    for finding in found:
        show.result(show.wrapped(f"It matches by: {', '.join(finding.terms)}", "  ", "  "))
    for failed in () if found else failures(rule.query, book.explain(rule.name, article)):
        show.result(show.wrapped(f"Fails: {shortened(failed.clause)}", "  ", "  "))
        show.result(show.wrapped(failed.why, "    "))
