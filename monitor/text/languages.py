"""Which language an article is in.

What the configuration fixes for a feed overrules all; then a confident detection among the
languages in use; then what the feed says of itself; else it cannot be told (None). A wrong answer
is worse than none, for where the language cannot be told all languages in use count.

The cheapest evidence comes first, over the first few hundred characters:

1. The script. Hangul is Korean, kana Japanese, Greek letters are Greek. Characters that only
   Chinese or only Japanese writes tell the two apart.
2. Small words (``function_words``), which tell four of five texts of a paragraph.
3. py3langid's model of byte n-grams (``language_model``). It is believed where the best language in
   use has eight tenths of the probability that the languages in use share (six tenths where small
   words speak for the same), and where no language out of use is five times likelier:
   restricted to English and Italian alone it would call every Polish text one of the two.

Fewer than five words tell nothing, three with small words among them.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from monitor.text import function_words
from monitor.text.characters import INVISIBLE, marks
from monitor.text.language_codes import is_code

CONFIDENT = 0.8
_CONFIDENT_TOGETHER = 0.6  # where small words speak for the same language
_OUTSIDER = 5.0  # how many times likelier a language out of use must be to make us unsure
_FEWEST_WORDS = 5
_FEWEST_TOGETHER = 3
_ANOTHER = ""  # an answer: none of those in use, as far as letters tell
_CONTRADICTED = "-"  # an answer: surely another than those in use, and than the feed says
_FOREIGN_LETTERS = 0.04  # what share of letters may be of another alphabet: names, quotations
_SAMPLES = (300, 1500)  # characters that are looked at: first, and where these tell nothing

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
_HAN_BEYOND = "\U00020000-\U0002fa1f"
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
_ALPHABETS = {
    "en": "éèïöüñçô",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "de": "äöüßéè",
    "es": "áéíóúüñ",
    "it": "àèéìíîòóùú",
    "pt": "áâãàçéêíóôõúü",
    "nl": "áéëïöüèóí",
    "tr": "çğıöşüâîû\u0307",
    "pl": "ąćęłńóśźż",
    "ro": "ăâîșțşţ",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
}
"""Letters beyond a to z, in lower case, that texts in a language are written with."""

_CHINESE_TODAY = frozenset(
    "國經對發說會學體點變應當黨轉關單戰證覺藝縣歸廣鐵來兩處實區醫寫獨萬亞譯總續屬權觀讀邊圍圖團數樓舊擔擊據"
    "斷條檢氣沒狀產臺聲聽裝辭鄉釋靜顯餘驅麥這們你她個很嗎吧麼啦呢"
)
"""What Chinese writes and Japanese no longer does, though its standard has the characters."""

_OTHER_CODES = {"nb": "no", "yue": "zh"}
"""Codes that py3langid and the small words have under another."""


_ASCII_WORD = re.compile("[a-z]+")
_WORD = re.compile(r"[^\W\d_]+")


class LanguageTeller:
    """Tells languages; ``languages`` are those in use (ISO 639 codes)."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = tuple(dict.fromkeys(primary_code(code) for code in languages))
        self._written: dict[str | None, list[str]] = {}

    def tell(self, title: str, text: str, *, stated: str | None, fixed: str | None) -> str | None:
        """The language of an article with this (cleaned) headline and text, or None.

        ``stated`` is what its feed says, ``fixed`` what the configuration says; either may carry
        a region ("en-GB"), the answer never does.
        """
        if fixed:
            return primary_code(fixed)
        said = primary_code(stated) if stated else ""
        script = None
        for size in _SAMPLES:
            sample = _visible(f"{title}\n{text}"[:size])
            script = script_of_text(sample)
            told = self._detected(sample, script, said)
            if told and told != _CONTRADICTED:
                return told
            if told == _CONTRADICTED:
                return None
            if told == _ANOTHER or len(title) + len(text) < size:
                break
        return said if is_code(said) and may_be_written(said, script) else None

    def _detected(self, sample: str, script: str | None, said: str) -> str | None:
        """The language of ``sample``, ``_ANOTHER``, ``_CONTRADICTED``, or None if unsure."""
        candidates = self._candidates(script)
        if script is None or not candidates:
            return None
        if script == "Han":
            return _han(sample, candidates)
        writers = _writers(script)
        if len(writers) == 1:
            return candidates[0] if candidates[0] in writers else None
        return _by_words(sample, candidates, said)

    def _candidates(self, script: str | None) -> list[str]:
        """The languages in use that are written in ``script``."""
        if script not in self._written:
            in_it = [code for code in self.languages if may_be_written(code, script)]
            self._written[script] = in_it
        return self._written[script]


def primary_code(tag: str) -> str:
    """The language of a tag such as "en-GB" (BCP 47), in lower case."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def may_be_written(code: str, script: str | None) -> bool:
    """Whether the language ``code`` is written in ``script`` (None: a script we do not know)."""
    return script is None or script in _WRITTEN_IN.get(code, ("Latin",))


@lru_cache(maxsize=4096)
def script_of(char: str) -> str | None:
    """The script of a letter, None where it has none that we know."""
    found = _script_pattern().match(char)
    return found.lastgroup if found else None


def script_of_text(text: str) -> str | None:
    """The script that most of the letters are in, None where none is; kana makes Han Japanese."""
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else None
    only = _only_script(text)
    if only:
        return only
    counts = _letters(text)
    if not counts:
        return None
    if counts["Kana"] * 20 > counts["Han"] and counts["Kana"] + counts["Han"] > counts["Latin"] / 3:
        return "Kana"
    counts["Han"] *= 3  # a Chinese character says as much as three letters
    return counts.most_common(1)[0][0]


def _only_script(text: str) -> str | None:
    """The script of all letters of ``text``, where they are in one: two scans and no counting."""
    if _beyond().search(text):
        return None
    first = _any_script().search(text)
    script = script_of(first[0]) if first else None
    return None if script is None or _other_scripts(script).search(text) else script


@lru_cache(maxsize=1)
def _beyond() -> re.Pattern[str]:
    return re.compile("[\U00010000-\U0010ffff]")


@lru_cache(maxsize=1)
def _any_script() -> re.Pattern[str]:
    return _other_scripts("")


@lru_cache(maxsize=32)
def _other_scripts(script: str) -> re.Pattern[str]:
    """A letter in any script that we know but this one; of the first plane, which is quick."""
    ranges = "".join(ranges for name, ranges in _SCRIPTS.items() if name != script)
    return re.compile(f"[{ranges.replace(_HAN_BEYOND, '')}]")


def _letters(text: str) -> Counter[str]:
    """How many letters of each script there are."""
    counts: Counter[str] = Counter()
    for char, number in Counter(text).items():
        if script := script_of(char):
            counts[script] += number
    return counts


def _visible(text: str) -> str:
    return text if text.isascii() else _invisible().sub("", text)


def _han(sample: str, candidates: list[str]) -> str | None:
    """Chinese or Japanese, by characters that only one of them writes."""
    chinese, japanese = 0, 0
    for char in sample:
        only = _written_only_in(char)
        chinese += only == "zh"
        japanese += only == "ja"
    told = "zh" if chinese > 3 * japanese else "ja" if japanese > chinese else None
    return told if told in candidates else None


@lru_cache(maxsize=8192)
def _written_only_in(char: str) -> str | None:
    """Whose character a Chinese character is by the national standards of both.

    Japanese: in JIS X 0208, neither in GB 2312 nor in Big5; Chinese: the other way round.
    """
    if not "\u4e00" <= char <= "\u9fff":
        return None
    if char in _CHINESE_TODAY:
        return "zh"
    japanese = _can_be_written(char, "euc_jp")
    chinese = _can_be_written(char, "gb2312") or _can_be_written(char, "big5")
    if japanese == chinese:
        return None
    return "ja" if japanese else "zh"


def _can_be_written(char: str, encoding: str) -> bool:
    try:
        return len(char.encode(encoding)) == 2
    except UnicodeEncodeError:
        return False


def _by_words(sample: str, candidates: list[str], said: str) -> str | None:
    """The answer of small words, or of the model; small words that bear out the feed suffice."""
    words = _words_of(sample)
    if len(words) < _FEWEST_TOGETHER:
        return None
    small = function_words.evidence(words)
    spoken_for = next((c for c in candidates if _OTHER_CODES.get(c, c) == small.language), None)
    if small.sure:
        borne_out = _OTHER_CODES.get(said, said) == small.language
        told: str | None = spoken_for or (_ANOTHER if borne_out else _CONTRADICTED)
    elif spoken_for and spoken_for == said:
        told = said
    elif len(words) < _FEWEST_WORDS and spoken_for is None:
        return None
    else:
        told = _by_model(sample, candidates, spoken_for)
    return _ANOTHER if told and not _has_letters(told, sample) else told


def _has_letters(code: str, sample: str) -> bool:
    """Whether ``sample`` can be in the language ``code`` by its letters: no Russian has ї."""
    alphabet = _ALPHABETS.get(code)
    if alphabet is None or sample.isascii():
        return True
    lowered = sample.lower()
    if not _foreign_to(code).search(lowered):
        return True
    script = script_of(alphabet[0])
    counts = Counter(filter(str.isalpha, lowered))
    of_script = {char: n for char, n in counts.items() if script_of(char) == script}
    foreign = sum(n for char, n in of_script.items() if char > "\x7f" and char not in alphabet)
    return foreign <= _FOREIGN_LETTERS * sum(of_script.values())


@lru_cache(maxsize=32)
def _foreign_to(code: str) -> re.Pattern[str]:
    """A letter beyond a to z that the alphabet of ``code`` lacks, in its script."""
    alphabet = _ALPHABETS[code]
    script = re.compile(f"[{_SCRIPTS[script_of(alphabet[0]) or 'Latin']}]")
    lacked = (chr(at) for at in range(0x80, 0x2000) if script.match(chr(at)))
    return re.compile(f"[{''.join(char for char in lacked if char not in alphabet)}]")


def _words_of(sample: str) -> list[str]:
    """Words in lower case, parted at apostrophes."""
    lowered = sample.lower()
    if sample.isascii():
        return _ASCII_WORD.findall(lowered)
    marked = _mark().search(lowered) or _beyond().search(lowered)
    return (_marked_word() if marked else _WORD).findall(lowered)


def _by_model(sample: str, candidates: list[str], spoken_for: str | None) -> str | None:
    from monitor.text.language_model import likelihoods

    ranked = likelihoods(sample)
    known = {code: ranked.get(_OTHER_CODES.get(code, code), 0.0) for code in candidates}
    best = max(known, key=lambda code: known[code])
    enough = _CONFIDENT_TOGETHER if best == spoken_for else CONFIDENT
    total = sum(known.values())
    in_use = {_OTHER_CODES.get(code, code) for code in candidates}
    outsider = next((p for code, p in ranked.items() if code not in in_use), 0.0)
    if outsider > _OUTSIDER * known[best]:
        return _ANOTHER
    return best if known[best] >= enough * total else None


@lru_cache(maxsize=32)
def _writers(script: str) -> frozenset[str]:
    """The languages known to be written in ``script``; Latin has more than are listed."""
    if script == "Latin":
        return frozenset()
    return frozenset(code for code, scripts in _WRITTEN_IN.items() if script in scripts)


@lru_cache(maxsize=1)
def _script_pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>[{ranges}])" for name, ranges in _SCRIPTS.items()))


@lru_cache(maxsize=1)
def _mark() -> re.Pattern[str]:
    """A combining mark of the first plane, in whose ranges Python looks things up quickly."""
    return re.compile(f"[{marks().partition(chr(92) + 'U0001')[0]}]")


@lru_cache(maxsize=1)
def _marked_word() -> re.Pattern[str]:
    return re.compile(f"[^\\W\\d_](?:[^\\W\\d_]|[{marks()}])*+")


@lru_cache(maxsize=1)
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{INVISIBLE}]+")
