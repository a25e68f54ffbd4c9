"""Whether a value fits a type, as far as JSON goes, and which keys the shapes met had."""

from __future__ import annotations

import types
import typing
from typing import Any, get_args, get_origin, get_type_hints

from tuckan import shapes

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

SCOPE = {name: getattr(shapes, name) for name in shapes.__all__}
HINTS: dict[Any, dict[str, Any]] = {}


def hints_of(shape: Any) -> dict[str, Any]:
    """The keys that a shape declares."""
    if shape not in HINTS:
        HINTS[shape] = get_type_hints(shape, include_extras=True)
    return HINTS[shape]


class Fitting:
    """Compares values with shapes.

    Attributes:
        met: for each shape's name the values that were to have it.
    """

    def __init__(self) -> None:
        self.met: dict[str, list[dict[str, Any]]] = {}

    def misfits(self, value: Any, kind: str) -> list[str]:
        """What in a value does not fit the shape of that name, each with where it is."""
        return list(self._misfits(value, eval(kind, {**SCOPE, "Any": Any}), kind))  # noqa: S307 - a type of the catalogue's

    def usual_and_undeclared(self) -> dict[str, set[str]]:
        """For each shape the keys that every value of it had, though it declares them not."""
        found = {}
        for name, values in self.met.items():
            usual = set.intersection(*map(set, values)) - set(hints_of(SCOPE[name]))
            if usual:
                found[name] = usual
        return found

    def _misfits(self, value: Any, kind: Any, where: str) -> Iterator[str]:
        kind = types.NoneType if kind is None else kind
        origin, inner = get_origin(kind), get_args(kind)
        if kind is Any:
            return
        if origin in (typing.Required, typing.NotRequired):
            yield from self._misfits(value, inner[0], where)
        elif origin in (types.UnionType, typing.Union):
            if all(list(self._misfits(value, one, where)) for one in inner):
                yield f"{where} is {value!r:.80}, not {kind}"
        elif origin in (list, dict):
            if not isinstance(value, origin):
                yield f"{where} is {value!r:.80}, not a {origin.__name__}"
                return
            for key, one in value.items() if origin is dict else enumerate(value):
                yield from self._misfits(one, inner[-1], f"{where}[{key!r}]")
        elif kind in SCOPE.values():
            yield from self._of_a_shape(value, kind, where)
        elif not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            yield f"{where} is {value!r:.80}, not {kind.__name__}"

    def _of_a_shape(self, value: Any, kind: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is {value!r:.80}, not {kind.__name__}"
            return
        self.met.setdefault(kind.__name__, []).append(value)
        for name, hint in hints_of(kind).items():
            if name in value:
                yield from self._misfits(value[name], hint, f"{where}.{name}")
            elif get_origin(hint) is typing.Required:
                yield f"{where}.{name} is declared as required and is not there"
