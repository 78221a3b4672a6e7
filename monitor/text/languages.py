"""Which language an article is in.

What the configuration fixes for a feed overrules all; then a confident detection among the
languages in use; then what the feed says of itself, unless the text speaks against it (many a feed
says "en-us" because its software does by default); else it cannot be told (None). A wrong answer is
worse than none, for where the language cannot be told all languages in use count.

The cheapest evidence comes first, over the first few hundred characters:

1. The script. Hangul is Korean, kana Japanese, Greek letters are Greek. Characters that only
   Chinese or only Japanese writes tell the two apart.
2. Small words (``function_words``), which tell four of five texts of a paragraph.
3. py3langid's model of byte n-grams (``language_model``). It is believed where the best language in
   use has eight tenths of the probability that the languages in use share (six tenths where small
   words speak for the same), and where no language out of use is five times likelier:
   restricted to English and Italian alone it would call every Polish text one of the two.

Fewer than five words tell nothing, three with small words among them. What the feed says is not
believed where the model, of three words or more, finds another language twenty times likelier:
between close relatives (Czech and Slovak, Malay and Indonesian) it hardly ever does, nor where
there are only names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from monitor.text import function_words
from monitor.text.characters import marks
from monitor.text.language_codes import is_code
from monitor.text.scripts import (
    letters_of,
    may_be_written,
    script_of,
    visible_and_script,
    writers,
)

CONFIDENT = 0.8
_CONFIDENT_TOGETHER = 0.6  # where small words speak for the same language
_OUTSIDER = 5.0  # how many times likelier a language out of use must be to make us unsure
_REFUTED = 20.0  # how many times likelier than what the feed says another must be to refute it
_LIKELY = 0.1  # how probable that other must be at least
_FEWEST_WORDS = 5
_FEWEST_TOGETHER = 3
_ANOTHER = ""  # an answer: none of those in use, as far as letters tell
_CONTRADICTED = "-"  # an answer: surely another than those in use, and than the feed says
_FOREIGN_LETTERS = 0.04  # what share of letters may be of another alphabet: names, quotations
_SAMPLES = (300, 1500)  # characters that are looked at: first, and where these tell nothing

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

_SPACED = bytes(at if at > 0x7F or chr(at).isalpha() else 0x20 for at in range(256))
"""A table for bytes of UTF-8: to a space, whatever is in ASCII and no letter."""

_SIGN = re.compile(r"[^\x00-\x7f\w]")


class LanguageTeller:
    """Tells languages; ``languages`` are those in use (ISO 639 codes)."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = tuple(dict.fromkeys(primary_code(code) for code in languages))
        self._written: dict[str | None, tuple[str, ...]] = {}

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
            sample, script = visible_and_script(f"{title}\n{text[:size]}"[:size])
            told = self._detected(sample, script, said)
            if told:
                return told if told != _CONTRADICTED else None
            if told == _ANOTHER or len(title) + len(text) < size:
                break
        if not is_code(said) or not may_be_written(said, script):
            return None
        return None if self._candidates(script) and _refuted(said, sample, script) else said

    def _detected(self, sample: str, script: str | None, said: str) -> str | None:
        """The language of ``sample``, ``_ANOTHER``, ``_CONTRADICTED``, or None if unsure."""
        candidates = self._candidates(script)
        if script is None or not candidates:
            return None
        if script == "Han":
            return _han(sample, candidates)
        if len(writers(script)) == 1:
            return candidates[0] if candidates[0] in writers(script) else None
        return _by_words(sample, candidates, said)

    def _candidates(self, script: str | None) -> tuple[str, ...]:
        """The languages in use that are written in ``script``."""
        if script not in self._written:
            in_it = (code for code in self.languages if may_be_written(code, script))
            self._written[script] = tuple(in_it)
        return self._written[script]


@lru_cache(maxsize=256)
def primary_code(tag: str) -> str:
    """The language of a tag such as "en-GB" (BCP 47), in lower case."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def _han(sample: str, candidates: tuple[str, ...]) -> str | None:
    """Chinese or Japanese, by characters that only one of them writes."""
    characters = Counter(map(_written_only_in, sample))
    chinese, japanese = characters["zh"], characters["ja"]
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


def _by_words(sample: str, candidates: tuple[str, ...], said: str) -> str | None:
    """The answer of small words, or of the model; small words that bear out the feed suffice."""
    lowered = sample.lower()
    words = _words_of(lowered)
    if len(words) < _FEWEST_TOGETHER:
        return None
    small = function_words.evidence(words)
    spoken_for = _in_use(small.language, candidates)
    if small.sure:
        borne_out = _OTHER_CODES.get(said, said) == small.language
        told: str | None = spoken_for or (said if borne_out else _CONTRADICTED)
    elif spoken_for and spoken_for == said:
        told = said
    elif len(words) < _FEWEST_WORDS and spoken_for is None:
        return None
    else:
        told = _by_model(sample, candidates, spoken_for, said)
    return _ANOTHER if told and not _has_letters(told, lowered) else told


@lru_cache(maxsize=512)
def _in_use(language: str | None, candidates: tuple[str, ...]) -> str | None:
    """By which of its codes ``language`` is among the ``candidates``, if it is."""
    return next((c for c in candidates if _OTHER_CODES.get(c, c) == language), None)


def _has_letters(code: str, lowered: str) -> bool:
    """Whether a text can be in the language ``code`` by its letters: no Russian has ї."""
    alphabet = _ALPHABETS.get(code)
    if alphabet is None or lowered.isascii() or not _foreign_to(code).search(lowered):
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
    script = letters_of(script_of(alphabet[0]) or "Latin")
    lacked = (chr(at) for at in range(0x80, 0x2000) if script.match(chr(at)))
    return re.compile(f"[{''.join(char for char in lacked if char not in alphabet)}]")


def _words_of(lowered: str) -> Sequence[str]:
    """The words of a text in lower case, parted at apostrophes."""
    if lowered.isascii():
        spaced = lowered
    elif _unusual().search(lowered):
        return _marked_word().findall(lowered)
    else:
        spaced = _SIGN.sub(" ", lowered)
    return spaced.encode().translate(_SPACED).decode().split()


def _by_model(
    sample: str, candidates: tuple[str, ...], spoken_for: str | None, said: str
) -> str | None:
    ranked = _ranked(sample)
    known = {code: ranked.get(_OTHER_CODES.get(code, code), 0.0) for code in candidates}
    best = max(known, key=lambda code: known[code])
    enough = _CONFIDENT_TOGETHER if best == spoken_for else CONFIDENT
    total = sum(known.values())
    in_use = {_OTHER_CODES.get(code, code) for code in candidates}
    outsider = next((p for code, p in ranked.items() if code not in in_use), 0.0)
    of_the_feed = ranked.get(_OTHER_CODES.get(said, said), 0.0)
    if outsider > _OUTSIDER * known[best] or of_the_feed > known[best]:
        return _ANOTHER
    return best if known[best] >= enough * total else None


def _refuted(said: str, sample: str, script: str | None) -> bool:
    """Whether ``sample`` is by far likelier in another language than in ``said``."""
    if script == "Han" or len(_words_of(sample.lower())) < _FEWEST_TOGETHER:
        return False
    ranked = _ranked(sample)
    own = ranked.get(_OTHER_CODES.get(said, said))  # None: a language that the model has never met
    likeliest = max(ranked.values())
    return own is not None and likeliest >= max(_LIKELY, _REFUTED * own)


@lru_cache(maxsize=1)
def _ranked(sample: str) -> Mapping[str, float]:
    """The model's answer, kept for whoever asks for the same text next."""
    from monitor.text.language_model import likelihoods

    return likelihoods(sample)


def forget_model() -> None:
    """Give back the memory that the model has taken, if it was ever asked."""
    if _ranked.cache_info().currsize:
        from monitor.text import language_model

        language_model.release()


@lru_cache(maxsize=1)
def _unusual() -> re.Pattern[str]:
    """Whatever is outside ranges that hold no mark, and no digit but those of ASCII."""
    return re.compile(
        "[^\x00-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05ea\u060c\u061b\u061f-\u064a\u066e\u066f"
        "\u0671-\u06d5\u1e00-\u20cf\u2100-\u2bff\u3000-\u3002\u3041-\u3096\u30a1-\u9fff\uac00-\ud7a3]"
    )


@lru_cache(maxsize=1)
def _marked_word() -> re.Pattern[str]:
    return re.compile(f"[^\\W\\d_](?:[^\\W\\d_]|[{marks()}])*")
