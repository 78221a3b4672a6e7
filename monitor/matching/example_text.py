"""An example written into a rule file that a person keeps. Pure: text in, text out.

The block is inserted behind the rule's last line; not one byte elsewhere changes, so comments,
order, alignment and line endings stay. (A TOML library that edits documents would have to give back
everything else unchanged as well; here nothing else is ever touched.) What comes out is read again
before it is given back: it must say what the file said, and the example.

Strings are basic strings of TOML 1.0 (https://toml.io/en/v1.0.0#string); a long one is written over
several lines, each but the last of a paragraph ended by a backslash, which joins them again.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from monitor.errors import Fault, FaultyInput
from monitor.matching.rule import Example
from monitor.toml_source import Path, TomlSource

_LONGEST_ON_ONE_LINE = 88
_WIDTH = 94
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\r": "\\r"}
_END_OF_ITEM = re.compile(r"(,)?[ \t]*(?:#[^\r]*)?(\r?)")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def with_example(text: str, path: Path, example: Example, name: str) -> str:
    """The text of a rule file with ``example`` added to the rule or vocabulary at ``path``.

    ``text`` is the file as it stands, with its byte order mark and line endings, and ``name`` what
    the file is called in messages. Raises FaultyInput, with the example as it would have to be
    added by hand, where the file is written in a way that leaves no place for it.
    """
    source = TomlSource.read(text, name)
    last = (*path, "example", len(_examples(source.data, path)) - 1)
    if source.table_text(path).startswith("{"):
        raise _by_hand(source, path, example, "a rule in one line has no place for it")
    written = source.table_text(last)
    if written.startswith("{"):
        made = _into_array(text, source, last, example)
    else:
        made = _as_table(text, source, path, example)
    if not _says_the_same(source.data, made, path, example):
        raise _by_hand(source, path, example, "no place was found where it could be added")
    return made


def _entries(path: Path, example: Example) -> list[str]:
    """``[[rule.example]]`` and its keys, each in as many lines as it needs."""
    kind, which = path[0], path[1]
    middle = "" if isinstance(which, int) else f".{_key(which)}"
    values = _keys_of(example)
    keys = [f"{key} = {_value(value, one_line=key != 'text')}" for key, value in values.items()]
    return [f"[[{kind}{middle}.example]]", *keys]


def _examples(data: dict[str, Any], path: Path) -> list[Any]:
    table: Any = data
    for part in path:
        table = table[part]
    found = table.get("example", [])
    return found if isinstance(found, list) else []


def _as_table(text: str, source: TomlSource, path: Path, example: Example) -> str:
    """A ``[[….example]]`` behind the last line of the rule and of its examples so far."""
    lines = text.split("\n")
    count = len(_examples(source.data, path))
    tables = [path, *((*path, "example", number) for number in range(count))]
    after = max(_last_line(source, table) for table in tables)
    crlf = _carriage_return(text)
    indent = _indent(lines[source.line_of(tables[-1]) - 1])
    block = [line for entry in _entries(path, example) for line in (indent + entry).split("\n")]
    before, behind = lines[:after], lines[after:]
    if not behind:  # the last line of the file is not ended
        before[-1] += crlf
        behind = [""]
    blank_behind = [] if not behind[0].strip() else [crlf]
    return "\n".join([*before, crlf, *(line + crlf for line in block), *blank_behind, *behind])


def _last_line(source: TomlSource, path: Path) -> int:
    """The line (from 1) on which what is written of a table ends."""
    written = source.table_text(path).rstrip("\n")
    return source.line_of(path) + written.count("\n") if written else 0


def _carriage_return(text: str) -> str:
    """What stands before the line feeds of most lines."""
    return "\r" if text.count("\r\n") * 2 > text.count("\n") else ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _into_array(text: str, source: TomlSource, last: Path, example: Example) -> str:
    """``{ … }`` behind the last item of ``example = [ … ]``: on a line of its own if that is."""
    lines = text.split("\n")
    number = source.line_of(last) - 1
    item = source.table_text(last)
    column = lines[number].rfind(item.split("\n")[0])
    end = number + item.count("\n")
    at = len(item.rpartition("\n")[2]) + (column if end == number else 0)
    pairs = (f"{key} = {_value(value, one_line=True)}" for key, value in _keys_of(example).items())
    inline = f"{{ {', '.join(pairs)} }}"
    before, behind = lines[end][:at], lines[end][at:]
    ending = _END_OF_ITEM.fullmatch(behind)
    if ending and not lines[number][:column].strip():
        lines[end] = before + ("" if ending[1] else ",") + behind
        lines.insert(end + 1, lines[number][:column] + inline + (ending[1] or "") + ending[2])
    else:
        lines[end] = f"{before}, {inline}{behind}"
    return "\n".join(lines)


def _says_the_same(before: dict[str, Any], text: str, path: Path, example: Example) -> bool:
    """Whether ``text`` says what the file said before, and the example as the rule's last."""
    wanted = copy.deepcopy(before)
    table: Any = wanted
    for part in path:
        table = table[part]
    table.setdefault("example", []).append(_keys_of(example))
    try:
        found = tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return False
    return found == wanted


def _by_hand(source: TomlSource, path: Path, example: Example, why: str) -> FaultyInput:
    told = f"{why}; nothing was changed"
    detail = "\n".join(_entries(path, example))
    fault = Fault(source.name, source.line_of(path), "", told, "add it by hand", detail)
    return FaultyInput((fault,))


def _keys_of(example: Example) -> dict[str, Any]:
    """The keys of an example in the order in which people write them, without the empty ones."""
    keys: dict[str, Any] = {
        "title": example.title,
        "text": example.text,
        "language": example.language,
        "feed": example.feed,
        "tags": list(example.tags),
        "url": example.url,
    }
    return {key: value for key, value in keys.items() if value} | {"match": example.match}


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _on_one_line(name)


def _value(value: Any, *, one_line: bool = False) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_on_one_line(item) for item in value)}]"
    if one_line or ("\n" not in value and len(value) <= _LONGEST_ON_ONE_LINE):
        return _on_one_line(value)
    return _over_lines(value)


def _on_one_line(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text).replace("\n", "\\n") + '"'


def _over_lines(text: str) -> str:
    """A multi-line string; its first line break is not part of it."""
    paragraphs = ("".join(_escaped(c, quotes=True) for c in line) for line in text.split("\n"))
    folded = "\n".join(" \\\n".join(_folded(paragraph)) for paragraph in paragraphs)
    # Quotes need a backslash only where three would end the string.
    safe = re.sub(r'"(?="")|"\Z', r"\\" + '"', folded)
    return f'"""\n{safe}"""'


def _folded(paragraph: str) -> Iterator[str]:
    """Pieces of a paragraph that were parted by one blank each, none longer than need be.

    A backslash at the end of a line swallows every blank after it, so a piece never begins with
    one.
    """
    while len(paragraph) > _WIDTH:
        breaks = [m.start() for m in re.finditer(r"(?<=\S) (?=\S)", paragraph)]
        within = [at for at in breaks if at <= _WIDTH]
        at = within[-1] if within else next(iter(breaks), 0)
        if not at:
            break
        yield paragraph[:at]
        paragraph = paragraph[at + 1 :]
    yield paragraph


def _escaped(char: str, *, quotes: bool = False) -> str:
    """A character as a basic string has it; ``quotes``: a quotation mark may stand as it is."""
    if char == '"':
        return char if quotes else '\\"'
    if char in _ESCAPES:
        return _ESCAPES[char]
    if (char < " " and char != "\n") or "\x7f" <= char <= "\x9f" or char in "\u2028\u2029\ufeff":
        return f"\\u{ord(char):04X}"
    return char
