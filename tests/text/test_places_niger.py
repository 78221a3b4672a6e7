"""Niger in every form and language, and never Nigeria."""

from __future__ import annotations

import pytest

from monitor.text.places import other_places

from .test_places import LISTED, bare, loose, words

NIGER = {
    "en": ("Niger Nigerien Nigeriens Niamey", "Niger State,Niger Delta,Niger River,River Niger"),
    "it": (
        "Niger nigerino nigerina nigerini nigerine Niamey",
        "Stato del Niger,delta del Niger,fiume Niger",
    ),
    "fr": (
        "Niger nigérien nigérienne nigériens nigériennes Niamey",
        "État du Niger,delta du Niger,fleuve Niger",
    ),
    "de": (
        "Niger Nigers nigrisch nigrische nigrischen nigrischem nigrischer nigrisches Nigrer Nigrers"
        " Nigrern Nigrerin Nigrerinnen Niamey Niameys",
        "Bundesstaat Niger,Niger-Delta,Niger-Fluss",
    ),
    "es": (
        "Níger nigerino nigerina nigerinos nigerinas Niamey",
        "estado de Níger,delta del Níger,río Níger",
    ),
    "pt": (
        "Níger nigerino nigerina nigerinos nigerinas Niamey",
        "estado do Níger,delta do Níger,rio Níger",
    ),
    "nl": (
        "Niger Nigers Nigerees Nigerese Nigerezen Niamey",
        "deelstaat Niger,Niger-delta,rivier de Niger",
    ),
    "ru": (
        "Нигер Нигера Нигеру Нигером Нигере нигерский нигерская нигерское нигерские нигерского"
        " нигерской нигерскую нигерским нигерских нигерскими нигерец нигерцы нигерцев Ниамей"
        " Ниамея Ниамее",
        "штат Нигер,штата Нигер,штате Нигер,дельта Нигера,дельте Нигера,река Нигер,реки Нигер",
    ),
    "uk": (
        "Нігер Нігеру Нігером Нігері нігерський нігерська нігерські нігерського нігерської"
        " нігерських нігерець нігерці нігерців Ніамей Ніамея Ніамеї",
        "штат Нігер,штату Нігер,штаті Нігер,дельта Нігеру,дельті Нігеру,річка Нігер",
    ),
    "pl": (
        "Niger Nigru Nigrowi Nigrem Nigrze nigerski nigerska nigerskie nigerskiego nigerskiej"
        " nigerskich nigerscy Nigerczyk Nigerczycy Nigerczyków Niamey",
        "stan Niger,stanie Niger,delta Nigru,delcie Nigru,rzeka Niger",
    ),
    "ar": (
        "النيجر والنيجر بالنيجر للنيجر نيجري النيجري نيجرية النيجرية النيجريون النيجريين نيامي"
        " ونيامي بنيامي لنيامي",
        "ولاية النيجر,بولاية النيجر,دلتا النيجر,نهر النيجر",
    ),
    "tr": ("Nijer Nijerli Nijerliler Niamey", "Nijer Eyaleti,Nijer Deltası,Nijer Nehri"),
    "zh": ("尼日尔 尼日爾 尼日 尼亚美 尼亞美 尼阿美", "尼日尔河,尼日尔三角洲,尼日尔州"),
    "ja": ("ニジェール ニアメ ニアメー", "ニジェール川,ニジェール・デルタ,ニジェール州"),
    "ko": (
        "니제르 니제르의 니제르에서 니아메 니아메에서",
        "니제르강,니제르 강,니제르 델타,니제르주",
    ),
    "fa": ("نیجر نیجری نیامی", "ایالت نیجر,دلتای نیجر,رود نیجر"),
    "el": ("Νίγηρας Νίγηρα Νιαμέι", "πολιτεία του Νίγηρα,Δέλτα του Νίγηρα,ποταμός Νίγηρας"),
    "ro": (
        "Niger Nigerul Nigerului nigerez nigereză nigerezi nigereze nigerezilor Niamey",
        "statul Niger,Delta Nigerului,fluviul Niger",
    ),
    "sv": (
        "Niger Nigers nigersk nigerska nigerskt Niamey",
        "delstaten Niger,floden Niger,Niger-deltat",
    ),
    "cs": (
        "Niger Nigeru Nigerem nigerský nigerská nigerské nigerského nigerských nigerští Nigeřan"
        " Nigeřané Nigeřanů Niamey",
        "stát Niger,státu Niger,delta Nigeru,deltě Nigeru,řeka Niger",
    ),
}
NIGERIA = {
    "en": "Nigeria Nigerian Nigerians Abuja",
    "it": "Nigeria nigeriano nigeriana nigeriani nigeriane",
    "fr": "Nigeria Nigéria nigérian nigériane nigérians nigérianes",
    "de": "Nigeria Nigerias nigerianisch nigerianische nigerianischen Nigerianer Nigerianern",
    "es": "Nigeria nigeriano nigeriana nigerianos",
    "pt": "Nigéria nigeriano nigeriana nigerianos",
    "nl": "Nigeria Nigeriaan Nigeriaans Nigeriaanse Nigerianen",
    "ru": "Нигерия Нигерии нигерийский нигерийские нигериец нигерийцы Абуджа",
    "uk": "Нігерія Нігерії нігерійський нігерієць нігерійці",
    "pl": "Nigeria Nigerii nigeryjski nigeryjskie Nigeryjczyk Nigeryjczycy",
    "ar": "نيجيريا ونيجيريا نيجيري النيجيري النيجيرية النيجيريين",
    "tr": "Nijerya Nijeryalı Nijeryalılar",
    "zh": "尼日利亚 奈及利亞 奈及利亚 尼日利亞 阿布贾",
    "ja": "ナイジェリア",
    "ko": "나이지리아",
    "fa": "نیجریه",
    "el": "Νιγηρία Νιγηρίας νιγηριανός νιγηριανή",
    "ro": "Nigeria Nigeriei nigerian nigeriană nigerieni",
    "sv": "Nigeria Nigerias nigeriansk nigerianska nigerian",
    "cs": "Nigérie Nigérii nigerijský nigerijské Nigerijec Nigerijci",
}


@pytest.mark.parametrize("language", LISTED)
def test_niger_is_known_in_every_form_and_nigeria_is_never_niger(language: str) -> None:
    niger = loose("NE", language)
    forms, places = NIGER[language]
    assert {form for form in forms.split() if not bare(form) & niger} == set()
    others = {words(place) for place in other_places(language)}
    assert {place for place in places.split(",") if not bare(place) & others} == set()
    nigeria = {word for form in NIGERIA[language].split() for word in bare(form)}
    assert not nigeria & niger
    assert nigeria & loose("NG", language)
