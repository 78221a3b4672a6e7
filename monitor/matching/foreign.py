"""What other tools write, recognised so that it is answered with our form and never guessed at.

Looked up in the manuals of Google, Lexis and Nexis, Factiva, Westlaw, Meltwater, Brandwatch,
Talkwalker, Ovid, EBSCO and Lucene. Whatever else is no plain word (``troop+``, ``a..b``) is a fault
too: a sign that we would leave out of a word may mean something to the person who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from monitor.errors import QueryFault
from monitor.matching.foreign_fields import refuse_field, refuse_function
from monitor.text.characters import INVISIBLE, marks

Answer = Callable[[re.Match[str]], str]

_CLOSE = "another tool's way to say that words stand close"
_ORDERED = "another tool's way to say that one word follows another"
_FORM = "another tool's form"
_CAPITALS = "operators are written in capitals"
_PARTS = "sentences and paragraphs cannot be asked for"
_SENTENCE = "write NEAR/15 for about a sentence, NEAR/50 for about a paragraph"
_APART = "nothing asks for words that stand apart"
_ENGLISH = "operators are English"
_NO_LETTER = "there is no sign for one letter"
_ENDING = "another tool's ending"
_ROUND = "write ( and ); words in brackets are looked for as they are"
_QUOTES = "such quotes mean nothing here"


def _say(hint: str) -> Answer:
    """A hint that may hold ``{0}``, ``{1}`` … for the groups of what was recognised, ``{w}``."""
    return lambda found: hint.format(*(group or "" for group in found.groups()), w=found.group())


def _one_letter(found: re.Match[str]) -> str:
    pattern = re.sub("[?%#]", ".", found.group()).replace("*", r"\pL*")
    return f"write the word in full (all its forms are found), or /{pattern}/i"


def _inner_star(found: re.Match[str]) -> str:
    pattern = found.group().replace("*", r"\pL*")
    return f"write {found.group(1)}* for a beginning, or /{pattern}/i"


def _table(*rows: tuple[str, str, str | Answer]) -> tuple[tuple[str, str, Answer], ...]:
    return tuple(
        (pattern, message, _say(hint) if isinstance(hint, str) else hint)
        for pattern, message, hint in rows
    )


@cache  # the patterns of the tables are compiled when a word first needs them: few do
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_LOWER_CASE = {
    **{"and": "AND", "or": "OR", "not": "NOT", "near": "NEAR", "atleast": "ATLEAST/3"},
    **{"before": "BEFORE", "except": "EXCEPT"},
}

_NAMED = {
    **dict.fromkeys(("WITHIN", "AROUND"), (_CLOSE, "write NEAR, or NEAR/10 with a distance")),
    **dict.fromkeys(("ADJ", "NEXT"), (_ORDERED, "write BEFORE/0, or a phrase in quotes")),
    **dict.fromkeys(
        ("ONEAR", "onear", "PRECEDES", "FOLLOWED", "FBY"),
        (_ORDERED, "write BEFORE, or BEFORE/10 with a distance"),
    ),
    "AFTER": (_ORDERED, "write B BEFORE A for A AFTER B"),
    **dict.fromkeys(("SAME", "SENTENCE", "PARAGRAPH", "PARA"), (_PARTS, _SENTENCE)),
    **dict.fromkeys(("NOTNEAR", "notnear", "NOTWITHIN"), (_APART, "write A AND NOT (A NEAR/10 B)")),
    **dict.fromkeys(("ANDNOT", "andnot", "BUTNOT", "butnot"), (_FORM, "write AND NOT, or -word")),
    "XOR": ("there is no XOR", "write (A OR B) AND NOT (A AND B)"),
    "UND": (_ENGLISH, "write AND"),
    **dict.fromkeys(("ODER", "OU", "ИЛИ"), (_ENGLISH, "write OR")),
    **dict.fromkeys(("NICHT", "НЕ"), (_ENGLISH, "write NOT")),
}
"""Words as they stand that are operators elsewhere."""

NEEDS_NEIGHBOURS = re.compile(
    r"(?i:before|except|within|around|next|precedes|followed|after|same|sentence|paragraph|para"
    r"|und|oder|nicht|ou|или|не|[wn]\d{1,2})\Z"
)
"""Words that people look for as well: an operator is meant only where they stand between terms."""

_NUMBERED = _table(
    (r"(?i:near|within)(\d+)", _CLOSE, "write NEAR/{0}"),
    (r"(?i:near)(\d+)f", _ORDERED, "write BEFORE/{0}"),
    (r"(?i:w)(\d{1,2})", _CLOSE, "write NEAR/{0}"),
    (r"(?i:n)([1-9]|[1-4]\d|50)", _CLOSE, "write NEAR/{0}"),
    (r"(?i:pre|adj|onear|next)(\d+)", _ORDERED, "write BEFORE/{0}"),
    (r"(?i:atl(?:east)?)(\d+)", _FORM, "write troops ATLEAST/{0}"),
    (r"(\w+)\.\.+(\w+)", "there are no ranges", "name each: {0} OR {1}"),
    (r"(\w+)\.(?:ti|ab|kw|tw|mp|hw|tx|so|au)\.", _FORM, "write title:{0}, or {0} alone"),
    (r"(AND|OR|NOT|NEAR|BEFORE|EXCEPT)[-–—](.+)", "it touches the operator", "write {0} {1}"),
    (r"--+(.+)", "one hyphen is enough", "write -{0}"),
    (r"—(.+)", "a dash says nothing", "write -{0}"),
    (r"[-–—]+", "a dash says nothing by itself", "write -word without a blank, or NOT word"),
    (r"['‘](.+)['’]", _QUOTES, "write {0}, or ={0} for exactly that"),
)
"""Runs of letters, digits, hyphens and dots that mean something elsewhere."""

_SIGNED = _table(
    (r"(?!NEAR)(?i:near)/(\d+)", _CAPITALS, "write NEAR/{0}"),
    (r"(?!BEFORE)(?i:before)/(\d+)", _CAPITALS, "write BEFORE/{0}"),
    (r"(?!ATLEAST)(?i:atleast)/(\d+)", _CAPITALS, "write ATLEAST/{0}"),
    (r"(?i:near)/(\d+)f", _ORDERED, "write BEFORE/{0}"),
    (r"(?i:not(?:near|w|within|in)?)/(\d+)", _APART, "write A AND NOT (A NEAR/{0} B)"),
    (r"(?i:w|within|n|nw|around|same)[/:~=](\d+)\D?", _CLOSE, "write NEAR/{0}"),
    (r"(?i:near)(?:[:~=]|/(?=\d+\D))(\d+)\D?", _CLOSE, "write NEAR/{0}"),
    (r"(?i:pre|p|onear|precedes|adj|next)[/:~=](\d+)", _ORDERED, "write BEFORE/{0}"),
    (r"(?i:after)/(\d+)", _ORDERED, "write B BEFORE/{0} A for A AFTER/{0} B"),
    (r"/[nN]?(\d+)[a-z]?/?", _CLOSE, "write NEAR/{0}"),
    (r"/[fF](\d+)/?", "the first words cannot be asked for", "write lead:troops"),
    (r"\+(\d+)", _ORDERED, "write BEFORE/{0}"),
    (
        r"(?i:w|within|pre|near|onear|not)?/(?i:[sp]|sent|para|seg)|[sSpP]/|\+[sp]",
        _PARTS,
        _SENTENCE,
    ),
    (r"(?i:and/or)", _FORM, "write OR"),
    (r"(?i:(?:but|and)/not)", _FORM, "write AND NOT, or -word"),
    (r"#+", "a comment stands outside of the quotes", "leave it out"),
    (r"&&?|\+", _FORM, "write AND"),
    (r"\|\|?|/", _FORM, "write OR"),
    (r"[!%~]", _FORM, "write NOT, or -word"),
    (r"!+(\S+)", _FORM, "write NOT {0}, or -{0}"),
    (r"\++([^\d\W]\S*)", _FORM, "leave the + out (every word counts); ={0} is exact"),
    (r"(.*\w)&&?(\w.*)", "& is no part of a word", 'write {0} AND {1}, or "{0}&{1}" for a name'),
    (r"(.*\w)\|\|?(\w.*)", _FORM, "write {0} OR {1}"),
    (r"(\w+)(?:!+|\$\d*)", _ENDING, 'write {0} or {0}*; in quotes, "{w}" is text'),
    (r"(\w+)\++", _ENDING, 'write {0}; in quotes, "{w}" is text'),
    (r"([\w-]*\w)\*?\?+", _NO_LETTER, "write {0}, or {0}* for any ending"),
    (r"\w[\w*]*[?%#]+\w[\w?%#*]*", _NO_LETTER, _one_letter),
    (r"([\w-]+)\*+\w.*", "a star stands at the end of a word only", _inner_star),
    (r"\*+(\w+)\*?", "a star stands at the end of a word only", "write {0}, or /{0}/i anywhere"),
    (r"#+(\w.*)", "# is not looked for", "write {0}, which finds #{0} too, or /#{0}/i"),
    (r"(\d+)%", "% is not looked for", 'write {0}, or "{0}%"'),
    (r"[$€£¥](\S+)", "such signs are not looked for", 'write {0}, or "{w}"'),
    (r"~+([^\W\d]\w*)", _FORM, "write {0}, and name other words for it with OR"),
    (r"~[\d.]+", _FORM, "write A NEAR/5 B"),
    (r"([\w-]*\w)\*?~[\d.]*", "nothing finds words spelt alike", "write {0}, or {0}*"),
    (r"([\w-]*\w\*?)\^[\d.]*", "words carry no weights", "write {0}"),
    (r":(\S+)", "a field touches its value", "write title:{0}"),
    (r"\^[\d.]*", "words carry no weights", "leave it out"),
    (r"\{(\w+)\}", _FORM, "write ={0}"),
    (r".*[\[\]{}].*", "this kind of bracket means nothing here", _ROUND),
    (r"[a-zA-Z]+://(?:www\.)?([^/]+).*", "addresses are not looked for", "write site:{0}"),
    (r"[\w.+-]+@([\w-]+\.[\w.-]+)", "@ is no part of a word", "put it in quotes"),
    (r"[`´‚]+(\w+)[`´‘’']+", _QUOTES, "write {0}, or ={0} for exactly that"),
    (r"[`´‚].*", _QUOTES, 'write "air base"'),
    (r".*\\.*", "a backslash means nothing here", 'leave it out; a phrase is "air base"'),
    (
        r"(?:.*[^\d])?[,;،؛、，；](?:[^\d].*)?",
        "commas and semicolons mean nothing here",
        "write OR between words, or AND",
    ),
    (r"([^\W\d]\w*)/(\w*[^\W\d]\w*)", "/ is no part of a word", 'write {0} OR {1}, or "{w}"'),
)
"""Runs that hold other signs."""

_BY_WORDS = (_CLOSE, _ORDERED, _PARTS, _FORM)
_OURS = ("/", "NEAR/", "BEFORE/", "ATLEAST/")
"""Regular expressions and our own operators are told apart by whoever reads them."""

_SLASH_APART = re.compile(
    r"(?i:(w|within|n|near)|(pre|p|onear|adj))(?:\s+/\s*|/\s+)(\d+)(?![^\s)])"
)
_BRACKETED = re.compile(r"(?i:around|near|within|onear|pre|w|n)\s?\(\s?(\d+)\s?\)")
_BETWEEN_WORDS = re.compile(r"(?<=\S\s)\S+(?=\s+\S)")
_DISTANCE_APART = re.compile(r"\A\s?\(?\s?\d+\s?\)?|\A\s*/\s*\d+")
_LEAVE_OUT = "nothing stands behind it: leave it out"
_SPACED = re.compile(r"\s+(\d+)(?![^\s)])|\s*/\s+(\d+)(?![^\s)])|\s*\(\s*(\d+)\s*\)")
_AFTER_OPERATOR = re.compile(
    r"(?:(?:^|[\s(])(?:AND|OR|NOT|EXCEPT|(?:NEAR|BEFORE)(?:/\d+)?)|[(:=-])$"
)
_OPERATOR_FOLLOWS = re.compile(r"(?:AND|OR|NOT|NEAR|BEFORE|EXCEPT|ATLEAST)(?![^\s/(])|\)|$")


def refuse_foreign(plain: str, at: int, before: str, run: re.Match[str] | None) -> None:
    """Raise QueryFault where the ``run`` of characters is another tool's form.

    ``plain`` is the whole expression and ``at`` the place to show; ``before`` is what stands right
    before the run when that belongs to it (the phrase of ``"a b"~5``).
    """
    if run is None:
        return
    try:
        _refuse(plain, at, before, run)
    except QueryFault as fault:
        if fault.message.endswith((_CLOSE, _ORDERED)) and not before:
            _refuse_at_the_end(plain, run, fault)
        raise


def refuse_distance(term: str) -> None:
    """Raise QueryFault where words of ``term`` are joined by another tool's distance (``W/5``).

    A term is plain text, in which most signs only part words; such a form would be taken for two.
    """
    for run in _BETWEEN_WORDS.finditer(term):
        tables = _NUMBERED if is_plain_word(run.group()) else _SIGNED
        if NEEDS_NEIGHBOURS.match(run.group()):
            continue
        for pattern, message, _ in tables:
            if message in (_CLOSE, _ORDERED, _PARTS) and _compiled(pattern).fullmatch(run.group()):
                hint = "write each word by itself; distances stand in the rule"
                raise _fault(run.group(), run.start(), message, hint)


def _refuse_at_the_end(plain: str, run: re.Match[str], fault: QueryFault) -> None:
    """Raise another QueryFault where nothing stands behind a distance: it only needs to go."""
    rest = _DISTANCE_APART.sub("", plain[run.end() :])
    if not rest.strip(" )"):
        raise QueryFault(fault.message, fault.position, _LEAVE_OUT) from None


def _refuse(plain: str, at: int, before: str, run: re.Match[str]) -> None:
    word = run.group()
    if before:
        _refuse_sloppy_phrase(before, at, word)
    if "(" in plain[run.end() : run.end() + 2] and (found := _BRACKETED.match(plain, run.start())):
        raise _fault(found.group(), at, _CLOSE, f"write NEAR/{found.group(1)}")
    if "/" in plain[run.end() - 1 : run.end() + 2]:
        _refuse_slash_apart(plain, at)
    if not NEEDS_NEIGHBOURS.match(word) or _is_between_terms(plain, at, run.end()):
        _refuse_named(at, word)
        if not word.isalpha():
            _refuse_signed(plain, at, word)
    _refuse_touching(plain, run)


def _refuse_slash_apart(plain: str, at: int) -> None:
    """Raise QueryFault for ``W / 5`` and ``PRE/ 5``."""
    if found := _SLASH_APART.match(plain, at):
        ours, message = ("BEFORE", _ORDERED) if found.group(2) else ("NEAR", _CLOSE)
        raise _fault(found.group(), at, message, f"write {ours}/{found.group(3)}")


def _refuse_signed(plain: str, at: int, word: str) -> None:
    """Raise QueryFault for a form with digits or signs in it."""
    tables = _SIGNED if word.startswith(_OURS) else (*_SIGNED, *_NUMBERED)
    if is_plain_word(word):
        tables = _NUMBERED
    for pattern, message, answer in tables:
        found = _compiled(pattern).fullmatch(word)
        if found is None or (tables is _SIGNED and message not in _BY_WORDS):
            continue
        if message == _CLOSE and plain[:at].rstrip().endswith("NOT"):
            hint = f"write A AND NOT (A {answer(found).removeprefix('write ')} B)"
            raise _fault(word, at, _APART, hint)
        quoted = (
            f'; in quotes, "{word}" is a word'
            if tables is _NUMBERED and message in (_CLOSE, _ORDERED)
            else ""
        )
        raise _fault(word, at, message, answer(found) + quoted)
    if tables is not _NUMBERED and not word.startswith(_OURS):
        refuse_field(plain, at, word)
        _refuse_signs(word, at)


def refuse_number_apart(plain: str, at: int, name: str, end: int) -> None:
    """Raise QueryFault for ``NEAR 5``, ``NEAR / 5`` and ``NEAR(5)``: a number that stands apart."""
    found = _SPACED.match(plain, end)
    if found is None or name not in ("NEAR", "BEFORE"):
        return
    number = next(group for group in found.groups() if group)
    hint = f'write {name}/{number}; for the number itself, "{number}" in quotes'
    if not plain[found.end() :].strip(" )"):
        hint = _LEAVE_OUT
    raise _fault(plain[at : found.end()], at, "a distance follows a slash, without blanks", hint)


@lru_cache(maxsize=2)
def _word_pattern(*, ascii_only: bool) -> re.Pattern[str]:
    """For ASCII without the marks of other scripts, which take some time to be gathered."""
    letter = r"\w" if ascii_only else rf"\w{marks()}{INVISIBLE}"
    return re.compile(rf"(?:[-{letter}.'’ʼ‘ʻ‐‑–—·・־״׳]|(?<=\d)[/:,٬٫](?=\d))+\*?")


def is_plain_word(run: str) -> bool:
    """Whether ``run`` is a word or several joined by hyphens, dots or apostrophes; a star ends it.

    Numbers may hold what numbers hold (10,000 and 9/11).
    """
    return run.isalpha() or _is_word(run)


def _is_word(run: str) -> bool:
    return _word_pattern(ascii_only=run.isascii()).fullmatch(run) is not None


def _refuse_named(at: int, word: str) -> None:
    """Raise QueryFault for words that are operators elsewhere, and for ours in small letters."""
    if word in _NAMED:
        message, hint = _NAMED[word]
        raise _fault(word, at, message, f'{hint}; in quotes, "{word.lower()}" is a word')
    capitals = _LOWER_CASE.get(word.lower())
    if capitals and word not in (capitals, "ATLEAST"):
        hint = f'write {capitals}, or "{word}" to look for the word'
        raise _fault(word, at, _CAPITALS, hint)


def _is_between_terms(plain: str, at: int, end: int) -> bool:
    """Whether what stands from ``at`` to ``end`` has a term on both sides of it."""
    behind, ahead = plain[max(0, at - 40) : at].rstrip(), plain[end : end + 40].lstrip()
    if not behind or not ahead:
        return False
    return not _AFTER_OPERATOR.search(behind) and not _OPERATOR_FOLLOWS.match(ahead)


def _refuse_touching(plain: str, run: re.Match[str]) -> None:
    """Raise QueryFault where the word touches a quote or a bracket: ``HEADLINE(x)``, ``"x"s``."""
    start, end = run.span()
    if plain[end : end + 1] in ("(", '"'):
        refuse_function(plain, start, run.group())
    if start > 0 and plain[start - 1] in ')"':
        raise QueryFault(
            f"{run.group()} touches what stands before it", start, "put a blank between the two"
        )


def _refuse_signs(word: str, at: int) -> None:
    """Raise QueryFault for a sign that no word holds."""
    if not any(char.isalnum() for char in word):
        return
    offset = next(i for i in range(len(word)) if not _is_word(word[: i + 1]))
    if word[offset] in "*@=":
        return
    hint = f'put it in quotes, where signs only part words: "{word}"'
    raise QueryFault(f"{word[offset]} is no part of a word", at + offset, hint)


def _refuse_sloppy_phrase(phrase: str, at: int, run: str) -> None:
    """Raise QueryFault for what follows a phrase without a blank: ``~5``, ``^2``, ``@5``."""
    number = run[1:] if run[1:].isdigit() else "5"
    words = phrase.strip('"').split()
    if run.startswith("^"):
        raise _fault(phrase + run, at, "words carry no weights", f"write {phrase}")
    hint = f"write {f' NEAR/{number} '.join(words[:2])}"
    raise _fault(phrase + run, at, _FORM, hint + (" (two at a time)" if len(words) > 2 else ""))


def _fault(written: str, at: int, message: str, hint: str) -> QueryFault:
    return QueryFault(f"{written} is not understood: {message}", at, hint)
