"""Plain text out of what feeds call a title or a text: markup, entities, invisible characters.

A scanner by hand and not ``html.parser``, which takes quadratic time on some hostile input and
swallows the rest of a document after one stray ``<``. Every step here is linear: whatever cannot
be closed is looked for once and never again.

Entities are decoded once. What then still looks like markup or entities was escaped twice by its
publisher, which is common, and is cleaned a second time, never a third.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from monitor.text.characters import INVISIBLE, reordered_marks

_DROPPED = frozenset(
    ("script", "style", "template", "iframe", "svg", "math", "noembed", "noframes", "object")
)
_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
        ),
        *("dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "legend", "li"),
        *("main", "menu", "nav", "ol", "option", "p", "pre", "section", "select", "summary"),
        *("table", "tbody", "tfoot", "thead", "title", "tr", "ul"),
    )
)
_CELLS = frozenset(("td", "th"))
_PARAGRAPH, _LINE, _GAP = "\x02", "\x03", "\x04"  # stand for breaks until all is decoded
_SHOWN = ((_PARAGRAPH, "\n\n"), (_LINE, "\n"), (_GAP, " "))
_TAG_LIMIT = 65_536  # characters within which a tag's quoted attributes are respected
_MOST_MARKS = 8  # combining marks upon one letter; more is a prank that slows normalisation down

_MARKUP_START = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*+)")
_TAG_REST = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ESCAPED_TWICE = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip|[a-zA-Z](?:acute|grave|uml|circ|tilde"
    r"|cedil)|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});"
    r"|</?(?:p|br|a|b|i|u|em|strong|span|div|img|ul|ol|li|h[1-6]|blockquote|table|font|script|style)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_INVISIBLE_BEYOND = "\U000e0000-\U000e007f"  # of INVISIBLE, in another plane
_CONTROLS = (
    f"{INVISIBLE}\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
)
_LATE_CONTROLS = re.compile(f"[{_CONTROLS}]+")
_KANA = "\uff61-\uff9f"
_HALF_WIDTH = re.compile(f"[{_KANA}]+")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_ODD_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
# A tag in a text without comments and the like, and without elements whose content is dropped.
_PLAIN_TAG = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9]*+)(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_NOT_PLAIN = re.compile(f"<(?:[!?]|{'|'.join(sorted(_DROPPED))})", re.IGNORECASE)
_INSTEAD = {
    **{f"{slash}{name}": _PARAGRAPH for name in _BLOCKS for slash in ("", "/")},
    **{f"{slash}{name}": _GAP for name in _CELLS for slash in ("", "/")},
    **dict.fromkeys(("br", "/br"), _LINE),
}


def clean_title(raw: str) -> str:
    """``raw`` (plain text or HTML) as one line of plain text in NFC."""
    return " ".join(_plain(raw).split())


def clean_text(raw: str) -> str:
    """``raw`` (plain text or HTML) as plain text in NFC.

    Paragraphs are apart by an empty line, lines (``<br>``, or a line break in text without
    markup) by a line break.
    """
    text = _plain(raw)
    if "\n" not in text:
        return " ".join(text.split())
    lines = [" ".join(line.split()) for line in text.split("\n")]
    pieces: list[str] = []
    for number, line in enumerate(lines):
        if line:
            pieces.append(line)
        elif pieces and number and lines[number - 1]:
            pieces.append("")  # however many empty lines there are
    return "\n".join(pieces).rstrip("\n")


def _plain(raw: str) -> str:
    text = _once(raw)
    if ("&" in text or "<" in text) and _ESCAPED_TWICE.search(text):
        text = _once(text)
    if text.isascii():
        # The quickest way to learn that there are no control characters.
        plain = text.replace("\n", " ").isprintable()
        return text if plain else _LATE_CONTROLS.sub("", text)
    if not _oddities().search(text) and not _BEYOND.search(text):
        return unicodedata.normalize("NFC", text)
    text = _LATE_CONTROLS.sub("", text)
    text = _HALF_WIDTH.sub(lambda kana: unicodedata.normalize("NFKC", kana.group()), text)
    return unicodedata.normalize("NFC", _stacked_marks().sub(r"\1", text))


def _once(raw: str) -> str:
    """Markup off, entities decoded: one layer."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
    for ours in (_PARAGRAPH, _LINE, _GAP, "]]>"):
        if ours in text:
            text = text.replace(ours, "")
    if (  # one by one, each looks for a byte; a pattern would look at every character
        "\x0b" in text or "\x0c" in text or "\x85" in text or "\u2028" in text or "\u2029" in text
    ):
        text = _ODD_BREAKS.sub("\n", text)
    if "<" in text:
        text = _without_markup(text)
        if _PARAGRAPH in text or _LINE in text:  # in HTML a line break in the source is a space
            text = text.replace("\n", " ")
    if "&" in text:
        text = html.unescape(text)
    for ours, shown in _SHOWN:
        if ours in text:
            text = text.replace(ours, shown)
    return text


@lru_cache(maxsize=1)
def _oddities() -> re.Pattern[str]:
    """Any character of the first plane that the slow part of the cleaning is for.

    Python looks a class of that plane up in a table; with one character beyond, it goes through
    the ranges one by one, twenty times as slow.
    """
    controls = _CONTROLS.replace(_INVISIBLE_BEYOND, "")
    marks = reordered_marks().partition("\\U0001")[0]  # in order, written as escapes
    return re.compile(f"[{controls}{_KANA}{marks}]")


@lru_cache(maxsize=1)
def _stacked_marks() -> re.Pattern[str]:
    marks = f"[{reordered_marks()}]"
    return re.compile(f"({marks}{{{_MOST_MARKS}}}){marks}++")


def _without_markup(text: str) -> str:
    """``text`` with its tags replaced by the breaks they stand for."""
    if len(text) <= _TAG_LIMIT and not _NOT_PLAIN.search(text):
        parts = _PLAIN_TAG.split(text)  # what stands between tags, and their names
        parts[1::2] = [_INSTEAD.get(name.lower(), "") for name in parts[1::2]]
        plain = "".join(parts)
        if "<" not in plain or not _MARKUP_START.search(plain):  # else one never closes
            return plain
    return _carefully_without_markup(text)


def _carefully_without_markup(text: str) -> str:
    """The same for any text, tag by tag."""
    pieces: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while ">" not in unclosed and (found := _MARKUP_START.search(text, position)):
        pieces.append(text[position : found.start()])
        position, replacement = _markup_at(text, found.start(), unclosed)
        pieces.append(replacement)
    pieces.append(text[position:])
    return "".join(pieces)


def _markup_at(text: str, start: int, unclosed: set[str]) -> tuple[int, str]:
    """Where what begins with the ``<`` at ``start`` ends, and what stands in its place."""
    if text.startswith("<!--", start):
        end = _comment_end(text, start, unclosed)
    elif text.startswith("<![CDATA[", start):
        return start + 9, ""
    else:
        end = _tag_end(text, start)
    if end < 0:
        unclosed.add(">")
        return start + 1, "<"
    name = _TAG_NAME.match(text, start + 1)
    if name is None:  # a doctype, a processing instruction
        return end, ""
    return _element(text, start, end, name.group(1).lower(), unclosed)


def _element(text: str, start: int, end: int, name: str, unclosed: set[str]) -> tuple[int, str]:
    closing = text[start + 1] == "/"
    if name in _DROPPED and not closing and text[end - 2] != "/":
        return _skip_content(text, end, name, unclosed), _GAP
    if name in _BLOCKS:
        return end, _PARAGRAPH
    if name == "br":
        return end, _LINE
    return end, _GAP if name in _CELLS else ""


def _tag_end(text: str, start: int) -> int:
    """One past the ``>`` that closes the tag at ``start``, or -1 where none does."""
    closed = _TAG_REST.match(text, start + 1, start + _TAG_LIMIT)
    return closed.end() if closed else text.find(">", start) + 1 or -1


def _comment_end(text: str, start: int, unclosed: set[str]) -> int:
    """One past the comment at ``start``; past the next ``>`` where it never closes, or -1."""
    end = -1 if "-->" in unclosed else text.find("-->", start)
    if end >= 0:
        return end + 3
    unclosed.add("-->")
    return text.find(">", start) + 1 or -1


def _skip_content(text: str, start: int, name: str, unclosed: set[str]) -> int:
    """One past ``</name…>``; where that never comes, what follows is kept as text."""
    if name in unclosed:
        return start
    closing = re.compile(f"</{name}", re.IGNORECASE).search(text, start)
    end = text.find(">", closing.end()) if closing else -1
    if end < 0:
        unclosed.add(name)
        return start
    return end + 1
