"""Names of character encodings, as the web uses them. Pure."""

from __future__ import annotations

import codecs

# What pages and feeds mean by these names (the labels of the WHATWG Encoding Standard), where
# Python's codec of that name is narrower: a superset that decodes what the narrow one refuses.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Names that Python does not know.
_ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "windows-874": "cp874",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-x-big5": "big5hkscs",
    "unicode": "utf-16",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-6-e": "iso8859-6",
}
_NO_TEXT = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode"})
"""Ways of writing text in ASCII: nobody writes feeds in them, but attackers."""
STATEFUL = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr", "hz"})
"""Encodings whose bytes all look like ASCII."""
MULTIBYTE = frozenset({"gb18030", "cp932", "cp949", "big5hkscs", "euc_jp", "johab"})
"""Encodings of one or two bytes a character, whose text may pass for UTF-8 by chance."""


def known_charset(name: str | None) -> str | None:
    """The name of the Python codec that reads ``name``; None where there is none.

    Only encodings of text count: Python's "rot13", "zip", "idna" and the like do not.
    """
    wanted = (name or "").strip().lower()
    if not wanted or not wanted.isascii():
        return None
    try:
        info = codecs.lookup(_ALIASES.get(wanted, wanted))
        "".encode(info.name)
        decoded = b"<".decode(info.name, "replace")
    except (LookupError, ValueError, TypeError):
        return None
    if info.name in _NO_TEXT or decoded is None:
        return None
    return _MEANT.get(info.name, info.name)
