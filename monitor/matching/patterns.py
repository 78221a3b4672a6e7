"""Regular expressions of rules: RE2, linear in the text (github.com/google/re2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from monitor.errors import QueryFault
from monitor.matching.pattern_edges import ascii_class_beside_letter
from monitor.text.characters import unjoined

_MEMORY = 4 << 20


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, ignore_case: bool) -> Any:
    """The compiled RE2 object. Raises ``re2.error`` for what RE2 cannot read."""
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(unjoined(pattern), options)


def check_pattern(pattern: str, ignore_case: bool, position: int) -> None:
    """Raise QueryFault for a pattern that RE2 refuses or that would surprise its author.

    ``position`` is where the pattern begins in the expression.
    """
    import re2

    if not pattern:
        raise QueryFault("the regular expression is empty", position, "write /colou?r/")
    try:
        compiled = compile_pattern(pattern, ignore_case)
    except (re2.error, UnicodeEncodeError) as error:
        message, place = _told(error, pattern)
        raise QueryFault(
            f"the regular expression cannot be read: {message}",
            position + place,
            "it is RE2's syntax: no look-around, no back-references",
        ) from None
    _check_ascii_classes(pattern, position)
    if compiled.search("") is not None or _finds_nothing(compiled):
        raise QueryFault(
            "the regular expression matches any text, even an empty one",
            position,
            "let it ask for at least one character",
        )


def _finds_nothing(compiled: Any) -> bool:
    r"""Whether it is found between the characters of a text, as \b is."""
    found = compiled.search("A 1")
    return found is not None and found.start() == found.end()


def _told(error: Exception, pattern: str) -> tuple[str, int]:
    """RE2's own words, and the place in the pattern that they point at."""
    said = error.args[0] if error.args else ""
    message = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if isinstance(error, UnicodeEncodeError):
        return "a character that is half of one (a lone surrogate)", error.start
    piece = message.partition(": ")[2]
    place = pattern.find(piece) if piece and piece != pattern else -1
    return message, max(place, 0)


def _check_ascii_classes(pattern: str, position: int) -> None:
    """Refuse what RE2 knows for ASCII only where é or the like stands beside it."""
    place = ascii_class_beside_letter(pattern)
    if place is None:
        return
    sign = pattern[place : place + 2]
    edge = sign in (r"\b", r"\B")
    raise QueryFault(
        f"{sign} knows only the letters a to z, and é or я is none to it",
        position + place,
        r"write (?:^|\PL) or (?:\PL|$) for the edge of a word; \pL is any letter"
        if edge
        else r"write \pL for any letter, [\pL\d_] for what words are made of",
    )
