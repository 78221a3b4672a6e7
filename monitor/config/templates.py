"""Whether what a person wrote as a template can be read, before it is ever rendered."""

from __future__ import annotations

import re

from monitor.toml_source import WrongValueError, did_you_mean

NAMES = frozenset({"digest", "stories", "more", "problems", "counts"})
"""What a subject may speak of (``monitor.digests.view`` fills them)."""

_UNKNOWN = re.compile(r"No (filter|test) named '(.+?)'")


def subject_template(text: str) -> str:
    """``text``: one line, a Jinja2 template, of names that there are; else ValueError."""
    from jinja2 import meta

    from monitor.digests.sandbox import own_sandbox

    subject = text.strip()
    if "\n" in subject or not subject:
        raise WrongValueError("must be one line and not blank")
    if reason := template_fault(subject):
        raise WrongValueError(f"not a Jinja2 template: {reason[1]}", _hint(subject))
    sandbox = own_sandbox()
    used = meta.find_undeclared_variables(sandbox.parse(subject))
    for name in sorted(used - NAMES - sandbox.globals.keys()):
        raise WrongValueError(
            f'"{name}" is nothing that a subject knows', did_you_mean(name, sorted(NAMES))
        )
    return subject


def template_fault(text: str) -> tuple[int, str] | None:
    """Line (from 1) and reason where ``text`` is no Jinja2 template."""
    from jinja2 import TemplateSyntaxError

    from monitor.digests.sandbox import own_sandbox

    sandbox = own_sandbox()
    try:
        sandbox.compile(text)
    except TemplateSyntaxError as error:
        reason = (error.message or "it cannot be read").rstrip(".")
        if found := _UNKNOWN.search(reason):
            kind, name = found.groups()
            near = did_you_mean(name, sandbox.filters if kind == "filter" else sandbox.tests)
            reason = f'there is no {kind} "{name}"' + (f"; {near}" if "?" in near else "")
        return error.lineno, reason[:1].lower() + reason[1:]
    return None


def _hint(subject: str) -> str:
    """What to write; an opening without its end is the commonest slip."""
    if subject.count("{{") != subject.count("}}"):
        return 'every "{{" needs its "}}"'
    return 'write for example "{{ stories|length }} stories"'
