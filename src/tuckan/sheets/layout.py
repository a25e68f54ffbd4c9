"""The layout of a workbook: which sheets it has for a schema, and what their columns hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan._text import closest
from tuckan.errors import InvalidArgument
from tuckan.schemas.schema import WITH_SUBFIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tuckan.schemas.schema import Kind, Schema

Style: TypeAlias = Literal["sheets", "rows"]
STYLES: tuple[Style, ...] = ("sheets", "rows")

RECORD = "record"
"""The column with the label of a record."""
RESOURCE = "resource"
"""The column with the label of a resource, in sheets of its subfields."""
RESOURCES = "resources"
GROUPS = "groups"
UPLOAD = "upload"
LONGEST_TITLE = 31

_REFERENCES = {"organization": "organization", "license": "license"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Attributes:
        name: what its second header row says: `title`, `title_translated.en`, `since`.
        label: what people read above it.
        field: what its cells hold.
        path: where that is in a record: `title`, `manufacturer.since`.
    """

    name: str
    label: str
    field: Field
    path: str

    @property
    def reference(self) -> str:
        """What its cells refer to: `organization`, `license`, `group`, or nothing."""
        return "group" if self.path == f"{GROUPS}.name" else _REFERENCES.get(self.field.kind, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet.

    Attributes:
        title: its title.
        path: the field whose items it holds: `manufacturer`, `resources`, `resources.contact`; empty for the main sheet.
        columns: its columns, without those for labels.
        keys: its columns for labels.
        single: whether a record has one row in it at most.
    """

    title: str
    path: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = (RECORD,)
    single: bool = False

    def column(self, name: str) -> Column | None:
        """One of its columns by name."""
        return next((one for one in self.columns if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """The sheets of a workbook for a schema.

    Attributes:
        schema: what its records hold.
        style: `sheets`, or `rows` for one sheet with several rows for a record.
        tables: the sheets with items, by the field that they are for; in the style `rows` their columns are in the main sheet.
        main: the main sheet.
    """

    schema: Schema
    style: Style
    main: Table
    tables: dict[str, Table] = field(default_factory=dict[str, Table])

    @property
    def sheets(self) -> list[Table]:
        """The sheets that the workbook has."""
        return [self.main, *(self.tables.values() if self.style == "sheets" else ())]

    def columns(self) -> Iterator[Column]:
        """All columns of all sheets."""
        yield from self.main.columns
        for one in self.tables.values():
            yield from one.columns


def layout_of(
    schema: Schema, style: Style = "sheets", fields: Collection[str] = (), *, added: Collection[str] = ()
) -> Layout:
    """The layout of a workbook for a schema.

    Args:
        schema: what its records hold.
        style: `sheets`, or `rows`.
        fields: the fields to show, in the schema's order; all but those that the portal computes when left out.
        added: names of fields that are none of the schema's, and that the portal adds to records, such as `doi`; those of
            them that are in `fields` are shown as well.

    Raises:
        InvalidArgument: when the style is unknown, or the schema has no such field.

    Example:
        >>> from tuckan.schemas import Field, Schema
        >>> maker = Field("maker", "Maker", "items", subfields=(Field("since", "Since", "date"),))
        >>> layout = layout_of(Schema("dataset", "camel", (Field("title", "Title"), maker)))
        >>> [(one.title, [column.name for column in one.columns]) for one in layout.sheets]
        [('camel', ['title']), ('maker', ['since'])]
    """
    if style not in STYLES:
        raise InvalidArgument(f"The layout {style!r} is unknown.", hint=f"Use one of {', '.join(STYLES)}.")
    _require_fields(schema, fields, added)
    shown = [one for one in schema.fields if (one.name in fields if fields else not one.computed)]
    if fields and (name := schema.field("name")) is not None and name not in shown:
        shown.insert(0, name)
    shown += [Field(one, one, computed=True) for one in fields if one in added and schema.field(one) is None]
    tables = [
        Table("", one.name, _columns(one.subfields, one.name), single=_is_single(one)) for one in shown if _is_deep(one)
    ]
    if schema.resource_fields and (not fields or RESOURCES in fields):
        tables += _of_resources(schema, style)
    taken: set[str] = set()
    main = Table(_title(schema.type, taken), "", tuple(_main(shown)))
    titled = [replace(one, title=_title(one.path, taken)) for one in tables]
    return Layout(schema, style, main, {one.path: one for one in titled})


def _require_fields(schema: Schema, fields: Iterable[str], added: Iterable[str]) -> None:
    known = [*(one.name for one in schema.fields), *([RESOURCES] if schema.resource_fields else []), *added]
    wrong = [one for one in fields if one not in known]
    if wrong:
        near = closest(wrong[0], known, most=1)
        raise InvalidArgument(
            f"The type {schema.type!r} has no field {wrong[0]!r}.",
            hint=f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}.",
        )


def _is_deep(one: Field) -> bool:
    return one.kind in WITH_SUBFIELDS and bool(one.subfields)


def _is_single(one: Field) -> bool:
    return one.kind == "composite"


def _main(fields: Iterable[Field]) -> Iterator[Column]:
    for one in fields:
        if not _is_deep(one):
            yield from _columns_of(one, "")


def _columns(fields: Iterable[Field], path: str) -> tuple[Column, ...]:
    return tuple(column for one in fields for column in _columns_of(one, f"{path}."))


def _columns_of(one: Field, at: str) -> Iterator[Column]:
    if one.languages:
        kind: Kind = "text" if one.kind == "languages" else "texts"
        for language in one.languages:
            name = f"{one.name}.{language}"
            yield Column(name, f"{one.label} ({language})", replace(one, name=name, kind=kind, languages=()), at + name)
    else:
        # A field with subfields that has no sheet of its own is JSON in a cell.
        yield Column(one.name, one.label, one, at + one.name)


def _of_resources(schema: Schema, style: Style) -> Iterator[Table]:
    usual = (Field("url", "Address", "upload"), Field("name", "Name"))
    own = schema.resource_fields
    missing = tuple(one for one in usual if schema.resource_field(one.name) is None)
    deep = [one for one in own if _is_deep(one) and style == "sheets"]
    flat = [one for one in (*own, *missing) if one not in deep and not one.computed and one.name not in ("id", UPLOAD)]
    identity = Field("id", "ID", help="The resource's id; leave it empty for a new one.")
    upload = Field(
        UPLOAD, "File to upload", help="The path of a file, relative to this workbook, or an address to fetch it from."
    )
    yield Table("", RESOURCES, _columns((identity, *flat, upload), RESOURCES))
    for one in deep:
        path = f"{RESOURCES}.{one.name}"
        yield Table("", path, _columns(one.subfields, path), (RECORD, RESOURCE), single=_is_single(one))


def _title(wanted: str, taken: set[str]) -> str:
    """A title that spreadsheets take, and no other sheet has."""
    cut = re.sub(r"[\[\]:*?/\\]", "-", wanted).strip("'")[:LONGEST_TITLE] or "records"
    title, number = cut, 2
    while title.lower() in taken:
        ending = f"~{number}"
        title, number = cut[: LONGEST_TITLE - len(ending)] + ending, number + 1
    taken.add(title.lower())
    return title
