"""Codes of languages (ISO 639): which there are, and what somebody meant who wrote another."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv
dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv
mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm
rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts
tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_TWO_LETTERS = frozenset(_CODES.split())
"""ISO 639-1; read from here, so that a start needs no language data."""


def parse_language(text: str) -> str:
    """The code that ``text`` stands for, in lower case: "en", "it", "fil".

    Two letters as in ISO 639-1; three (ISO 639-3) where a language has no two. Raises ValueError,
    with a message for the person who wrote it, for names ("italian"), regions ("pt-BR") and
    whatever else is no code.
    """
    code = text.strip().lower()
    if code in _TWO_LETTERS or (len(code) == 3 and code in english_names()):
        return code
    raise ValueError(f'"{text}" is no language code; {_meant(code)}')


@lru_cache(maxsize=1024)
def is_code(code: str) -> bool:
    """Whether ``code`` (lower case) is a language's: as :func:`parse_language` takes them."""
    return code in _TWO_LETTERS or (
        len(code) == 3 and code.isascii() and code.isalpha() and code in english_names()
    )


def _meant(code: str) -> str:
    """What to write instead of ``code``."""
    first = code.replace("_", "-").split("-")[0]
    if first != code and first in _TWO_LETTERS:
        return f'write "{first}", without a region'
    if len(first) == 3 and (shorter := _shorter(first)):
        return f'write "{shorter}"'
    by_name = {name.lower(): known for known, name in english_names().items()}
    near = get_close_matches(code, by_name, n=1, cutoff=0.75)
    if near:
        return f'write "{by_name[near[0]]}" for {english_names()[by_name[near[0]]]}'
    return 'write two letters as in ISO 639-1, such as "en", "it" or "fr"'


def _shorter(code: str) -> str | None:
    """The two letters of the language whose three letters ``code`` is (ISO 639-2)."""
    from babel.core import get_global

    found = get_global("language_aliases").get(code, "")
    return found if found in _TWO_LETTERS else None


def english_names() -> dict[str, str]:
    """Code to English name, as CLDR has them (through Babel); codes without a region only."""
    from babel import Locale

    names: dict[str, str] = dict(Locale("en").languages)
    return {code: name for code, name in names.items() if "_" not in code}
