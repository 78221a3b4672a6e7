"""Scripts: which a letter or a text is in, and which languages are written in it.

Most texts are in one script, and a text of another holds names in Latin letters. Both are told by
scans, without a count of every letter; which is made where these leave it open.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from monitor.text.characters import INVISIBLE, unjoined

_SCRIPTS: dict[str, str] = {
    "Latin": "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f",
    "Kana": "\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebrew": "\u0590-\u05ff",
    "Thai": "\u0e00-\u0e7f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Odia": "\u0b00-\u0b7f",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Ethiopic": "\u1200-\u137f",
    "Khmer": "\u1780-\u17ff",
}
_WRITTEN_IN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("ru", "uk", "be", "bg", "mk", "mn", "ky", "tg", "ba", "tt", "ce", "cv", "os", "ab"),
        ("Cyrillic",),
    ),
    **dict.fromkeys(("sr", "kk", "uz", "bs", "tk", "az"), ("Cyrillic", "Latin")),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ug", "sd", "ckb", "arz", "ary"), ("Arabic",)),
    **dict.fromkeys(("ku", "ms", "ha"), ("Latin", "Arabic")),
    **dict.fromkeys(("zh", "yue", "wuu"), ("Han",)),
    "ja": ("Kana", "Han"),
    "ko": ("Hangul",),
    "el": ("Greek",),
    **dict.fromkeys(("he", "yi"), ("Hebrew",)),
    "th": ("Thai",),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), ("Devanagari",)),
    **dict.fromkeys(("bn", "as"), ("Bengali",)),
    "pa": ("Gurmukhi", "Arabic"),
    "gu": ("Gujarati",),
    "or": ("Odia",),
    "ta": ("Tamil",),
    "te": ("Telugu",),
    "kn": ("Kannada",),
    "ml": ("Malayalam",),
    "si": ("Sinhala",),
    "lo": ("Lao",),
    "dz": ("Tibetan",),
    "bo": ("Tibetan",),
    "my": ("Burmese",),
    "ka": ("Georgian",),
    "hy": ("Armenian",),
    **dict.fromkeys(("am", "ti"), ("Ethiopic",)),
    "km": ("Khmer",),
}

_LETTER = re.compile(r"[^\W\d_]")


def may_be_written(code: str, script: str | None) -> bool:
    """Whether the language ``code`` is written in ``script`` (None: a script we do not know)."""
    return script is None or script in _WRITTEN_IN.get(code, ("Latin",))


@lru_cache(maxsize=32)
def writers(script: str) -> frozenset[str]:
    """The languages known to be written in ``script``; none for Latin, which has too many."""
    if script == "Latin":
        return frozenset()
    return frozenset(code for code, scripts in _WRITTEN_IN.items() if script in scripts)


@lru_cache(maxsize=32)
def letters_of(script: str) -> re.Pattern[str]:
    """A letter of ``script``, one of those that we know."""
    return re.compile(f"[{_SCRIPTS[script]}]")


@lru_cache(maxsize=4096)
def script_of(char: str) -> str | None:
    """The script of a letter, None where it has none that we know."""
    found = _script_pattern().match(char)
    return found.lastgroup if found else None


@lru_cache(maxsize=1)
def _script_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>[{ranges}])" for name, ranges in _SCRIPTS.items()))


def visible_and_script(text: str) -> tuple[str, str | None]:
    """``text`` without what nobody sees, and the script that most of its letters are in.

    None where it has no letters that we know; kana makes Han Japanese ("Kana").
    """
    if text.isascii():
        return text, "Latin" if any(map(str.isalpha, text)) else None
    text = unjoined(text)
    first = _LETTER.search(text)
    script = script_of(first[0]) if first else None
    if script and not _unlike(script).search(text):
        return text, script
    text = _invisible().sub("", text)
    return text, _script_of_mixed(text)


def _script_of_mixed(text: str) -> str | None:
    """The script of a visible text in several: by shares that no count can overrule, or counted.

    Kana at a twentieth of Han, and together a third of Latin, outweigh these; else a Chinese
    character says as much as three letters.
    """
    letters = _no_letters().sub("", text)
    if not letters:
        return None
    kana = len(letters_of("Kana").findall(letters))
    if kana * 4 > len(letters):
        return "Kana"
    likely = script_of(letters[len(letters) // 2])
    if likely and not kana and len(_unlike(likely).findall(letters)) * 4 < len(letters):
        return likely
    return _counted(letters)


def _counted(letters: str) -> str | None:
    counts: Counter[str | None] = Counter(map(script_of, letters))
    if counts["Kana"] * 20 > counts["Han"] and counts["Kana"] + counts["Han"] > counts["Latin"] / 3:
        return "Kana"
    counts["Han"] *= 3
    return counts.most_common(1)[0][0]


@lru_cache(maxsize=1)
def _no_letters() -> re.Pattern[str]:
    return re.compile(f"[^{''.join(_SCRIPTS.values())}]")


@lru_cache(maxsize=32)
def _unlike(script: str) -> re.Pattern[str]:
    """A letter of any script but this one, whatever is beyond the first plane or nobody sees."""
    others = "".join(ranges for name, ranges in _SCRIPTS.items() if name != script)
    first_plane = re.sub("[\U00010000-\U0010ffff]-.", "", others + INVISIBLE)  # twice as fast
    return re.compile(f"[{first_plane}\U00010000-\U0010ffff]")


@lru_cache(maxsize=1)
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{INVISIBLE}]")  # without "+": a class alone is looked for much faster
