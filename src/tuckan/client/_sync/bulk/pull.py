# Generated from src/tuckan/client/_async/bulk/pull.py by scripts/unasync.py: change that file, then run `make fix`.
"""Reading a DataStore table into Arrow, pandas, polars, or a file."""

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
"""How often a table that changes while it is being read is read again."""


class Pull:
    """A table to be pulled; nothing is sent until its content is requested.

    The whole table is first read, once, into a temporary file, so that it is known to be complete and its
    types are known; they are the same for every output. The file is removed by `close()`, at the end of a `with` block, or with
    this object.

    Attributes:
        proof: how the table was read, once it was; `str(proof)` is a sentence.

    Example:
        >>> with ckan.datastore.pull("planets/planets.csv") as pull:
        ...     frame, proof = pull.to_pandas(), pull.proof
        >>> print(proof)
        8 of 8 rows read in 1 page, complete, no duplicates
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
                raise InvalidArgument(f"{name}={value} is not a valid number of rows.", hint=f"Use {least} or more.")
        self.proof: TableProof | None = None
        self._connection = connection
        self._selection = selection
        self._limit = limit
        self._wanted = types
        self._page_size = page_size
        self._types: dict[str, Type] = {}
        self._spool: Spool | None = None

    def schema(self) -> dict[str, str]:
        """Determine the columns and their types, such as `int64`, `decimal(12, 2)` or `list<text>`.

        This takes one request, unless a column is `numeric` on the portal and `types` does not name it: the type of such a column is
        known only once all of it was read, so the table is read.

        Returns:
            The type of each column, in the order of the columns.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "diameter_km", "moons"]) as pull:
            ...     print(pull.schema())
            {'planet': 'text', 'diameter_km': 'int64', 'moons': 'int64'}
        """
        types = self._known_types()
        return {name: str(kind) for name, kind in (types or (self.spooled()).types).items()}

    def batches(self) -> Iterator[RecordBatch]:
        """Iterate over Arrow record batches, in constant memory.

        They are passed on as they arrive if all types are known beforehand: if no column is `numeric` on the portal, or
        `types` says what it is. Otherwise the table is read first.

        Yields:
            `pyarrow.RecordBatch` objects.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet"]) as pull:
            ...     print(sum(batch.num_rows for batch in pull.batches()))
            8
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
        """Return the table as a `pyarrow.Table`.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.
            MissingDependency: when pyarrow is not installed.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "moons"]) as pull:
            ...     pull.to_arrow().column_names
            ['planet', 'moons']
        """
        spool = self.spooled(mapped=True)
        return frames.to_arrow(spool.batches(), spool.types)

    def to_pandas(self, *, parse_json: bool = False) -> PandasFrame:
        """Return the table as a pandas DataFrame.

        Integers and booleans with nulls among them become `Int64` and `boolean`; decimals, dates, times and lists are
        Python objects.

        Args:
            parse_json: convert columns that hold JSON to lists and dicts; otherwise they are text.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.
            MissingDependency: when pandas is not installed.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "diameter_km"], sort="diameter_km desc") as pull:
            ...     pull.to_pandas().head(2)["planet"].tolist()
            ['Jupiter', 'Saturn']
        """
        libraries.pandas()
        spool = self.spooled(mapped=True)
        return frames.to_pandas(spool.batches(), spool.types, parse_json=parse_json)

    def to_polars(self, *, parse_json: bool = False) -> PolarsFrame:
        """Return the table as a polars DataFrame.

        Args:
            parse_json: convert columns that hold JSON to structs and lists; otherwise they are text.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.
            MissingDependency: when polars is not installed.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "moons"]) as pull:
            ...     pull.to_polars().shape
            (8, 2)
        """
        libraries.polars()
        spool = self.spooled(mapped=True)
        return frames.to_polars(spool.batches(), spool.types, parse_json=parse_json)

    def to_parquet(self, path: writing.Target) -> TableProof:
        """Write a Parquet file.

        Args:
            path: a path, or an open binary file.

        Returns:
            The proof that the table was read completely.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing; no file is left behind then.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv") as pull:
            ...     pull.to_parquet("planets.parquet").read
            8
        """
        return self._written(writing.write_parquet, path)

    def to_csv(self, path: writing.Target) -> TableProof:
        """Write a CSV file with a header. Null is an empty cell, empty text is `""`, and `numeric` values are as the portal has them (`1.10`).

        Args:
            path: a path, or an open binary file.

        Returns:
            The proof that the table was read completely.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing; no file is left behind then.

        Example:
            >>> from pathlib import Path
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "moons"], limit=1) as pull:
            ...     proof = pull.to_csv("planets.csv")
            >>> Path("planets.csv").read_text().splitlines()
            ['"planet","moons"', '"Mercury",0']
        """
        return self._written(writing.write_csv, path, as_told=True)

    def to_jsonl(self, path: writing.Target) -> TableProof:
        """Write JSON lines, one object for each row, with every digit of a number.

        Args:
            path: a path, or an open binary file.

        Returns:
            The proof that the table was read completely.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing; no file is left behind then.

        Example:
            >>> from pathlib import Path
            >>> with ckan.datastore.pull("planets/planets.csv", columns=["planet", "moons"], limit=1) as pull:
            ...     proof = pull.to_jsonl("planets.jsonl")
            >>> Path("planets.jsonl").read_text().strip()
            '{"planet":"Mercury","moons":0}'
        """
        return self._written(writing.write_jsonl, path, as_told=True)

    def to_ipc(self, path: writing.Target) -> TableProof:
        """Write an Arrow IPC file, which is also the Feather format.

        Args:
            path: a path, or an open binary file.

        Returns:
            The proof that the table was read completely.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing; no file is left behind then.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv") as pull:
            ...     pull.to_ipc("planets.arrow").read
            8
        """
        return self._written(writing.write_ipc, path)

    def to_duckdb(self, path: str | Path, table: str) -> TableProof:
        """Write a table of a DuckDB database, which is created if it does not exist; a table of the same name is replaced.

        Args:
            path: the path of the database.
            table: the name of the table.

        Returns:
            The proof that the table was read completely.

        Raises:
            NotFound: when the resource has no table.
            Incomplete: when it cannot be shown that no row is missing.
            MissingDependency: when duckdb is not installed.

        Example:
            >>> with ckan.datastore.pull("planets/planets.csv") as pull:
            ...     pull.to_duckdb("space.duckdb", "planets").read
            8
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
        """The columns and their types, from the portal or as requested."""
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
        """The whole table in a temporary file, the basis of all output.

        A table that changed while it was being read, so rows may be missing, is read again.

        Args:
            mapped: whether it will be in memory as a whole; see `Spool`.

        Raises:
            Incomplete: when it cannot be shown that no row is missing.
            DoesNotFit: when a value does not fit its column's type.
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
        """Remove the temporary file; objects made from it remain. If content is requested again, the table is read again."""
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
