from __future__ import annotations

import codecs

import pytest

from monitor.feeds.decode import decode, says_utf8


def declared(encoding: str, text: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?><title>{text}</title>'


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "utf-16", "utf-16-le", "utf-32-be"],
)
def test_what_is_declared_rightly_is_read(encoding: str) -> None:
    text = declared(encoding, "Вывод войск из Нигера")
    assert decode(text.encode(encoding), charset=None) == text


@pytest.mark.parametrize(
    ("encoding", "headline"),
    [
        ("shift_jis", "ニジェールから米軍が撤退"),
        ("euc-jp", "ニジェールから米軍が撤退"),
        ("iso-2022-jp", "ニジェールから米軍が撤退"),
        ("gb2312", "美军撤出尼日尔"),
        ("gb18030", "美军撤出尼日尔"),
        ("big5", "美軍撤出尼日"),
        ("euc-kr", "미군이 니제르에서 철수"),
        ("windows-1256", "انسحاب القوات"),
        ("iso-8859-2", "Wycofanie żołnierzy"),
        ("tis-620", "ถอนทหาร"),
    ],
)
@pytest.mark.parametrize("by_http", [True, False])
def test_encodings_of_the_world_are_read_by_http_or_declaration(
    encoding: str, headline: str, by_http: bool
) -> None:
    text = declared(encoding, headline) if not by_http else f"<title>{headline}</title>"
    assert decode(text.encode(encoding), charset=encoding if by_http else None) == text


def test_a_mark_wins_over_everything() -> None:
    body = codecs.BOM_UTF8 + declared("windows-1251", "Нигер").encode()
    assert "Нигер" in decode(body, charset="koi8-r", encoding="latin-1")


def test_the_configuration_wins_over_what_the_feed_says() -> None:
    body = declared("koi8-r", "Нигер").encode("windows-1251")
    assert "Нигер" in decode(body, charset="koi8-r", encoding="windows-1251")


@pytest.mark.parametrize("lie", ["iso-8859-1", "windows-1252", "us-ascii", "koi8-r", "gb2312"])
def test_utf8_is_read_as_utf8_whatever_is_said(lie: str) -> None:
    text = declared(lie, "Evacuação após o golpe: 撤离侨民")
    assert decode(text.encode(), charset=lie) == text


def test_a_servers_default_does_not_overrule_the_declaration() -> None:
    text = declared("windows-1251", "Вывод войск")
    for default in ("utf-8", "iso-8859-1", "us-ascii"):
        assert decode(text.encode("windows-1251"), charset=default) == text


def test_http_overrules_a_declaration_that_was_left_behind() -> None:
    text = declared("utf-8", "Вывод войск из Нигера")
    assert decode(text.encode("windows-1251"), charset="windows-1251") == text


def test_two_east_asian_characters_that_look_like_utf8_are_not() -> None:
    text = declared("gb2312", "模膜")  # the bytes are valid UTF-8 for something else
    assert text.encode("gb2312").decode("utf-8") != text
    assert decode(text.encode("gb2312"), charset=None) == text


def test_one_bad_byte_costs_one_character() -> None:
    good = "Вывод войск из Нигера — évacuation".encode()
    text = decode(good + "…".encode()[:2] + b" end", charset="utf-8")
    assert text == "Вывод войск из Нигера — évacuation\ufffd end"


def test_a_western_character_pasted_into_utf8_is_read() -> None:
    body = "Le président est arrivé à ".encode() + "Orléans, dit-il".encode("cp1252")
    assert decode(body, charset="utf-8") == "Le président est arrivé à Orléans, dit-il"


def test_a_bad_byte_in_an_east_asian_text_costs_no_more() -> None:
    body = ("美军撤出尼日尔" * 20).encode("gb18030") + b"\xff" + b"<x>"
    text = decode(body, charset="gb2312")
    assert text.startswith("美军撤出尼日尔" * 20)
    assert text.endswith("<x>")


@pytest.mark.parametrize(
    "name", ["", "nonsense", "rot13", "zlib", "idna", "utf-7", "é", "unicode_escape"]
)
def test_names_that_are_no_encoding_of_text_count_for_nothing(name: str) -> None:
    assert decode("Orléans".encode(), charset=name, encoding=name) == "Orléans"


def test_without_any_hint_the_west_is_assumed() -> None:
    assert decode("“Orléans”".encode("cp1252"), charset=None) == "“Orléans”"


def test_nothing_and_noise_are_text_too() -> None:
    assert decode(b"", charset=None) == ""
    assert isinstance(decode(bytes(range(256)) * 3, charset="utf-16"), str)


# --- nothing says which encoding it is ----------------------------------------------------------

SAID = {
    "ru": "Последние солдаты покинули базу, сообщило министерство обороны в понедельник.",
    "uk": "Останні солдати залишили базу, повідомило міністерство оборони в понеділок.",
    "ar": "غادر آخر الجنود القاعدة حسبما أعلنت وزارة الدفاع يوم الاثنين.",
    "el": "Οι τελευταίοι στρατιώτες εγκατέλειψαν τη βάση, ανακοίνωσε το υπουργείο Άμυνας.",
    "he": "החיילים האחרונים עזבו את הבסיס, הודיע משרד ההגנה ביום שני.",
    "th": "กระทรวงกลาโหมประกาศว่า ทหารกลุ่มสุดท้ายได้ออกจากฐานทัพแล้ว",
    "tr": "Son askerler üssü terk etti, Savunma Bakanlığı pazartesi günü açıkladı.",
    "pl": "Ostatni żołnierze opuścili bazę, poinformowało ministerstwo, i wrócą później.",
    "cs": "Vojáci opustili základnu, oznámilo v pondělí ministerstvo. Příliš žluťoučký kůň.",
    "fr": "Les soldats ont quitté la base à l'été, a annoncé « hier » le ministère délégué.",
    "pt": "Os últimos soldados saíram, após negociações; não há previsão de operações.",
    "nl": "De één na laatste militair zei geen ideeën te hebben, aldus financiële bronnen.",
    "ja": "国防省は月曜日、最後の兵士が基地を離れたと発表した。撤退は完了した。",
    "ko": "국방부는 월요일 마지막 병사들이 기지를 떠났다고 발표했다.",
    "zh": "国防部周一宣布，最后一批士兵已离开基地，撤军工作全部完成。",
    "zt": "國防部週一宣布，最後一批士兵已離開基地，撤軍工作全部完成。",
}
WRITTEN = [
    *(("ru", codec) for codec in ("windows-1251", "koi8-r", "iso8859-5", "cp866")),
    *(("uk", "windows-1251"), ("uk", "koi8-u"), ("ar", "windows-1256"), ("ar", "iso8859-6")),
    *(("el", "iso8859-7"), ("he", "windows-1255"), ("th", "cp874"), ("tr", "windows-1254")),
    *(("pl", "windows-1250"), ("pl", "iso8859-2"), ("cs", "windows-1250"), ("fr", "cp1252")),
    *(("pt", "cp1252"), ("nl", "cp1252"), ("ja", "shift_jis"), ("ja", "euc_jp"), ("ko", "euc_kr")),
    *(("zh", "gb18030"), ("zh", "gb2312"), ("zt", "big5")),
]


@pytest.mark.parametrize(("language", "codec"), WRITTEN)
@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1"])
def test_an_encoding_that_nothing_names_is_told_by_the_text(
    language: str, codec: str, charset: str | None
) -> None:
    text = f"<rss><channel><item><title>{SAID[language]}</title></item></channel></rss>"
    assert decode(text.encode(codec), charset=charset) == text


def test_an_encoding_that_is_named_is_believed() -> None:
    text = f"<rss><channel><title>{SAID['ru']}</title></channel></rss>"
    assert decode(text.encode("cp1251"), charset="koi8-r") == text.encode("cp1251").decode("koi8-r")


def test_a_few_signs_are_no_reason_to_guess() -> None:
    text = "<rss><channel><title>© 2024 “News” – è è è è</title></channel></rss>"
    assert decode(text.encode("cp1252"), charset=None) == text


@pytest.mark.parametrize(
    ("declared_as", "charset", "encoding", "only_utf8"),
    [
        ("utf-8", None, None, True),
        ("UTF-8", "utf8", "utf-8", True),
        ("no-such-thing", "utf-16", None, True),  # no text that is readable so far is UTF-16
        ("windows-1251", "utf-8", None, False),
        ("utf-8", "iso-8859-1", None, False),
        ("iso-2022-jp", None, None, False),
        ("utf-8", None, "koi8-r", False),
    ],
)
def test_a_document_says_utf8_where_nothing_else_is_named(
    declared_as: str, charset: str | None, encoding: str | None, *, only_utf8: bool
) -> None:
    body = declared(declared_as, "a title").encode()
    assert says_utf8(body, charset=charset, encoding=encoding) is only_utf8
