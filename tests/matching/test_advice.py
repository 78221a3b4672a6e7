"""What a fault tells somebody to write is no fault itself."""

from __future__ import annotations

import pytest

from monitor.errors import QueryFault
from monitor.matching.query_parser import parse_query

FOLLOWED = [
    ('"our minister *"', '"our minister"'),
    ('"* resigns now"', '"resigns now"'),
    ('"our minister * resigns"', '"our minister" BEFORE/2 resigns'),
    ('"troop* withdrawal"', "troop* BEFORE/0 withdrawal"),
    (
        'flood EXCEPT "flood of refugees" EXCEPT "flood of migrants"',
        'flood EXCEPT ("flood of refugees" OR "flood of migrants")',
    ),
    ("a NEAR b NEAR/3 (c OR d)", "(a NEAR/10 b) AND (b NEAR/3 (c OR d))"),
    ("country:Ivory Coast", "country:CI"),
    ("country:Bosnia and Herzegovina", "country:BA"),
    ("Niger AND country:South Africa AND troops", "country:ZA"),
]


def fault_of(query: str) -> QueryFault:
    with pytest.raises(QueryFault) as raised:
        parse_query(query)
    return raised.value


@pytest.mark.parametrize(("query", "instead"), FOLLOWED)
def test_what_is_to_be_written_instead_can_be_read(query: str, instead: str) -> None:
    assert f"write {instead}" in fault_of(query).hint
    parse_query(instead)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("title:outbreak AROUND(5)", "title:outbreak"),
        ("title:outbreak NEAR/5", "title:outbreak"),
        ("title:(outbreak NEAR/5)", "title:(outbreak)"),
        ("outbreak W/5", "outbreak"),
        ("outbreak NEAR 5", "outbreak"),
        ("minister BEFORE/0 *", "minister"),
        ("minister * resigns", "minister resigns"),
    ],
)
def test_what_is_to_be_left_out_is_so_at_once(query: str, kept: str) -> None:
    assert "leave it out" in fault_of(query).hint
    parse_query(kept)


def test_a_distance_with_something_behind_it_is_still_answered_with_our_form() -> None:
    assert fault_of("outbreak AROUND(5) flu").hint == "write NEAR/5"


def test_behind_except_the_advice_is_to_write_phrases() -> None:
    assert 'EXCEPT "flood of"' in fault_of("flood EXCEPT (flood NEAR/4 refugees)").hint


def test_words_in_square_brackets_are_said_to_be_looked_for() -> None:
    assert "looked for as they are" in fault_of("our minister [any name]").hint
