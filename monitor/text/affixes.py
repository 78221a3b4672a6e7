"""Small words that a script writes joined to the next: cut off, so that the word itself is seen.

Arabic joins "and", "by", "for", "the" before a word and pronouns behind it, Hebrew its
prepositions and the article before it, Korean its particles behind it. Slavic and Germanic
languages give names an ending for the case.
"""

from __future__ import annotations

import re

_ARTICLE = re.compile("[وف]?(?:[بك]?ال|لل)(?=.{2})")
_ARABIC_BEFORE = (re.compile("[وفبكلس](?=.{3})"), re.compile("[وف][بكلس](?=.{3})"))
_ARABIC_BEHIND = re.compile("(?<=.{3})(?:هما|ها|هم|هن|نا|كم|ه)$")
_HEBREW_BEFORE = "ושהבלמכ"
_KOREAN_BEHIND = re.compile(
    "(?<=.{2})(?:에서는|에서도|으로는|에게서|이라고|라고|에서|에게|까지|부터|으로|이나|이며|처럼|보다"
    "|에는|에도|과의|와의|은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)

_EAST_SLAVIC = re.compile(
    "(?<=...)(?:ами|ями|ого|его|ому|ему|ой|ей|ою|ею|ом|ем|ым|им|ов|ев|ам|ям|ах|ях|ові|ів|їв|єю|єм"
    "|а|я|у|ю|е|и|ы|о|й|ь|і|ї|є)$"
)
_WEST_SLAVIC = re.compile(
    "(?<=...)(?:owi|ami|iem|ach|ech|ich|ego|emu|ovi|ima|ama|em|om|ou|ow|ie|ze|a|e|i|o|u|y)$"
)
_GENITIVE = re.compile("(?<=....)s$")
_CASE_ENDINGS = {
    **dict.fromkeys(("ru", "uk", "be"), _EAST_SLAVIC),
    **dict.fromkeys(("pl", "cs", "sk", "sl", "hr", "sr", "bs"), _WEST_SLAVIC),
    **dict.fromkeys(("de", "da", "no", "nb", "nn", "sv", "lb"), _GENITIVE),
}


def without_article(word: str) -> str:
    """A folded Arabic ``word`` without its article and what is joined before that."""
    found = _ARTICLE.match(word)
    return word[found.end() :] if found else word


def without_particle(word: str) -> str:
    """A Korean ``word`` without the particle at its end."""
    return _KOREAN_BEHIND.sub("", word)


def without_case_ending(word: str, language: str) -> str | None:
    """A folded name without the ending that ``language`` (ISO 639) gives it for its case.

    None where the language gives names no endings that can be told.
    """
    endings = _CASE_ENDINGS.get(language)
    return None if endings is None else endings.sub("", word)


def is_hangul(word: str) -> bool:
    """Whether ``word`` is written in Korean syllables."""
    return "가" <= word[-1:] <= "힣"


def is_arabic(word: str) -> bool:
    """Whether ``word`` is written in Arabic letters."""
    return "\u0600" <= word[:1] <= "\u06ff"


def is_hebrew(word: str) -> bool:
    """Whether ``word`` is written in Hebrew letters."""
    return "\u05d0" <= word[:1] <= "\u05ea"


def readings(word: str) -> tuple[str, ...]:
    """What else the folded ``word`` may be once joined small words are cut off; often nothing.

    A guess: whoever asks checks each reading against a dictionary or a list of names.
    """
    if is_hangul(word):
        found = [without_particle(word)]
    elif is_arabic(word):
        found = _arabic_readings(word)
    elif is_hebrew(word):
        most = min(3, len(word) - len(word.lstrip(_HEBREW_BEFORE)), max(0, len(word) - 2))
        found = [word[cut:] for cut in range(1, most + 1)]
    else:
        return ()
    return tuple(dict.fromkeys(reading for reading in found if reading != word))


def name_readings(word: str) -> tuple[str, ...]:
    """The same for names: Arabic joins no pronoun behind them, nor the sign of the future before.

    بالإكراه is not Accra, ستالين not Tallinn.
    """
    if is_arabic(word):
        heads = () if word.startswith("س") else _arabic_heads(word)
        return tuple(dict.fromkeys(head for head in heads if head != word))
    return readings(word)


def _arabic_heads(word: str) -> list[str]:
    """``word`` without what may be joined before it: وكندا is "and Canada", not "and like Nada"."""
    bare = without_article(word)
    if bare != word:
        return [bare, "ال" + bare]
    found = (before.match(word) for before in _ARABIC_BEFORE)
    return [word[joined.end() :] for joined in found if joined] or [word]


def _arabic_readings(word: str) -> list[str]:
    heads = _arabic_heads(word)
    tails = [_ARABIC_BEHIND.sub("", head) for head in (word, *heads)]
    changed = [tail[:-1] + "ة" for tail in tails if tail.endswith("ت")]
    return [*heads, *tails, *changed]
