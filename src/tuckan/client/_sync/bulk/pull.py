# Generated from src/tuckan/client/_async/bulk/pull.py by scripts/unasync.py: change that file, then run `make fix`.
"""A table on its way out of the DataStore: into Arrow, pandas, polars, or a file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from tuckan.client._sync.bulk.whole_table import TableProof, WholeTable
from tuckan.errors import Incomplete, InvalidArgument
from tuckan.tables import frames, libraries, writing
from tuckan.tables.arrow import batch_of
from tuckan.tables.spool import Spool
from tuckan.tables.types import chosen
from tuckan.wire.finding import finding_resource
from tuckan.wire.rows import ID, Selection, choose, describing
from tuckan.wire.table_hints import unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from tuckan.client._sync.connection import Connection
    from tuckan.tables.libraries import ArrowTable, PandasFrame, PolarsFrame, RecordBatch
    from tuckan.tables.types import Type

MOST_READINGS = 3
"""How often a table that changes while it is read is read anew."""


class Pull:
    """What is to be pulled; nothing is sent before something is asked of it.

    The whole table is read into a temporary file first, once, and only then given out: so it is known to be whole, and the
    types are known, which are the same whatever it is made into. The file is removed by `close()`, at the end of a `with` block, or with
    this object.

    Attributes:
        proof: how it was read, once it was; `str(proof)` is a sentence.

    Example:
        >>> with ckan.datastore.pull("roman-roads/Summary") as pull:  # doctest: +SKIP
        ...     frame = pull.to_pandas()
    """

    def __init__(
        self,
        connection: Connection,
        selection: Selection,
        *,
        limit: int | None,
        types: Mapping[str, str],
        page_size: int | None,
    ) -> None:
        for name, value, least in (("limit", limit, 0), ("page_size", page_size, 1)):
            if value is not None and value < least:
                raise InvalidArgument(f"{name}={value} is no number of rows.", hint=f"Use {least} or more.")
        self.proof: TableProof | None = None
        self._connection = connection
        self._selection = selection
        self._limit = limit
        self._wanted = types
        self._page_size = page_size
        self._types: dict[str, Type] = {}
        self._spool: Spool | None = None

    def schema(self) -> dict[str, str]:
        """Find out the columns with their types, such as `int64`, `decimal(12, 2)` or `list<text>`.

        One request, unless a column is `numeric` on the portal and `types` does not name it: such a column's type is known once all of it
        is read, so the table is read.

        Returns:
            The type of each column, in the order of the columns.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it can't be shown that no row is missing.
        """
        types = self._known_types()
        return {name: str(kind) for name, kind in (types or (self.spooled()).types).items()}

    def batches(self) -> Iterator[RecordBatch]:
        """Arrow's record batches, one after the other; memory stays the same however many there are.

        They come as the portal gives them where all types are known beforehand: where no column is `numeric` there, or
        `types` says what it is. Otherwise the table is read first.

        Raises:
            Incomplete: when it can't be shown that no row is missing.
        """
        types = self._known_types()
        if self._spool is None and types is not None:
            reading = self._reading()
            for page in reading.pages():
                yield batch_of(page.csv, types)
            self.proof = reading.proof
            return
        for batch in (self.spooled()).batches():
            yield batch

    def to_arrow(self) -> ArrowTable:
        """An Arrow table."""
        spool = self.spooled(mapped=True)
        return frames.to_arrow(spool.batches(), spool.types)

    def to_pandas(self, *, parse_json: bool = False) -> PandasFrame:
        """A pandas DataFrame.

        Whole numbers and booleans with nulls among them are `Int64` and `boolean`; decimals, dates, times and lists are
        Python's own objects.

        Args:
            parse_json: make lists and dicts of columns that hold JSON, in place of text.
        """
        libraries.pandas()
        spool = self.spooled(mapped=True)
        return frames.to_pandas(spool.batches(), spool.types, parse_json=parse_json)

    def to_polars(self, *, parse_json: bool = False) -> PolarsFrame:
        """A polars DataFrame.

        Args:
            parse_json: make structs and lists of columns that hold JSON, in place of text.
        """
        libraries.polars()
        spool = self.spooled(mapped=True)
        return frames.to_polars(spool.batches(), spool.types, parse_json=parse_json)

    def to_parquet(self, path: writing.Target) -> TableProof:
        """Write a Parquet file; this and its like take a path or an open binary file, and give the proof."""
        return self._written(writing.write_parquet, path)

    def to_csv(self, path: writing.Target) -> TableProof:
        """Write CSV with a header, in which null is blank, empty text is `""`, and `numeric` is as the portal has it (`1.10`)."""
        return self._written(writing.write_csv, path, as_told=True)

    def to_jsonl(self, path: writing.Target) -> TableProof:
        """Write JSON lines, with every digit of a number."""
        return self._written(writing.write_jsonl, path, as_told=True)

    def to_ipc(self, path: writing.Target) -> TableProof:
        """Write Arrow's own file format, which Feather is another name of."""
        return self._written(writing.write_ipc, path)

    def to_duckdb(self, path: str | Path, table: str) -> TableProof:
        """Write a table of a DuckDB database, new or there already; a table of that name is replaced.

        Args:
            path: the database's file.
            table: the table's name.
        """
        libraries.duckdb()
        return self._written(partial(writing.write_duckdb, table=table), path)

    def _written(
        self, write: Callable[[Any, Mapping[str, Type], Any], None], target: writing.Target, *, as_told: bool = False
    ) -> TableProof:
        writing.check(target)
        spool = self.spooled()
        types = spool.told if as_told else spool.types
        write(spool.batches(types), types, target)
        return self.proof or TableProof()

    def _reading(self) -> WholeTable:
        return WholeTable(self._connection, self._selection, self._limit, self._page_size)

    def _described(self) -> dict[str, Type]:
        """The columns and their types, as the portal tells them and as was wished."""
        if not self._types:
            portal_state = self._connection.portal_state
            resource = self._connection.run(finding_resource(self._selection.resource, portal_state))
            asked = replace(self._selection, resource=resource)
            columns = self._connection.run(describing(asked.resource, portal_state))
            found = choose(columns, asked.columns, asked.q)
            if wrong := unfit(asked.filters, {one.name: one.type for one in columns}):
                raise InvalidArgument(wrong[0], hint=wrong[1])
            self._types = chosen(found, self._wanted)
            self._selection = asked.with_columns([one.name for one in found if one.name != ID])
        return self._types

    def _known_types(self) -> dict[str, Type] | None:
        types = self._described()
        return types if all(kind.is_known for kind in types.values()) else None

    def spooled(self, *, mapped: bool = False) -> Spool:
        """The whole table in a temporary file, from which all else is made.

        One that changed while it was read, so that rows may be missing, is read anew.

        Args:
            mapped: whether it is to be in memory as a whole; see `Spool`.

        Raises:
            Incomplete: when it can't be shown that no row is missing.
            DoesNotFit: when a value is none of its column's type.
        """
        types = self._described()
        for again in range(MOST_READINGS, 0, -1):
            if self._spool is not None:
                break
            reading, spool = self._reading(), Spool(types, mapped=mapped)
            try:
                for page in reading.pages():
                    spool.add(page.csv)
            except Incomplete:
                if again == 1 or not reading.proof.changed:
                    raise
                continue
            spool.close()
            self._spool, self.proof = spool, reading.proof
        assert self._spool is not None  # noqa: S101 - it was read, or raised
        return self._spool

    def close(self) -> None:
        """Remove the temporary file; what was made from it stays. Asked again, the table is read again."""
        if self._spool is not None:
            self._spool.remove()
            self._spool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Pull({self._selection.resource!r}): {self.proof or 'nothing read yet'}"
