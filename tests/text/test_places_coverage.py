"""How much the tables of countries know: people and capital of every state, and other names."""

from __future__ import annotations

import pytest

from monitor.text.fold import fold
from monitor.text.places import _table, _terms, country_terms
from monitor.text.tokens import tokenize

from .test_places import CITY_STATES, LISTED, SOVEREIGN

SHARED_WITH_A_NEIGHBOUR = {"CG", "DM"}
"""Congolese and Dominican are given to the country that they usually mean."""

ISLES = {"KN", "LC", "ST", "VC"}
"""Small states whose people many languages have no word for."""

NAMED_AS_THE_COUNTRY = {
    "ar": {"KM", "MC", "ML"},  # مالي is "financial" first
    "fa": {"CF", "GQ", "SB", "ZA"},
}
WITHOUT_ADJECTIVES = {"ja", "ko", "zh"}
"""People and things are called by the country's name and a sign behind it (尼日尔人, 니제르인)."""


@pytest.mark.parametrize("language", sorted({*LISTED} - WITHOUT_ADJECTIVES))
def test_the_people_of_every_state_are_known(language: str) -> None:
    without = SHARED_WITH_A_NEIGHBOUR | {"VA"} | NAMED_AS_THE_COUNTRY.get(language, set())
    if language not in ("en", "de", "es", "pt"):
        without |= ISLES
    assert {code for code in _states() - without if not _column(language, code, 1)} == set()


@pytest.mark.parametrize("language", LISTED)
def test_the_capital_of_every_state_is_known(language: str) -> None:
    assert {code for code in _states() - CITY_STATES if not _column(language, code, 2)} == set()


OTHER_NAMES = {
    "en": "CI Ivory Coast,MM Burma,CZ Czech Republic,SZ Swaziland,TL East Timor,CV Cape Verde"
    ",MK Macedonia,NL Holland,GB Great Britain,AE UAE,CD DRC,CD DR Congo,CN PRC,US USA,KP DPRK"
    ",TR Türkiye,LA Lao PDR,KH Kampuchea,BY Byelorussia,PS Gaza Strip,VA Holy See"
    ",KR ROK,NZ Aotearoa,RU Russian Federation,MD Moldavia,VN Viet Nam",
    "fr": "CI Côte d'Ivoire,MM Birmanie,MM Myanmar,CZ République tchèque,CZ Tchéquie,SZ Swaziland"
    ",TL Timor oriental,CV Cap Vert,MK Macédoine,NL Hollande,GB Grande Bretagne,AE EAU,CD RDC"
    ",CN RPC,US USA,TR Türkiye,BY Bélarus,CF RCA,KP RPDC,US Etats-Unis",
    "de": "CI Elfenbeinküste,CI Côte d'Ivoire,MM Birma,MM Burma,CZ Tschechische Republik"
    ",SZ Swasiland,TL Osttimor,CV Kap Verde,MK Mazedonien,NL Holland,GB Großbritannien,AE VAE"
    ",CD DR Kongo,CN VR China,US USA,TR Türkiye,BY Weißrussland,CF ZAR,US Vereinigten Staaten",
    "es": "CI Costa de Marfil,MM Birmania,CZ República Checa,CZ Chequia,SZ Suazilandia"
    ",TL Timor Oriental,CV Cabo Verde,MK Macedonia,NL Holanda,GB Gran Bretaña,AE EAU,CD RDC"
    ",US EE UU,US EEUU,US USA,TR Türkiye,CN República Popular China,CI Côte d'Ivoire",
    "it": "CI Costa d'Avorio,MM Birmania,CZ Repubblica Ceca,SZ Swaziland,TL Timor Est,CV Capo Verde"
    ",MK Macedonia,NL Olanda,GB Gran Bretagna,AE EAU,CD RDC,US USA,TR Türkiye,NL Paesi Bassi"
    ",CI Côte d'Ivoire,BY Bielorussia,CF Repubblica Centrafricana",
    "pt": "CI Costa do Marfim,MM Birmânia,MM Mianmar,CZ República Checa,CZ República Tcheca"
    ",CZ Chéquia,SZ Suazilândia,TL Timor Leste,CV Cabo Verde,MK Macedônia,MK Macedónia,NL Holanda"
    ",GB Grã Bretanha,AE EAU,CD RDC,US EUA,US USA,TR Türkiye,VN Vietnã,VN Vietname,IR Irão,IR Irã",
    "nl": "CI Ivoorkust,MM Birma,CZ Tsjechische Republiek,SZ Swaziland,TL Oost Timor"
    ",CV Kaapverdië,MK Macedonië,NL Holland,GB Groot Brittannië,AE VAE,CD DRC,US VS,US USA"
    ",BY Wit Rusland,GB VK,CF Centraal-Afrikaanse Republiek",
    "ru": "CI Кот-д'Ивуар,CI Берег Слоновой Кости,MM Бирма,CZ Чешская Республика,SZ Свазиленд"
    ",TL Восточный Тимор,CV Кабо-Верде,MK Македония,NL Голландия,GB Британия,AE ОАЭ,CD ДРК,CN КНР"
    ",US США,KP КНДР,CF ЦАР,ZA ЮАР,BY Белоруссия,MD Молдавия,KG Киргизия,TM Туркмения",
    "uk": "CI Кот-д'Івуар,CI Берег Слонової Кістки,MM Бірма,CZ Чеська Республіка,SZ Свазіленд"
    ",TL Східний Тимор,MK Македонія,NL Голландія,GB Велика Британія,GB Великобританія,AE ОАЕ"
    ",CD ДРК,CN КНР,US США,KP КНДР,CF ЦАР,ZA ПАР",
    "pl": "CI Wybrzeże Kości Słoniowej,MM Birma,CZ Republika Czeska,SZ Suazi,TL Timor Wschodni"
    ",CV Republika Zielonego Przylądka,MK Macedonia,NL Niderlandy,GB Wielka Brytania,AE ZEA"
    ",CD DRK,CN ChRL,US USA,KP KRLD,ZA RPA,DE RFN",
    "tr": "CI Fildişi Sahili,MM Burma,CZ Çek Cumhuriyeti,SZ Svaziland,TL Doğu Timor"
    ",CV Yeşil Burun Adaları,MK Makedonya,NL Hollanda,GB Büyük Britanya,AE BAE,CD KDC,US ABD"
    ",BY Beyaz Rusya,GB İngiltere,KP KDHC",
    "ar": "CI ساحل العاج,CI كوت ديفوار,MM بورما,CZ جمهورية التشيك,SZ سوازيلاند,TL تيمور الشرقية"
    ",CV كابو فيردي,MK مقدونيا,NL هولندا,GB بريطانيا العظمى,AE الإمارات,US أمريكا,US أميركا"
    ",BY روسيا البيضاء,TR تركيا,PS قطاع غزة",
    "fa": "CI ساحل عاج,MM برمه,CZ جمهوری چک,SZ سوازیلند,TL تیمور شرقی,CV کیپ ورد,MK مقدونیه"
    ",NL هلند,GB انگلستان,GB انگلیس,AE امارات,US ایالات متحده,US امریکا,BY روسیه سفید",
    "zh": "CI 科特迪瓦,CI 象牙海岸,MM 缅甸,MM 緬甸,CZ 捷克共和国,SZ 斯威士兰,SZ 史瓦帝尼,TL 东帝汶"
    ",CV 佛得角,CV 維德角,MK 马其顿,GB 大不列颠,AE 阿联酋,AE 阿聯,CD 刚果金,KP 北韩,KP 朝鲜,KR 南韓"
    ",NZ 紐西蘭,IT 義大利,SA 沙烏地阿拉伯,AU 澳洲,ET 衣索比亞,KE 肯亞,NE 尼日,NG 奈及利亞",
    "ja": "CI コートジボワール,CI 象牙海岸,MM ビルマ,SZ スワジランド,TL 東ティモール,MK マケドニア"
    ",GB 英国,GB イギリス,US 米国,CN 中国,KP 北朝鮮,KR 韓国,GE グルジア,AU 豪州,TW 台湾",
    "ko": "CI 코트디부아르,CI 아이보리코스트,MM 버마,CZ 체코공화국,SZ 스와질란드,TL 동티모르"
    ",MK 마케도니아,GB 영국,US 미국,TR 터키,TR 튀르키예,GE 그루지야,AU 호주,TH 태국,TW 대만",
    "el": "CI Ακτή Ελεφαντοστού,MM Βιρμανία,MM Μιανμάρ,CZ Τσεχική Δημοκρατία,SZ Σουαζιλάνδη"
    ",TL Ανατολικό Τιμόρ,CV Πράσινο Ακρωτήριο,NL Ολλανδία,NL Κάτω Χώρες,GB Μεγάλη Βρετανία"
    ",AE ΗΑΕ,US ΗΠΑ,CI Ακτής του Ελεφαντοστού",
    "ro": "CI Coasta de Fildeș,MM Birmania,CZ Republica Cehă,SZ Swaziland,TL Timorul de Est"
    ",CV Capul Verde,MK Macedonia,NL Olanda,NL Țările de Jos,GB Marea Britanie,AE EAU,CD RDC"
    ",US SUA,BY Bielorusia,KP RPDC",
    "sv": "CI Elfenbenskusten,MM Burma,CZ Tjeckiska republiken,SZ Swaziland,TL Östtimor"
    ",CV Kap Verde,MK Makedonien,NL Holland,NL Nederländerna,GB Storbritannien,AE UAE,US USA"
    ",BY Vitryssland,CI Côte d'Ivoire",
    "cs": "CI Pobřeží slonoviny,MM Barma,CZ Česká republika,SZ Svazijsko,TL Východní Timor"
    ",CV Kapverdy,MK Makedonie,NL Nizozemsko,NL Holandsko,GB Velká Británie,AE SAE,CD DRK,US USA"
    ",CN ČLR,KP KLDR,ZA JAR,BY Bělorusko",
}


@pytest.mark.parametrize("language", LISTED)
def test_other_names_of_a_country_are_known(language: str) -> None:
    told = [item.split(" ", 1) for item in OTHER_NAMES[language].split(",")]
    assert len(told) > 10
    known = {code: _compared(language, code) for code, _ in told}
    assert [(code, name) for code, name in told if _folded(name) not in known[code]] == []


@pytest.mark.parametrize("language", sorted(WITHOUT_ADJECTIVES))
def test_the_capital_and_the_name_suffice_where_no_adjective_is(language: str) -> None:
    for code in _states():
        assert len(_compared(language, code)) >= (1 if code in CITY_STATES else 2), code


def _states() -> set[str]:
    return {*SOVEREIGN.split()}


def _column(language: str, code: str, number: int) -> list[str]:
    return _terms((_table(language).countries.get(code, "") + "||").split("|")[number])


def _compared(language: str, code: str) -> set[str]:
    return {_folded(term) for term in country_terms(code, language)}


def _folded(term: str) -> str:
    return " ".join(map(fold, tokenize(term.removeprefix("=")).words))
