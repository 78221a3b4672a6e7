"""Expressions become trees; faults name their place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import QueryFault
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
    VocabularyTerm,
    Word,
)
from monitor.matching.query_parser import caret, only_excludes, parse_query, vocabularies_in

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b OR c", Or((And((A, B)), C))),
        ("a AND NOT b", And((A, Not(B)))),
        ("a -b", And((A, Not(B)))),
        ("a AND -(b OR c)", And((A, Not(Or((B, C)))))),
        ("a NEAR b", Near(A, B, 10)),
        ("a NEAR/0 b", Near(A, B, 0)),
        ("a BEFORE b", Near(A, B, 10, ordered=True)),
        ("a AND b NEAR/3 c", And((A, Near(B, C, 3)))),
        ("c NOT a NEAR b", And((C, Not(Near(A, B, 10))))),
        ("a EXCEPT b OR c", Or((Except(A, B), C))),
        ("(a EXCEPT b) ATLEAST/2", AtLeast(Except(A, B), 2)),
        ("(a OR b) NEAR c", Near(Or((A, B)), C, 10)),
        ("((a))", A),
        ("a AND (b AND c)", And((A, B, C))),
        ('"air  base"', Phrase("air  base")),
        ("“air base”", Phrase("air base")),
        ("=US", Exact("US")),
        ('="Base 101"', Exact("Base 101")),
        ("nig*", Prefix("nig")),
        ("/a b\\/c/i", Regex("a b\\/c", ignore_case=True)),
        ("@armed-forces", VocabularyTerm("armed-forces")),
        ("country:ne", Country("NE")),
        ("title:a", InTitle(A)),
        ("lead:(a NEAR b)", InLead(Near(A, B, 10))),
        ("title:country:NE", InTitle(Country("NE"))),
        ("lang:IT", Attribute("lang", "it")),
        ('feed:"World desk"', Attribute("feed", "World desk")),
        ("site:www.BBC.co.uk", Attribute("site", "bbc.co.uk")),
        ("a\u00a0AND\u00a0b", And((A, B))),
        ("U.S.-led", Word("U.S.-led")),
        ("before", Word("before")),
        ('"and"', Phrase("and")),
        ("cafe\u0301", Word("café")),
    ],
)
def test_an_expression_becomes_a_tree(text: str, tree: Query) -> None:
    assert parse_query(text) == tree


def test_an_item_of_a_list_may_only_exclude() -> None:
    assert parse_query("NOT a", part=True) == Not(A)
    assert only_excludes(Not(A))
    assert only_excludes(Or((A, Not(B))))
    assert not only_excludes(And((A, Not(B))))


def test_vocabularies_are_named_once_each() -> None:
    query = parse_query("@troops NEAR @base OR title:(@troops -@other) AND @x ATLEAST/2")
    assert vocabularies_in(query) == ("troops", "base", "other", "x")


@pytest.mark.parametrize("piece", ["(", "NOT ", "-(", "title:", "title:("])
def test_depth_is_a_fault_and_not_a_crash(piece: str) -> None:
    with pytest.raises(QueryFault):
        parse_query(piece * 20_000 + "a")


def test_breadth_is_no_fault() -> None:
    query = parse_query(" OR ".join(f"w{n}" for n in range(5_000)))
    assert isinstance(query, Or)
    assert len(query.parts) == 5_000


def test_more_than_anybody_writes_is_a_fault() -> None:
    with pytest.raises(QueryFault):
        parse_query("a " * 200_000)


PIECES = ["a", "NEAR", "NEAR/3", "AND", "OR", "NOT", "(", ")", '"', "'", "=", "*", "/", "@", "-"]
PIECES += [
    "title:",
    "country:",
    "NE",
    "EXCEPT",
    "ATLEAST/2",
    "/x/",
    "W/5",
    "~5",
    "\\",
    "é",
    "[",
    ",",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " "]))
@settings(deadline=None)
def test_whatever_is_written_is_a_tree_or_a_fault_with_a_place(parts: list[str], glue: str) -> None:
    text = glue.join(parts)
    fault = fault_of(text)
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert fault.message
        assert len(caret(text, fault.position).split("\n")) == 2


def fault_of(text: str) -> QueryFault | None:
    try:
        parse_query(text)
    except QueryFault as fault:
        return fault
    return None


def test_a_caret_stands_under_its_place() -> None:
    assert caret("a AND\nb ONEAR c", 8) == "b ONEAR c\n  ^"
    assert caret("尼日 ONEAR c", 3) == "尼日 ONEAR c\n     ^"
    assert caret("", 0) == "\n^"


def test_a_long_line_is_shown_around_its_place() -> None:
    text = "word " * 100 + "ONEAR" + " word" * 100
    line, below = caret(text, 500).split("\n")
    assert len(line) <= 96
    assert line[len(below) - 1 :].startswith("ONEAR")
