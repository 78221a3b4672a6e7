"""An example made of a whole article: as short as shows the match, and judged as the whole is.

A short text is kept. Of a long one the first three sentences stay and those in which the rule's
parts found something, with "…" where sentences are left out; it counts only if every part of the
rule holds or fails in it as in the whole article. Where no shorter text does, the whole one is
kept. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from monitor.matching.examples import article_of
from monitor.matching.explain import Explanation, Step
from monitor.matching.query import Query
from monitor.matching.query_facts import attributes_in
from monitor.matching.rule import Example
from monitor.model import Article, Part
from monitor.text.languages import LanguageTeller
from monitor.text.sentences import sentence_spans

SHORT = 600
"""Characters of a text that is kept whole."""

GAP = "\n…\n"
"""What stands where sentences are left out."""

_LEAD = 3
_TOLERABLE = 4000
_SENTENCES_LOOKED_AT = 2000

Explain = Callable[[Article], Explanation]
Signature = tuple[object, ...]


class NoExampleError(ValueError):
    """An article of which no example can be made that is judged as it is; the message says why."""


def example_of(
    article: Article, query: Query, explain: Explain, teller: LanguageTeller, *, match: bool
) -> Example:
    """The example that ``article`` is of the rule ``query``; ``match`` is what it is to say.

    ``explain`` puts the rule to an article; ``teller`` knows the languages in use. Raises
    NoExampleError where not even the whole article, as an example has it, is judged alike.
    """
    whole = explain(article)
    plain = _without_text(article, query, match=match)
    fits: list[Callable[[Explanation], bool]] = [
        lambda told: _signature(told.tree) == _signature(whole.tree),
        lambda told: _of_clauses(told.tree) == _of_clauses(whole.tree),
    ]
    tried = [
        (example, explain(article_of(example, teller)))
        for text in _texts(article.text, whole.tree)
        for example in (replace(each, text=text) for each in plain)
    ]
    good = [next((example for example, told in tried if alike(told)), None) for alike in fits]
    exact, roughly = good
    if exact and (len(exact.text) <= _TOLERABLE or not roughly):
        return exact
    if roughly:
        return roughly
    raise NoExampleError(_why_not(article, query))


def is_of(example: Example, article: Article) -> bool:
    """Whether an example was taken from ``article``: its headline, and nothing but its words."""
    said = " ".join(article.text.split())
    pieces = [" ".join(piece.split()) for piece in example.text.split(GAP)]
    same_title = " ".join(example.title.split()) == " ".join(article.title.split())
    return same_title and all(piece in said for piece in pieces)


def _without_text(article: Article, query: Query, *, match: bool) -> list[Example]:
    """The article's other keys, those that the rule asks for; one for each feed it was seen in."""
    asks = {key for key in ("feed", "tag", "site") if attributes_in(query, key)}
    feeds = article.feeds if "feed" in asks else ()
    return [
        Example(
            match=match,
            title=article.title,
            language=article.language,
            feed=feed,
            tags=article.tags if "tag" in asks else (),
            url=article.url if "site" in asks else None,
        )
        for feed in feeds or (None,)
    ]


def _texts(text: str, tree: Step) -> Iterator[str]:
    """Texts to try, the shortest first, the whole one last."""
    if len(text) > SHORT:
        sentences = list(islice(sentence_spans(text), _SENTENCES_LOOKED_AT))
        found: set[str] = set()
        for most in (1, 3, 1000):
            at = {place for place in _starts(tree, most) if place is not None}
            shorter = _chosen(text, sentences, at)
            if len(shorter) < len(text) * 0.8 and shorter not in found:
                found.add(shorter)
                yield shorter
    yield text


def _starts(step: Step, most: int) -> Iterator[int]:
    """Where in the text the parts of a rule found something, ``most`` places of each."""
    places = [place for place in step.places if place.part is Part.TEXT]
    for place in places[:most]:
        yield place.start
        yield place.end - 1
    for inner in step.steps:
        yield from _starts(inner, most)


def _chosen(text: str, sentences: list[tuple[int, int]], places: set[int]) -> str:
    """The first sentences and those that hold one of ``places``."""
    kept = [
        number
        for number, (start, end) in enumerate(sentences)
        if number < _LEAD or any(start <= place < end for place in places)
    ]
    pieces: list[tuple[int, int]] = []
    for before, number in zip([-1, *kept], kept, strict=False):
        start, end = sentences[number]
        if pieces and number == before + 1:
            start, _ = pieces.pop()
        pieces.append((start, end))
    return GAP.join(text[start:end] for start, end in pieces)


def _signature(step: Step) -> Signature:
    """What held and what did not, part by part."""
    return (step.held, *(_signature(inner) for inner in step.steps))


def _of_clauses(tree: Step) -> Signature:
    """What held and what did not, of the whole and of its parts at the top."""
    return (tree.held, *(inner.held for inner in tree.steps))


def _why_not(article: Article, query: Query) -> str:
    if attributes_in(query, "author"):
        return "the rule asks for the author, and an example cannot name one"
    if article.language is None:
        return "its language cannot be told, and as an example it would be taken for another"
    if attributes_in(query, "site") and not article.url:
        return "the rule asks for the site, and the article has no address"
    return "as an example it would be judged otherwise"
