"""What a workbook remembers in its hidden sheets: where it comes from, what was exported, and what its dropdowns offer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tuckan.schemas.schema import Entity

STATE = "_tuckan"
LISTS = "_lists"
FORMAT = 1
_PIECE = 30_000
"""Characters of a record in one cell, which holds 32,767."""
_FACTS = ("format", "portal", "entity", "type", "schema", "layout", "added")


@dataclass(frozen=True, slots=True)
class Exported:
    """A record as it was when it was written into a workbook.

    Attributes:
        label: its label in the workbook.
        id: its id on the portal.
        modified: its `metadata_modified`.
        record: its values, of the fields that the workbook shows.
    """

    label: str
    id: str
    modified: str = ""
    record: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(slots=True)
class State:
    """What a workbook remembers.

    Attributes:
        portal: the address of the portal.
        entity: `dataset`, `organization` or `group`.
        type: the type of the records.
        schema: the hash of the schema.
        layout: the style of the layout.
        added: the fields that it shows and that are none of the schema's, since the portal adds them.
        records: the exported records by their labels.
        choices: what the cells of columns show for values, by the paths of the columns.
    """

    portal: str = ""
    entity: Entity = "dataset"
    type: str = ""
    schema: str = ""
    layout: str = "sheets"
    added: list[str] = field(default_factory=list[str])
    records: dict[str, Exported] = field(default_factory=dict[str, Exported])
    choices: dict[str, list[tuple[str, Any]]] = field(default_factory=dict[str, list[tuple[str, Any]]])

    def rows(self) -> Iterator[list[str]]:
        """The rows of the hidden sheet for records."""
        facts = {"format": str(FORMAT), "portal": self.portal, "entity": self.entity, "type": self.type}
        facts |= {"schema": self.schema, "layout": self.layout, "added": " ".join(self.added)}
        yield from ([name, facts[name]] for name in _FACTS)
        yield ["record", "id", "metadata_modified", "exported"]
        for one in self.records.values():
            # Escapes keep spreadsheet programs from reading `_x000D_` as a line end.
            text = json.dumps(one.record, separators=(",", ":")).replace("_x", "\\u005fx")
            pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
            yield [one.label, one.id, one.modified, *pieces]

    def lists(self) -> Iterator[list[Any]]:
        """The rows of the hidden sheet for dropdowns: for each column what is shown, and the value."""
        named = [[cell for path in self.choices for cell in (path, f"{path} (value)")]]
        longest = max((len(one) for one in self.choices.values()), default=0)
        yield from named if self.choices else ()
        for number in range(longest):
            yield [
                cell
                for pairs in self.choices.values()
                for cell in (pairs[number] if number < len(pairs) else (None, None))
            ]


def read_state(rows: Iterable[Sequence[Any]]) -> State:
    """What the hidden sheet for records says.

    Args:
        rows: its rows, each from its first column.

    Raises:
        ValueError: when it was written by something else, or damaged.
    """
    facts: dict[str, str] = {}
    state = State()
    within = False
    for row in rows:
        cells = ["" if one is None else str(one) for one in row]
        if within:
            label, id_, modified, *pieces = [*cells, "", "", ""][: max(len(cells), 3)]
            state.records[label] = Exported(label, id_, modified, json.loads("".join(pieces) or "{}"))
        elif cells[0] == "record":
            within = True
        elif len(cells) > 1:
            facts[cells[0]] = cells[1]
    if facts.get("format") != str(FORMAT) or facts.get("entity") not in ("dataset", "organization", "group"):
        raise ValueError(f"its format is {facts.get('format')!r}")
    state.portal, state.type = facts.get("portal", ""), facts.get("type", "")
    state.entity = facts["entity"]  # type: ignore[assignment]  # seen above
    state.schema, state.layout = facts.get("schema", ""), facts.get("layout", "sheets")
    state.added = facts.get("added", "").split()
    return state


def read_lists(rows: Iterable[Sequence[Any]]) -> dict[str, list[tuple[str, Any]]]:
    """What the hidden sheet for dropdowns says."""
    listed = [list(row) for row in rows]
    header = listed[0] if listed else []
    found: dict[str, list[tuple[str, Any]]] = {}
    for place in range(0, len(header), 2):
        pairs = [
            (str(row[place]), row[place + 1]) for row in listed[1:] if len(row) > place + 1 and row[place] is not None
        ]
        found[str(header[place])] = pairs
    return found
