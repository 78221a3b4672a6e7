"""Markup, entities and invisible characters come off, whatever is thrown at the scanner."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.characters import FLAG_END, unjoined
from monitor.text.clean import (
    _PARAGRAPH,
    _RARE_BLANK,
    _carefully_without_markup,
    _plain,
    _polished,
    _without_markup,
    _without_oddities,
    clean_name,
    clean_text,
    clean_title,
)

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074" + FLAG_END


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>One <b>wo</b>rd &amp; more.</p><p>Two<br>three</p>", "One word & more.\n\nTwo\nthree"),
        ("before<script>alert('x</b>')</script>after", "before after"),
        ("<style>p { color: red }</style>text", "text"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 you", "I <3 you"),
        ('<a title="x > y" href=z>link</a>', "link"),
        ("tro&shy;ops and tro\u200bops", "troops and troops"),
        ("line one\nline two\n\n\nparagraph", "line one\nline two\n\nparagraph"),
        ("<p>one\nline</p>", "one line"),
        ("&lt;p&gt;Escaped &amp;amp; twice&lt;/p&gt;", "Escaped & twice"),
        ("<![CDATA[<p>wrapped</p>]]>", "wrapped"),
        ("<!-- a > b -->seen", "seen"),
        ("<td>a</td><td>b</td>", "a b"),
        ("\u202eevil\u202c \x00control\x07", "evil control"),
        ("cafe\u0301", "café"),
        ("ﾆｼﾞｪｰﾙ", "ニジェール"),
        ("an unclosed <script> stays readable", "an unclosed stays readable"),
        ("an unclosed tag <b", "an unclosed tag <b"),
        ("half \ud800 a character", "half a character"),
    ],
)
def test_a_text_comes_out_plain(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Two\n lines\u2028and <i>more</i>", "Two lines and more"),
        ("AT&amp;amp;T", "AT&T"),
        ("Profits &lt; 5 % &amp; rising", "Profits < 5 % & rising"),
        ("<script>alert(1)</script>", ""),
        ("<Quaxland> falls", "<Quaxland> falls"),
        ("&lt;Quaxland&gt; falls", "<Quaxland> falls"),
        ("<b>The</b> <Quaxland> &amp;amp; <i>others</i>", "The <Quaxland> & others"),
        ("<Breaking News>: <AC/DC> in <L'Aquila>", "<Breaking News>: <AC/DC> in <L'Aquila>"),
        ("<Müller> goes, writes <m@example.org>", "<Müller> goes, writes <m@example.org>"),
        ("<BLINK>A</BLINK> <o:p></o:p><x y=1>headline<z/></q>", "A headline"),
        ("<place>Niamey</place> falls", "Niamey falls"),
        ("<!doctype html><!-- <Quaxland> -->x", "x"),
    ],
)
def test_a_title_is_one_plain_line(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean


@pytest.mark.parametrize(
    "word",
    [
        "می\u200cخواهم",  # Persian
        "র\u200d\u09cdযাব",  # Bengali, the joiner before the virama
        "क्\u200dष",  # Hindi, behind it
        "ක්\u200dය",  # Sinhala
        "👩\u200d👧\u200d👦",
        "👩🏽\u200d⚕️",
        "🏳️\u200d🌈",
        SCOTLAND,
        SCOTLAND + SCOTLAND,
    ],
)
def test_joiners_and_tags_stay_where_words_and_emoji_need_them(word: str) -> None:
    for place in ("{}", "one {} two", "é {}.", "<p>{}</p>"):
        shown = place.format(word)
        assert clean_title(shown) == clean_text(shown) == clean_title(place).format(word)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\u200cمی\u200c خواهم\u200d", "می خواهم"),  # at the ends of words
        ("می\u200c\u200cخواهم", "میخواهم"),
        ("می\u200bخواهم\ufeffو\u2060را", "میخواهمورا"),
        ("\u202bمی\u200cخواهم\u202c", "می\u200cخواهم"),
        ("،\u200cو", "،و"),
        ("N\u200ci\u200dger", "Niger"),
        ("尼\u200d日", "尼日"),
        ("\u1112\u200d\u1161", "\ud558"),
        ("ｶ\u200dﾞ", "ガ"),
        ("क" + "\u200d\u093c" * 50, "क" + "\u093c" * 8),
    ],
)
def test_joiners_that_join_nothing_come_off(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean_text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (SCOTLAND[1:], ""),  # behind no flag
        ("a" + SCOTLAND[1:], "a"),
        (SCOTLAND[:-1], "🏴"),  # without an end
        ("🏴" + FLAG_END, "🏴"),
        ("🏴" + SCOTLAND[1] * 7 + FLAG_END, "🏴"),  # words nobody sees
        (SCOTLAND + SCOTLAND[1:] + "\u200b", SCOTLAND),
    ],
)
def test_tags_that_make_no_flag_come_off(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean_text(raw) == clean


@given(
    st.lists(
        st.sampled_from("aé می،.尼👩🏽️♂क्ষ\u0301\u09be\u09c7\u1112\u1161ｶﾞ\u200c\u200d\u200b")
        | st.sampled_from([SCOTLAND, SCOTLAND[1:], *SCOTLAND])
    ).map("".join)
)
def test_but_for_joiners_a_text_is_what_it_would_be_if_all_had_come_off(text: str) -> None:
    """So that prints of texts that were stored without them stay what they are."""
    assert unjoined(_polished(text)) == _polished(unjoined(text))


def test_a_name_is_shown_without_the_address_behind_it() -> None:
    assert clean_name("Ada <b>Doe</b> <ada@example.org>\n") == "Ada Doe"


HOSTILE = {
    "flags": "🏴\U000e0067\U000e0062",
    "joiners": "\u200c",
    "words joined": "م\u200c",
    "joiners and marks": "\u200d\u09cd",
    "opening signs": "<",
    "comments never closed": "<!--",
    "tags never closed": "<a ",
    "tags of nothing": "<ab>",
    "quotes never closed": '<a "',
    "scripts never closed": "<script>",
    "script ends never closed": "<script></script",
    "entities": "&lt;",
    "entity beginnings": "&#",
    "zero-width characters": "\u200b",
    "marks out of order": "\u0301\u0316",
    "blanks and line breaks": " \n",
    "data sections": "<![CDATA[",
    "quotes around the ends of tags": "<a '>'",
    "declarations with quotes around their ends": "<!'>'",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    """A quadratic step would take hours on these; the runner's own limit would end it."""
    text = "q" + piece * (1_000_000 // len(piece))
    assert clean_text(text).startswith("q")
    assert clean_title(text).startswith("q")
    assert clean_title(text[:2000]).startswith("q")


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_just_short_enough_for_the_quick_way_takes_linear_time(piece: str) -> None:
    text = "q" + piece * (65_000 // len(piece))
    assert all(clean_text(text).startswith("q") for _ in range(3))


@given(st.text(alphabet="<>/!-abp \"'&;#amp\n\u200b\u0301é"))
def test_whatever_comes_nothing_raises_and_nothing_invisible_is_left(raw: str) -> None:
    text = clean_text(raw)
    assert "\u200b" not in text
    assert text == text.strip()
    assert "\n" not in clean_title(raw)


_MARKUP = (
    *(
        "<",
        ">",
        "</",
        "/>",
        "<p>",
        "</p>",
        "<br>",
        "<br/>",
        "<b",
        "<a href='",
        '<a title="',
        "'",
        '"',
    ),
    *(
        "<script>",
        "</script>",
        "<script/>",
        "</SCRIPT x>",
        "<scripture>",
        "<ſcript>",
        "<a '>'",
        "<!'>'",
        "<!--",
        "-->",
        "<!doctype x>",
        "<![CDATA[",
        "]]>",
        "<?x",
    ),
    *(
        "<td>",
        "<P CLASS=x>",
        "</ p>",
        "text",
        " ",
        "\n",
        "é",
        "<1",
        "<svg><p></svg>",
        "<İ>",
        "<pre>",
    ),
)


@given(st.lists(st.sampled_from(_MARKUP), max_size=12).map("".join))
def test_the_quick_way_through_markup_leads_where_the_careful_one_does(text: str) -> None:
    assert _without_markup(text) == _carefully_without_markup(text)


@pytest.mark.parametrize("sign", ["\U000e0041", "\U0001f600", "\u0301", "\u200b", "\uff66", "\x85"])
def test_a_sign_is_cleaned_the_same_among_ascii_and_other_letters(sign: str) -> None:
    among_others = clean_text(f"é {sign} x")
    assert among_others == clean_text(f"e {sign} x").replace("e", "é", 1)


_SIGNS = st.sampled_from(
    "a e\u0301\u0316\u0e48\u09c7\u09be\u0958\u212b\uff76\uff9e\u200b\u00ad\ufeff\x00\x07\x1c\x7f"
    "\ud800\U000e0041\U0001d165\U0001f600\U0010ffff\t\r\n\x0b\x0c\x85\xa0\u2002\u2028\u202f\u3000é警"
)


@given(st.text(_SIGNS | st.characters()))
def test_the_quick_way_to_a_polished_text_leads_where_the_careful_one_does(text: str) -> None:
    whole = _without_oddities(_RARE_BLANK.sub(" ", text), beyond=True)
    assert _polished(text) == unicodedata.normalize("NFC", whole)


@given(st.text(_SIGNS | st.characters()).filter(lambda text: "<" not in text))
def test_a_text_without_markup_is_cleaned_the_same_with_a_line_break_behind_it(text: str) -> None:
    """With one, no text is taken for plain at first sight."""
    assert _plain(f"{text} \n") == f"{_plain(f'{text} ')}\n"


def _line_by_line(text: str) -> str:
    """How lines and paragraphs are told apart, at length."""
    lines: list[str] = []
    for line in (" ".join(each.split()) for each in text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).rstrip("\n")


@given(st.lists(st.sampled_from((*_MARKUP, "\n", " ", "\n\n", "&#10;", "&nbsp;"))).map("".join))
def test_lines_and_paragraphs_are_those_found_line_by_line(raw: str) -> None:
    assert clean_text(raw) == _line_by_line(_plain(raw).replace(_PARAGRAPH, "\n\n"))


def test_signs_of_all_planes_are_cleaned_next_to_harmless_ones() -> None:
    assert clean_text("Hi \U0001f600 \U000e0041there\u3000you") == "Hi \U0001f600 there you"
    assert clean_text("a" + "\u0301" * 50) == "á" + "\u0301" * 7
