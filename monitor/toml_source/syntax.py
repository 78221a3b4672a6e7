"""Says in plain words why a text is not TOML, and guesses what was meant.

tomllib's own messages name the rule that broke; a person needs what to write instead. Nothing of
a value is repeated unless it is asked for, because a value may be a password.
"""

from __future__ import annotations

import re

from monitor.errors import Fault
from monitor.toml_source.marked import caret

_SUFFIX = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY_OF_LINE = re.compile(r"""\s*(?:[{,]\s*)?([\w.-]+)\s*=""")
_APOSTROPHE = re.compile(r"'[^']*\w'\Z")
_PAIR = re.compile(r"[\w.-]+\s*=")
_CURLY = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_WORDS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false"} | {
    "off": "false"
}

_QUOTES = (
    "a text in quotes is not closed",
    'close it on its line with the quote it began with, or begin and end it with """',
)
_MESSAGES: dict[str, tuple[str, str]] = {
    "Unescaped '\\'": (
        "a backslash in double quotes means something special",
        "use single quotes, in which it is just itself: '…', or write it twice",
    ),
    "Illegal character": _QUOTES,
    "Found invalid character": _QUOTES,
    "Unterminated string": _QUOTES,
    "Expected \"'": _QUOTES,
    "Unclosed array": (
        "a list is not written to its end",
        'separate its items with commas and close it with "]"',
    ),
    "Unclosed inline table": (
        "a table in braces is not written to its end",
        'separate its pairs with commas and close it with "}" on the same line',
    ),
    "Duplicate inline table key": ("a key is there twice in one table", "keep one of them"),
    "Expected ']": ("the heading of a table is not closed", 'write "[name]" or "[[name]]"'),
    "Cannot redefine namespace": (
        "a table is both a single one and one of several",
        "write all its headings with two brackets, [[name]], or one heading with one, [name]",
    ),
    "Cannot mutate immutable": (
        "a table that was written in braces or a list is added to",
        "write all of it in one place",
    ),
    "Invalid date": ("there is no such date or time", "write it as 2026-01-31"),
    "Invalid initial character": (
        "a key was expected",
        'write key = value; a key of other than letters, digits, "-" and "_" stands in quotes',
    ),
    "Invalid hex value": ("an escape in double quotes is wrong", 'write four digits: "\\u00e9"'),
    "Escaped character": ("an escape in double quotes names no character", "use the letter itself"),
}


def syntax_fault(error: Exception, text: str, name: str, *, quoting: bool = False) -> Fault:
    """The fault in ``text`` (file ``name``) that made tomllib raise ``error``.

    ``quoting``: with the line that it stands on, and a caret under the place.
    """
    if text.startswith("{\\rtf"):
        message = "is a document of a word processor (RTF)"
        return Fault(name, 1, "", message, "save it as plain text, under the same name")
    if isinstance(error, RecursionError):
        return Fault(name, 0, "", "lists or tables stand too deep within each other")
    found = _SUFFIX.search(str(error))
    reason = str(error)[: found.start()] if found else str(error)
    column = 0
    opened = _opening_of_endless_text(reason, text) if found and not found.group(1) else -1
    if found and found.group(1):
        line, column = int(found.group(1)), int(found.group(2))
        shown = column
        where = f"column {column}: "
    elif opened >= 0:
        line, shown = text.count("\n", 0, opened) + 1, opened - text.rfind("\n", 0, opened)
        where = f"column {shown}: "
    else:
        line, shown = text.rstrip().count("\n") + 1, 0
        where = "at the end: " if found else ""
    written = [*text.split("\n"), ""][line - 1]
    message, hint = _ended_too_early(reason, written, column) or _explain(reason, written, column)
    detail = caret(written, (shown or len(written) + 1) - 1) if quoting else ""
    return Fault(name, line, "", f"not valid TOML, {where}{message}", hint, detail)


def _opening_of_endless_text(reason: str, text: str) -> int:
    """Where the quotes were opened that are never closed: the last of their kind; else -1."""
    for quotes in ("'''", '"""', "'", '"'):
        if reason in (f"Expected {quotes!r}", "Unterminated string") and quotes in text:
            return text.rindex(quotes)
    return -1


def _explain(reason: str, written: str, column: int) -> tuple[str, str]:
    """Message and hint for tomllib's ``reason`` at ``column`` of the line ``written``."""
    key_found = _KEY_OF_LINE.match(written)
    key = key_found.group(1) if key_found else "key"
    rest = written[column - 1 :].strip() if column else ""
    if rest[:1] and rest[0] in _CURLY:
        return "a curly quote, as letters and web pages have them", 'write straight quotes: "…"'
    if reason.startswith(("Cannot overwrite a value", "Cannot declare")):
        return _twice(reason, written, key)
    if reason.startswith("Expected '=' after a key"):
        return _no_equals_sign(rest, written)
    if reason.startswith(("Invalid value", "Expected newline", "Invalid statement")):
        return _no_value(rest, key, bool(key_found))
    for beginning, told in _MESSAGES.items():
        if reason.startswith(beginning):
            return told
    return "this cannot be read", "see https://toml.io for how TOML is written"


def _ended_too_early(reason: str, written: str, column: int) -> tuple[str, str] | None:
    """A quote that was meant for a part of the text, and ended it: ``'Côte d'Ivoire'``."""
    if not column or not reason.startswith(("Expected newline", "Unclosed")):
        return None
    key_found = _KEY_OF_LINE.match(written)
    before, behind = written[: column - 1], written[column - 1 :]
    value = written.partition("=")[2].lstrip()
    in_list = value.startswith(("[", "{"))
    to_write = "write " if in_list or not key_found else f"write {key_found.group(1)} = "
    if _APOSTROPHE.search(before) and behind[:1].isalpha():
        return "the apostrophe ends the text that stands in single quotes", f"{to_write}'''…'''"
    if not value.startswith('"') and not (in_list and before.endswith('"')):
        return None
    if not behind or behind[0] in "#,]}" or _PAIR.match(behind):
        return None
    three = "'" in value
    quotes, named = ("'''", "three single quotes") if three else ("'", "single quotes")
    message = "a text stands without quotes, or something follows a value"
    return message, f"{to_write}{quotes}…{quotes}, in {named}, where the text holds double ones"


def _twice(reason: str, written: str, key: str) -> tuple[str, str]:
    if reason.startswith("Cannot declare") or written.lstrip().startswith("["):
        heading = written.strip().strip("[] ")
        return (
            f"the table [{heading}] is there twice",
            f"put both parts under one heading; several of a kind are written [[{heading}]]",
        )
    return f'the key "{key}" is set twice', "keep one of them"


def _no_equals_sign(rest: str, written: str) -> tuple[str, str]:
    if rest.startswith(":"):
        return 'a ":" after a key', 'write "=" instead'
    if "=" in rest:
        before = written.split("=", maxsplit=1)[0].strip()
        return (
            f'"{before}" is more than one word before the "="',
            'a key is one word, such as max_size, or stands in quotes: "max size"',
        )
    return 'there is no "=" after the key', "write key = value, or [name] for the head of a table"


def _no_value(rest: str, key: str, has_key: bool) -> tuple[str, str]:
    word = rest.split("#", maxsplit=1)[0].strip().rstrip(",")
    if not has_key:
        return "this is neither a key with its value nor the head of a table", "write key = value"
    if not word:
        return f'nothing stands after "{key} ="', f'write {key} = "…"'
    if word.lower() in _WORDS:
        return f"{word} is not how TOML writes it", f"write {key} = {_WORDS[word.lower()]}"
    return "a text stands without quotes, or something follows a value", f'write {key} = "…"'
