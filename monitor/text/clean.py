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
from collections import defaultdict
from functools import lru_cache

from monitor.text.characters import FLAG_END, INVISIBLE, JOINERS, TAGS, reordered_marks

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
_PARAGRAPH, _LINE, _GAP = "\x02", "\x03", " "  # what stands for breaks
_OURS = "\x02\x03\x04"  # not to be taken from a feed
_TAG_LIMIT = 65_536  # characters within which a tag's quoted attributes are respected
_LONGEST_TITLE = 2000  # characters of a title in which what looks like a tag may be words
_MOST_IN_VAIN = 4 * _TAG_LIMIT  # characters of a text, after which they are no longer
_QUOTES = "'"
_MOST_MARKS = 8  # combining marks upon one letter; more is a prank that slows normalisation down

_MARKUP_START = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*+)")
_TAG_REST = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*>""")
_ESCAPED_TWICE = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip|[a-zA-Z](?:acute|grave|uml|circ|tilde"
    r"|cedil)|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});"
    r"|</?(?:p|br|a|b|i|u|em|strong|span|div|img|ul|ol|li|h[1-6]|blockquote|table|font|script|style)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_INVISIBLE_BEYOND = "\U000e0000-\U000e007f"  # of INVISIBLE, in another plane
_CONTROLS = (
    INVISIBLE.replace(_INVISIBLE_BEYOND, "")
    + "\x00\x01\x03-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
)
_REMOVED = _CONTROLS.replace("\u200b-\u200f", "\u200b\u200e\u200f")  # joiners may stay
_JOINED = (
    "\u0620-\u0669\u066e-\u06d3\u06d5-\u0963\u0966-\u096f\u0971-\u109f\u1780-\u1cff"
    "\ufb50-\ufdff\ufe70-\ufefc"
)
"""Letters and marks from Arabic to the scripts of India: no punctuation, no parts of Hangul."""

_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_KANA = "\uff61-\uff9f"
_HALF_WIDTH = re.compile(f"[{_KANA}]+")
_BEYOND = range(0xF0, 0xF5)  # what characters beyond the first plane begin with in UTF-8
_ODD_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_RARE_BLANK = re.compile("[\t\x0b\x0c\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_SPACES = re.compile("  +")
_USUAL = bytes(range(0x20, 0x7F)) + b"\n" + _PARAGRAPH.encode()
# Markup that takes away more than itself: comments and the like, elements that are dropped.
_WIDE = re.compile(
    f"<(?=[!?{''.join(name[0] for name in _DROPPED)}])(?:[!?]|{'|'.join(_DROPPED)})",
    re.IGNORECASE | re.ASCII,
)
# Any other tag. It ends before the next "<", so that a text of tags never closed is read once.
_PLAIN_TAG = re.compile(
    r"""<(/?[a-zA-Z][a-zA-Z0-9]{0,30}+)(?:>|[^"'<>]*+(?:(?:"[^"<]*+"|'[^'<]*+')[^"'<>]*+)*>)"""
)
_INSTEAD = {
    **{f"{slash}{name}": _PARAGRAPH for name in _BLOCKS for slash in ("", "/")},
    **{f"{slash}{name}": _GAP for name in _CELLS for slash in ("", "/")},
    **dict.fromkeys(("br", "/br"), _LINE),
}

_Unclosed = defaultdict[str, int]
"""What was looked for in vain in a text; of quotes, along how many characters."""


def clean_title(raw: str) -> str:
    """``raw`` (plain text or HTML) as one line of plain text in NFC.

    What looks like a tag of no element of HTML stays, as words: <Quaxland> falls.
    """
    return _on_one_line(_plain(raw, title=True))


def clean_name(raw: str) -> str:
    """The same of a person's name: an address between angle brackets goes, as tags do."""
    return _on_one_line(_plain(raw))


def _on_one_line(text: str) -> str:
    return " ".join(text.replace(_PARAGRAPH, " ").split())


def clean_text(raw: str) -> str:
    """``raw`` (plain text or HTML) as plain text in NFC.

    Paragraphs are apart by an empty line, lines (``<br>``, or a line break in text without
    markup) by a line break.
    """
    text = _plain(raw)
    if "\n" in text:  # there may be more paragraphs, or lines within them
        text = _SPACES.sub(" ", text.replace(_PARAGRAPH, "\n\n"))
        text = text.replace(" \n", "\n").replace("\n ", "\n").replace("\n\n", _PARAGRAPH)
    text = "\n\n".join([found for each in text.split(_PARAGRAPH) if (found := each.strip())])
    return _SPACES.sub(" ", text) if "  " in text else text


def _plain(raw: str, *, title: bool = False) -> str:
    """Cleaned, but for spaces side by side; no other blanks but line and paragraph breaks."""
    if not ("<" in raw or "&" in raw or "]" in raw) and raw.isprintable():
        return _polished(raw)
    text = _once(raw, title=title)
    if "&" in text or "<" in text:
        text = text.replace(_PARAGRAPH, "\n\n")
        if _ESCAPED_TWICE.search(text):
            text = _once(text, title=title)
    return _polished(text)


def _polished(text: str) -> str:
    """In NFC, and without what nobody sees, blanks of all kinds, and pranks.

    Most characters of most texts are ASCII: only the others are looked at, and most need nothing.
    """
    text = text.replace("\xa0", " ")  # by far the most common of its kind
    others = text.encode("utf-8", "surrogatepass").translate(None, _USUAL)
    if not others:
        return text
    unusual = others.decode("utf-8", "surrogatepass")
    if unusual.split() != [unusual]:
        text = _RARE_BLANK.sub(" ", text)
    beyond = any(map(others.__contains__, _BEYOND)) and bool(_odd_beyond().search(unusual))
    if beyond or _odd().search(unusual):
        text = _without_oddities(text, beyond=beyond)
    elif unicodedata.is_normalized("NFC", unusual):  # ASCII combines with odd characters alone
        return text
    return unicodedata.normalize("NFC", text)


def _without_oddities(text: str, *, beyond: bool) -> str:
    """``text`` without what nobody sees and without pranks; ``beyond``: of all planes.

    Joiners stay where they join or part what readers see, and tags where they make a flag.
    """
    text = _controls(beyond=beyond).sub(r"\1" if beyond else "", text)
    if JOINERS[0] in text or JOINERS[1] in text:
        text = _stray_joiner().sub("", text)
    text = _HALF_WIDTH.sub(lambda kana: unicodedata.normalize("NFKC", kana.group()), text)
    return _stacked_marks(beyond=beyond).sub(r"\1", text)


def _once(raw: str, *, title: bool) -> str:
    """Markup off, entities decoded: one layer. Paragraph breaks of markup are ``_PARAGRAPH``."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw
    for ours in _OURS:
        if ours in text:
            text = text.replace(ours, "")
    if "]" in text:
        text = text.replace("]]>", "")
    if (  # one by one, each looks for a byte; a pattern would look at every character
        "\x0b" in text or "\x0c" in text or "\x85" in text or "\u2028" in text or "\u2029" in text
    ):
        text = _ODD_BREAKS.sub("\n", text)
    if "<" in text:
        if title and len(text) <= _LONGEST_TITLE:
            from monitor.text.elements import words_escaped

            text = words_escaped(text)
        text = _without_markup(text)
        if _PARAGRAPH in text or _LINE in text:  # in HTML a line break in the source is a space
            text = text.replace("\n", " ").replace(_LINE, "\n")
    return html.unescape(text) if "&" in text else text


# Python looks a class of the first plane's characters up in a table; with one character beyond, it
# goes through the ranges one by one, twenty times as slow.


@lru_cache(maxsize=1)
def _odd() -> re.Pattern[str]:
    """Any character of the first plane that needs more than normalisation."""
    return re.compile(f"[{_CONTROLS}{_KANA}{_marks()[0]}]")


@lru_cache(maxsize=1)
def _odd_beyond() -> re.Pattern[str]:
    """The same of the other planes."""
    return re.compile(f"[{_INVISIBLE_BEYOND}{_marks()[1]}]")


@lru_cache(maxsize=2)
def _controls(*, beyond: bool) -> re.Pattern[str]:
    """What comes off; of all planes, with a group for the flags of regions, which stay."""
    if not beyond:
        return re.compile(f"[{_REMOVED}]+")
    flag = f"\U0001f3f4[{TAGS}]{{3,6}}{FLAG_END}"
    return re.compile(f"({flag})|[{_REMOVED}{_INVISIBLE_BEYOND}]+")


@lru_cache(maxsize=1)
def _stray_joiner() -> re.Pattern[str]:
    """A joiner that joins or parts nothing: one of several, not between two letters or two emoji.

    No mark may follow it but the virama of Bengali (as in র‍্যাব).
    """
    behind = f"(?<![{_JOINED}{_EMOJI}\ufe0f].)"
    ahead = f"(?!\u09cd?(?=\\w)[{_JOINED}]|[{_EMOJI}])"
    return re.compile(f"[{JOINERS}](?:[{JOINERS}]+|{behind}|{ahead})")


@lru_cache(maxsize=2)
def _stacked_marks(*, beyond: bool) -> re.Pattern[str]:
    marks = f"[{''.join(_marks()[: 1 + beyond])}]"
    return re.compile(f"({marks}{{{_MOST_MARKS}}}){marks}++")


@lru_cache(maxsize=1)
def _marks() -> tuple[str, str]:
    """The marks that normalisation may reorder: of the first plane, and beyond it."""
    marks = reordered_marks()
    beyond = next(place for place, sign in enumerate(marks) if sign > "\uffff")
    return marks[:beyond], marks[beyond:]


def _without_markup(text: str) -> str:
    """``text`` with its tags replaced by the breaks they stand for."""
    if len(text) > _TAG_LIMIT:
        return _carefully_without_markup(text)
    pieces: list[str] = []
    unclosed = _Unclosed(int)
    position = 0
    while ">" not in unclosed and (found := _WIDE.search(text, position)):
        pieces.append(_without_tags(text[position : found.start()]))
        position, replacement = _markup_at(text, found.start(), unclosed)
        pieces.append(replacement)
    pieces.append(_without_tags(text[position:]))
    plain = "".join(pieces)
    if "<" in plain and _MARKUP_START.search(plain):  # one never closes, or is an odd one
        return _carefully_without_markup(text)
    return plain


def _without_tags(text: str) -> str:
    """The same for text between what is not plain; what is no plain tag stays."""
    parts = _PLAIN_TAG.split(text)  # what stands between tags, and their names
    parts[1::2] = map(_instead, parts[1::2])
    return "".join(parts)


@lru_cache(maxsize=512)
def _instead(name: str) -> str:
    return _INSTEAD.get(name.lower(), "")


def _carefully_without_markup(text: str) -> str:
    """The same for any text, tag by tag."""
    pieces: list[str] = []
    unclosed = _Unclosed(int)
    position = 0
    while ">" not in unclosed and (found := _MARKUP_START.search(text, position)):
        pieces.append(text[position : found.start()])
        position, replacement = _markup_at(text, found.start(), unclosed)
        pieces.append(replacement)
    pieces.append(text[position:])
    return "".join(pieces)


def _markup_at(text: str, start: int, unclosed: _Unclosed) -> tuple[int, str]:
    """Where what begins with the ``<`` at ``start`` ends, and what stands in its place."""
    if text.startswith("<!--", start):
        end = _comment_end(text, start, unclosed)
    elif text.startswith("<![CDATA[", start):
        return start + 9, ""
    else:
        end = _tag_end(text, start, unclosed)
    if end < 0:
        unclosed[">"] += 1
        return start + 1, "<"
    name = _TAG_NAME.match(text, start + 1)
    if name is None:  # a doctype, a processing instruction
        return end, ""
    return _element(text, start, end, name.group(1).lower(), unclosed)


def _element(text: str, start: int, end: int, name: str, unclosed: _Unclosed) -> tuple[int, str]:
    closing = text[start + 1] == "/"
    if name in _DROPPED and not closing and text[end - 2] != "/":
        return _skip_content(text, end, name, unclosed), _GAP
    if name in _BLOCKS:
        return end, _PARAGRAPH
    if name == "br":
        return end, _LINE
    return end, _GAP if name in _CELLS else ""


def _tag_end(text: str, start: int, unclosed: _Unclosed) -> int:
    """One past the ``>`` that closes the tag at ``start``, or -1 where none does."""
    if unclosed[_QUOTES] < _MOST_IN_VAIN:
        if closed := _TAG_REST.match(text, start + 1, start + _TAG_LIMIT):
            return closed.end()
        unclosed[_QUOTES] += min(len(text) - start, _TAG_LIMIT)
    return text.find(">", start) + 1 or -1


def _comment_end(text: str, start: int, unclosed: _Unclosed) -> int:
    """One past the comment at ``start``; past the next ``>`` where it never closes, or -1."""
    end = -1 if "-->" in unclosed else text.find("-->", start)
    if end >= 0:
        return end + 3
    unclosed["-->"] += 1
    return text.find(">", start) + 1 or -1


def _skip_content(text: str, start: int, name: str, unclosed: _Unclosed) -> int:
    """One past ``</name…>``; where that never comes, what follows is kept as text."""
    if name in unclosed:
        return start
    closing = re.compile(f"</{name}", re.IGNORECASE).search(text, start)
    end = text.find(">", closing.end()) if closing else -1
    if end < 0:
        unclosed[name] += 1
        return start
    return end + 1
