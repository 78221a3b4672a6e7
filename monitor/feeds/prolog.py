"""Both ends of a document: what it is, and how it is made fit for the XML reader. Pure."""

from __future__ import annotations

import html
import re

_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,100})")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_WHOLE_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FEED_START = re.compile(
    r"<(?:\?xml|(?:!doctype\s+)?(?:rss|feed|rdf:RDF|channel))\b", re.IGNORECASE
)
_HTML_TYPE = re.compile(r"\s*<!doctype\s+html\b", re.IGNORECASE)
_SCRAPS = frozenset(
    ("br", "b", "p", "div", "script", "center", "h1", "style", "meta", "title", "font")
)
_PAGE_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}>", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_END_TAG = re.compile(r"</(?:[\w.-]{1,100}:)?([\w.-]{1,100})\s*>")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]++)|([0-9]++));?", re.IGNORECASE)
_LONGEST_REFERENCE = 12
_LONGEST_TAG = 200_000
_HUGE_TAG = re.compile(rf"(</?[\w:.-]{{0,100}})[^<>]{{{_LONGEST_TAG},}}+")
_LONGEST_HEAD = 50_000  # characters before the root; feedparser looks for the end of each
_MOST_DECLARATIONS = 500  # declaration in all that follows
_HEAD = 20_000  # characters in which a document shows what it is
_TAIL = 1_000  # bytes at the end, among which the end tag stands; scripts print behind it
_BLANKS = re.compile(r"\s++")
_LONG_ENTITY = re.compile(r"<!ENTITY[^>\"']{0,200}(?:\"[^\"]{100,}\"|'[^']{100,}')[^>]{0,200}>")
_TYPE_OR_ENTITY = re.compile(r"<!(?=DOCTYPE|ENTITY)")
XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def root_of(text: str) -> str | None:
    """The name of the first element as it is written; None where there is none."""
    found = _ROOT.search(_COMMENT.sub("", text[:_HEAD]))
    return found[1] if found else None


def page_title(text: str) -> str | None:
    """The title of a web page as it is written ("" where it has none); None for no web page."""
    head = text[:_HEAD]
    root = (root_of(text) or "").lower()
    scrap = root in _SCRAPS and not _FEED_START.search(head)  # an error message without a page
    if root not in ("html", "head", "body") and not scrap and not _HTML_TYPE.match(head):
        return None
    found = _PAGE_TITLE.search(text[: 10 * _HEAD])
    return " ".join(html.unescape(found[1]).split()) if found else ""


def for_xml_reader(text: str) -> bytes:
    """The document as the XML reader takes it: UTF-8 that says so, allowed characters only.

    What stands before the document (warnings of a script, blank lines) is cut off.
    """
    start = _FEED_START.search(text[:_HEAD])
    text = text[start.start() :] if start else text.lstrip()
    text = _DECLARATION.sub("", text, count=1) if text[:5].lower() == "<?xml" else text
    if len(text) > _LONGEST_TAG:
        text = _HUGE_TAG.sub(_bare_tag, text)
    text = _REFERENCE.sub(_allowed_reference, _FORBIDDEN.sub("", text))
    root = _ROOT.search(text)
    head = text[: root.start()] if root else ""
    return (XML_DECLARATION + _tidied(head).lstrip() + text[len(head) :]).encode()


def _tidied(head: str) -> str:
    """What stands before the root as feedparser takes it: each declaration on a line of its own.

    Blank lines it would look through again and again. Texts that the document names, to refer to
    them a hundred thousand times, are left out where they are long.
    """
    before, end, after = head.rpartition("-->")  # what follows would be looked through in vain
    head = _LONG_ENTITY.sub("", _WHOLE_COMMENT.sub("", before + end) + after)
    head = _BLANKS.sub(_one_line_end, _TYPE_OR_ENTITY.sub("\n<!", head))
    return head if len(head) <= _LONGEST_HEAD and head.count("<!") <= _MOST_DECLARATIONS else "\n"


def _one_line_end(blanks: re.Match[str]) -> str:
    return "\n" if "\n" in blanks[0] else blanks[0]


def lacks_its_end(document: bytes) -> bool:
    """Whether XML, as ``for_xml_reader`` gives it, ends before its root element does.

    A prefix that is missing, or an end of the channel alone, is bad form: nothing is cut off.
    """
    root = (root_of(document[:_HEAD].decode("utf-8", "replace")) or "").rpartition(":")[2]
    ends = {"rss", "feed", "rdf", root.lower()}
    if root.lower() != "rdf":  # there the entries stand behind the channel
        ends.add("channel")
    tail = document.rstrip()[-_TAIL:].decode("utf-8", "replace")
    return not any(found[1].lower() in ends for found in _END_TAG.finditer(tail))


def _bare_tag(found: re.Match[str]) -> str:
    """A tag of many thousands of attributes, or with a picture written into it, without them."""
    return found[1] + ("/" if found[0].endswith("/") else "")


def _allowed_reference(found: re.Match[str]) -> str:
    """A character reference, unless XML 1.0 (2.2) forbids its character."""
    if len(found[0]) > _LONGEST_REFERENCE:
        return ""
    code = int(found[1], 16) if found[1] else int(found[2])
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return found[0] if allowed or 0x10000 <= code <= 0x10FFFF else ""
