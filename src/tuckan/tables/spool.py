"""A whole table in a temporary file, so that nothing is returned before it is known to be complete and its types are known."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.concurrency.side_by_side import in_order_here
from tuckan.tables.arrow import batch_of, converted, schema_of
from tuckan.tables.downcasting import Narrowing
from tuckan.tables.libraries import pyarrow
from tuckan.transport.durable import naming

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuckan.tables.types import Type

_AT_ONCE = min(4, os.cpu_count() or 1)
"""How many batches are converted concurrently: each has a few megabytes."""


class Spool:
    """A table on disk in Arrow's format; the file is removed with the object.

    Args:
        types: the columns' types, as far as known.
        mapped: store it uncompressed, so that objects made from it map the file as their memory for
            as long as they exist. For a table that is loaded into memory as a whole.

    Attributes:
        types: the types of the batches; complete once it is closed.
        told: the types as declared; `numeric` says nothing about a column's content.
    """

    def __init__(self, types: Mapping[str, Type], *, mapped: bool = False) -> None:
        ipc = pyarrow("ipc")
        self.types = self.told = dict(types)
        self.rows = 0
        self._narrowing = Narrowing(types)
        # A new file in its own folder: ext4 flushes an existing file to disk when it is rewritten and closed.
        folder = tempfile.mkdtemp(prefix="tuckan-")
        self._removed = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._path = str(Path(folder, "table.arrow"))
        self._file = pyarrow().OSFile(self._path, "wb")
        self._mapped = mapped and os.name != "nt"  # where a mapped file can't be removed
        options = ipc.IpcWriteOptions(compression=None if self._mapped else "lz4")
        self._writer = ipc.new_stream(self._file, schema_of(types), options=options)

    def add(self, csv: bytes) -> None:
        """Add rows as returned by the portal."""
        batch = batch_of(csv, self.told)
        self._narrowing.add(batch)
        with naming(self._path):
            self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def close(self) -> None:
        """Finish writing."""
        with naming(self._path):
            self._writer.close()
            self._file.close()
        self.types = self._narrowing.types()

    def remove(self) -> None:
        """Remove the file; objects made from it remain valid."""
        self._removed()

    def batches(self, types: Mapping[str, Type] | None = None) -> Iterator[Any]:
        """Every batch, with each column in its type; converted concurrently, since the portal is no longer involved.

        Args:
            types: pass `told` to get numbers of `numeric` columns as text, exactly as the portal returned them.
        """
        opened = pyarrow().memory_map if self._mapped else pyarrow().OSFile
        with opened(self._path) as file, pyarrow("ipc").open_stream(file) as batches:
            work = (partial(self._converted, types or self.types, batch) for batch in batches)
            yield from in_order_here(work, _AT_ONCE)

    def _converted(self, types: Mapping[str, Type], batch: Any) -> Any:
        arrays = [converted(batch.column(name), kind, name, None) for name, kind in types.items()]
        return pyarrow().RecordBatch.from_arrays(arrays, schema=schema_of(types))
