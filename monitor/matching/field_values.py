"""The values that fields of an expression take: languages, hosts, countries.

Each function gives the value as we keep it, or raises QueryFault with ``at``, the place of the
value in the expression, and with what was most likely meant.
"""

from __future__ import annotations

from difflib import get_close_matches

from monitor.errors import QueryFault
from monitor.text.language_codes import parse_language
from monitor.text.places import country_codes


def language_code(value: str, at: int) -> str:
    """The ISO 639 code of ``lang:``, in lower case."""
    try:
        return parse_language(value)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise QueryFault(message, at, hint.replace('"', "")) from None


def site_host(value: str, at: int) -> str:
    """The host of ``site:``, in lower case and without "www."."""
    host = value.lower().removeprefix("www.").strip(".")
    if not host or any(char in "/:@?# *" for char in host):
        bare = host.partition("://")[2].partition("/")[0] or host.partition("/")[0]
        raise QueryFault(
            f"{value} is no host",
            at,
            f"write site:{bare.removeprefix('www.').strip('*.') or 'bbc.co.uk'}",
        )
    return host


def country_code(value: str, at: int) -> str:
    """The ISO 3166 code of ``country:``, in upper case."""
    code = value.upper()
    if code in country_codes():
        return code
    near = _meant_country(value)
    raise QueryFault(
        f"{value} is no country code",
        at,
        f"write country:{near[0]} for {near[1]}" if near else "write two letters, as country:NE",
    )


def _meant_country(value: str) -> tuple[str, str] | None:
    """The code and English name that ``value`` most likely stands for."""
    from babel import Locale
    from babel.core import get_global

    names: dict[str, str] = {
        code: name for code, name in Locale("en").territories.items() if code in country_codes()
    }
    for alias in get_global("territory_aliases").get(value.upper(), ()):
        if alias in names:
            return alias, names[alias]
    by_name = {name.lower(): code for code, name in names.items()}
    near = get_close_matches(value.lower(), by_name, n=1, cutoff=0.7)
    if not near and len(value) > 3:
        near = sorted(name for name in by_name if name.startswith(value.lower()))[:1]
    if near:
        return by_name[near[0]], names[by_name[near[0]]]
    codes = get_close_matches(value.upper()[:2], sorted(names), n=1, cutoff=0.5)
    return (codes[0], names[codes[0]]) if codes else None
