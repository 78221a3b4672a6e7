"""Identifiers sort by the moment, and no two processes make the same."""

from __future__ import annotations

import os

from monitor.model import new_id
from tests import make


def test_identifiers_sort_by_the_moment_and_then_by_the_order_they_were_made() -> None:
    made = [new_id(make.moment(minutes)) for minutes in (0, 0, 0, 1)]
    assert made == sorted(made)
    assert {len(each) for each in made} == {24}


def test_processes_of_one_parent_make_others() -> None:
    ends = []
    for _ in range(4):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, new_id(make.moment()).encode("ascii"))
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as told:
            ends.append(told.read())
    assert len(set(ends)) == 4
