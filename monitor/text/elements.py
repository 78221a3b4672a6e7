"""What stands between angle brackets and is no tag: words, told by the names of HTML's elements.

The names are all those of the HTML Standard (whatwg.org), obsolete ones too, and the roots of
what may stand within it.
"""

from __future__ import annotations

import re

_NAMES = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound "
    "big blink blockquote body br button canvas caption center cite code col colgroup data "
    "datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font "
    "footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image "
    "img input ins isindex kbd keygen label legend li link listing main map mark marquee math "
    "menu menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol "
    "optgroup option output p param picture plaintext pre progress q rb rbc rp rt rtc ruby s "
    "samp script search section select selectedcontent slot small source spacer span strike "
    "strong style sub summary sup svg table tbody td template textarea tfoot th thead time "
    "title tr track tt u ul var video wbr xmp"
)
HTML_ELEMENTS = frozenset(_NAMES.split())
"""In lower case."""

_WITHOUT_VALUE = re.compile(r"<([a-zA-Z][\w:.-]*+)[^<>=]*+(?<!/)>")
"""What may be the beginning of an element without a value of an attribute, or may be words."""


def words_escaped(text: str) -> str:
    """``text`` with ``&lt;`` for the ``<`` of what looks like a tag and is none of HTML or XML.

    Not for long texts: takes time by their length and by how many such there are.
    """
    return _WITHOUT_VALUE.sub(_tag_or_words, text)


def _tag_or_words(found: re.Match[str]) -> str:
    tag, name = found[0], found[1]
    is_tag = name.lower() in HTML_ELEMENTS or ":" in name[:-1] or f"</{name}" in found.string
    return tag if is_tag else f"&lt;{tag[1:]}"
