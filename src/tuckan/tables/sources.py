"""Sources of tables: frames, Arrow, rows and files, read in batches with their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from tuckan.errors import DoesNotFit, InvalidArgument
from tuckan.readers import spreadsheets
from tuckan.readers.decoding import BROKEN, SNIFFED, as_text, encoding_of, is_damage, opened, undecodable
from tuckan.readers.file_kinds import LOOKED_AT, refuse_other_files, refuse_under_a_wrong_name
from tuckan.readers.reading import PACKED, form_of
from tuckan.tables import from_csv, from_json, from_records, libraries
from tuckan.tables.casting import first_bad, fitted, of_arrow
from tuckan.tables.columnar import duckdb_table, each, ipc_file, parquet, reading_of
from tuckan.tables.columns import is_beyond_arrow, of_mapping, of_pandas, of_polars
from tuckan.tables.from_records import Places
from tuckan.tables.json_rows import packed
from tuckan.tables.keys import Keys
from tuckan.tables.naming import acceptable
from tuckan.tables.texts import Texts, shifted, sliced
from tuckan.tables.types import NUMERIC, TEXT, Type, named

if TYPE_CHECKING:
    import io

    from tuckan.readers.options import ReadOptions
    from tuckan.tables.columns import Column

Data: TypeAlias = Any
"""A frame of pandas or polars, an Arrow table or reader, a DuckDB relation, rows as dicts, columns as a dict of lists, the
path of a file, or an open binary file."""

_COLUMNAR = {
    ".parquet": "parquet",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
    ".duckdb": "duckdb",
    ".db": "duckdb",
}


@dataclass(slots=True)
class Incoming:
    """A table to push.

    Attributes:
        named: its name in messages.
        labels: the original names of the columns, by the names that CKAN accepts.
        found: the columns' types, as found in the source.
        where: describes the location of a row by its number, from 0.
        notes: notes on how it was read.
        why: the reason for each column's type, in a few words.
        with_fractions: timestamp columns that turned out to have fractions of a second, set by `checked`.
    """

    named: str
    labels: dict[str, str]
    found: dict[str, Type]
    where: Places
    _batches: Callable[[Mapping[str, Type]], Iterator[Any]] = field(repr=False)
    notes: list[str] = field(default_factory=list[str])
    why: dict[str, str] = field(default_factory=dict[str, str])
    with_fractions: list[str] = field(default_factory=list[str])

    @property
    def names(self) -> dict[str, str]:
        """The names of the columns, by either name."""
        return {label: name for name, label in self.labels.items()} | {name: name for name in self.labels}

    def types(self, wanted: Mapping[str, str], there: Mapping[str, Type]) -> dict[str, Type]:
        """The columns' types: as requested, as in the table on the portal, or as found, in this order.

        Args:
            wanted: requested types, by either name of the column.
            there: the types of the existing table.

        Raises:
            InvalidArgument: when a type is requested for a column that does not exist.
        """
        names = self.names
        if unknown := [name for name in wanted if name not in names]:
            raise InvalidArgument(
                f"A type was passed for the column {unknown[0]!r}, which {self.named} does not have.",
                hint=f"Its columns are {', '.join(map(repr, self.labels.values()))}.",
            )
        chosen = {names[name]: named(text) for name, text in wanted.items()}
        return {**self.found, **{name: there[name] for name in self.found if name in there}, **chosen}

    def batches(self, types: Mapping[str, Type]) -> Iterator[Any]:
        """Every batch, with each column in its type; can be iterated only once.

        Raises:
            DoesNotFit: when a value does not fit its column's type.
        """
        return self._batches(types)

    def checked(self, types: Mapping[str, Type], key: Sequence[str] = ()) -> Iterator[Any]:
        """Every batch as `batches` yields it, with keys checked and fractions of a second noted; can be iterated only once.

        Args:
            types: the columns' types.
            key: columns that identify a row.

        Raises:
            DoesNotFit: when a value does not fit its column's type.
            InvalidArgument: when a key is repeated or missing.
        """
        with closing(Keys(key, self.where.of)) as keys:
            for batch in self.batches(types):
                keys.add(batch)
                self._note_fractions(batch, types)
                yield batch

    def packed(self, types: Mapping[str, Type], key: Sequence[str] = ()) -> Iterator[list[bytes]]:
        """The rows of `checked` in CKAN's form."""
        return (packed(batch, types) for batch in self.checked(types, key))

    def _note_fractions(self, batch: Any, types: Mapping[str, Type]) -> None:
        compute = libraries.pyarrow("compute")
        for name, kind in types.items():
            if kind.name == "timestamp" and name not in self.with_fractions:
                fractions = compute.subsecond(batch.column(name))
                if compute.any(compute.greater(fractions, 0)).as_py():
                    self.with_fractions.append(name)


def incoming(data: Data, how: ReadOptions, wanted: Mapping[str, str]) -> Incoming:
    """Open a source.

    Args:
        data: the source.
        how: how to read a file.
        wanted: requested types, by column.

    Raises:
        InvalidArgument: when it is not a table, or can't be read.
    """
    if isinstance(data, (str, Path)) or hasattr(data, "read"):
        return _of_file(data, how, wanted)
    kind, module = type(data).__name__, type(data).__module__
    if module.startswith("pandas") and (hasattr(data, "iloc") or hasattr(data, "to_frame")):
        columns, notes = of_pandas(data, wanted, Places("the DataFrame"))
        return _of_columns(columns, "the DataFrame", notes)
    if hasattr(data, "collect"):  # a polars LazyFrame
        data = data.collect()
    if module.startswith("polars") and hasattr(data, "__arrow_c_stream__"):
        data = data.to_frame() if hasattr(data, "to_frame") else data
        if is_beyond_arrow(data):
            return _of_columns(of_polars(data, wanted, Places("the DataFrame")), "the DataFrame")
    if hasattr(data, "project") and hasattr(data, "types"):
        return _of_relation(data, f"the {kind}", wanted)
    if hasattr(data, "__arrow_c_stream__"):
        reader = libraries.pyarrow().RecordBatchReader.from_stream(data)
        return _of_arrow(reader.schema, reader, f"the {kind}", wanted)
    if isinstance(data, Mapping):
        return _of_columns(of_mapping(data, wanted, Places("the dict")), "the dict")
    if isinstance(data, Iterable) and not module.startswith(("pandas", "polars")):
        places = Places("the rows")
        return _of_texts(from_records.texts_of(data, places), places, "the rows")
    raise InvalidArgument(
        f"An object of type {kind} is not a table.",
        hint="Give a DataFrame, an Arrow table, rows as dicts, or the path of a file.",
    )


def _of_arrow(schema: Any, batches: Iterable[Any], named: str, wanted: Mapping[str, str]) -> Incoming:
    names = acceptable(schema.names)
    labels = dict(zip(names, schema.names, strict=True))
    found = {
        name: TEXT if {name, one.name} & set(wanted) else of_arrow(one.type, one.name)
        for name, one in zip(names, schema, strict=True)
    }
    where = Places(named)

    def fitting(types: Mapping[str, Type]) -> Iterator[Any]:
        first = 0
        for batch in batches:
            for array, label in zip(batch.columns, labels.values(), strict=True):
                _check(array, label, shifted(where, first))
            for some in sliced(batch):
                yield _fitted(some, types, labels, shifted(where, first))
                first += some.num_rows

    return Incoming(named, labels, found, where, fitting)


_BEYOND_ARROW = {"HUGEINT": NUMERIC, "UHUGEINT": NUMERIC, "BIGNUM": NUMERIC, "VARINT": NUMERIC, "BIT": TEXT}
"""DuckDB types that Arrow lacks, and would return as other numbers or as bytes; each with a type that holds their text."""


def _of_relation(relation: Any, named: str, wanted: Mapping[str, str]) -> Incoming:
    """A relation of DuckDB."""
    kinds = [str(one) for one in relation.types]
    for label, kind in zip(relation.columns, kinds, strict=True):
        if kind not in _BEYOND_ARROW and re.search(r"\b(UHUGEINT|BIGNUM|VARINT)\b", kind):
            raise DoesNotFit(
                f"The column {label!r} has the type {kind}, and Arrow has no type for such integers in nested values.",
                column=label,
                value=None,
                hint="Cast them to VARCHAR or BIGINT in the query.",
            )
    if beyond := [place for place, kind in enumerate(kinds) if kind in _BEYOND_ARROW]:
        quoted = ['"' + name.replace('"', '""') + '"' for name in relation.columns]
        texts = [f"CAST({one} AS VARCHAR) AS {one}" if place in beyond else one for place, one in enumerate(quoted)]
        relation = relation.project(", ".join(texts))
    reader = libraries.pyarrow().RecordBatchReader.from_stream(relation)
    made = _of_arrow(reader.schema, each(iter(reader), named), named, wanted)
    made.found.update({name: _BEYOND_ARROW[kinds[place]] for place, name in enumerate(made.labels) if place in beyond})
    return made


def _fitted(batch: Any, types: Mapping[str, Type], labels: Mapping[str, str], where: Callable[[int], str]) -> Any:
    columns = zip(labels, batch.columns, strict=True)
    arrays = [fitted(array, types[name], labels[name], where) for name, array in columns]
    return libraries.pyarrow().record_batch(arrays, names=list(labels))


def _check(array: Any, label: str, where: Callable[[int], str]) -> None:
    """Refuse columns corrupted by a damaged file or a faulty program: Arrow does not validate them itself."""
    try:
        array.validate(full=True)
    except libraries.pyarrow().ArrowInvalid as error:
        what, place = f"data that Arrow can't read ({error})", ""
        if "UTF8" in str(error):
            what, place = "text that is not UTF-8", where(first_bad(array, _check_texts))
        raise DoesNotFit(
            f"The column {label!r} holds {what}{place}.",
            column=label,
            value=None,
            hint="Write the file again. Decode text in another encoding first.",
        ) from error


def _check_texts(part: Any) -> None:
    # A slice of lists refers to all values unless it is copied.
    part.take(libraries.pyarrow().array(range(len(part)))).validate(full=True)


def _of_texts(
    texts: Texts, where: Places, named: str, labels: Mapping[str, str] | None = None, notes: Iterable[str] = ()
) -> Incoming:
    found = texts.types()
    names = dict(zip(found, acceptable(list(found)), strict=True))

    def fitting(types: Mapping[str, Type]) -> Iterator[Any]:
        for batch in texts.batches({old: types[new] for old, new in names.items()}, where):
            yield batch.rename_columns(list(names.values()))

    known = {new: (labels or {}).get(old, old) for old, new in names.items()}
    types = {names[old]: kind for old, kind in found.items()}
    why = {names[old]: text for old, text in texts.reasons().items()}
    said = [f"{names[old]}: " + text for old, text in texts.doubts().items()]
    return Incoming(named, known, types, where, fitting, [*notes, *said], why)


def _of_columns(columns: list[Column], named: str, notes: Iterable[str] = ()) -> Incoming:
    pa = libraries.pyarrow()
    if len({len(one.array) for one in columns}) > 1:
        raise InvalidArgument(
            f"The columns of {named} differ in length.", hint="Each column needs a value for each row."
        )
    names = acceptable([one.label for one in columns])
    arrays = [one.array.combine_chunks() if isinstance(one.array, pa.ChunkedArray) else one.array for one in columns]
    batch = pa.record_batch(arrays, names=names)
    made = _of_arrow(batch.schema, [batch], named, dict.fromkeys(names, ""))
    made.labels.update(zip(names, (one.label for one in columns), strict=True))
    made.found.update(zip(names, (one.type for one in columns), strict=True))
    made.notes.extend(notes)
    return made


def _of_file(source: str | Path | IO[bytes], how: ReadOptions, wanted: Mapping[str, str]) -> Incoming:
    path = str(source) if isinstance(source, (str, Path)) else str(getattr(source, "name", "the file"))
    named = "standard input" if path == "-" else Path(path).name
    form = _COLUMNAR.get(Path(path).suffix.lower())
    if form is None:
        try:
            with opened(source) as file:
                return _of_text_file(file, named, path, how)
        except BROKEN as error:
            if not is_damage(error):
                raise
            raise InvalidArgument(
                f"{named} is truncated or damaged: {error}.", hint="Download or compress it again."
            ) from error
    if isinstance(source, (str, Path)) and not Path(source).expanduser().is_file():
        raise InvalidArgument(f"There is no file {path!r}.", hint="Check the name and the folder.")
    if isinstance(source, (str, Path)):
        with Path(source).expanduser().open("rb") as file:
            refuse_under_a_wrong_name(file.read(LOOKED_AT), named, form)
    place = str(Path(source).expanduser()) if isinstance(source, (str, Path)) else source
    with reading_of(named):
        if form == "duckdb":
            return _of_relation(duckdb_table(place, how.table), named, wanted)
        schema, batches = parquet(place) if form == "parquet" else ipc_file(place)
        return _of_arrow(schema, each(batches, named), named, wanted)


def _of_text_file(file: io.BufferedReader, named: str, path: str, how: ReadOptions) -> Incoming:
    form = form_of(file, PACKED.sub("", path))
    places = Places(named)
    if form == "spreadsheet":
        texts, labels, notes = from_records.from_spreadsheet(spreadsheets.read(file, how, named), named, places)
        return _of_texts(texts, places, named, labels, notes)
    refuse_other_files(file, named, how.encoding, encoding_of(file.peek(SNIFFED)))
    if form in ("table", "tabs"):
        texts, labels, notes = from_csv.read(file, named, how, places, tabs=form == "tabs")
        return _of_texts(texts, places, named, labels, notes)
    text = as_text(file, how.encoding)
    try:
        said: list[str] = []
        rows = from_json.from_json(text, named, places, how, said, by_lines=form == "lines")
        return _of_texts(from_records.texts_of(rows, places), places, named, notes=said)
    except UnicodeError as error:
        raise undecodable(named, text.encoding, error) from error
    finally:
        text.detach()
