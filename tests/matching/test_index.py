"""The index calls up every rule that an article matches, and no other answer is given."""

from __future__ import annotations

from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching import index, reading
from monitor.matching.index import Rulebook
from monitor.matching.query import (
    And,
    AtLeast,
    Attribute,
    Country,
    Exact,
    Except,
    InLead,
    InTitle,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Regex,
    Threshold,
    VocabularyTerm,
    Word,
    walk,
)
from monitor.matching.query_parser import only_excludes, parse_query
from monitor.matching.rule import Rule, Vocabulary
from monitor.matching.shown import as_written
from monitor.model import Article, Part
from tests.matching.plain_evaluator import PlainEvaluator

WORDS = ["troops", "soldier", "withdrew", "Niger", "US", "base", "bases", "the", "Agadez", "left"]
VOCABULARIES = {
    "troops": Vocabulary("troops", (("en", ("troops", "armed forces")), ("it", ("truppe",)))),
    "empty": Vocabulary("empty", (("it", ("vuoto",)),)),
    "signs": Vocabulary(
        "signs", (("en", ("=US", "sol*")), ("it", ("=Niger", "bas*", "=the US", "left the base")))
    ),
}


def article(title: str = "", text: str = "", language: str | None = "en") -> Article:
    return Article("a", None, title, text, language, datetime(2026, 1, 1, tzinfo=UTC))


def rule(match: str, name: str = "", **keys: Any) -> Rule:
    return Rule(name or match, parse_query(match), **keys)


def markers() -> st.SearchStrategy[Query]:
    word = st.sampled_from(WORDS)
    leaf = st.one_of(
        word.map(Word),
        st.tuples(word, word).map(lambda pair: Phrase(" ".join(pair))),
        word.map(Exact),
        word.map(lambda text: Prefix(text[:3])),
        st.sampled_from(["troops", "empty", "signs", "unknown"]).map(VocabularyTerm),
        st.sampled_from(["NE", "US"]).map(Country),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
            st.builds(Except, inner, inner),
        ),
        max_leaves=3,
    )


def queries() -> st.SearchStrategy[Query]:
    leaf = st.one_of(
        markers(),
        st.builds(Near, markers(), markers(), st.integers(0, 4), st.booleans()),
        st.builds(AtLeast, markers(), st.integers(1, 3)),
        st.sampled_from(["b[a]ses?", "US"]).map(Regex),
        st.sampled_from(["en", "it"]).map(lambda code: Attribute("lang", code)),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
            st.builds(
                Threshold,
                st.lists(inner, min_size=2, max_size=3).map(tuple),
                st.integers(0, 3),
            ),
            inner.map(Not),
            inner.map(InTitle),
            inner.map(InLead),
        ),
        max_leaves=6,
    )


UNKNOWN = Country | Regex | Attribute
"""What the plain evaluator does not know."""

TEXTS = st.lists(st.sampled_from([*WORDS, ".", "armed", "forces", "State"]), max_size=14)
ARTICLES = st.builds(
    lambda title, text, language: article(" ".join(title), " ".join(text), language),
    TEXTS,
    TEXTS,
    st.sampled_from(["en", "it", "fr", None]),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(queries(), min_size=1, max_size=6), st.lists(ARTICLES, min_size=1, max_size=6))
def test_the_sieve_gives_the_answers_of_the_expressions(
    asked: list[Query], told: list[Article]
) -> None:
    rules = [Rule(str(n), query, source=str(n // 2)) for n, query in enumerate(asked)]
    book = Rulebook(rules, VOCABULARIES, ["en", "it"])
    expected = [book.matching_without_sieve(one) for one in told]
    assert book.matching(told) == expected
    assert [book.matching([one])[0] for one in told] == expected
    told_again = told * 40  # so many that the rules are filed anew
    assert book.matching(told_again) == expected * 40


@settings(max_examples=200, deadline=None)
@given(st.lists(queries(), min_size=1, max_size=6), st.lists(ARTICLES, min_size=1, max_size=6))
def test_the_engine_gives_the_answers_of_a_plain_evaluator(
    asked: list[Query], told: list[Article]
) -> None:
    """One that shares nothing with it but what a word is and which forms it has."""
    plain = [query for query in asked if not any(isinstance(p, UNKNOWN) for p in walk(query))]
    rules = [Rule(str(n), query) for n, query in enumerate(plain)]
    found = Rulebook(rules, VOCABULARIES, ["en", "it"]).matching(told)
    for article, matching in zip(told, found, strict=True):
        evaluator = PlainEvaluator(article, VOCABULARIES, ["en", "it"])
        expected = [rule.name for rule in rules if evaluator.holds(rule.query)]
        assert [rule.name for rule in matching] == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(queries(), min_size=2, max_size=6), st.lists(ARTICLES, min_size=1, max_size=3))
def test_a_book_made_after_another_judges_as_one_made_afresh(
    asked: list[Query], told: list[Article]
) -> None:
    rules = [Rule(str(n), query, source=str(n // 2)) for n, query in enumerate(asked)]
    book = Rulebook(rules, VOCABULARIES, ["en", "it"])
    first = book.matching(told)
    changed = [*rules[:-1], rule("US OR @troops", "new", source="9")]
    vocabularies = {"troops": Vocabulary("troops", (("en", ("base", "the US")),))}
    after = Rulebook(changed, vocabularies, ["en", "it"], before=book)
    afresh = Rulebook(changed, vocabularies, ["en", "it"])
    assert _names(after.matching(told)) == _names(afresh.matching(told))
    assert book.matching(told) == first


def _names(found: list[tuple[Rule, ...]]) -> list[list[str]]:
    return [[rule.name for rule in rules] for rules in found]


@settings(max_examples=100, deadline=None)
@given(queries(), ARTICLES)
def test_an_explanation_agrees_with_the_verdict(query: Query, told: Article) -> None:
    book = Rulebook([Rule("r", query)], VOCABULARIES, ["en", "it"])
    explanation = book.explain("r", told)
    assert explanation.matched == bool(book.findings(told))
    assert explanation.as_dict()["matched"] == explanation.matched
    assert all(len(line) <= 80 for line in explanation.as_text(80).split("\n"))


@settings(max_examples=200, deadline=None)
@given(queries())
def test_a_tree_written_out_is_read_as_the_same_tree(query: Query) -> None:
    """A threshold has no form of its own in expressions; all else has."""
    text = as_written(query)
    if " of " not in text:
        again = parse_query(text, part=True)
        assert as_written(again) == as_written(parse_query(as_written(again), part=True))
        assert only_excludes(again) == only_excludes(query)


def test_a_term_as_written_counts_in_its_own_language_only() -> None:
    vocabularies = {"pact": Vocabulary("pact", (("en", ("=NATO", "milit*", "=Base 101")),))}
    book = Rulebook([rule("@pact")], vocabularies, ["en", "it"])
    for text in ("La NATO", "militare", "Base 101"):
        assert not book.findings(article(text=text, language="it"))
        assert book.findings(article(text=text, language="en"))
        assert book.findings(article(text=text, language=None))


def test_a_vocabulary_that_comes_after_its_rule_is_looked_for() -> None:
    rules = [rule("@later", source="a.toml")]
    book = Rulebook(rules, {}, ["en"])
    assert not book.findings(article(text="A base"))
    later = {"later": Vocabulary("later", (("en", ("base",)),))}
    after = Rulebook(rules, later, ["en"], before=book)
    assert after.findings(article(text="A base"))
    assert not Rulebook(rules, {}, ["en"], before=after).findings(article(text="A base"))


def test_words_of_rules_long_gone_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_FEW_ATOMS", 50)
    book = Rulebook([], {}, ["en"])
    for n in range(30):
        name = f"q{ascii_lowercase[n % 26]}"
        rules = [rule(f"{name}{letter}{'x' * n}", source="a") for letter in ascii_lowercase]
        book = Rulebook(rules, {}, ["en"], before=book)
        assert book.findings(article(text=f"{name}c{'x' * n}"))
    assert len(book._atoms) < 200


def test_nodes_made_anew_while_an_article_is_judged_give_no_other_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an article remembers of an expression must not be taken for another one's."""
    monkeypatch.setattr(index, "_MOST_NODES", 3)
    names = [f"w{letter}" for letter in ascii_lowercase]
    book = Rulebook([rule(f'{name} EXCEPT "{name} state"', name) for name in names], {}, ["en"])
    text = " ".join(f"{name} state" if n % 2 else name for n, name in enumerate(names))
    (found,) = book.matching([article(text=text)])
    assert [one.name for one in found] == names[::2]


def test_a_rule_explained_in_one_language_can_be_explained_where_none_is_told() -> None:
    """Both are read with the same lexicon where a single language is in use."""
    book = Rulebook([rule("base"), rule("quux", enabled=False)], {}, ["en"])
    told = [article(text="quux", language="en"), article(text="quux", language=None)]
    book.matching(told)
    assert [book.explain("quux", one).matched for one in told] == [True, True]


def test_words_too_long_to_be_numbered_are_found_beside_any_others() -> None:
    book = Rulebook([rule("nig*")], {}, ["en"])
    book.matching([article(text=" ".join(f"w{n}x" for n in range(1500)))])
    told = [article(text=f"{'nig' + 'x' * 120}{n} v{n}") for n in range(30)]
    assert all(book.matching(told))


def test_a_word_that_stands_a_hundred_thousand_times_is_held_against_many_rules() -> None:
    """Neither place by place in arrays of gigabytes, nor one after the other for each rule."""
    names = [f"w{a}{b}" for a in ascii_lowercase for b in ascii_lowercase[:12]]
    rules = [rule(f"niger NEAR/5 {name}", name) for name in names]
    rules += [rule(f"{name} BEFORE/5 niger", f"{name} first") for name in names]
    text = " x x x x x x ".join(["niger " * 100_000, *names])
    told = [article(text=text + " niger"), article(text=f"niger {names[7]}")]
    found = Rulebook(rules, {}, ["en"]).matching(told)
    assert [[one.name for one in rules] for rules in found] == [
        [names[-1], f"{names[-1]} first"],
        [names[7]],
    ]


def test_filing_rules_anew_by_what_was_seen_changes_no_answer() -> None:
    book = Rulebook([rule("troops AND Niger"), rule("soldier OR base")], {}, ["en"])
    told = [article(text="Troops in Niger"), article(text="A base"), article(text="Rain")] * 30
    answers = [[finding.rule for finding in book.findings(one)] for one in told]
    assert answers == [["troops AND Niger"], ["soldier OR base"], []] * 30


def test_findings_come_in_the_order_of_the_rules_and_rest_with_disabled_ones() -> None:
    rules = [rule("base"), rule("troops", enabled=False), rule("base OR troops", "first")]
    book = Rulebook(rules, {}, ["en"])
    found = book.findings(article(text="Troops at the base"))
    assert [finding.rule for finding in found] == ["base", "first"]
    assert book.explain("troops", article(text="Troops")).matched


def test_a_rule_that_nobody_knows_cannot_be_explained() -> None:
    with pytest.raises(KeyError):
        Rulebook([], {}, []).explain("none", article())


def test_a_finding_says_which_words_matched_and_where() -> None:
    book = Rulebook([rule('country:NE AND @troops NEAR/5 "left"')], VOCABULARIES, ["en"])
    (found,) = book.findings(article("Niger", "The troops left NIGER, and troops left again."))
    assert found.terms == ("Niger", "troops", "left")
    first = found.hits[0]
    assert (first.part, first.start, first.end, first.term) == (Part.TITLE, 0, 5, "country:NE")
    assert "".join(f.text for f in found.excerpt if f.hit) == "troopsleftNIGERtroopsleft"


def test_a_word_in_a_headline_of_capitals_is_no_name() -> None:
    """Capitals in a title-case headline or at the beginning of a sentence say nothing."""
    book = Rulebook([rule("zorblat")], {}, ["en"])
    assert book.findings(article(title="Army Sends Four Zorblats To The Border"))
    assert book.findings(article(title="The Zorblats A Be A Zorblat"))
    assert book.findings(article(text="Rain fell. Zorblats came."))
    assert not book.findings(article(text="Then the old Zorblats family came."))


def test_an_article_in_a_language_out_of_use_is_judged_in_its_own() -> None:
    book = Rulebook([rule("base")], {}, ["en"])
    assert book.findings(article(text="Deux bases.", language="fr"))
    assert book.findings(article(text="Two bases.", language="en-GB"))


def test_feeds_that_claim_all_sorts_of_languages_fill_no_memory() -> None:
    book = Rulebook([rule("zorblat")], {}, ["en"])
    codes = [f"q{a}{b}" for a in "abcdefgh" for b in "abcdefgh"] * 2
    told = [article(text="zorblat", language=code) for code in codes]
    assert all(book.matching(told))
    assert len(book._of_language) <= 40


def test_words_without_end_fill_no_memory_and_change_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MOST", 50)
    book = Rulebook([rule("troops AND qu*")], {}, ["en"])
    for n in range(40):
        words = " ".join(f"qu{n}w{number}" for number in range(20))
        assert book.findings(article(text=f"Troops {words}"))
        assert not book.findings(article(text=f"Rain {words}"))
    assert len(book._of_language["en"].reader._table) < 80


@pytest.mark.parametrize(
    "match", ["میخواهم", "=میخواهم", "میخ*", "/یخوا/", "می\u200cخواهم", "/ی\u200cخ/"]
)
def test_joiners_are_shown_and_make_no_word_another(match: str) -> None:
    book = Rulebook([rule(match)], {}, ["fa"])
    for title in ("من می\u200cخواهم بروم", "من میخواهم بروم"):
        (found,) = book.findings(article(title, language="fa"))
        (hit,) = found.hits
        start, end = title.index("م", 2), title.index("م ") + 1
        assert title[hit.start : hit.end].replace("\u200c", "") in {"میخواهم", "یخوا", "یخ"}
        assert start <= hit.start < hit.end <= end
        assert "".join(piece.text for piece in found.excerpt) == title


@pytest.mark.parametrize(("match", "seen"), [("troops", "Troops"), ("/. Tro/", "🏴 Tro")])
def test_the_flag_of_a_region_is_shown_and_compared_as_a_black_one(match: str, seen: str) -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    for title in (f"In {flag} Troops leave", "In 🏴 Troops leave"):
        (found,) = Rulebook([rule(match)], {}, ["en"]).findings(article(title))
        (hit,) = found.hits
        assert title[hit.start : hit.end] == (
            seen if "🏴 Tr" in title else seen.replace("🏴", flag)
        )


HOSTILE = {
    "one word": "Niger " * 60_000,
    "two words": "Niger troops, " * 40_000,
    "paragraphs": "Niger\n\n" * 40_000,
    "no blanks": "n" * 1_000_000,
    "zero-width characters": "Ni\u200bger" + "\u200b" * 50_000,
    "chinese": "尼日尔军队撤离" * 20_000,
    "marks": "e\u0301\u0316" * 100_000,
    "initials": "U.S." * 60_000,
    "new words": " ".join(f"w{number:x}".replace("0", "o") for number in range(60_000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_article_is_judged_without_end_of_memory_or_time(text: str) -> None:
    rules = [
        rule("country:NE AND @troops NEAR/20 left"),
        rule("niger EXCEPT ('niger state')".replace("'", '"')),
        rule("(niger OR troops) ATLEAST/3"),
        rule("lead:niger"),
        rule("/nig[a-z]+/i"),
        rule("nig*"),
    ]
    findings = Rulebook(rules, VOCABULARIES, ["en"]).findings(article("Niger", text))
    assert {"nig*", "/nig[a-z]+/i", "lead:niger"} <= {finding.rule for finding in findings}
    assert all(len(finding.hits) <= 200 for finding in findings)
    assert all(sum(len(f.text) for f in finding.excerpt) < 400 for finding in findings)
