"""What other tools write, recognised so that it is answered with our form and never guessed at."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from monitor.errors import QueryFault

Answer = Callable[[re.Match[str]], str]


def _say(hint: str) -> Answer:
    """A hint that may hold ``{0}``, ``{1}`` … for the groups of what was recognised."""
    return lambda found: hint.format(*(group or "" for group in found.groups()))


_NOT_OURS: tuple[tuple[re.Pattern[str], str, Answer], ...] = tuple(
    (re.compile(pattern), message, _say(hint))
    for pattern, message, hint in (
        (
            r"(?i:w|within|n|adj|next|around|same)/(\d+)",
            "another tool's way to say that words stand close",
            "write NEAR/{0}",
        ),
        (
            r"(?i:near|within|adj|next)[:~=]?(\d+)",
            "another tool's way to say that words stand close",
            "write NEAR/{0}",
        ),
        (r"(?i:around)\((\d+)\)", "another tool's form", "write NEAR/{0}"),
        (r"(?i:pre|p|onear|precedes)/(\d+)", "another tool's form", "write BEFORE/{0}"),
        (r"ONEAR|PRECEDES", "another tool's form", "write BEFORE, or BEFORE/10 with a distance"),
        (r"(?i:after)/(\d+)", "another tool's form", "write B BEFORE/{0} A for A after B"),
        (r"(?i:near)/(\d+)", "operators are written in capitals", "write NEAR/{0}"),
        (r"(?i:before)/(\d+)", "operators are written in capitals", "write BEFORE/{0}"),
        (r"(?i:atleast)/(\d+)", "operators are written in capitals", "write ATLEAST/{0}"),
        (r"(?i:atl(?:east)?)(\d+)(?:\(.*)?", "another tool's form", "write troops ATLEAST/{0}"),
        (r"/(\d+)", "another tool's way to say that words stand close", "write NEAR/{0}"),
        (
            r"(?i:w|within|pre|near)?/(?i:[sp]|sent|para)",
            "sentences and paragraphs cannot be asked for",
            "write NEAR/15 for about a sentence, NEAR/50 for about a paragraph",
        ),
        (r"(?i:andnot)|(?i:but)/not|BUTNOT", "another tool's form", "write AND NOT, or -word"),
        (r".*\w\?+", "there is no sign for one letter", "write flood, or flood* for any ending"),
        (r"(?:.*\D)?,(?:\D.*)?", "commas mean nothing here", "write OR between words, or AND"),
        (r"XOR", "there is no XOR", "write (A OR B) AND NOT (A AND B)"),
        (r"&&?", "another tool's form", "write AND"),
        (r"\|\|?", "another tool's form", "write OR"),
        (r"!", "another tool's form", "write NOT"),
        (r"![\w@].*", "another tool's form", "write NOT, or a hyphen right before the word"),
        (r"\+\S*", "another tool's form", "leave the + out (every word counts); =US is exact"),
        (r"(.*\w\*?)~(\d*\.?\d*)", "another tool's form", "write word* for other endings"),
        (r"(.*\w)\^[\d.]+", "words carry no weights", "leave the ^ out"),
        (r".*[\[\]{}].*", "this kind of bracket means nothing here", "write ( and )"),
    )
)

_LOWER_CASE = {"and": "AND", "or": "OR", "not": "NOT", "near": "NEAR"}

_OTHER_FIELDS = {
    **dict.fromkeys(
        ("intitle", "allintitle", "headline", "head", "hl", "ti", "subject", "heading"),
        "title:troops or title:(…)",
    ),
    **dict.fromkeys(
        ("intext", "allintext", "body", "text", "content", "inbody"),
        "the word alone: headline and text are both searched",
    ),
    **dict.fromkeys(("inurl", "url", "domain", "host", "website", "link"), "site:bbc.co.uk"),
    **dict.fromkeys(("language", "la", "lg"), "lang:it"),
    **dict.fromkeys(("source", "publication", "outlet"), 'feed:"World desk" or site:bbc.co.uk'),
    **dict.fromkeys(("by", "byline", "from"), 'author:"Jane Doe"'),
    **dict.fromkeys(("category", "label", "topic", "tags"), "tag:world"),
    **dict.fromkeys(("location", "place", "region", "nation", "loc"), "country:NE"),
    **dict.fromkeys(("vocabulary", "list"), "@troops"),
}
_OUR_FIELDS = ("title", "lead", "lang", "feed", "tag", "author", "site", "country")
_FIELD = re.compile(r"([A-Za-z_]+):(?!//)")
_AROUND = re.compile(r"(?i:around|near|within)\s?\(\s?(\d+)\s?\)")


def refuse_foreign(plain: str, at: int, before: str, run: re.Match[str] | None) -> None:
    """Raise QueryFault where the ``run`` of characters is another tool's form.

    ``plain`` is the whole expression and ``at`` the place to show; ``before`` is what stands right
    before the run when that belongs to it (the phrase of ``"a b"~5``).
    """
    if run is None:
        return
    if before:
        _refuse_sloppy_phrase(before, at, run.group())
    if around := _AROUND.match(plain, run.start()):
        raise _fault(around.group(), at, "another tool's form", f"write NEAR/{around.group(1)}")
    word = run.group()
    capitals = _LOWER_CASE.get(word.lower())
    if capitals and word != capitals:
        raise _fault(
            word,
            at,
            "operators are written in capitals",
            f'write {capitals}, or "{word}" to look for the word',
        )
    for pattern, message, answer in _NOT_OURS:
        if found := pattern.fullmatch(word):
            raise _fault(word, at, message, answer(found))
    _refuse_field(word, at)


def _refuse_sloppy_phrase(phrase: str, at: int, run: str) -> None:
    number = run[1:] if run[1:].isdigit() else "5"
    words = phrase.strip('"').split()
    hint = f" NEAR/{number} ".join(words[:2]) if run.startswith("~") else "leave the ^ out"
    if run.startswith("~"):
        hint = f"write {hint}" + (" (two at a time)" if len(words) > 2 else "")
    raise _fault(phrase + run, at, "another tool's form", hint)


def _refuse_field(word: str, at: int) -> None:
    field = _FIELD.match(word)
    if field is None or field.group(1).lower() in _OUR_FIELDS:
        return
    name = field.group(1).lower()
    known = _OTHER_FIELDS.get(name)
    near = get_close_matches(name, _OUR_FIELDS, n=1)
    value = word[field.end() :]
    if known and known.startswith("title:") and value:
        hint = f"write title:{value}"
    elif known:
        hint = f"write {known}"
    elif near:
        hint = f"did you mean {near[0]}:"
    else:
        hint = f"fields are {', '.join(f'{field}:' for field in _OUR_FIELDS)}"
    raise QueryFault(
        f"there is no field {field.group(0)}", at, f'{hint}; in quotes, "{word}" is text'
    )


def _fault(written: str, at: int, message: str, hint: str) -> QueryFault:
    return QueryFault(f"{written} is not understood: {message}", at, hint)
