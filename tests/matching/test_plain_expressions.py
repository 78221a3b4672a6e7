"""The fast way through plain expressions: the careful parser's trees and faults, and no others."""

import itertools
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import QueryFault
from monitor.matching.plain_expressions import Expressions
from monitor.matching.query import Query, Word, walk
from monitor.matching.query_parser import parse_query

PLAIN = re.split(
    r"  +|\n",
    """troops  Niger  wet  AND  OR  NOT  NEAR  NEAR/3  BEFORE  BEFORE/0  EXCEPT  ATLEAST/2  (  (
)  )  "air base"  @troops  country:NE  title:(  lead:(  title:leave  rocket*  café  войска  基地
=US  ="Base 101"  lang:it  feed:"World desk"  site:bbc.co.uk  tag:world  author:Doe""",
)
ODD = re.split(
    r"  +|\n",
    """and  or  near  before  Before  atleast  except  w/5  W/5  NEAR(5)  around (5)  5  (5)
pre (3)  near5  /  /5  /ab-?d+/  /a b/i  -  -troops  –  "open  '‘single words’  'single  “curly”
(full width）  ＝US  ﹣x  "a"~5  "a"^2  "a"b  a"b"  x(y)  HEADLINE(x)  )x  title:
TITLE:(  Title:x  subtitle:(
=title:x  =AND  =(  @  @-x  *x  x*y  x?  ~5  AND/OR  NOT/2  ATLEAST  AND-x  NEAR/999999  x,y  U.S.
air-base  l'eau  é  9/11  C++  A&B  +  !  |  feed:  feed:a:  intitle:x  =@x  title:title:x
title:'a  =before  title:( (  NOT NOT  within  within (9)  ＮＥＡＲ  a\u200bb  \u00a0  \t""",
)

plain = st.lists(st.sampled_from(PLAIN), max_size=14).map(" ".join)
pieces = st.sampled_from(PLAIN + ODD)
blanks = st.sampled_from([" ", " ", " ", "", "  ", "\n", "\u00a0"])
odd = st.lists(st.tuples(pieces, blanks), max_size=9).map(
    lambda found: "".join(itertools.chain.from_iterable(found))
)
letters = st.text('ab "()/-=:@*~^5ANDORTEfx\u201c\u00e9', max_size=14)


def outcome(parse: Callable[..., Query], text: str, part: bool) -> Query | tuple[str, int, str]:
    try:
        return parse(text, part=part)
    except QueryFault as fault:
        return fault.message, fault.position, fault.hint


@given(plain | odd | letters, st.booleans())
@settings(max_examples=600, deadline=None)
@example("(a OR AND OR b)", False)
@example('("a OR b" OR c)', False)
@example("NOT (a AND b) NOT c", True)
@example("((a OR b) OR c) AND (d AND (e AND f))", False)
@example("a NEAR/2 (b OR c) NEAR d", False)
@example("(2024) OR (2024 OR 2025)", False)
@example("troops NEAR (5) withdraw", False)
def test_both_ways_give_the_same_tree_or_the_same_fault(text: str, part: bool) -> None:
    assert outcome(Expressions().parse, text, part) == outcome(parse_query, text, part)


@given(st.lists(plain | odd, max_size=6))
@settings(deadline=None)
def test_what_was_read_before_changes_nothing(texts: list[str]) -> None:
    expressions = Expressions()
    read = [outcome(expressions.parse, text, True) for text in texts]
    assert read == [outcome(parse_query, text, True) for text in texts]


def test_the_cases_of_the_language_come_out_alike() -> None:
    texts = [
        case["query"]
        for path in sorted((Path(__file__).parent / "cases").glob("*.toml"))
        for key, cases in tomllib.loads(path.read_text(encoding="utf-8")).items()
        for case in cases
        if isinstance(case, dict) and "query" in case
    ]
    assert len(texts) > 100
    expressions = Expressions()
    for text in texts:
        assert outcome(expressions.parse, text, False) == outcome(parse_query, text, False), text


@pytest.mark.parametrize(
    "text",
    [
        "Niger AND (troops OR soldiers) AND NOT football",
        "country:NE AND @troops NEAR/20 @withdrawal",
        'title:("air base" OR =US) feed:"World desk"',
        '(Niger EXCEPT ("Niger State" OR "Niger Delta")) BEFORE/3 rocket*',
        "войска AND (солдаты OR армия) ATLEAST/2",
    ],
)
def test_a_plain_expression_goes_the_fast_way(text: str) -> None:
    expressions = Expressions()
    once, again = expressions.parse(text), expressions.parse(text)
    leaves = [(a, b) for a, b in zip(walk(once), walk(again), strict=True) if not below(a)]
    assert all(a is b for a, b in leaves), "only the fast way gives the same nodes again"


def below(query: Query) -> list[Query]:
    return list(walk(query))[1:]


def test_a_word_in_many_expressions_is_one_node() -> None:
    expressions = Expressions()
    both = [expressions.parse(text) for text in ("Niger AND troops", "Mali OR troops")]
    first, second = (node for query in both for node in walk(query) if node == Word("troops"))
    assert first is second


@pytest.mark.parametrize("text", ['"' * 20_000, "(a OR " * 3_000, "(" * 20_000, "a" * 150_000])
def test_a_text_of_nonsense_takes_no_longer_for_being_long(text: str) -> None:
    assert outcome(Expressions().parse, text, False) == outcome(parse_query, text, False)
