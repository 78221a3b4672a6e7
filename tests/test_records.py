"""Records are the standard library's frozen dataclasses in all that can be seen of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest

import monitor
from monitor import records


def _classes(dataclass: Callable[..., Any]) -> dict[str, Any]:
    """The same classes by one decorator or the other."""

    @dataclass(frozen=True, slots=True)
    class Empty:
        """Nothing."""

    @dataclass(frozen=True, slots=True)
    class Alone:
        """One field."""

        value: Any

    @dataclass(frozen=True, slots=True)
    class Several:
        """Fields of every kind that we have."""

        name: str
        size: int = 3
        parts: list[int] = field(default_factory=list)
        hidden: str = field(default="h", repr=False)
        aside: int = field(default=0, compare=False)

        @property
        def doubled(self) -> int:
            return self.size * 2

    @dataclass(frozen=True, slots=True)
    class Own:
        """Methods of its own."""

        value: int

        def __post_init__(self) -> None:
            if self.value < 0:
                raise ValueError("below zero")

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, int)

        def __hash__(self) -> int:
            return 7

    return {made.__name__: made for made in (Empty, Alone, Several, Own)}


OURS, THEIRS = _classes(records.dataclass), _classes(dataclasses.dataclass)

GIVEN = [
    ("Empty", (), {}),
    ("Alone", (float("nan"),), {}),
    ("Alone", (("a", None),), {}),
    ("Several", ("n",), {}),
    ("Several", ("n", 4, [1]), {"aside": 2}),
    ("Several", (), {"name": "n", "hidden": "other"}),
    ("Own", (1,), {}),
]


def _seen(classes: dict[str, Any], name: str, args: Any, kwargs: Any) -> list[object]:
    one, other = (classes[name](*args, **copy.deepcopy(kwargs)) for _ in range(2))
    again = copy.copy(one)
    return [
        repr(one).replace("_classes.<locals>.", ""),
        one == one,
        one == other,
        one == again,
        one != other,
        one == 1,
        one.__eq__(1),
        type(one) is type(again),
        [getattr(one, each.name) for each in dataclasses.fields(one)],
        [(each.name, each.default, each.compare) for each in dataclasses.fields(one)],
        type(one).__match_args__,
        hasattr(one, "__dict__"),
        dataclasses.is_dataclass(one),
        type(one).__doc__,
        type(one).__qualname__,
    ]


@pytest.mark.parametrize(("name", "args", "kwargs"), GIVEN)
def test_a_record_shows_and_compares_itself_as_a_dataclass_does(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    ours, theirs = _seen(OURS, name, args, kwargs), _seen(THEIRS, name, args, kwargs)
    assert str(ours) == str(theirs)


@pytest.mark.parametrize("args", [(), (1,), ("a", 2), ((1, "b"), None)])
def test_hashes_are_those_of_dataclasses(args: tuple[Any, ...]) -> None:
    def made(decorator: Callable[..., Any]) -> Any:
        names = [f"field_{number}" for number in range(len(args))]
        cls = type("Made", (), {"__annotations__": dict.fromkeys(names, Any)})
        return decorator(frozen=True, slots=True)(cls)(*args)

    assert hash(made(records.dataclass)) == hash(made(dataclasses.dataclass))


@pytest.mark.parametrize("classes", [OURS, THEIRS], ids=["ours", "theirs"])
def test_a_record_refuses_to_be_changed(classes: dict[str, Any]) -> None:
    record = classes["Several"]("n")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'size'"):
        record.size = 4
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'size'"):
        del record.size
    assert record.doubled == 6


@pytest.mark.parametrize("classes", [OURS, THEIRS], ids=["ours", "theirs"])
@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), (("n", 1, [], "", 0, 9), {}), (("n",), {"wrong": 1})]
)
def test_a_record_wants_its_fields(classes: dict[str, Any], args: Any, kwargs: Any) -> None:
    with pytest.raises(TypeError, match="__init__"):
        classes["Several"](*args, **kwargs)


@pytest.mark.parametrize("classes", [OURS, THEIRS], ids=["ours", "theirs"])
def test_each_record_has_what_is_made_for_it_and_replace_keeps_the_rest(
    classes: dict[str, Any],
) -> None:
    one, other = classes["Several"]("n"), classes["Several"]("n")
    assert one.parts is not other.parts
    changed = dataclasses.replace(one, size=9, aside=5)
    assert (changed.name, changed.size, changed.aside) == ("n", 9, 5)
    assert changed.parts is one.parts
    assert dataclasses.asdict(changed)["hidden"] == "h"
    with pytest.raises(ValueError, match="below zero"):
        classes["Own"](-1)


@records.dataclass(frozen=True, slots=True)
class Stored:
    """One that ``pickle`` finds by its name."""

    name: str
    parts: tuple[int, ...] = ()


def test_a_record_can_be_copied_and_pickled() -> None:
    record = Stored("n", (1, 2))
    for again in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert again == record
        assert hash(again) == hash(record)


def test_other_dataclasses_are_made_by_the_standard_library() -> None:
    @records.dataclass(slots=True)
    class Open:
        value: int

    changed = Open(1)
    changed.value = 2
    assert changed == Open(2)
    assert "__init__" in vars(Open)


def test_every_frozen_record_of_the_program_is_made_quickly() -> None:
    slow = re.compile(r"^from dataclasses import [^\n]*\bdataclass\b", re.MULTILINE)
    for path in Path(monitor.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "records.py" and "@dataclass(frozen=True, slots=True)" in text:
            assert not slow.search(text), f"{path.name}: take dataclass from monitor.records"
