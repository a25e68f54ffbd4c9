"""Rows of JSON files: lines of objects, arrays, GeoJSON, and lists with a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tuckan._text import counted
from tuckan.errors import Hint, InvalidArgument
from tuckan.readers import json_reader
from tuckan.readers.decoding import about_encoding
from tuckan.readers.options import RAGGED_ROW
from tuckan.readers.replies import catalog, inside, wrapped

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Iterator, Mapping

    from tuckan.readers.options import ReadOptions
    from tuckan.tables.from_records import Places


def from_json(
    text: io.TextIOWrapper, named: str, places: Places, options: ReadOptions, notes: list[str], *, by_lines: bool
) -> Iterator[Any]:
    """The rows of JSON lines, a JSON array, a reply of CKAN, or GeoJSON, whose features are rows with their geometry."""
    places.form = f"{named}, line {{}}"
    values = json_reader.each_line(text, exact=True) if by_lines else json_reader.each_value(text, exact=True)
    alone = not by_lines and cast("io.BufferedReader", text.buffer).peek(64).strip(_NO_OBJECT)[:1] == b"{"
    rows = _Rows(named, places, options, by_lines=by_lines)
    for line, number, value, wrong in inside(values, options.record_path, notes):
        if wrong:
            raise InvalidArgument(f"{named}, line {line}: {wrong}.", hint=about_encoding(wrong) or _about_json(wrong))
        if number:
            places.form = f"record {{:,}} of {named}"
        yield from rows.of(value, line, number)
    if alone and rows.objects == 1 and rows.kind != "Feature" and not places.form.startswith("record"):
        notes.append(f"{named} has one object, which is one row. If rows stand inside it, pass " + _RECORD_PATH)


class _Rows:
    """From the values of one file to rows.

    Attributes:
        objects: how many values were objects.
        kind: the `type` of the last value, if it was an object with one.
    """

    def __init__(self, named: str, places: Places, options: ReadOptions, *, by_lines: bool) -> None:
        self._named, self._places, self._options, self._by_lines = named, places, options, by_lines
        self._header: list[str] | None = None
        self.objects = 0
        self.kind: Any = None

    def of(self, value: Any, line: int, number: int) -> Iterator[Any]:
        """The rows that a value holds: the features of a collection, a list below a header, or an object."""
        self.kind = value.get("type") if isinstance(value, dict) else None
        if self.kind == "FeatureCollection" and isinstance(value.get("features"), list):
            yield from self._features(value["features"])
        elif isinstance(value, list):
            yield from self._list(value, line, number)
        else:
            self._places.note(number or line)
            yield _feature(value) if self.kind == "Feature" and "properties" in value else value
            if not self._by_lines and not number and isinstance(value, dict):
                _refuse_a_wrapper(value, self._named)
            self.objects += 1

    def _features(self, features: list[Any]) -> Iterator[Any]:
        self._places.form = f"feature {{:,}} of {self._named}"
        properties = (one.get("properties") for one in features if isinstance(one, dict))
        taken = {name for one in properties if isinstance(one, dict) for name in one}
        return (_feature(one, taken) for one in features)

    def _list(self, value: list[Any], line: int, number: int) -> Iterator[Any]:
        where = f"{self._named}, line {line}"
        if self._header is None:
            self._header, is_row = _list_header(value, where, self._options)
            if not is_row:
                return
        self._places.note(number or line)
        yield _of_list(value, self._header, where, self._options)


_NO_OBJECT = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


_RECORD_PATH = Hint("record_path='PATH.TO.THEM'", "--record-path PATH.TO.THEM")


def _about_json(wrong: str) -> str:
    if wrong.startswith("there is no list at"):
        return "Pass the keys that lead to the list of rows, with dots between them: " + _RECORD_PATH + "."
    if wrong.startswith("this is CKAN's response"):
        return "Save the response of a call that succeeded."
    if "is not a number in JSON" in wrong:
        return "Write null instead, or the number as text, in quotes."
    return "Fix the file, then push it again."


def _refuse_a_wrapper(value: Mapping[str, Any], named: str) -> None:
    """Refuse an object that only wraps the rows, and would be one row."""
    if found := wrapped(value, lists=True):
        path, number = found
        raise InvalidArgument(
            f"{named} is {'a DCAT catalog' if catalog(value) else 'one object'}, and would be one row; its {path!r} holds"
            f" {counted(number, 'row')}.",
            hint="If these are the rows to push, pass "
            + Hint(f"record_path={path!r}.", f"--record-path {path}.")
            + " To push the object as one row, save it as JSON lines.",
        )


def _list_header(value: list[Any], place: str, options: ReadOptions) -> tuple[list[str], bool]:
    """The column names for rows that are lists, and whether the first list is a row."""
    if not options.header:
        return [f"column {number}" for number in range(1, len(value) + 1)], True
    if options.header_row != 1:
        raise InvalidArgument(
            f"{place}: the rows are lists without column names.",
            hint=Hint(
                "If the first list has the names, pass header_row=1, else header=False.",
                "If the first list has the names, add --header-row 1, else --no-header.",
            ),
        )
    names = ["" if one is None else str(one) for one in value]
    if twice := {one for one in names if names.count(one) > 1}:
        raise InvalidArgument(
            f"{place}: several columns are called {min(twice)!r}.", hint="Rename all but one of them."
        )
    return names, False


def _of_list(value: list[Any], header: list[str], place: str, options: ReadOptions) -> dict[str, Any]:
    more = len(value) - len(header)
    if more and options.ragged == "refuse":
        raise InvalidArgument(
            f"{place}: it has {counted(len(value), 'value')}, but the header has {len(header)}.",
            hint=RAGGED_ROW,
        )
    if more > 0 and options.ragged == "pad":
        header += [f"column {number}" for number in range(len(header) + 1, len(value) + 1)]
    return dict(zip(header, [*value, *[None] * (len(header) - len(value))], strict=False))


def _feature(feature: Any, taken: Collection[str] | None = None) -> Any:
    """A feature's properties as a row, with its geometry and other members, without name clashes.

    Args:
        feature: the feature.
        taken: the names of the properties of all features.
    """
    properties = (feature.get("properties") or {}) if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return feature
    taken = properties if taken is None else taken
    own = {name: value for name, value in feature.items() if name not in ("type", "properties", "geometry")}
    own = {_free(f"feature {name}", taken) if name in taken else name: value for name, value in own.items()}
    named = _free("properties.geometry", taken)
    row = {named if name == "geometry" else name: value for name, value in properties.items()}
    return {**own, **row, "geometry": feature.get("geometry")}


def _free(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name
