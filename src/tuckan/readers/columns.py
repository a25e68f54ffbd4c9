"""From the columns of a table to the fields of a record."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.schemas import Schema, field_at, from_cell, put
from tuckan.snapshot.fields import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.schemas import Field

_RESOURCE_FIELDS = frozenset("id name url description format mimetype size hash resource_type upload".split())


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that records of one kind have.

    Attributes:
        text: fields of text, numbers and similar values.
        lists: fields of lists or objects, which a cell holds as JSON.
        words: lists that a cell may also hold as words separated by commas or semicolons.
        extras: whether `extras.KEY` is allowed.
        resources: whether `resources.0.FIELD` is allowed.
        derived: computed fields: known, but not sent.
        others: whether other columns are allowed, and ignored.
        of_resources: the FIELDs of `resources.0.FIELD`.
        own: fields of the portal's own schemas, by name: columns may be `FIELD`, `FIELD.LANGUAGE`, `FIELD.0.SUBFIELD`.
        own_of_resources: the same for resources, after `resources.0.`.
    """

    text: frozenset[str]
    lists: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    extras: bool = False
    resources: bool = False
    derived: frozenset[str] = field(default=frozenset(), repr=False)
    others: bool = False
    of_resources: frozenset[str] = field(default=_RESOURCE_FIELDS, repr=False)
    own: Mapping[str, Field] = field(default_factory=dict[str, "Field"], repr=False)
    own_of_resources: Mapping[str, Field] = field(default_factory=dict[str, "Field"], repr=False)

    def holds(self, name: str) -> bool:
        """Whether the field exists."""
        return name in self.text | self.lists | self.derived or self.is_inside(name)

    def is_inside(self, name: str) -> bool:
        """Whether it is a field of the portal's schemas, or inside another: `extras.KEY` or `resources.0.FIELD`."""
        first, _, rest = name.partition(".")
        if first == "extras":
            return self.extras and bool(rest)
        found = re.fullmatch(r"\d{1,3}\.(\S+)", rest) if first == "resources" and self.resources else None
        return (found is not None and found[1] in self.of_resources) or self.of_schema(name) is not None

    def of_schema(self, name: str) -> Field | None:
        """The field of the portal's schemas that a column maps to; None if it is not one of theirs."""
        found = re.fullmatch(r"resources\.\d{1,3}\.(\S+)", name) if self.resources else None
        if found is not None:
            return field_at(self.own_of_resources, found[1])
        return None if name in self.lists else field_at(self.own, name)

    def with_schemas(self, schemas: Iterable[Schema]) -> Fields:
        """The same, extended by the fields of a portal's own schemas, which may redefine CKAN's fields."""
        own: dict[str, Field] = {}
        of_resources: dict[str, Field] = {}
        for one in schemas:
            if one.source == "scheming":
                own = {**{field.name: field for field in one.fields}, **own}
                of_resources = {**{field.name: field for field in one.resource_fields}, **of_resources}
        return replace(self, own=own, own_of_resources=of_resources)

    def at_the_top(self) -> frozenset[str]:
        """The top-level fields that a record may be sent with."""
        return self.text | self.lists | self.own.keys()

    def known(self) -> list[str]:
        """The names that a column may have."""
        inside = [f"resources.0.{name}" for name in sorted(self.of_resources)] if self.resources else []
        fields = self.text | self.lists | self.derived
        return sorted(fields) + inside + [path for path in self._paths() if path not in fields]

    def _paths(self) -> list[str]:
        """The columns that the portal's schemas allow, each list with its first item."""
        schema = Schema("dataset", "", tuple(self.own.values()), tuple(self.own_of_resources.values()))
        return [path.replace("resources.", "resources.0.", 1) for path in schema.columns()]

    def meant(self, name: str) -> str:
        """The field that a column probably means, by label, meaning or spelling; empty if there is none."""
        labels = {one.label.casefold(): one.name for one in self.own.values()}
        return labels.get(name.strip().casefold()) or meant(name, self.known())


def read_mapping(path: Path) -> dict[str, str | None]:
    """Read a mapping of columns to fields from a file.

    Args:
        path: TOML or JSON with an object of columns and fields, or CSV with a column and a field in each row. An empty
            field (or `null`) means that the column is not read.

    Raises:
        InvalidArgument: when there is no such file, or it does not contain a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise InvalidArgument(
            f"The mapping {path} can't be read: {error}.", hint="Check its name; it is UTF-8."
        ) from None
    try:
        found = _mapping_in(text, path.suffix.lower())
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"The mapping {path} can't be read: {error}.",
            hint='Write COLUMN,FIELD rows as .csv, "COLUMN" = "FIELD" as .toml, or {"COLUMN": "FIELD"} as .json.',
        ) from None
    return {column.strip(): (field or "").strip() or None for column, field in found.items()}


def _mapping_in(text: str, suffix: str) -> dict[str, str | None]:
    if suffix in (".json", ".toml"):
        found: Any = json.loads(text) if suffix == ".json" else tomllib.loads(text)
        if not isinstance(found, dict) or not all(one is None or isinstance(one, str) for one in found.values()):
            raise ValueError("it does not have one field for each column")
        return found
    rows = [row for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)]
    if rows and [cell.strip().lower() for cell in rows[0]] == ["column", "field"]:
        del rows[0]
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise ValueError(f"row {number} has {counted(len(row), 'cell')}, not a column and a field")
    return {column: field for column, field in rows}  # noqa: C416 - rows are lists of two


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion for a column, as text.

    Example:
        >>> nearest("Titel", ["title", "notes"]), nearest("xyz", ["title"])
        ("'Titel' is probably 'title'", "nothing resembles 'xyz'")
    """
    return _advice(name, meant(name, known))


def _advice(name: str, field: str) -> str:
    return f"{name!r} is probably {field!r}" if field else f"nothing resembles {name!r}"


def require_targets(fields: Fields, mapping: Mapping[str, str | None], kind: str) -> None:
    """Check that each column of a mapping maps to an existing field.

    Args:
        fields: the existing fields.
        mapping: columns with the field that each maps to.
        kind: what has these fields, such as `dataset`.

    Raises:
        InvalidArgument: for an unknown field.
    """
    unknown = [(column, target) for column, target in mapping.items() if target and not fields.holds(target)]
    if unknown:
        column, target = unknown[0]
        raise InvalidArgument(
            f"The column {column!r} is mapped to {target!r}, which is not a field of a {kind} on this portal.",
            hint=f"{_advice(target, fields.meant(target))}."
            + (
                " For an extra field, use "
                + Hint(f"mapping={{{column!r}: 'extras.{target}'}}.", f"--map '{column}=extras.{target}'.")
                if fields.extras
                else ""
            ),
        )


class Columns:
    """The columns of one table.

    Args:
        head: their names.
        fields: the existing fields.
        named: the name of the file, for messages.
        mapping: columns with the field that each maps to; None for one to ignore.
        extras: whether columns that are not fields become extra fields.

    Raises:
        InvalidArgument: when a column is not a field, or two map to the same field.
    """

    def __init__(
        self,
        head: Sequence[Any],
        fields: Fields,
        named: str,
        *,
        mapping: Mapping[str, str | None] | None = None,
        extras: bool = False,
    ) -> None:
        self._fields = fields
        self._mapping = {name.strip(): field for name, field in (mapping or {}).items()}
        self._extras = extras and fields.extras
        names = ["" if name is None else str(name).strip().lstrip("\ufeff") for name in head]
        self._targets = [self._target(name) if name else None for name in names]
        self.names = names
        self._refuse_unknown(named)
        self._refuse_doubles(named)

    def _target(self, name: str) -> str | None:
        """The field that a column maps to: `""` if it is not a field, None if it is ignored."""
        if name in self._mapping:
            return self._mapping[name] or None
        for spelt in (name, name.lower().replace(" ", "_")):
            if spelt in self._fields.text or spelt in self._fields.lists or spelt in self._fields.derived:
                return spelt
            if self._fields.resources and (found := re.fullmatch(r"resource_(\w+)", spelt)):
                spelt = f"resources.0.{found[1]}"  # noqa: PLW2901 - the same, in another spelling
            if self._fields.is_inside(spelt):
                return spelt
        return f"extras.{name}" if self._extras else None if self._fields.others else ""

    def _refuse_unknown(self, named: str) -> None:
        unknown = [name for name, target in zip(self.names, self._targets, strict=True) if target == ""]
        if not unknown:
            return
        advice = "; ".join(_advice(name, self._fields.meant(name)) for name in unknown)
        fields = {name: self._fields.meant(name) or None for name in unknown}
        raise InvalidArgument(
            f"{named} has columns that are not fields: {', '.join(map(repr, unknown))}.",
            hint=f"{advice}. Map each to a field with "
            + Hint(f"mapping={fields}", " ".join(f"--map '{name}={field or ''}'" for name, field in fields.items()))
            + (" (which leaves out those that resemble nothing)" if None in fields.values() else "")
            + (
                ", or turn them into extra fields with " + Hint("extras=True.", "--extras.")
                if self._fields.extras
                else "."
            ),
        )

    def _refuse_doubles(self, named: str) -> None:
        taken: dict[str, str] = {}
        for name, target in zip(self.names, self._targets, strict=True):
            if target and target in taken:
                raise InvalidArgument(
                    f"{named}: the columns {taken[target]!r} and {name!r} are both mapped to {target!r}.",
                    hint="Rename one, or leave it out with "
                    + Hint(f"mapping={{{name!r}: None}}.", f"--map '{name}='."),
                )
            if target:
                taken[target] = name

    def record(self, cells: Sequence[Any]) -> tuple[dict[str, Any], str]:
        """The record in a row, and what is wrong with it; empty cells are omitted."""
        record: dict[str, Any] = {}
        wrong: list[str] = []
        if any(_says_something(cell) for cell in cells[len(self.names) :]):
            return {}, f"it has {counted(len(cells), 'cell')}, but the header has {len(self.names)}"
        for name, target, cell in zip(self.names, self._targets, cells, strict=False):
            if not _says_something(cell):
                continue
            if not name:
                return {}, f"{cell!r} is in a column without a name"
            if target:
                try:
                    self._put(record, target, cell)
                except ValueError as error:
                    wrong.append(f"{name}: {error}")
        return record, "; ".join(wrong)

    def _put(self, record: dict[str, Any], target: str, cell: Any) -> None:
        first, _, rest = target.partition(".")
        if first == "extras" and rest:
            record.setdefault("extras", []).append({"key": rest, "value": _text(cell)})
        elif first == "resources" and rest:
            number, _, name = rest.partition(".")
            resources = record.setdefault("resources", [])
            resources += [{} for _ in range(int(number) + 1 - len(resources))]
            own = self._fields.of_schema(target)
            if own is None:
                resources[int(number)][name] = _text(cell)
            else:
                put(resources[int(number)], _path(name, own), from_cell(cell, own))
        elif target in self._fields.words and not str(cell).lstrip().startswith("["):
            record[target] = [word.strip() for word in re.split("[,;]", _text(cell)) if word.strip()]
        elif target in self._fields.lists:
            record[target] = _json(str(cell))
        elif (own := self._fields.of_schema(target)) is not None:
            put(record, _path(target, own), from_cell(cell, own))
        else:
            record[target] = cell if isinstance(cell, bool) else _text(cell)


def _path(name: str, field: Field) -> str:
    """The path of a column; `FIELD-LANGUAGE` is `FIELD.LANGUAGE`."""
    return field.name if name.replace("-", ".", 1) == field.name else name


def _says_something(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected JSON ({error})") from None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source.

    Attributes:
        record: the record, or another JSON value where one stands instead.
        origin: its location, such as `datasets.csv, line 7`.
        wrong: why it cannot be read, or empty.
        partial: whether it is from a table, which leaves fields without a column unspecified.
        folder: the folder of its file, to which paths of other files are relative.
    """

    record: Any = field(repr=False)
    origin: str
    wrong: str = ""
    partial: bool = False
    folder: Path = field(default=Path(), repr=False)
