"""Dataclasses, made quickly: the program has two hundred, and every command begins by making them.

``dataclass(frozen=True, slots=True)`` of Python 3.11 writes and compiles six functions for each
class, which came to a twelfth of a whole pass over a thousand feeds that brought nothing. Here one
of them is compiled, and the others are shared. The classes are dataclasses in every other respect:
their fields, ``replace``, equality, hashes, what they show of themselves, copies, and that they
refuse to be changed are the same, which tests hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, **options):
        """The standard library's decorator; what it says of ``frozen`` with ``slots`` is above."""
        quick = options == {"frozen": True, "slots": True}
        return _frozen if quick else dataclasses.dataclass(cls, **options)


def _frozen(cls: type[Any]) -> type[Any]:
    """The class with its methods; it has no bases, and all its fields are given on making."""
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    compared = _values_of([field.name for field in fields if field.compare])
    methods = {
        "__init__": _initialiser(made, fields),
        "__eq__": _equality(compared),
        "__hash__": lambda record: hash(compared(record)),
        "__repr__": _showing([field.name for field in fields if field.repr]),
        "__reduce__": _copying(_values_of([field.name for field in fields])),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
    }
    for name in methods.keys() - cls.__dict__.keys():
        setattr(made, name, methods[name])
    return made  # type: ignore[no-any-return]


def _initialiser(made: type[Any], fields: Sequence[Field[Any]]) -> Callable[..., None]:
    """``__init__``, which lays each value into its slot: the one function that is compiled."""
    known: dict[str, Any] = {}
    parameters, lines = [], []
    for field in fields:
        name, given = field.name, field.name
        known[f"set_{name}"] = made.__dict__[name].__set__
        if field.default is not MISSING:
            known[f"usual_{name}"] = field.default
            given = f"{name}=usual_{name}"
        elif field.default_factory is not MISSING:
            known[f"usual_{name}"] = field.default_factory
            known["MISSING"] = MISSING
            given = f"{name}=MISSING"
            lines.append(f" if {name} is MISSING: {name} = usual_{name}()")
        parameters.append(given)
        lines.append(f" set_{name}(self, {name})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    head = f"def __init__(self, {', '.join(parameters)}):"
    exec("\n".join((head, *lines, " return None")), known)  # noqa: S102  # names of our own fields
    initialiser: Callable[..., None] = known["__init__"]
    return initialiser


_Values = Callable[[Any], tuple[Any, ...]]


def _equality(compared: _Values) -> Callable[[Any, object], Any]:
    def equal(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return compared(self) == compared(other)
        return NotImplemented

    return equal


def _showing(names: Sequence[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({told})"

    return shown


def _copying(values: _Values) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    """How copies are made, by ``copy`` and ``pickle``: no slot of a frozen one may be set."""
    return lambda record: (record.__class__, values(record))


def _values_of(names: Sequence[str]) -> _Values:
    """What gives the values of these fields of an object."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _refuse_to_set(self: Any, name: str, value: Any) -> NoReturn:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot delete field {name!r}")
