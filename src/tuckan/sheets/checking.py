"""Everything that is wrong with a workbook, by its schema and by what the portal has, each with its cell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.jobs.records.checking import name_trouble, refused_by_ckan
from tuckan.schemas import problems, values_at
from tuckan.schemas.schema import Schema
from tuckan.sheets.edits import Edit, edit_of
from tuckan.sheets.layout import RESOURCES, UPLOAD
from tuckan.sheets.parsing import ID
from tuckan.snapshot.list_edits import is_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tuckan.sheets.cells import Choices
    from tuckan.sheets.edits import ResourceEdit
    from tuckan.sheets.filling import Filling
    from tuckan.sheets.parsing import Book
    from tuckan.sheets.problems import SheetProblem

_PATH = re.compile(r"(?P<list>[^.\[]+(?:\[\d+\]\.[^.\[]+)??)(?:\[(?P<place>\d+)\])?(?:\.(?P<rest>.+))?")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_FETCHED = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)


@dataclass(slots=True)
class Checked:
    """A workbook with what it changes, and what is wrong.

    Attributes:
        book: the workbook.
        edits: what it changes of each record.
        problems: what is wrong, in the order of sheets and rows.
        choices: what its cells may say, by the paths of columns.
        notes: what is worth knowing, in sentences.
    """

    book: Book
    edits: list[Edit]
    problems: list[SheetProblem]
    choices: Choices
    notes: list[str] = field(default_factory=list[str])

    def wrong_with(self, label: str) -> list[SheetProblem]:
        """What is wrong with a record."""
        return [one for one in self.problems if one.record == label]

    def addresses(self) -> dict[str, str]:
        """The addresses from which files are to be fetched for records with nothing wrong, each with the expected format."""
        wrong = {one.record for one in self.problems}
        return {
            one.upload: str(one.fields.get("format") or (one.base or {}).get("format") or "")
            for edit in self.edits
            if edit.entry.label not in wrong
            for one in edit.resources or ()
            if is_address(one.upload)
        }

    @property
    def general(self) -> list[SheetProblem]:
        """What is wrong with sheets, columns and labels, so that nothing may be sent of the workbook."""
        return [one for one in self.problems if not one.record]


def check(
    book: Book,
    choices: Choices,
    *,
    key: Sequence[str] = (),
    left_out: Collection[str] = (),
    filling: Filling | None = None,
) -> Checked:
    """Check a workbook.

    Args:
        book: the workbook.
        choices: what cells may say, by the paths of columns.
        key: fields by which records are found that were not exported.
        left_out: fields that are not sent, and not checked.
        filling: the rules for what cells do not say themselves.
    """
    edits = [edit_of(one, book, choices, filling) for one in book.entries.values()]
    for one in edits:
        _leave_out(one, left_out)
    found = list(book.problems)
    for edit in edits:
        found += edit.problems
        found += _of_record(edit, book, left_out)
    found += _duplicates(edits, book, key)
    return Checked(book, edits, _in_order(found, book), choices, list(_notes(book)))


def _leave_out(edit: Edit, names: Collection[str]) -> None:
    for name in [one for one in edit.fields if one in names or one.partition(".")[0] in names]:
        del edit.fields[name]
    for name in [one for one in edit.lists if one in names]:
        del edit.lists[name]
    if RESOURCES in names:
        edit.resources, edit.removed = None, []
    for one in edit.resources or ():
        one.fields = {name: value for name, value in one.fields.items() if f"{RESOURCES}.{name}" not in names}


def _notes(book: Book) -> Iterator[str]:
    state = book.state
    if state is None:
        return
    if state.schema and state.schema != book.layout.schema.hash:
        yield f"The schema of {state.type!r} has changed since the workbook was written."
    if book.gone:
        named = ", ".join(sorted(book.gone)[:5]) + (", ..." if len(book.gone) > 5 else "")
        yield f"Records that were exported and have no row any more are left alone, with their rows in other sheets: {named}."


# -- single records --


def assembled(edit: Edit) -> dict[str, Any]:
    """The record that an edit makes of nothing, or the fields that it changes.

    Resources come with their files under `upload`.
    """
    record: dict[str, Any] = {}
    for name, value in edit.fields.items():
        first, mark, language = name.partition(".")
        if mark:
            record.setdefault(first, {})[language] = "" if value is None else value
        else:
            record[name] = value
    if edit.lists:
        record |= {path: one.wanted for path, one in edit.lists.items()}
    if edit.resources is not None:
        record[RESOURCES] = [_resource(one) for one in edit.resources]
    return record


def _resource(edit: ResourceEdit) -> dict[str, Any]:
    return {
        **({ID: edit.id} if edit.id else {}),
        **edit.fields,
        **({UPLOAD: edit.upload} if edit.upload else {}),
    }


def _of_record(edit: Edit, book: Book, left_out: Collection[str]) -> Iterator[SheetProblem]:
    schema = book.layout.schema
    is_new = edit.entry.exported is None
    told = {(one.sheet, one.cell) for one in edit.problems}
    record = {name: value for name, value in assembled(edit).items() if name != RESOURCES}
    record = _with_form(record, schema)
    found = [(one.path, one.message) for one in problems(record, schema, partial=not is_new)]
    found += [(path, message) for path, message in _by_ckan(record, edit, schema)]
    for place, one in enumerate(edit.resources or ()):
        found += _of_resource(one, place, book, exported=not is_new)
    for path, message in found:
        if _top(path) in left_out:
            continue
        problem = _placed(path, message, edit, book)
        if (problem.sheet, problem.cell) not in told:
            told.add((problem.sheet, problem.cell))
            yield problem


def _with_form(record: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """A record as its schema checks it: a composite field is one record."""
    single = {one.name for one in schema.fields if one.kind == "composite"}
    return {
        name: (value[0] if value else "") if name in single and isinstance(value, list) else value
        for name, value in record.items()
    }


def _by_ckan(record: dict[str, Any], edit: Edit, schema: Schema) -> Iterator[tuple[str, str]]:
    """What CKAN itself refuses, whatever the schema."""
    name = record.get("name")
    if name and (trouble := name_trouble(str(name))):
        yield "name", trouble
    if schema.entity == "dataset":
        tags = record.get("tags")
        formed = {**record, **({"tags": [{"name": one} for one in tags]} if isinstance(tags, list) else {})}
        formed["extras"] = [one for one in record.get("extras") or () if one.get("key")]
        for said in refused_by_ckan(formed, {}, schema):
            path, _, message = said.partition(": ")
            yield path, message
    keys = [str(one.get("key")) for one in record.get("extras") or () if isinstance(one, dict)]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            yield f"extras[{place}].key", f"the key {key!r} is given twice"
    if edit.id and not is_id(edit.id):
        yield ID, f"{edit.id!r} is no id"


def _of_resource(edit: ResourceEdit, place: int, book: Book, *, exported: bool) -> Iterator[tuple[str, str]]:
    at, is_new, schema = f"{RESOURCES}[{place}]", not edit.id, book.layout.schema
    inside = Schema(schema.entity, schema.type, (), schema.resource_fields, schema.source)
    given = _resource(edit)
    for one in problems({RESOURCES: [given]}, inside, partial=not is_new):
        yield one.path.replace(f"{RESOURCES}[0]", at, 1), one.message
    if edit.id and not is_id(edit.id):
        yield f"{at}.{ID}", f"{edit.id!r} is no id; leave it empty for a new resource"
    elif edit.id and edit.base is None and exported:
        yield f"{at}.{ID}", "the resource was not exported with this record; leave the id empty for a new one"
    if edit.upload and is_address(edit.upload):
        if not _FETCHED.match(edit.upload):
            yield (
                f"{at}.{UPLOAD}",
                f"{edit.upload!r} can't be fetched: write an address with https:// or http://, or a path",
            )
    elif edit.upload and not file_of(edit, book).is_file():
        yield f"{at}.{UPLOAD}", f"there is no file {edit.upload!r} (looked for {file_of(edit, book)})"
    if edit.upload and given.get("url"):
        yield f"{at}.url", "a resource has a file to upload or an address, not both"
    if is_new and not edit.upload and not given.get("url"):
        yield f"{at}.url", "a value is required: the address of a link, or a file to upload"


def is_address(upload: str) -> bool:
    """Whether the file is fetched from an address.

    Example:
        >>> is_address("https://example.org/a.csv"), is_address("data/a.csv")
        (True, False)
    """
    return bool(_ADDRESS.match(upload))


def file_of(edit: ResourceEdit, book: Book) -> Path:
    """The file to upload, relative to the workbook."""
    return book.path.expanduser().absolute().parent / Path(edit.upload).expanduser()


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


# -- places --


def _placed(path: str, message: str, edit: Edit, book: Book) -> SheetProblem:
    """A problem at the cell that it is about, or at the nearest that there is."""
    about = {"record": edit.entry.label, "path": path}
    top = _top(path)
    if top == RESOURCES and RESOURCES in book.places:
        return _in_resources(path, message, edit, book, about)
    if top in edit.lists and top in book.places:
        found = re.match(r"[^.\[]+(?:\[(\d+)\])?\.?(.*)", path)
        rows = edit.lists[top].rows
        place = int(found[1]) if found and found[1] else 0
        row = rows[place] if place < len(rows) else edit.entry.row
        return book.problem(top, row, found[2] if found else "", message, **about)
    if top in book.places and top not in book.places[""].columns:
        return book.problem("", edit.entry.row, "", message, **about)
    name = path if path in book.places[""].columns else path.partition("[")[0]
    return book.problem("", edit.entry.row, name, message, **about)


def _in_resources(path: str, message: str, edit: Edit, book: Book, about: dict[str, str]) -> SheetProblem:
    found = re.match(r"resources\[(\d+)\]\.?([^.\[]*)(?:\[(\d+)\])?\.?(.*)", path)
    resources = edit.resources or []
    if found is None or int(found[1]) >= len(resources):
        return book.problem(RESOURCES, edit.entry.row, "", message, **about)
    one, inside = resources[int(found[1])], f"{RESOURCES}.{found[2]}"
    if inside in book.places and one.items.get(found[2]):
        rows = one.items[found[2]]
        return book.problem(inside, rows[min(int(found[3] or 0), len(rows) - 1)], found[4], message, **about)
    return book.problem(RESOURCES, one.row, found[2], message, **about)


def _in_order(found: Iterable[SheetProblem], book: Book) -> list[SheetProblem]:
    titles = {one.title: number for number, one in enumerate(reversed(book.places.values()))}
    numbers = re.compile(r"([A-Z]*)(\d*)")

    def place(one: SheetProblem) -> tuple[int, int, int, str]:
        letters, row = (numbers.match(one.cell) or re.match("()()", "")).groups()  # type: ignore[union-attr]
        return -titles.get(one.sheet, -1), int(row or 0), len(letters), letters

    return sorted(dict.fromkeys(found), key=place)


# -- records that are given twice --


def _duplicates(edits: Sequence[Edit], book: Book, key: Sequence[str]) -> Iterator[SheetProblem]:
    fields = [("name",), (ID,), *([tuple(key)] if key else [])]
    for names in dict.fromkeys(fields):
        first: dict[tuple[str, ...], Edit] = {}
        for edit in edits:
            values = key_of(edit, names)
            if not all(values):
                continue
            other = first.setdefault(values, edit)
            if other is not edit:
                said = f"the record {other.entry.label!r} in row {other.entry.row} has this {', '.join(names)} already"
                about = {"record": edit.entry.label, "path": names[0]}
                yield book.problem("", edit.entry.row, names[0], said, **about)
    yield from _twice_given_resources(edits, book)


def key_of(edit: Edit, names: Sequence[str]) -> tuple[str, ...]:
    """What a record has in some fields, as the workbook leaves it; empty where it says nothing."""
    exported = edit.entry.exported
    record = {**(exported.record if exported else {}), **assembled(edit)}
    if names == (ID,):
        return (edit.id,)
    found = ([str(one).strip() for one in values_at(record, name) if one not in (None, "")] for name in names)
    return tuple("; ".join(values) for values in found)


def _twice_given_resources(edits: Sequence[Edit], book: Book) -> Iterator[SheetProblem]:
    seen: dict[str, int] = {}
    for edit in edits:
        for place, one in enumerate(edit.resources or ()):
            if one.id and (row := seen.setdefault(one.id, one.row)) != one.row:
                message = f"the resource {one.id} is in row {row} already; leave the id empty for a new one"
                yield _placed(f"{RESOURCES}[{place}].{ID}", message, edit, book)
