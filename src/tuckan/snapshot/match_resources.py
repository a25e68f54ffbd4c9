"""Which resource of a dataset on one portal is which on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def paired(wanted: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """For each resource that is wanted, the place of the one that it is there already, or None.

    The same id tells most; then the same address and name, then the same address, then the same name.

    Args:
        wanted: resources with `id`, `url` and `name`; the addresses of uploads are the names of their files.
        there: the resources that are there, alike.

    Example:
        >>> paired([{"id": "1", "name": "rain"}, {"id": "2", "name": "new"}], [{"id": "9", "name": "rain"}])
        [0, None]
    """
    found: list[int | None] = [None] * len(wanted)
    free = dict(enumerate(there))
    for sign in _SIGNS:
        by_sign: dict[Any, int] = {}
        for place, one in free.items():
            if (mark := sign(one)) is not None:
                by_sign.setdefault(mark, place)
        for number, one in enumerate(wanted):
            mark = sign(one)
            if found[number] is None and mark is not None and mark in by_sign:
                place = by_sign.pop(mark)
                found[number] = place
                del free[place]
    return found


def _by(*names: str) -> Callable[[Mapping[str, Any]], Any]:
    def sign(resource: Mapping[str, Any]) -> Any:
        marks = tuple(str(resource.get(name) or "") for name in names)
        return marks if all(marks) else None

    return sign


_SIGNS = (_by("id"), _by("url", "name"), _by("url"), _by("name"))
