"""Fields as other tools write them (``intitle:x``, ``hd=x``, ``HEADLINE(x)``), and ours for each.

One table serves the three ways of writing; what a field is called differs less than how.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from monitor.errors import QueryFault

OUR_FIELDS = ("title", "lead", "country", "lang", "feed", "tag", "author", "site")

_TITLE = "title:{}"
_ALONE = "{} alone: headline and text are both searched"
_NEW_ONLY = "leave it out: only what is new arrives"
_NO_SIZE = "leave it out: the length of an article cannot be asked for"


def _all(names: str, meant: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), meant)


_MEANT = {
    **_all("intitle allintitle headline headlines head hl hd ti title subject heading", _TITLE),
    **_all("ingress hlead hlp lede intro leadin lead lp", "lead:{}"),
    **_all("intext allintext body text content inbody bdy fulltext tx", _ALONE),
    **_all("inurl allinurl url domain host website link links site", "site:{}"),
    **_all("language lang la lg", "lang:{}"),
    **_all("source publication outlet rst sn sc pub sourcename", "feed:{} or site:bbc.co.uk"),
    "feed": "feed:{}",
    **_all("by byline from au author", "author:{}"),
    **_all("category label topic tags tag ns subjects", "tag:{}"),
    **_all("location place region nation loc re country sourcecountry geographic", "country:{}"),
    **_all("vocabulary list", "@{}"),
    **_all("raw caps allcaps exact", "={}"),
    **_all("plural singular nocaps terms entity", "{} alone: all its forms are found"),
    **_all("atleast atl", "{} ATLEAST/3"),
    **_all("before after date daterange dt pd published since when fdt", _NEW_ONLY),
    **_all("wc length words", _NO_SIZE),
    **_all("regex regexp", "/…/"),
}
_LIKE_A_CODE = re.compile(r"[A-Za-z]{2,3}")
_LIKE_A_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_STANDARD = {
    "lang": (_LIKE_A_CODE, "it"),
    "country": (_LIKE_A_CODE, "NE"),
    "site": (_LIKE_A_HOST, "bbc.co.uk"),
}
_AS_FIELD = re.compile(r"([^\W\d]\w*):(?!//)")
_AS_EQUATION = re.compile(r"([^\W\d]\w*)\s?([=<>]+)")
_VALUE = re.compile(r'"[^"]*"|\([^()]*\)|[^\s()"]*')


def refuse_field(plain: str, at: int, word: str) -> None:
    """Raise QueryFault where the ``word`` at ``at`` of ``plain`` asks in a field not of ours."""
    if field := _AS_FIELD.match(word):
        name = field.group(1)
        if name.lower() in OUR_FIELDS:
            return
        value, quoted = _value(plain, at + field.end())
        instead = (_instead(name, value) if name != "Re" else None) or _nearest(name)
        text = f'"{word}"' if not quoted else f'"{name}:…"'
        raise QueryFault(
            f"there is no field {field.group()}", at, f"{instead}; in quotes, {text} is text"
        )
    if equation := _AS_EQUATION.match(word):
        value, _ = _value(plain, at + equation.end())
        if not value:
            raise QueryFault("= stands right before a word", at, f"write ={equation.group(1)}")
        written = equation.group() + value
        instead = _instead(equation.group(1), value) or _nearest(equation.group(1))
        raise QueryFault(f"{written} is not understood: another tool's form", at, instead)


def refuse_function(plain: str, at: int, word: str) -> None:
    """Raise QueryFault where the ``word`` at ``at`` stands right before a bracket or a quote."""
    value, _ = _value(plain, at + len(word))
    if value == '"':  # never closed, as will be said of it
        return
    sign = value[:1]
    instead = _instead(word, value) if word.lower().rstrip("0123456789") in _MEANT else None
    if instead:
        raise QueryFault(f"{word}{sign} is not understood: another tool's form", at, instead)
    place = "bracket" if sign == "(" else "quote"
    raise QueryFault(
        f"{word} touches the {place} after it", at + len(word), f"write {word} {value}, apart"
    )


def _value(plain: str, at: int) -> tuple[str, bool]:
    """What stands at ``at``, and whether it is in quotes or brackets."""
    found = _VALUE.match(plain, at)
    value = found.group() if found else ""
    if not value and plain[at : at + 1] in ("(", '"'):
        value = plain[at]
    return value, value[:1] in ("(", '"')


def _instead(name: str, value: str) -> str | None:
    """What to write for another tool's field ``name`` with ``value``; None for an unknown one."""
    name = name.lower().rstrip("0123456789")
    meant = _MEANT.get(name)
    if meant is None:
        return None
    ours = meant.partition(":")[0]
    inside = value.strip('()" ')
    if ours in _STANDARD:
        form, usual = _STANDARD[ours]
        value = inside if form.fullmatch(inside) else usual
    elif ours in ("feed", "author", "tag") and value:
        value = f'"{inside}"' if " " in inside else inside
    elif meant == "={}":
        value = inside if " " not in inside else f'"{inside}"'
    if value in ("", "(", '"'):
        value = {"tag": "world", "feed": '"World desk"', "author": '"Jane Doe"'}.get(ours, "troops")
    return ("write " if "{" in meant else "") + meant.format(value)


def _nearest(name: str) -> str:
    near = get_close_matches(name.lower(), OUR_FIELDS, n=1)
    if near:
        return f"did you mean {near[0]}:"
    return f"fields are {', '.join(f'{field}:' for field in OUR_FIELDS)}"
