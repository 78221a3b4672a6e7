"""Signs that mean something outside of quotes, or at other tools, and stand within them."""

from __future__ import annotations

import re

from monitor.errors import QueryFault
from monitor.matching.lexemes import Lexeme

_ONE_LETTER = re.compile(r"(?<=\w)\?(?=\w)")
_OPERATOR_WITHIN = re.compile(r"(?<=\s)(?:OR|AND|NOT)(?=\s)")
NO_WORD = "no sign stands for any word"


def refuse_signs_within(text: str, piece: Lexeme) -> None:
    """Raise QueryFault where ``text``, what the quotes of ``piece`` enclose, holds such a sign."""
    within = piece.start + 1
    if "*" in text:
        _refuse_star(text.split(), within + piece.text.index("*"))
    if text.startswith("="):
        bare = text.lstrip("= ")
        hint = f'write ="{bare}"' if " " in bare else f"write ={bare}"
        raise QueryFault("the = of an exact word stands before the quotes", within, hint)
    if found := _ONE_LETTER.search(piece.text):
        hint = "write the words in full: all their forms are found"
        raise QueryFault("there is no sign for one letter", within + found.start(), hint)
    if "(" in text and (found := _OPERATOR_WITHIN.search(piece.text)):
        hint = "write air BEFORE/0 (base OR field)"
        raise QueryFault("within quotes everything is a word", within + found.start(), hint)


def _refuse_star(words: list[str], at: int) -> None:
    """``"minister * resigns"`` asks for any word, ``"air bas*"`` for a beginning."""
    starred = next(n for n, word in enumerate(words) if "*" in word)
    if words[starred].strip("*"):
        first = max(0, min(starred, len(words) - 2))
        pair = " BEFORE/0 ".join(words[first : first + 2])
        more = " (two at a time)" if len(words) > 2 else ""
        raise QueryFault("a star within quotes is not a beginning", at, f"write {pair}{more}")
    before = [word for word in words[:starred] if word.strip("*")]
    behind = [word for word in words[starred:] if word.strip("*")]
    if before and behind:
        hint = f"write {_phrase(before)} BEFORE/2 {_phrase(behind)}"
    elif before or behind:
        hint = f"leave it out: write {_phrase(before or behind)}"
    else:
        hint = "leave it out"
    raise QueryFault(NO_WORD, at, hint)


def _phrase(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f'"{" ".join(words)}"'
