"""From a digest to the messages that are sent: HTML, text and JSON, and a subject on one line.

What a template sees is told in ``monitor.digests.view``. A user's template or subject that fails
never stops a digest: ours takes its place, and the digest says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Template

from monitor.digests.options import DEFAULT_SUBJECT, DigestOptions
from monitor.digests.parts import Part, TooLarge, split
from monitor.digests.payload import payload
from monitor.digests.problem_view import in_telling_order
from monitor.digests.sandbox import Sandbox, TemplateError, compiled, own_sandbox, run, sandbox_for
from monitor.digests.view import (
    WHOLE,
    Counts,
    Detail,
    Place,
    counts_of,
    names_for_template,
)
from monitor.model import Digest, Message, Problem, ProblemKind
from monitor.records import dataclass
from monitor.text.wording import one_line

HTML_LIMIT = 98_000
"""Bytes of a message's HTML: mail programs cut at 102 kB, and we promise less than 100 kB."""

_LONGEST_SUBJECT = 200
_UNKNOWN_PLACE = Place(part=99, parts=99)


@dataclass(frozen=True, slots=True)
class Rendered:
    """The messages of one digest, and what to tell its owner about templates that failed."""

    messages: tuple[Message, ...]
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Face:
    """One of the templates in use; ``file`` names it for people, ``own`` is true for ours."""

    name: str
    template: Template
    file: str = ""
    own: bool = True


class _FaceFailed(Exception):
    """A face could not be rendered."""

    def __init__(self, face: _Face, error: TemplateError) -> None:
        super().__init__(str(error))
        self.face = face
        self.error = error


@dataclass(slots=True)
class Renderer:
    """Renders digests; keeps compiled templates, and reads a user's again when they change."""

    _ours: dict[str, _Face] = field(default_factory=dict)
    _sandboxes: dict[Path, Sandbox] = field(default_factory=dict)

    def render(self, digest: Digest, options: DigestOptions) -> Rendered:
        """The messages of ``digest``: one, or several where its HTML would be too large.

        Every story is in exactly one of them. The first keeps the digest's id, the others add
        their number ("-2"). Complaints are also told in the digest itself, as problems.
        """
        faces, complaints = self._faces(options)
        while True:
            told = _with_complaints(digest, complaints)
            try:
                return Rendered(_messages(told, options.timezone, faces), tuple(complaints))
            except _FaceFailed as failed:
                if failed.face.own:
                    raise failed.error from None
                complaints.append(_complaint(failed.face, failed.error))
                faces[failed.face.name] = self._own(failed.face.name)

    def our_own(self, file: str, names: dict[str, Any]) -> str:
        """One of our own templates, ``health.html`` or the like, with these names in it.

        Raises TemplateError.
        """
        document = run(self._sandbox(None).get_template(f"wirewatch/{file}"), names)
        return _styled(document) if file.endswith(".html") else document

    def _faces(self, options: DigestOptions) -> tuple[dict[str, _Face], list[str]]:
        """The templates for ``options``, ours where the user has none or a faulty one."""
        complaints: list[str] = []
        faces = {name: self._own(name) for name in ("subject", "html", "text")}
        for name, file, load in self._users(options):
            try:
                faces[name] = _Face(name, compiled(load), file, own=False)
            except TemplateError as error:
                complaints.append(_complaint(replace(faces[name], file=file), error))
        if options.template and not _files(options.template):
            complaints.append(
                f"template: there is neither {options.template.name}.html nor "
                f"{options.template.name}.txt in {options.template.parent.name or '.'}; "
                "Wirewatch used its own"
            )
        return faces, complaints

    def _users(self, options: DigestOptions) -> list[tuple[str, str, Callable[[], Template]]]:
        """The user's own templates: the face, what people call it, and how it is read."""
        found: list[tuple[str, str, Callable[[], Template]]] = []
        if options.subject != DEFAULT_SUBJECT:
            ours = self._sandbox(None)
            found.append(("subject", "subject", partial(ours.from_string, options.subject)))
        for name, path in _files(options.template).items():
            sandbox = self._sandbox(path.parent)
            shown = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
            found.append((name, shown, partial(sandbox.get_template, path.name)))
        return found

    def _own(self, name: str) -> _Face:
        """Our template for a face, compiled once."""
        if name not in self._ours:
            ours = self._sandbox(None)
            if name == "subject":
                template = ours.from_string(DEFAULT_SUBJECT)
            else:
                file = {"html": "digest.html", "text": "digest.txt"}[name]
                template = ours.get_template(f"wirewatch/{file}")
            self._ours[name] = _Face(name, template)
        return self._ours[name]

    def _sandbox(self, folder: Path | None) -> Sandbox:
        key = folder or Path()
        if key not in self._sandboxes:
            self._sandboxes[key] = sandbox_for(folder) if folder else own_sandbox()
        return self._sandboxes[key]


def _files(template: Path | None) -> dict[str, Path]:
    """The files there are for a template's path without its ending."""
    if template is None:
        return {}
    paths = {
        "html": template.with_name(f"{template.name}.html"),
        "text": template.with_name(f"{template.name}.txt"),
    }
    return {name: path for name, path in paths.items() if path.is_file()}


def _complaint(face: _Face, error: TemplateError) -> str:
    """What to tell the template's owner."""
    file = face.file
    if error.file and not file.endswith(error.file):
        file = f"{file} (in {error.file})"
    line = f", line {error.line}" if error.line and face.name != "subject" else ""
    return f"{file}{line}: {one_line(str(error), 300)}; Wirewatch used its own"


def _with_complaints(digest: Digest, complaints: list[str]) -> Digest:
    """The digest with what is to be said about its templates among its problems.

    A complaint that an earlier sending left among them is not said twice, and keeps its date.
    """
    known = [
        problem.message
        for problem in digest.problems
        if problem.kind is ProblemKind.DIGEST and problem.name == digest.name
    ]
    problems = tuple(
        Problem(ProblemKind.DIGEST, digest.name, digest.composed_at, complaint)
        for complaint in complaints
        if not any(complaint in message for message in known)
    )
    return replace(digest, problems=digest.problems + problems)


def _messages(digest: Digest, zone: ZoneInfo, faces: dict[str, _Face]) -> tuple[Message, ...]:
    """The digest, split if need be, and each part rendered."""
    counts = counts_of(digest)
    whole = names_for_template(digest, zone, counts, Place(), WHOLE)
    subject = _one_subject(faces["subject"], whole)
    parts = _split(digest, subject, zone, faces["html"])
    return tuple(
        _message(part, number, len(parts), subject, zone, counts, faces)
        for number, part in enumerate(parts, 1)
    )


def _one_subject(face: _Face, names: dict[str, Any]) -> str:
    """The subject on one line; a template that gives none counts as failed."""
    subject = one_line(_rendered(face, names), _LONGEST_SUBJECT)
    if not subject:
        raise _FaceFailed(face, TemplateError("the subject came out empty"))
    return subject


def _split(digest: Digest, subject: str, zone: ZoneInfo, face: _Face) -> tuple[Part, ...]:
    """The parts whose HTML keeps within the limit."""
    counts = counts_of(digest)

    def weigh(part: Digest, detail: Detail) -> int:
        names = names_for_template(part, zone, counts, _UNKNOWN_PLACE, detail)
        return len(_html(face, {**names, "subject": f"{subject} (99/99)"}).encode())

    try:
        return split(digest, weigh, HTML_LIMIT)
    except TooLarge:
        message = f"it gives more than {HTML_LIMIT // 1000} kB even with a single story"
        raise _FaceFailed(face, TemplateError(message)) from None


def _message(
    part: Part,
    number: int,
    parts: int,
    subject: str,
    zone: ZoneInfo,
    counts: Counts,
    faces: dict[str, _Face],
) -> Message:
    """One part as a message of its own."""
    digest = part.digest
    if number > 1:
        digest = replace(digest, id=f"{digest.id}-{number}")
    line = f"{subject} ({number}/{parts})" if parts > 1 else subject
    place = Place(number, parts, part.before)
    shown = names_for_template(digest, zone, counts, place, part.detail) | {"subject": line}
    whole = names_for_template(digest, zone, counts, place, WHOLE) | {"subject": line}
    for_programs = replace(digest, problems=in_telling_order(digest.problems))
    document = json.dumps(payload(for_programs, line), ensure_ascii=False)
    return Message(
        id=digest.id,
        digest=digest.name,
        composed_at=digest.composed_at,
        subject=line,
        html=_html(faces["html"], shown),
        text=_rendered(faces["text"], whole),
        json=document.encode("utf-8", "replace"),
        first_told=tuple((s.id, s.first_told) for s in digest.stories if s.first_told),
    )


def _rendered(face: _Face, names: dict[str, Any]) -> str:
    """What a face's template gives."""
    try:
        return run(face.template, names)
    except TemplateError as error:
        raise _FaceFailed(face, error) from error


def _html(face: _Face, names: dict[str, Any]) -> str:
    """The HTML with its styles written into the elements, for mail programs that drop the rest."""
    document = _rendered(face, names)
    try:
        return _styled(document)
    except ValueError as error:
        raise _FaceFailed(face, TemplateError(f"its styles cannot be read: {error}")) from error


def _styled(document: str) -> str:
    return str(_inliner("data-css-inline" in document).inline(document))


@lru_cache(maxsize=2)
def _inliner(keeps_its_own: bool) -> Any:
    """What moves styles into elements, and never fetches any.

    Media queries stay. Where a document marks the styles to keep (ours does) they stay in their
    place, after the character set; else css-inline gathers them at the very top.
    """
    from css_inline import CSSInliner

    return CSSInliner(
        keep_at_rules=not keeps_its_own, minify_css=True, load_remote_stylesheets=False
    )
