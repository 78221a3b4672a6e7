"""An example is as short as shows the match, and judged as the whole article is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.matching.example_making import GAP, NoExampleError, example_of, is_of
from monitor.matching.examples import article_of
from monitor.matching.explain import Explanation
from monitor.matching.index import Rulebook
from monitor.matching.query_parser import parse_query
from monitor.matching.rule import Example, Rule
from monitor.model import Article
from monitor.text.languages import LanguageTeller
from tests import make

TELLER = LanguageTeller(("en", "it"))
FILLER = "It was a day like any other in the town by the sea. " * 12


def explaining(match: str) -> Callable[[Article], Explanation]:
    book = Rulebook([Rule("R", parse_query(match))], {}, ("en", "it"))
    return lambda article: book.explain("R", article)


def made(match: str, article: Article, *, asked: bool = True) -> Example:
    example = example_of(article, parse_query(match), explaining(match), TELLER, match=asked)
    explain = explaining(match)
    assert explain(article_of(example, TELLER)).matched == explain(article).matched
    return example


def test_a_short_text_is_kept_whole() -> None:
    article = make.article("Rain", text="It rained. The trams were late.")
    example = made("rain", article)
    assert (example.title, example.text, example.language) == ("Rain", article.text, "en")
    assert (example.url, example.feed, example.tags, example.match) == (None, None, (), True)


def test_of_a_long_text_the_beginning_and_what_matched_stay() -> None:
    text = f"{FILLER}The troops withdrew from Niger on Monday. {FILLER}"
    example = made("troops NEAR/5 Niger", make.article("News", text=text))
    beginning, _, found = example.text.partition(GAP)
    assert beginning == ("It was a day like any other in the town by the sea. " * 3).strip()
    assert found == "The troops withdrew from Niger on Monday."


def test_sentences_that_come_together_in_the_short_form_make_no_match_of_their_own() -> None:
    text = f"{FILLER}They saw the troops. {FILLER}Niger was calm. {FILLER}"
    example = made("troops NEAR/5 Niger", make.article("News", text=text))
    assert "troops" in example.text
    assert "Niger" in example.text
    assert len(example.text) > len(text) * 0.8


def test_what_the_rule_asks_for_besides_words_is_kept() -> None:
    article = make.article("Rain", text="It rained.", feeds=("Other", "World desk"), tags=("wire",))
    example = made('rain AND feed:"World desk" AND tag:wire AND site:example.org', article)
    assert example.feed == "World desk"
    assert (example.tags, example.url) == (("wire",), article.url)


@pytest.mark.parametrize(
    ("match", "fields", "told"),
    [
        ("rain AND author:Ada", {"author": "Ada"}, "asks for the author"),
        ("rain AND site:example.org", {"url": None, "site": "example.org"}, "no address"),
        ("rain NOT lang:en", {"language": None}, "language cannot be told"),
    ],
)
def test_an_article_that_an_example_cannot_be_is_refused(
    match: str, fields: dict[str, object], told: str
) -> None:
    text = "It rained all day, and the trams were late in every street of the town by the sea."
    with pytest.raises(NoExampleError, match=told):
        made(match, make.article("Rain", text=text, **fields))


def test_an_example_knows_the_article_it_was_taken_from() -> None:
    text = f"{FILLER}The troops withdrew from Niger on Monday. {FILLER}"
    article = make.article("News", text=text)
    assert is_of(made("troops NEAR/5 Niger", article), article)
    assert is_of(made("tram", article, asked=False), article)
    assert not is_of(made("town", article), make.article("Other news", text=text))
    assert not is_of(Example(match=True, title="News", text="Something else."), article)
