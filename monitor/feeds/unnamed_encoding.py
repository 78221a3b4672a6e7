"""Which encoding is it, where nothing says so and it is not UTF-8? Pure.

Each encoding that may be meant is tried, and the one wins whose text looks most like a language:
in most scripts a dozen letters make up two thirds of every text, and east Asian codes keep the
usual characters together; the wrong encoding brings up the rare ones, capitals within words and
signs. Of the encodings of Latin letters the one wins in
which all letters belong to one language. What is not clear is left to the caller's own rule.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from monitor.records import dataclass

_SAMPLE = 60_000  # bytes that are looked at
_CLEAR = 0.6  # of what is usual in the script; below, nothing is said
_LATIN_MARGIN = 0.1  # by which another encoding of Latin letters must be better
_IN_WORDS = 0.5  # of the characters beyond ASCII, where the script is not Latin
_FEWEST = 4  # characters beyond ASCII, below which there is nothing to go by
_STATED_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s*([a-zA-Z]{2})")
_HINT = 1.4  # how much more an encoding counts in which the stated language is written


@dataclass(frozen=True, slots=True)
class _Script:
    """``common`` characters make up the share ``usual`` of those beyond ASCII in its texts.

    Most of them stand in words of ``shortest`` or more, unlike accented letters of Latin ones.
    """

    codecs: tuple[str, ...]
    languages: tuple[str, ...]
    common: frozenset[str]
    usual: float
    has_case: bool = False
    shortest: int = 3


_ALPHABETS = (
    _Script(
        ("cp1251", "koi8_u", "iso8859-5", "cp866"),
        ("ru", "uk", "bg", "be", "sr", "mk"),
        frozenset("оеаинтсрвлкмі"),
        0.75,
        has_case=True,
    ),
    _Script(("cp1253", "iso8859-7"), ("el",), frozenset("αοιετσνηυρπκςί"), 0.75, has_case=True),
    _Script(("cp1256", "iso8859-6"), ("ar", "fa", "ur"), frozenset("اليمونرتبدهةع"), 0.75),
    _Script(("cp1255",), ("he", "yi"), frozenset("יוהלאתרבםמשנד"), 0.75),
    _Script(("cp874",), ("th",), frozenset("านรอกเงมยลวดทส่้ัิี"), 0.7),
)


@cache
def _east_asian() -> tuple[_Script, ...]:
    """Scripts of two bytes a character, by the part of each code that holds the usual ones."""
    kana = frozenset(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30FD))))
    kanji = _rows("euc_jp", 0xB0, 0xCF)
    return (
        _Script(("cp932", "euc_jp"), ("ja",), kana | kanji, 0.95, shortest=2),
        _Script(("cp949",), ("ko",), _rows("euc_kr", 0xB0, 0xC8), 0.8, shortest=2),
        _Script(("gb18030",), ("zh",), _rows("gb2312", 0xB0, 0xD7), 0.95, shortest=2),
        _Script(("big5hkscs",), ("zh",), _rows("big5", 0xA4, 0xC6), 0.95, shortest=2),
    )


def _rows(codec: str, first: int, last: int) -> frozenset[str]:
    """The characters of a code whose first byte is one of these."""
    pairs = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    return frozenset("".join(pair.decode(codec, "ignore") for pair in pairs if pair[1] != 0x7F))


# Of each encoding of Latin letters the languages it serves, by their letters beyond ASCII.
_LATIN = {
    "cp1252": (
        *("àâçèéêëîïôùûüœ", "äöüß", "áéíñóúü", "ãõâêôáéíóúàç", "àèéìíòóùú", "åäöæøé"),
        *("ëïéèü", "áðéíóúýþæö"),
    ),
    "cp1250": (
        *("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ"),
        "čćđšž",
    ),
    "iso8859-2": (
        *("áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ"),
        "čćđšž",
    ),
    "cp1254": ("çğıöşüiâ",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
}


def guess(body: bytes) -> str | None:
    """The codec in which ``body``, which is not UTF-8, is most likely written.

    None where nothing is clear, and where windows-1252 is as good as any.
    """
    sample = body[:_SAMPLE]
    high = sum(byte >= 0x80 for byte in sample)
    if high < _FEWEST:
        return None
    stated = _STATED_LANGUAGE.search(sample)
    language = stated[1].decode("ascii").lower() if stated else ""
    scripts = (*_east_asian(), *_ALPHABETS)
    scores = {
        codec: _score(sample, codec, script) * (_HINT if language in script.languages else 1)
        for script in scripts
        for codec in script.codecs
    }
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= _CLEAR else _latin(sample)


def _score(sample: bytes, codec: str, script: _Script) -> float:
    """How much a text looks like its script: 1 is usual; 0 where it cannot be read at all."""
    text = sample.decode(codec, "replace")
    foreign = [character for character in text if character > "\x7f"]
    if not foreign or foreign.count("\ufffd") > max(1, len(foreign) * 0.01):
        return 0.0
    words = re.findall(rf"[^\x00-\x7f]{{{script.shortest},}}", text)
    if sum(map(len, words)) < len(foreign) * _IN_WORDS:
        return 0.0
    strange = sum(not each.isalnum() and not _joins(each) for each in foreign)
    if script.has_case:
        strange += _capitals_within(text)
    common = sum(each.casefold() in script.common for each in foreign)
    return (common - strange) / len(foreign) / script.usual


def _capitals_within(text: str) -> int:
    """Capitals right after small letters, as in a text whose cases are exchanged."""
    return sum(one.islower() and one > "\x7f" and other.isupper() for one, other in pairwise(text))


def _joins(character: str) -> bool:
    """Vowel signs of Thai, and punctuation of east Asian and European texts."""
    return (
        "\u0e31" <= character <= "\u0e4e" or character in "、。，！？：；「」『』（）·«»“”„’‘–—… "
    )


def _latin(sample: bytes) -> str | None:
    """The encoding of Latin letters; None for windows-1252."""
    shares = {codec: _of_one_language(sample, codec) for codec in _LATIN}
    best = max(shares, key=lambda codec: shares[codec])
    return best if shares[best] > shares["cp1252"] + _LATIN_MARGIN else None


def _of_one_language(sample: bytes, codec: str) -> float:
    """The largest share of what stands beside letters that are letters of one language."""
    text = sample.decode(codec, "replace").lower()
    inside = re.findall(r"(?<=[^\W\d_])[^\x00-\x7f]|[^\x00-\x7f](?=[^\W\d_])", text)
    letters = [each for each in inside if each not in "«»“”„’‘–—…\xa0"]
    if not letters:
        return 1.0
    return max(sum(each in known for each in letters) for known in _LATIN[codec]) / len(letters)
