"""Rows as Python has them (dicts, JSON, GeoJSON, Excel) as columns of text, with what is known of their types."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import msgspec

from tuckan.errors import InvalidArgument
from tuckan.jobs.rows import excel, lines
from tuckan.tables.libraries import pyarrow
from tuckan.tables.texts import Texts

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Sequence

ROWS_AT_ONCE = 5000
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Places:
    """Where each row of a source stands, for messages.

    Args:
        named: what the source is called.
    """

    def __init__(self, named: str) -> None:
        self.form = f"row {{:,}} of {named}"
        self._numbers = array("Q")

    def note(self, number: int) -> None:
        """The next row stands in the line, or row, of this number."""
        self._numbers.append(number)

    def of(self, row: int) -> str:
        """Where a row stands; they are counted from 0."""
        return self.form.format(self._numbers[row] if row < len(self._numbers) else row + 1)

    def __call__(self, row: int) -> str:
        """The same, to go on with in a sentence."""
        return f" in {self.of(row)}"


def texts_of(rows: Iterable[Any], places: Places) -> Texts:
    """Rows, kept on disk as text.

    Args:
        rows: dicts; columns are all keys that come.
        places: where they stand.

    Raises:
        InvalidArgument: when a row is no dict.
    """
    texts = Texts()
    columns: dict[str, None] = {}
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        for number, row in enumerate(some, texts.rows):
            if not isinstance(row, Mapping):
                raise InvalidArgument(
                    f"{str(row)[:40]!r}{places(number)} is no row.", hint="A row is an object: names with values."
                )
            columns.update(dict.fromkeys(map(str, row)))
        texts.add({name: text_column([row.get(name) for row in some], name) for name in columns}, len(some))
    return texts


def text_column(values: Sequence[Any], name: str) -> tuple[Any, list[str]]:
    """Values as an array of text, and of which sorts they are; objects among others are text."""
    sorts = {_sort(value) for value in values if value is not None}
    texts = [None if value is None else _text(value) for value in values]
    try:
        return pyarrow().array(texts, pyarrow().string()), sorted(sorts)
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            f"The column {name!r} holds text that is none: half of a character ({error.reason}).",
            hint="It was read in a wrong encoding; mend it there.",
        ) from error


def _sort(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float, Decimal)):
        return "float" if isinstance(value, float) else "number"
    return "text" if isinstance(value, (str, date, datetime, time)) else "json"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    try:
        return _encode(value).decode()
    except TypeError as error:
        raise InvalidArgument(f"{value!r} can't be in a table: {error}.", hint="Make text or numbers of it.") from error


def from_json(text: io.TextIOWrapper, named: str, places: Places, *, by_lines: bool) -> Iterator[Any]:
    """The rows of JSON lines, a JSON array, or GeoJSON, whose features are rows with their geometry."""
    places.form = f"{named}, line {{}}"
    for line, value, wrong in lines.each_line(text) if by_lines else lines.each_value(text):
        if wrong:
            raise InvalidArgument(f"{named}, line {line}: {wrong}.", hint="Mend the file, and push it again.")
        kind = value.get("type") if isinstance(value, dict) else None
        if kind == "FeatureCollection" and isinstance(value.get("features"), list):
            places.form = f"feature {{:,}} of {named}"
            yield from map(_feature, value["features"])
        elif kind == "Feature" and "properties" in value:
            places.note(line)
            yield _feature(value)
        else:
            places.note(line)
            yield value


def _feature(feature: Any) -> Any:
    if not isinstance(feature, dict):
        return feature
    properties = feature.get("properties") or {}
    own = {"id": feature["id"]} if "id" in feature and "id" not in properties else {}
    return {**own, **properties, "geometry": feature.get("geometry")}


def from_excel(file: IO[bytes], sheet: str | None, named: str, places: Places) -> Iterator[dict[str, Any]]:
    """The rows of a sheet; its first row has the names."""
    names: list[str] = []
    for title, number, cells, wrong in excel.each_row(file, sheet, named):
        places.form = f"{named}, sheet {title}, row {{}}"
        place = places.form.format(number)
        if wrong:
            raise InvalidArgument(f"{place}: {wrong}.", hint="Mend the workbook, and push it again.")
        if not names:
            names = _heads(cells, place)
            continue
        if len(cells) > len(names):
            raise InvalidArgument(
                f"{place}: it has {len(cells)} cells, and the head has {len(names)}.", hint="Give each column a name."
            )
        places.note(number)
        yield dict(zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=True))


def _heads(cells: Sequence[Any], place: str) -> list[str]:
    names = [
        f"column {number}" if cell is None else cell if isinstance(cell, str) else json.dumps(cell)
        for number, cell in enumerate(cells, 1)
    ]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidArgument(f"{place}: several columns are called {min(twice)!r}.", hint="Rename all but one.")
    return names
