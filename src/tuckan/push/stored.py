"""A table of the DataStore as a Parquet file: for programs that read Parquet, and for restoring the table as it was.

The schema's metadata has what the portal says of the table (columns with their descriptions, key, aliases, indexes), the
types of the file's columns, the number of rows, and their checksum as `content_of` computes it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.errors import ConfigurationError
from tuckan.push.backup import Backup, add_row, backing_up, read_backup
from tuckan.snapshot import TableContent
from tuckan.tables.arrow import converted, schema_of
from tuckan.tables.exact import as_texts, exact_types, texts_of_page
from tuckan.tables.libraries import pyarrow
from tuckan.tables.types import Type, named, of_column
from tuckan.transport.durable import replacing, temporary_folder
from tuckan.wire.flow import locally, within
from tuckan.wire.rows import Count

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

_KEY = b"tuckan"


@dataclass(frozen=True, slots=True)
class StoredTable(Backup):
    """A table in a Parquet file.

    Attributes:
        sha256: the checksum of its rows.
        types: the types of the file's columns.
    """

    sha256: str = ""
    types: Mapping[str, Type] = field(default_factory=dict[str, Type], repr=False)

    @property
    def content(self) -> TableContent:
        """Its content, to be compared with that of another table."""
        return TableContent(self.table, self.count.rows, self.sha256)

    def cells(self) -> Generator[Sequence[str | None]]:
        """The cells of each row, as PostgreSQL's text."""
        with pyarrow("parquet").ParquetFile(self.path, pre_buffer=False) as file:
            for batch in file.iter_batches():
                columns = [as_texts(batch.column(name), kind).to_pylist() for name, kind in self.types.items()]
                yield from zip(*columns, strict=True)


def storing(resource: str, path: Path, portal_state: PortalState) -> Flow[None]:
    """Write a table of the DataStore as Parquet; the file appears once it is whole.

    Args:
        resource: the resource's id; it has a table.
        path: the file; one that exists is replaced.
        portal_state: the portal.

    Raises:
        Incomplete: when the rows cannot be proven complete.
    """

    def writing(folder: Path) -> Flow[None]:
        kept = folder / "table"
        yield from backing_up(resource, kept, portal_state)
        yield from locally(_write, (yield from locally(read_backup, kept)), path)

    yield from within(temporary_folder(), writing)


def _write(backup: Backup, path: Path) -> None:
    told = {one["id"]: of_column(str(one.get("type", "text"))) for one in backup.table["fields"]}
    read = partial(texts_of_page, names=list(told))
    types = exact_types(map(read, backup.pages()), told)
    checksum = hashlib.sha256()
    for cells in backup.cells():
        add_row(checksum, cells)
    about = {
        "table": backup.table,
        "types": {name: str(kind) for name, kind in types.items()},
        "rows": backup.count.rows,
        "last": backup.count.last,
        "sha256": checksum.hexdigest(),
    }
    schema = schema_of(types).with_metadata({_KEY: json.dumps(about)})
    writer = pyarrow("parquet").ParquetWriter
    with replacing(path) as file, writer(file, schema, compression="zstd") as rows:
        for page in map(read, backup.pages()):
            columns = [converted(page.column(name), kind, name, None) for name, kind in types.items()]
            rows.write_batch(pyarrow().RecordBatch.from_arrays(columns, schema=schema))


def stored_table(path: Path) -> StoredTable:
    """What a Parquet file says of its table, without its rows.

    Raises:
        ConfigurationError: when it does not exist, is damaged, or was not written by `storing`.
    """
    try:
        with pyarrow("parquet").ParquetFile(path) as file:
            about: dict[str, Any] = json.loads((file.schema_arrow.metadata or {})[_KEY])
        types = {name: named(kind) for name, kind in about["types"].items()}
        return StoredTable(path, about["table"], Count(about["rows"], about["last"]), about["sha256"], types)
    except (OSError, ValueError, KeyError, TypeError, pyarrow().ArrowException) as error:
        raise _damaged(path, str(error).partition("\n")[0]) from error


def read_stored(path: Path) -> StoredTable:
    """Read a whole table, verifying its checksum.

    Raises:
        ConfigurationError: as `stored_table` does.
    """
    stored, checksum = stored_table(path), hashlib.sha256()
    try:
        for cells in stored.cells():
            add_row(checksum, cells)
    except (OSError, ValueError, KeyError, pyarrow().ArrowException) as error:
        raise _damaged(path, str(error).partition("\n")[0]) from error
    if checksum.hexdigest() != stored.sha256:
        raise _damaged(path, "its checksum is wrong")
    return stored


def _damaged(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The table {path} can't be restored: {why.rstrip('.')}. Nothing was changed.",
        hint="Fetch it again: tuckan mirror sync --tables",
    )
