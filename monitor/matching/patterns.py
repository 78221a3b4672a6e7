"""Regular expressions of rules: RE2, linear in the text (github.com/google/re2)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from monitor.errors import QueryFault

_MEMORY = 4 << 20
_ASCII_ONLY = re.compile(r"\\[bBwW]")
_BETWEEN = re.compile(r"(?:\(\?(?:P?<\w+>|[a-zA-Z-]*:)|[()|?*+^$\[\]]|\{\d*,?\d*\})*")


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, ignore_case: bool) -> Any:
    """The compiled RE2 object. Raises ``re2.error`` for what RE2 cannot read."""
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(pattern, options)


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
    if compiled.search("") is not None:
        raise QueryFault(
            "the regular expression matches any text, even an empty one",
            position,
            "let it ask for at least one character",
        )


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
    """RE2 knows ``\\b`` and ``\\w`` for ASCII only: beside é they say the wrong thing."""
    for found in _ASCII_ONLY.finditer(pattern):
        if _is_escaped(pattern, found.start()):
            continue
        after = _BETWEEN.match(pattern, found.end())
        right = pattern[after.end() : after.end() + 1] if after else ""
        left = _left_of(pattern, found.start())
        if any(_is_foreign_letter(char) for char in (left, right)):
            raise QueryFault(
                f"{found.group()} knows only the letters a to z, and é or я is none to it",
                position + found.start(),
                r"write \pL for any letter, and (?:^|\PL) or (?:\PL|$) for the edge of a word",
            )


def _left_of(pattern: str, at: int) -> str:
    """The character that the pattern asks for right before ``at``, brackets and counts apart."""
    before = pattern[:at].rstrip("()|?*+^$[]:")
    while before.endswith("}") and "{" in before:
        before = before[: before.rindex("{")].rstrip("()|?*+^$[]:")
    return before[-1:]


def _is_escaped(pattern: str, at: int) -> bool:
    slashes = len(pattern[:at]) - len(pattern[:at].rstrip("\\"))
    return slashes % 2 == 1


def _is_foreign_letter(char: str) -> bool:
    return bool(char) and not char.isascii() and unicodedata.category(char)[0] in "LM"
