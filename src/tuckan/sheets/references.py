"""What cells may refer to: choices of the schema, and the portal's organizations, groups and licenses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan.sheets.cells import Gone, distinct
from tuckan.snapshot.value_forms import titled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tuckan.sheets.cells import Choices
    from tuckan.sheets.layout import Column, Layout
    from tuckan.sheets.state import State

_VALUES = {"organization": "id", "group": "name", "license": "id"}
"""By which of its fields a record keeps what it refers to."""


@dataclass(frozen=True, slots=True)
class References:
    """What there is on a portal to refer to.

    Attributes:
        listed: records by what they are: `organization`, `group`, `license`.
    """

    listed: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict[str, "Sequence[Mapping[str, Any]]"])

    def titles(self, what: str) -> list[tuple[str, Any]]:
        """The titles of what there is, each with the value that records keep."""
        key = _VALUES[what]
        return [(str(one.get("title") or one.get("name") or one[key]), one[key]) for one in self.listed.get(what, ())]

    def names(self, what: str) -> Iterator[tuple[str, Any]]:
        """By what else it may be called: title, aliases, name and id."""
        yield from names_of(self.listed.get(what, ()), _VALUES[what])


def names_of(records: Iterable[Mapping[str, Any]], key: str) -> Iterator[tuple[str, Any]]:
    """What records may be called: title, aliases, name and id, each with the record's value of the field `key`."""
    for one in records:
        named = [one.get("title"), one.get("display_name"), one.get("name"), one.get("id"), *_aliases(one)]
        yield from ((text, one[key]) for text in dict.fromkeys(str(name) for name in named if name))


def _aliases(record: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for name in ("alias", "aliases"):
        value = record.get(name)
        found += value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []
    return [one.strip() if isinstance(one, str) else one for one in found]


def references_in(layout: Layout) -> set[str]:
    """What the columns of a layout refer to."""
    return {one.reference for one in layout.columns() if one.reference}


def offered(layout: Layout, references: References) -> dict[str, list[tuple[str, Any]]]:
    """What the dropdowns of a new workbook offer, by the paths of columns."""
    pairs = {one.path: distinct(_pairs(one, references)) for one in layout.columns()}
    return {path: some for path, some in pairs.items() if some}


def _pairs(column: Column, references: References) -> list[tuple[str, Any]]:
    if column.reference:
        return references.titles(column.reference)
    if column.field.kind == "boolean":
        return [("true", True), ("false", False)]
    return [(one.label, one.value) for one in column.field.choices]


class Titles:
    """What cells show for values, where that is something else, for messages.

    Args:
        choices: what cells may say, by the paths of columns.

    Attributes:
        known: the titles of values, by the paths of columns.
    """

    def __init__(self, choices: Choices | None = None) -> None:
        self.known: dict[str, dict[str, str]] = {}
        for path, pairs in (choices or {}).items():
            shown: dict[str, str] = {}
            for text, value in pairs:
                shown.setdefault(str(value), text)
            self.known[path] = {value: text for value, text in shown.items() if value != text}

    def __call__(self, path: str, value: Any) -> Any:
        """A value with titles in place of what records keep."""
        return titled(path, value, self.known)

    def of(self, values: Iterable[tuple[str, Any]]) -> dict[str, dict[str, str]]:
        """The titles of these values alone, each value with the path of its field."""
        used = {path: _Used(titles) for path, titles in self.known.items()}
        for path, value in values:
            titled(path, value, used)
        return {path: one.found for path, one in used.items() if one.found}


class _Used(dict[str, str]):
    """Titles, which keeps those that were looked up."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__(titles)
        self.found: dict[str, str] = {}

    def get(self, key: str, default: Any = None) -> Any:
        if key in self:
            self.found[key] = self[key]
        return super().get(key, default)


def understood(layout: Layout, references: References, state: State | None) -> dict[str, list[tuple[str, Any]]]:
    """What the cells of a workbook may say, by the paths of columns: as it was exported, and as the portal has it now."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for one in layout.columns():
        if one.field.kind == "boolean":
            continue
        then = state.choices.get(one.path, []) if state is not None else []
        now = [*references.names(one.reference)] if one.reference else distinct(_pairs(one, references))
        if one.reference in references.listed:
            there = {str(value) for _, value in now}
            then = [(shown, value if str(value) in there else Gone(value)) for shown, value in then]
        known = {shown for shown, _ in then}
        if pairs := [*then, *(pair for pair in now if pair[0] not in known)]:
            found[one.path] = pairs
    return found
