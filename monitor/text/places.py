"""What a country is called: its names, its people and its capital, language by language.

Names come from the Unicode CLDR through Babel; the tables in ``places_data`` add the names that
CLDR lacks (USA, Britain, Stati Uniti), the people and the adjective in every form, and the
capital. They also list *other places*: well-known longer names that contain a country's name and
are not that country (Niger State, the Gulf of Guinea, New Mexico). Whoever looks for places takes
the longest known name that stands at a spot, so South Sudan is never Sudan.

What is said of several countries is given to the one it usually means: Congo alone is the
Democratic Republic, Guinea alone is Conakry's, Korea and Korean alone are the South's, Dominican
alone is the Republic's. England, Scotland and Wales are not taken for the United Kingdom.

A term that begins with ``=`` counts only as written, case and accents included (``=Turkey``).
Nothing is read before the first question, and a language only when it is asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from monitor.records import dataclass
from monitor.text.place_forms import UNCHANGED, Endings, Inflection, as_endings, spell_out

_ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_BESIDE_ISO = frozenset({"XK"})
_COLUMNS = ("names", "people", "capital")


@dataclass(frozen=True, slots=True)
class _Table:
    """One language's table as it stands in its file, nothing spelt out yet."""

    locales: tuple[str, ...]
    classes: Endings
    inflections: Mapping[str, Inflection]
    countries: Mapping[str, str]
    others: tuple[str, ...]


@cache
def country_codes() -> frozenset[str]:
    """Every code that ``country:`` takes: the 249 of ISO 3166-1 alpha-2, and XK for Kosovo.

    XK is not ISO's, but the code that CLDR and the European Union use.
    """
    return frozenset(_ISO_3166.split()) | _BESIDE_ISO


@cache
def table_languages() -> frozenset[str]:
    """The languages that have a table; in all others a country is known by its CLDR name only."""
    files = resources.files(__package__).joinpath("places_data").iterdir()
    names = (file.name for file in files if file.name.endswith(".toml"))
    return frozenset(name.removesuffix(".toml") for name in names) - {"any"}


@lru_cache(maxsize=512)
def country_terms(code: str, language: str) -> tuple[str, ...]:
    """Everything that means the country ``code`` in ``language``, each form spelt out, each once.

    ``code`` is one of :func:`country_codes`, ``language`` an ISO 639 code (a region or script
    after it is ignored). A term that begins with ``=`` counts only as written. Names come first.
    The answer is empty for an unknown code or a language that neither a table nor CLDR knows.
    """
    if code not in country_codes():
        return ()
    table = _table(_plain(language))
    forms = list(_country_forms(table, code))
    exact = {form.removeprefix("=").casefold() for form in forms if form.startswith("=")}
    return tuple(dict.fromkeys(f for f in forms if f[0] == "=" or f.casefold() not in exact))


def other_places(language: str) -> tuple[str, ...]:
    """Longer names that contain a country's term and are not the country, each form spelt out.

    Empty for a language without a table.
    """
    language = _plain(language)
    if language not in table_languages():
        return ()
    table = _table(language)
    led = Inflection(beginnings=table.inflections["names"].beginnings)
    forms = (form for term in table.others for form in spell_out(term, table.classes, led))
    return tuple(dict.fromkeys(forms))


def _plain(language: str) -> str:
    return language.replace("_", "-").split("-", 1)[0].lower()


def _country_forms(table: _Table, code: str) -> Iterator[str]:
    columns = dict(zip(_COLUMNS, table.countries.get(code, "").split("|"), strict=False))
    own = {column: _terms(columns.get(column, "")) for column in _COLUMNS}
    barred = {term.removeprefix("!") for term in own["names"] if term.startswith("!")}
    barred |= {term.removeprefix("=") for term in own["names"] if term.startswith("=")}
    written = [name for name in own["names"] if not name.startswith("!")]
    own["names"] = [n for n in _cldr_names(table.locales, code) if n not in barred] + written
    for column in _COLUMNS:
        inflection = table.inflections[column]
        for term in own[column]:
            yield from spell_out(term, table.classes, inflection)


def _terms(column: str) -> list[str]:
    return [term.strip() for term in column.split(",") if term.strip()]


def _cldr_names(locales: tuple[str, ...], code: str) -> Iterator[str]:
    """CLDR's names; of one with brackets, "Myanmar (Burma)", also what stands before them."""
    from babel import Locale, UnknownLocaleError

    for locale in locales:
        try:
            name = Locale.parse(locale).territories.get(code)
        except (UnknownLocaleError, ValueError):
            continue
        if name:
            yield name
            yield name.replace("（", "(").split("(")[0].strip()


@lru_cache(maxsize=4)
def _table(language: str) -> _Table:
    written = _read(language) if language in table_languages() else {}
    everywhere = _read("any") if written.get("latin") else {}
    inflections = {
        "names": _inflection(written, "names"),
        "people": _inflection(written, "people"),
    }
    others = [*written.get("other", {}).values(), *everywhere.get("other", {}).values()]
    return _Table(
        locales=tuple(written.get("locales", [language])),
        classes=as_endings(written.get("classes", {})),
        inflections=inflections | {"capital": inflections["names"]},
        countries=written.get("countries", {}),
        others=tuple(term for line in others for term in _terms(line)),
    )


def _inflection(written: Mapping[str, Any], column: str) -> Inflection:
    tables = written.get(column)
    if tables is None:
        return UNCHANGED
    return Inflection(
        beginnings=as_endings(tables.get("beginnings", {})),
        endings=as_endings(tables.get("endings", {})),
    )


def _read(name: str) -> dict[str, Any]:
    file = resources.files(__package__).joinpath("places_data", f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
