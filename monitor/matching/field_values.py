"""The values that fields of an expression take: languages, hosts, countries.

Each function gives the value as we keep it, or raises QueryFault with ``at``, the place of the
value in the expression, and with what was most likely meant.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from monitor.errors import QueryFault
from monitor.text.fold import fold
from monitor.text.language_codes import parse_language
from monitor.text.places import country_codes, country_terms


def language_code(value: str, at: int) -> str:
    """The ISO 639 code of ``lang:``, in lower case."""
    try:
        return parse_language(value)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise QueryFault(message, at, hint.replace('"', "")) from None


def site_host(value: str, at: int) -> str:
    """The host of ``site:`` as addresses have it: lower case, no "www.", IDNA (RFC 5891)."""
    host = value.lower().removeprefix("www.").strip(".")
    if not host or any(char in "/:@?#, *" for char in host):
        bare = host.partition("://")[2].partition("/")[0] or host.partition("/")[0]
        raise QueryFault(
            f"{value} is no host",
            at,
            f"write site:{bare.removeprefix('www.').strip('*.') or 'bbc.co.uk'}",
        )
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise QueryFault(f"{value} is no host", at, "write site:bbc.co.uk") from None


def country_code(value: str, at: int) -> str:
    """The ISO 3166 code of ``country:``, in upper case."""
    code = value.upper()
    if code in country_codes():
        return code
    raise QueryFault(f"{value} is no country code", at, _countries_meant(value))


def refuse_long_name(found: re.Match[str] | None) -> None:
    """Raise QueryFault where ``country:`` is followed by a country's name of several words.

    ``found`` is its value with the words behind it, of which any number may belong to the name.
    """
    words = found.group().split() if found else []
    for count in range(len(words), 1, -1):
        name = " ".join(words[:count])
        if found and (code := _named(fold(name))):
            hint = f"write country:{code} for {country_name(code)}"
            raise QueryFault(f"{name} is no country code", found.start(), hint)


def country_name(code: str) -> str:
    """The English name of a country, by its ISO 3166 code; the code itself where there is none."""
    return _names("en").get(code, code)


def _named(wanted: str) -> str | None:
    """The code of the country with exactly the (folded) name ``wanted`` in some language."""
    for language in _LANGUAGES_OF_NAMES:
        for code, name in _names(language).items():
            if fold(name) == wanted:
                return code
    return next((c for c in _names("en") if wanted in map(fold, country_terms(c, "en"))), None)


_LANGUAGES_OF_NAMES = (
    *("en", "fr", "de", "es", "it", "pt", "nl", "sv", "pl", "cs"),
    *("ro", "ru", "uk", "tr", "el", "ar", "fa", "zh", "ja", "ko"),
)
_SEPARATORS = re.compile(r"[,;|+/&\s]+")


def _countries_meant(value: str) -> str:
    """What to write instead of ``value``."""
    several = [code for code in _SEPARATORS.split(value.upper()) if code]
    if len(several) > 1 and all(code in country_codes() for code in several):
        return f"write ({' OR '.join(f'country:{code}' for code in several)})"
    if value.upper() == "EU":
        return 'the Union is no country; write "European Union" or =EU'
    meant = _meant_country(value)
    if meant is None:
        return "write two letters of ISO 3166, such as country:NE for Niger"
    return f"write country:{meant[0]} for {meant[1]}"


def _meant_country(value: str) -> tuple[str, str] | None:
    """The code and English name that ``value`` most likely stands for."""
    from babel.core import get_global

    names = _names("en")
    aliases = get_global("territory_aliases").get(value.upper(), ())
    if len(aliases) == 1 and aliases[0] in names:
        return aliases[0], names[aliases[0]]
    if len(value) < 3 and value.isascii():
        return None
    wanted = fold(value)
    if exactly := _named(wanted):
        return exactly, names[exactly]
    by_name = {fold(name): code for code, name in names.items()}
    near = get_close_matches(wanted, by_name, n=1, cutoff=0.8) if len(value) > 3 else []
    near = near or sorted(name for name in by_name if name.startswith(wanted))[:1]
    return (by_name[near[0]], names[by_name[near[0]]]) if near else None


@lru_cache(maxsize=32)
def _names(language: str) -> dict[str, str]:
    """Code to name, as CLDR has them (through Babel)."""
    from babel import Locale

    known = country_codes()
    return {c: name for c, name in Locale(language).territories.items() if c in known}
