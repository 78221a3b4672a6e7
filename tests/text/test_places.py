"""The tables of countries: what must be in them, and what must never be."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict

import pytest

from monitor.text.affixes import name_readings
from monitor.text.fold import fold
from monitor.text.place_forms import spell_out
from monitor.text.places import (
    country_codes,
    country_terms,
    other_places,
    table_languages,
)
from monitor.text.tokens import tokenize

FIRST_SIX = ("en", "it", "fr", "de", "es", "pt")
LISTED = (
    *FIRST_SIX,
    "nl",
    "ru",
    "uk",
    "pl",
    "ar",
    "tr",
    "zh",
    "ja",
    "ko",
    "fa",
    "el",
    "ro",
    "sv",
    "cs",
)

SOVEREIGN = """
    AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG
    CH CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH
    GM GN GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ
    LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG
    NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM
    SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VN VU WS
    XK YE ZA ZM ZW
"""
CITY_STATES = {"MC", "SG", "SM", "VA"}
CAPITAL_NAMED_AS_THE_COUNTRY = {"DJ", "DZ", "GT", "KW", "LU", "MX", "PA", "ST", "TN"}

COMMON_WORDS = {
    "en": "turkey china chad polish male nice job us guinea dane pole poles car thai lao jersey",
    "uk": "додому пар досі того чад",
    "it": "malta cuba lima monaco riga usa male riunione sofia santiago mali mosca anguilla jersey",
    "fr": "chine chili vienne grenade jersey usa alger tunis pole sucre est tout maurice dominique"
    " berne",
    "de": "pole lima chile male ire finne us niere polo malen",
    "es": "usa china chile cuba irán quito lima malta india la paz granada asunción reunión sana"
    " aman fines catar damasco barbados gala helena anguila jersey",
    "pt": "usa peru cuba irão irã malta lima índia roma praia assunção granada chile reunião gana"
    " servia servias males catar damasco barbados mascate",
    "pl": "dania czad mali male praga kuba",
    "tr": "sudan yemen mısır katar mali fas benin gine sam dili butan",
    "ru": "того перу куба мале вена доха баку чад газа сана чили самое бутан джерси",
    "cs": "mali čad katar kuba soul indie peru",
    "sv": "britt ester jersey",
    "ro": "roman romane chile santiago",
    "el": "άκρα λίμα ρίγα σόφια",
}


ACCENT_TELLS = {joined + "عمان" for joined in ("", "و", "ب", "ل")}
"""Folded terms of two countries that only the written accents keep apart: Oman and Amman."""


def words(term: str) -> str:
    """A term as the engine compares it."""
    return " ".join(fold(word) for word in tokenize(term.removeprefix("=")).words)


def bare(term: str) -> set[str]:
    """A term as the engine compares it, and without the small words joined to it."""
    return {words(term), *name_readings(words(term))}


def loose(code: str, language: str) -> set[str]:
    """The folded terms that count in any case."""
    return {words(t) for t in country_terms(code, language) if not t.startswith("=")}


def test_the_codes_are_those_of_iso_3166_and_kosovo() -> None:
    assert len(country_codes()) == 250
    assert {"NE", "GB", "TW", "XK"} <= country_codes()
    assert not {"UK", "EU", "EL", "AN"} & country_codes()


@pytest.mark.parametrize("language", LISTED)
def test_every_country_has_a_name_in_every_listed_language(language: str) -> None:
    assert language in table_languages()
    for code in country_codes():
        assert country_terms(code, language), code


@pytest.mark.parametrize("language", FIRST_SIX)
def test_every_state_has_a_capital(language: str) -> None:
    from monitor.text.places import _table

    countries = _table(language).countries
    for code in {*SOVEREIGN.split()} - CITY_STATES - CAPITAL_NAMED_AS_THE_COUNTRY:
        assert countries[code].split("|")[2].strip(), code


@pytest.mark.parametrize("language", sorted(table_languages()))
def test_no_term_means_two_countries(language: str) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for code in country_codes():
        for term in country_terms(code, language):
            owners[term if words(term) in ACCENT_TELLS else words(term)].add(code)
    assert {term: codes for term, codes in owners.items() if len(codes) > 1} == {}


@pytest.mark.parametrize("language", sorted(table_languages()))
def test_every_term_has_a_word_to_look_for(language: str) -> None:
    for code in country_codes():
        for term in country_terms(code, language):
            assert words(term), (code, term)
            assert "+" not in term, (code, term)


@pytest.mark.parametrize("language", sorted(table_languages()))
def test_no_other_place_is_itself_a_country(language: str) -> None:
    terms = {words(term) for code in country_codes() for term in country_terms(code, language)}
    assert {place for place in other_places(language) if words(place) in terms} == set()


@pytest.mark.parametrize("language", COMMON_WORDS)
def test_common_words_are_no_country(language: str) -> None:
    terms = set().union(*(loose(code, language) for code in country_codes()))
    assert {w for w in COMMON_WORDS[language].split() if fold(w) in terms} == set()


def test_an_exact_term_has_no_twin_that_counts_in_any_case() -> None:
    assert "=Turkey" in country_terms("TR", "en")
    assert "turkey" not in loose("TR", "en")
    assert "=Irán" in country_terms("IR", "es")
    assert "iran" not in loose("IR", "es")


@pytest.mark.parametrize(
    ("language", "code", "forms"),
    [
        ("it", "FR", "francese francesi"),
        ("it", "DE", "tedesco tedesca tedeschi tedesche"),
        ("it", "AT", "austriaco austriaca austriaci austriache"),
        ("it", "BE", "belga belgi belghe"),
        ("it", "RU", "russo russa russi russe"),
        ("fr", "FR", "français française françaises"),
        ("fr", "GR", "grec grecs grecque grecques"),
        ("fr", "TR", "turc turque turcs turques"),
        ("fr", "RU", "russe russes Moscou"),
        ("fr", "DE", "allemand allemande allemands allemandes"),
        ("de", "FR", "Frankreichs französischen Franzose Franzosen Französin Französinnen"),
        ("de", "GB", "britische Brite Briten Großbritanniens"),
        ("es", "DE", "alemán alemana alemanes alemanas"),
        ("es", "ES", "español española españoles españolas"),
        ("es", "LV", "letón letona letones"),
        ("pt", "DE", "alemão alemã alemães alemãs"),
        ("pt", "ES", "espanhol espanhola espanhóis espanholas"),
        ("ru", "AT", "австриец австрийца австрийцы австрийцев Австрии"),
        ("ru", "US", "США американские Соединенными Штатами Вашингтоне"),
        ("ru", "SS", "Южного Судана,Южном Судане,южносуданский"),
        ("uk", "US", "США американського американців Вашингтоні"),
        ("pl", "FR", "Francji francuski francuskich Francuzi Paryżu"),
        ("pl", "DE", "Niemcy Niemiec Niemczech niemieckiego"),
        ("el", "RU", "Ρωσία Ρωσίας ρωσικός ρωσική Μόσχα"),
        ("ro", "RU", "Rusia Rusiei rus rusă ruși Moscova"),
        ("tr", "FR", "Fransa Fransız Fransızlar"),
        ("sv", "FR", "Frankrike Frankrikes franska"),
        ("nl", "FR", "Frankrijk Franse Fransen"),
        ("ar", "FR", "فرنسا وفرنسا الفرنسي الفرنسية"),
        ("zh", "US", "美国 美國 美军 华盛顿"),
        ("ja", "US", "アメリカ 米国 米軍 ワシントン"),
        ("ko", "US", "미국 미국의 미군"),
        ("fa", "US", "آمریکا امریکا آمریکایی واشنگتن"),
    ],
)
def test_each_class_of_endings_gives_right_forms(language: str, code: str, forms: str) -> None:
    known = loose(code, language)
    listed = forms.split(",") if "," in forms else forms.split()
    together = " ".join(known).split()
    assert {form for form in listed if not bare(form) & {*known, *together}} == set()


@pytest.mark.parametrize(
    ("language", "code", "terms"),
    [
        ("en", "US", "USA United_States America American Americans =US =Washington"),
        ("en", "GB", "Britain Great_Britain British London =UK"),
        ("en", "CI", "Ivory_Coast Côte_d'Ivoire Ivorian"),
        ("en", "MM", "Burma Myanmar Burmese"),
        ("en", "NL", "Holland Netherlands Dutch"),
        ("en", "CZ", "Czech_Republic Czechia Czech"),
        ("it", "US", "Stati_Uniti =USA =Usa statunitense americano"),
        ("zh", "US", "美国 美國"),
        ("ja", "US", "米国 アメリカ"),
        ("ru", "US", "США"),
    ],
)
def test_alternate_names_are_known(language: str, code: str, terms: str) -> None:
    known = set(country_terms(code, language))
    assert {t for t in terms.split() if t.replace("_", " ") not in known} == set()


@pytest.mark.parametrize(
    ("language", "hidden", "known"),
    [
        ("zh", "马里", "马里乌波尔"),
        ("zh", "海地", "海地区"),
        ("zh", "印度", "印度洋"),
        ("ja", "マリ", "マリウポリ"),
        ("ja", "タイ", "タイトル"),
        ("ja", "イラン", "アイランド"),
        ("ja", "インド", "マインド"),
    ],
)
def test_a_short_name_that_hides_in_a_longer_word_is_guarded(
    language: str, hidden: str, known: str
) -> None:
    assert any(hidden in country_terms(code, language) for code in country_codes())
    assert known in other_places(language)


@pytest.mark.parametrize("language", FIRST_SIX)
def test_the_press_agency_of_france_is_not_france(language: str) -> None:
    assert "Agence France Presse" in other_places(language)


def test_a_longer_name_holds_the_shorter_one_of_another_country() -> None:
    """What lets the longest name win: South Sudan and Sudan are both known, as different codes."""
    for longer, shorter in (("SS", "SD"), ("GQ", "GN"), ("GW", "GN"), ("PG", "GN"), ("KP", "KR")):
        held = {
            (a, b)
            for a in loose(longer, "en")
            for b in {words(t) for t in country_terms(shorter, "en")}
            if a.endswith(" " + b) or a.startswith(b + " ")
        }
        assert held, (longer, shorter)


def test_a_region_or_script_after_the_language_is_ignored() -> None:
    assert country_terms("NE", "pt-BR") == country_terms("NE", "pt")
    assert other_places("zh_Hant") == other_places("zh")


def test_a_language_without_a_table_has_the_name_of_cldr() -> None:
    assert country_terms("NE", "fi") == ("Niger",)
    assert other_places("fi") == ()


def test_an_unknown_language_or_code_has_nothing() -> None:
    assert country_terms("NE", "xx") == ()
    assert country_terms("ZZ", "en") == ()
    assert other_places("xx") == ()


def test_importing_reads_nothing() -> None:
    code = (
        "import sys, monitor.text.places as p;"
        "assert 'babel' not in sys.modules;"
        "assert p._table.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("language", sorted(table_languages()))
def test_every_table_can_be_spelt_out(language: str) -> None:
    from monitor.text.places import _table, _terms

    table = _table(language)
    assert set(table.countries) <= country_codes()
    for line in table.countries.values():
        assert line.count("|") == 2, line
        for term in (term for column in line.split("|") for term in _terms(column)):
            assert list(spell_out(term.removeprefix("!"), table.classes))
