"""Three versions of a record brought together: as it was exported, as the workbook has it, and as the portal has it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tuckan._text import brief_pair
from tuckan.schemas import Field, decoded, same
from tuckan.sheets.layout import RESOURCES
from tuckan.sheets.references import Titles
from tuckan.sheets.writing import items_at

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tuckan.schemas.schema import Schema
    from tuckan.sheets.edits import Edit, ListEdit, ResourceEdit
    from tuckan.sheets.parsing import Book

Record = dict[str, Any]


@dataclass(slots=True)
class Merged:
    """What is to be sent of a record.

    Attributes:
        fields: the fields that change, each whole, with lists and records in place of JSON text.
        conflicts: what both sides have changed, in sentences without a full stop.
        both: of each of these the name, the workbook's value, and the portal's, as far as there are two.
        notes: what was left alone, in sentences without a full stop.
    """

    fields: Record = field(default_factory=dict[str, Any])
    conflicts: list[str] = field(default_factory=list[str])
    both: list[tuple[str, Any, Any]] = field(default_factory=list[tuple[str, Any, Any]])
    notes: list[str] = field(default_factory=list[str])


def merge(
    edit: Edit, there: Mapping[str, Any], book: Book, titles: Titles | None = None, *, remove_files: bool = False
) -> Merged:
    """What of an edit is to be sent, so that what others changed since the export is kept.

    Args:
        edit: what the workbook changes.
        there: the record as the portal has it now.
        book: the workbook.
        titles: what people call values, for conflicts.
        remove_files: whether resources without a row are removed.
    """
    return _Merging(edit, there, book.layout.schema, titles or Titles()).merged(remove_files=remove_files)


class _Merging:
    def __init__(self, edit: Edit, there: Mapping[str, Any], schema: Schema, titles: Titles) -> None:
        self._edit, self._schema, self._titles = edit, schema, titles
        self._there = decoded(there, schema)
        exported = edit.entry.exported
        self._base: Mapping[str, Any] | None = exported.record if exported is not None else None
        self._found = Merged()

    def merged(self, *, remove_files: bool) -> Merged:
        for name, value in self._edit.fields.items():
            if name not in self._edit.defaults:  # a record that is there keeps what it has
                self._single(name, value)
        for path, one in self._edit.lists.items():
            self._list(path, one)
        if self._edit.resources is not None:
            self._resources(self._edit.resources, remove_files=remove_files)
        return self._found

    # -- single values --

    def _single(self, name: str, value: Any) -> None:
        first, _, language = name.partition(".")
        field_ = self._schema.field(name) or self._schema.field(first)
        if field_ is None:
            return
        if language and self._schema.field(name) is None:
            self._language(field_, language, value)
            return
        key = "tags" if field_.kind == "tags" else name
        # What a rule fills in may have no column, so that nothing is known of it.
        base = None if name in self._edit.filled and key not in (self._base or {}) else self._base
        if self._moves(name, name, base, self._there, key, value, field_):
            self._found.fields[key] = _tags(self._there.get("tags"), value) if key == "tags" else _sent(value, field_)

    def _language(self, field_: Field, language: str, value: Any) -> None:
        """One language of a field; the others stay."""
        now = self._found.fields.get(field_.name, self._there.get(field_.name)) or {}
        base = None if self._base is None else self._base.get(field_.name) or {}
        part = Field(language, language, "text" if field_.kind == "languages" else "texts")
        path = f"{field_.name}.{language}"
        if self._moves(path, path, base, now, language, value, part):
            self._found.fields[field_.name] = {**now, language: "" if value is None else value}

    def _moves(
        self,
        path: str,
        name: str,
        base: Mapping[str, Any] | None,
        there: Mapping[str, Any],
        key: str,
        value: Any,
        field_: Field,
    ) -> bool:
        """Whether a value is to be sent: it is not there yet, and nobody else has changed it."""
        now = there.get(key)
        if same(_plain_tags(now, key), _plain_tags(value, key), field_):
            return False
        if base is not None and not same(_plain_tags(now, key), _plain_tags(base.get(key), key), field_):
            self._conflict(path, name, value, now)
            return False
        return True

    def _conflict(self, path: str, name: str, value: Any, now: Any) -> None:
        value, now = (self._titles(path, one) for one in (value, now))
        self._found.both.append((name, value, now))
        here, there = (
            "nothing" if one in (None, "", [], {}) else said
            for one, said in zip((value, now), brief_pair(value, now), strict=True)
        )
        self._found.conflicts.append(
            f"{name} was changed on both sides since the export: in the workbook to {here}, on the portal to {there}"
        )

    # -- lists --

    def _list(self, path: str, edit: ListEdit) -> None:
        field_ = self._schema.field(path)
        if field_ is None:
            return
        now = [dict(one) for one in items_at(self._there, path)]
        wanted = self._brought_together(path, edit, now, field_)
        if wanted is None or same(now, wanted, field_):
            return
        single = field_.kind == "composite"
        self._found.fields[path] = (wanted[0] if wanted else "") if single else wanted

    def _brought_together(self, path: str, edit: ListEdit, now: list[Record], field_: Field) -> list[Record] | None:
        """The list with the changes of both sides; None for a conflict."""
        if edit.base is None or same(now, edit.base, field_) or same(now, edit.wanted, field_):
            return edit.wanted
        found = self._with_edits(edit, now, field_)
        if found is None:
            self._conflict(path, path, edit.wanted, now)
        return found

    def _with_edits(self, edit: ListEdit, now: list[Record], field_: Field) -> list[Record] | None:
        """The portal's list with what the workbook changed of it; None where both changed the same item."""
        base = edit.base or []
        places = _places(base, now, field_)
        theirs = [item for place, item in enumerate(now) if place not in places]
        # What the workbook has made of items may be there already: it was applied before.
        done = {
            number
            for number, (origin, item) in enumerate(zip(edit.origin, edit.wanted, strict=True))
            if (origin is None or places[origin] is None) and _taken(item, theirs, field_)
        }
        of_base = {was: number for number, was in enumerate(edit.origin) if was is not None}
        result: list[Record | None] = [*now]
        for was, item in enumerate(base):
            number = of_base.get(was)
            wanted = None if number is None else edit.wanted[number]
            at = places[was]
            if wanted == item or number in done or (at is None and wanted is None and not theirs):
                continue
            if at is None:
                return None
            result[at] = wanted
        for place, item in reversed(_added(edit, places, done)):
            result.insert(len(result) if place is None else place + 1, item)
        return [one for one in result if one is not None]

    # -- resources --

    def _resources(self, edits: Sequence[ResourceEdit], *, remove_files: bool) -> None:
        now: list[Record] = [dict(one) for one in items_at(self._there, RESOURCES)]
        known = {str(one.get("id")): one for one in now}
        changed: dict[str, Record] = {}
        for one in edits:
            if one.id in known:
                changed[one.id] = self._resource(one, known[one.id])
            elif one.id and one.fields:
                self._found.conflicts.append(f"the resource {one.id} is not there any more")
                self._found.both.append((f"resource {one.id}", one.fields, None))
        gone = self._removed(known, remove_files=remove_files)
        new = [(place, one) for place, one in enumerate(edits) if not one.id]
        order = self._order([one.id for one in edits if one.id in known], [*known])
        listed: list[Record] = [{"id": id_, **changed.get(id_, {})} for id_ in order if id_ not in gone]
        for place, one in new:
            if one.upload:
                continue
            before = next((other.id for other in reversed(edits[:place]) if other.id in known), None)
            ids = [each.get("id") for each in listed]
            at = ids.index(before) + 1 if before in ids else len(listed)
            while at < len(listed) and "id" not in listed[at]:
                at += 1
            listed.insert(at, {name: value for name, value in one.fields.items() if value is not None})
        if gone or order != [*known] or any(changed.values()) or any("id" not in one for one in listed):
            self._found.fields[RESOURCES] = listed

    def _resource(self, edit: ResourceEdit, there: Record) -> Record:
        sent: Record = {}
        for name, value in edit.fields.items():
            if name in edit.defaults:
                continue
            field_ = self._schema.resource_field(name) or Field(name, name)
            called = f"resource {there.get('name') or edit.id}: {name}"
            if self._moves(f"{RESOURCES}.{name}", called, edit.base, there, name, value, field_):
                sent[name] = _sent(value, field_)
        if "url" in sent and there.get("url_type") == "upload" and not edit.upload:
            sent["url_type"] = ""  # it has an address of its own from now on
        return sent

    def _removed(self, known: Mapping[str, Record], *, remove_files: bool) -> set[str]:
        # Rows without an id may have been recognized since: these are there.
        kept = {one.id for one in self._edit.resources or ()}
        gone = [one for one in self._edit.removed if str(one.get("id")) in known.keys() - kept]
        if gone and not remove_files:
            named = ", ".join(str(one.get("name") or one.get("id")) for one in gone)
            self._found.notes.append(f"{named}: the resource has no row any more, and stays")
            return set()
        return {str(one["id"]) for one in gone}

    def _order(self, wanted: list[str], now: list[str]) -> list[str]:
        """The resources in the order of the workbook, where that changed it; others keep their places."""
        base = [str(one.get("id")) for one in items_at(self._base or {}, RESOURCES)]
        if self._base is None or wanted == [one for one in base if one in wanted]:
            return now
        moved = iter(wanted)
        return [next(moved) if one in wanted else one for one in now]


def _sent(value: Any, field_: Field) -> Any:
    if value is not None:
        return value
    return [] if field_.kind in ("choices", "texts", "tags", "items", "composite items") else ""


def _plain_tags(value: Any, key: str) -> Any:
    """Free tags by their names, which is what a cell has of them."""
    if key != "tags" or not isinstance(value, list):
        return value
    return sorted(
        str(one.get("name")) if isinstance(one, dict) else str(one)
        for one in value
        if not (isinstance(one, dict) and one.get("vocabulary_id"))
    )


def _tags(there: Any, names: Sequence[str] | None) -> list[Record]:
    """Free tags by their names, with those of vocabularies that are there."""
    kept = [
        {"name": one["name"], "vocabulary_id": one["vocabulary_id"]}
        for one in there or ()
        if isinstance(one, dict) and one.get("vocabulary_id")
    ]
    return [*kept, *({"name": one} for one in dict.fromkeys(names or ()))]


def _taken(item: Record, theirs: list[Record], field_: Field) -> bool:
    """Whether an item is among others, which it is taken from."""
    place = next((place for place, one in enumerate(theirs) if same([one], [item], field_)), None)
    if place is not None:
        del theirs[place]
    return place is not None


def _added(edit: ListEdit, places: Sequence[int | None], done: Collection[int]) -> list[tuple[int | None, Record]]:
    """The new items that are not there yet, each with the place on the portal that it comes after."""
    after: int | None = None
    added: list[tuple[int | None, Record]] = []
    for number, (origin, item) in enumerate(zip(edit.origin, edit.wanted, strict=True)):
        if origin is None and number not in done:
            added.append((after, item))
        elif origin is not None and places[origin] is not None:
            after = places[origin]
    return added


def _places(base: Sequence[Record], now: Sequence[Record], field_: Field) -> list[int | None]:
    """For each exported item the place at which the portal has it now; None where it has none such."""
    free = [*range(len(now))]
    found: list[int | None] = []
    for item in base:
        place = next((one for one in free if same([now[one]], [item], field_)), None)
        if place is not None:
            free.remove(place)
        found.append(place)
    return found
