"""Markup, entities and invisible characters come off, whatever is thrown at the scanner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.clean import (
    _carefully_without_markup,
    _without_markup,
    clean_text,
    clean_title,
)


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
    ],
)
def test_a_title_is_one_plain_line(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean


HOSTILE = {
    "opening signs": "<",
    "comments never closed": "<!--",
    "tags never closed": "<a ",
    "quotes never closed": '<a "',
    "scripts never closed": "<script>",
    "script ends never closed": "<script></script",
    "entities": "&lt;",
    "entity beginnings": "&#",
    "zero-width characters": "\u200b",
    "marks out of order": "\u0301\u0316",
    "blanks and line breaks": " \n",
    "data sections": "<![CDATA[",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_takes_linear_time(piece: str) -> None:
    """A quadratic step would take hours on these; the runner's own limit would end it."""
    text = "q" + piece * (1_000_000 // len(piece))
    assert clean_text(text).startswith("q")


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
