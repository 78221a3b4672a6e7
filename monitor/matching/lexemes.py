"""A rule's expression cut into the pieces of its grammar, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from monitor.errors import QueryFault
from monitor.matching.field_values import refuse_long_name
from monitor.matching.foreign import refuse_foreign, refuse_number_apart
from monitor.records import dataclass
from monitor.text.characters import INVISIBLE

LONGEST = 200_000
"""Characters of an expression; more is a mistake (and would be slow to show)."""


class Kind(Enum):
    """What a piece is."""

    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    MINUS = auto()
    NEAR = auto()
    BEFORE = auto()
    EXCEPT = auto()
    ATLEAST = auto()
    EXACT_SIGN = auto()
    WORD = auto()
    QUOTED = auto()
    REGEX = auto()
    VOCABULARY = auto()
    SCOPE = auto()
    ATTRIBUTE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece: characters ``start`` to ``end`` of the expression.

    ``text`` is what it holds (a word, what the quotes enclose, a pattern, a field's key);
    ``value`` is a field's value or a pattern's flags, and stands at ``value_start``; of a word it
    is the word as written, of which ``text`` has full-width letters made plain. ``number`` is that
    of ``NEAR/10``, None where none is written.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    value: str = ""
    value_start: int = 0
    number: int | None = None


SCOPES = ("title", "lead")
ATTRIBUTES = ("country", "lang", "feed", "tag", "author", "site")
LARGEST_NUMBER = 100_000

_PLAIN = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "“”„‟«»‹›「」『』《》｢｣〝〞❝❞＂"), '"'),
    **dict.fromkeys(map(ord, "\u00a0\u1680\u202f\u205f\u3000\t\n\r\v\f"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    **dict.fromkeys((0x2212, 0xFE63), "-"),
}
"""Curly quotes, blanks and full-width signs are as good as plain ones; lengths stay equal."""

UNUSUAL = INVISIBLE + "".join(char for char in map(chr, _PLAIN) if not char.isascii())
"""The signs that stand for plain ones, or for none; blanks of one byte apart."""

_AT_EDGES = re.compile(rf'(?<![^\s()"])[{INVISIBLE}]+|[{INVISIBLE}]+(?![^\s()"])')
"""Marks of writing direction and the like, pasted along with a word or an operator."""

_RUN = re.compile(r'[^\s()"]+')
_OPERATOR = re.compile(r"(NEAR|BEFORE|ATLEAST)(?:/(.*))?", re.DOTALL)
_VOCABULARY = re.compile(r"@([^\W_][\w-]*)")
_NAME_OF_WORDS = re.compile(r'[^\s()"]+(?:[ ]+[^\s()":]+){1,5}')
"""A field's value with the words behind it, which may belong to it."""

_LONGEST_CODE = 2
_FIELD = re.compile(r"([A-Za-z]{1,10}):")
_AT_NUMBER = re.compile(r"@\d+(?![^\s)])")
_FLAGS = re.compile(r"[A-Za-z0-9]*")
_SINGLE_QUOTED = re.compile(r"['‘][^'’\"()]*\s[^'’\"()]*['’](?=[\s)]|$)")
_BARE = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT, "EXCEPT": Kind.EXCEPT}


def lexemes(text: str) -> tuple[Lexeme, ...]:
    """The pieces of ``text``, the last of kind END. Raises QueryFault with the place."""
    if len(text) > LONGEST:
        raise QueryFault(
            f"the expression has {len(text):,} characters, more than {LONGEST:,}",
            LONGEST,
            "make several rules of it, or a vocabulary",
        )
    plain = text
    if not text.isascii():
        plain = _AT_EDGES.sub(lambda found: " " * len(found.group()), text.translate(_PLAIN))
    return tuple(_scan(text, plain))


def _scan(written: str, plain: str) -> Iterator[Lexeme]:
    position = 0
    while position < len(plain):
        if plain[position].isspace():
            position += 1
            continue
        piece = _piece(written, plain, position)
        yield piece
        position = piece.end
    yield Lexeme(Kind.END, len(plain), len(plain))


def _piece(written: str, plain: str, at: int) -> Lexeme:
    char = plain[at]
    if char in "()":
        return Lexeme(Kind.OPEN if char == "(" else Kind.CLOSE, at, at + 1)
    if char == '"':
        return _quoted(written, plain, at)
    if char == "/":
        return _regex(written, plain, at)
    if char in "-–" and _goes_on(plain, at + 1):
        if at > 0 and plain[at - 1] in ')"':
            raise QueryFault(
                "a hyphen right behind a quote or a bracket says nothing", at, "put a blank before"
            )
        return Lexeme(Kind.MINUS, at, at + 1)
    if char == "=":
        return _exact_sign(plain, at)
    return _run(written, plain, at)


def _goes_on(plain: str, at: int) -> bool:
    """Whether something stands at ``at`` that a sign before it can belong to."""
    return at < len(plain) and not plain[at].isspace() and plain[at] not in ")-–"


def _exact_sign(plain: str, at: int) -> Lexeme:
    if not _goes_on(plain, at + 1) or plain[at + 1] in "(=@/":
        raise QueryFault("= stands right before a word or a phrase", at, 'write =US or ="Base 101"')
    return Lexeme(Kind.EXACT_SIGN, at, at + 1)


def _quoted(written: str, plain: str, at: int) -> Lexeme:
    end = plain.find('"', at + 1)
    if end < 0:
        raise QueryFault("the quote that begins here is never closed", at, 'expected another "')
    if plain[end + 1 : end + 2] in ("~", "^") or _AT_NUMBER.match(plain, end + 1):
        refuse_foreign(plain, at, plain[at : end + 1], _RUN.match(plain, end + 1))
    return Lexeme(Kind.QUOTED, at, end + 1, written[at + 1 : end])


def _regex(written: str, plain: str, at: int) -> Lexeme:
    end = _closing_slash(plain, at + 1)
    flags = _FLAGS.match(plain, end + 1) if end > 0 else None
    if flags is None or flags.group() not in ("", "i") or _continues(plain, flags.end()):
        refuse_foreign(plain, at, "", _RUN.match(plain, at))
    if flags is None:
        raise QueryFault(
            "the regular expression that begins here is never closed",
            at,
            "expected another /; a slash within it is written \\/",
        )
    if flags.group() not in ("", "i") or _continues(plain, flags.end()):
        raise QueryFault(
            "only i (ignore case) may follow a regular expression",
            end + 1,
            "write /…/ or /…/i, then a blank; a slash within it is written \\/",
        )
    return Lexeme(Kind.REGEX, at, flags.end(), written[at + 1 : end], flags.group(), at + 1)


def _continues(plain: str, at: int) -> bool:
    return at < len(plain) and plain[at] not in " )("


def _closing_slash(plain: str, at: int) -> int:
    while at < len(plain) and plain[at] != "/":
        at += 2 if plain[at] == "\\" else 1
    return at if at < len(plain) else -1


def _run(written: str, plain: str, at: int) -> Lexeme:
    """Whatever is neither bracket, quote nor regex: an operator, a field, a vocabulary, a word."""
    field = _FIELD.match(plain, at)
    if field and field.group(1).lower() in SCOPES + ATTRIBUTES:
        return _field(written, plain, field)
    found = _RUN.match(plain, at)
    assert found is not None  # noqa: S101 - a run has at least the character at ``at``
    run, end = found.group(), found.end()
    if run in _BARE:
        return Lexeme(_BARE[run], at, end)
    if operator := _OPERATOR.fullmatch(run):
        return _with_number(plain, operator, found)
    if run.startswith("@"):
        return _vocabulary(run, at, end, plain[at - 1 : at])
    refuse_foreign(plain, at, "", found)
    if single := _SINGLE_QUOTED.match(plain, at):
        raise QueryFault(
            "single quotes do not make a phrase", at, f'write "{single.group()[1:-1].strip()}"'
        )
    return Lexeme(Kind.WORD, at, end, run, written[at:end])


def _with_number(plain: str, operator: re.Match[str], run: re.Match[str]) -> Lexeme:
    name, number = operator.groups()
    kind, at, end = Kind[name], run.start(), run.end()
    if number is None:
        refuse_number_apart(plain, at, name, end)
        if kind is Kind.ATLEAST:
            raise QueryFault("ATLEAST needs a number", end, "write ATLEAST/3")
        return Lexeme(kind, at, end)
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        refuse_foreign(plain, at, "", run)
        meant = int(number) if number.isdecimal() and len(number) <= 4 else _example(kind)
        raise QueryFault(f"{name}/ needs a whole number", at, f"write {name}/{meant}")
    if int(number) > LARGEST_NUMBER or (kind is Kind.ATLEAST and int(number) < 1):
        raise QueryFault(f"{name}/{number} is out of range", at, f"write {name}/{_example(kind)}")
    return Lexeme(kind, at, end, number=int(number))


def _example(kind: Kind) -> int:
    return 3 if kind is Kind.ATLEAST else 10


def _vocabulary(run: str, at: int, end: int, touching: str = "") -> Lexeme:
    found = _VOCABULARY.fullmatch(run)
    if found is None or (touching and touching in ')"'):
        raise QueryFault(
            "after @ stands the name of a vocabulary: letters, digits, hyphens, underscores",
            at,
            "write @troops",
        )
    return Lexeme(Kind.VOCABULARY, at, end, found.group(1))


def _field(written: str, plain: str, field: re.Match[str]) -> Lexeme:
    key, at, end = field.group(1).lower(), field.start(), field.end()
    if plain[end : end + 1] in ("-", "–", "−"):
        example = _FIELD_EXAMPLES[key].partition(" ")[0]
        raise QueryFault(f"{key}: is followed by its value", end, f"write -{example}")
    if not _goes_on(plain, end):
        raise QueryFault(
            f"nothing stands after {key}:", end, f"write {_FIELD_EXAMPLES[key]}, without a blank"
        )
    if key in SCOPES:
        return Lexeme(Kind.SCOPE, at, end, key)
    if plain[end] == "(":
        raise QueryFault(
            f"{key}: takes one value",
            end,
            f"write ({_FIELD_EXAMPLES[key]} OR {key}:…)",
        )
    if plain[end] == '"':
        value = _quoted(written, plain, end)
        return Lexeme(Kind.ATTRIBUTE, at, value.end, key, value.text, end + 1)
    run = _RUN.match(plain, end)
    assert run is not None  # noqa: S101 - something stands there, and it is no bracket or quote
    _must_be_one_value(key, run)
    if key == "country" and len(run.group()) > _LONGEST_CODE:
        refuse_long_name(_NAME_OF_WORDS.match(plain, end))
    return Lexeme(Kind.ATTRIBUTE, at, run.end(), key, written[end : run.end()], end)


def _must_be_one_value(key: str, run: re.Match[str]) -> None:
    """Refuse ``tag:a,b`` and ``feed:'World desk'``, of which only a part would be read."""
    values = [value for value in run.group().split(",") if value]
    if len(values) > 1:
        either = " OR ".join(f"{key}:{value}" for value in values)
        raise QueryFault(f"{key}: takes one value", run.start(), f"write ({either})")
    if run.group()[0] in "'‘’`":
        hint = f"write {_FIELD_EXAMPLES[key]}"
        raise QueryFault("single quotes do not hold a value together", run.start(), hint)


_FIELD_EXAMPLES = {
    "title": "title:troops or title:(…)",
    "lead": "lead:troops or lead:(…)",
    "country": "country:NE",
    "lang": "lang:it",
    "feed": 'feed:"World desk"',
    "tag": "tag:world",
    "author": 'author:"Jane Doe"',
    "site": "site:bbc.co.uk",
}
