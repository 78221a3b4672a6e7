"""The terms of a vocabulary: plain words and phrases, a few of them marked.

``troops`` is a word in any form, ``armed forces`` a phrase, ``=NATO`` exactly as written,
``milit*`` words that begin so. Everything else that expressions know (operators, quotes,
brackets, fields, other vocabularies) has no place in a term, and is answered with what to write.
"""

from __future__ import annotations

import re
import unicodedata

from monitor.errors import QueryFault
from monitor.matching.foreign import refuse_distance
from monitor.matching.query import Exact, Phrase, Prefix, Word

Term = Word | Phrase | Exact | Prefix

_TWO_WORDS = 2  # other tools' operators stand between words
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_OPERATOR = re.compile(r"(?<!\S)(AND|OR|NOT|EXCEPT|(?:NEAR|BEFORE|ATLEAST)(?:/\d*)?)(?!\S)")
_ONE_LETTER = re.compile(r"(?<=\w)\?(?=\w)")
_FIELD = re.compile(r"(?:country|title|lead|lang|feed|tag|author|site):", re.IGNORECASE)


def parse_term(text: str) -> Term:
    """What ``text`` looks for; QueryFault where it is no plain word or phrase."""
    term = text.strip()
    if term.islower() and term.replace(" ", "").isalpha() and len(term.split()) <= _TWO_WORDS:
        return Word(term) if term.isalpha() else Phrase(term)  # as most are: nothing to refuse
    if term.startswith("="):
        return _exact(text, term)
    _refuse_operators(text)
    if not any(letter.isalnum() for letter in term):
        raise QueryFault("a term without a word", 0, "write a word or a phrase")
    if "*" in term:
        return _prefix(text, term)
    return Word(term) if all(_in_word(letter) for letter in term) else Phrase(term)


def _exact(text: str, term: str) -> Exact:
    inside = term[1:].strip().strip(_QUOTES).strip()
    if not any(letter.isalnum() for letter in inside):
        raise QueryFault('nothing stands after "="', text.index("="), 'write for example "=NATO"')
    return Exact(inside)


def _prefix(text: str, term: str) -> Prefix:
    beginning = term[:-1]
    if not term.endswith("*") or not beginning or not all(_in_word(one) for one in beginning):
        raise QueryFault(
            'a "*" may only end a single word', text.index("*"), 'write for example "milit*"'
        )
    return Prefix(beginning)


def _refuse_operators(text: str) -> None:
    """QueryFault for whatever belongs to expressions."""
    if found := _OPERATOR.search(text):
        word = found.group(1)
        hint = f'write each term by itself; "={word}" means the word in capitals'
        raise QueryFault(f"{word} is an operator, and a term has none", found.start(1), hint)
    if found := _FIELD.match(text.strip()):
        raise QueryFault(
            f'"{found.group()}" belongs to an expression', 0, "use it in the rule instead"
        )
    for position, letter in enumerate(text):
        if letter in _QUOTES:
            raise QueryFault("a term needs no quotes within it", position, "leave them out")
        if letter in "()@":
            hint = "write each term by itself, as plain words"
            raise QueryFault(f'"{letter}" belongs to an expression', position, hint)
    if found := _ONE_LETTER.search(text):
        hint = "write the word in full: all its forms are found"
        raise QueryFault("there is no sign for one letter", found.start(), hint)
    refuse_distance(text)
    if text.strip().startswith(("-", "/")):
        raise QueryFault(f'"{text.strip()[0]}" belongs to an expression', 0, "write plain words")


def _in_word(letter: str) -> bool:
    """Letters, digits and the marks that combine with them; not what separates words."""
    return unicodedata.category(letter)[0] in "LMN"
