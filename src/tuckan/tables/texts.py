"""A table whose source says little of its types: kept as text on disk until all of it was seen, then given with its types."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Any, cast

from tuckan.tables.fitting import fitted
from tuckan.tables.inferring import Guess
from tuckan.tables.libraries import pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tuckan.tables.types import Type


class Texts:
    """Columns of text, some rows at a time. A column may come later than others; it is null before.

    Attributes:
        rows: how many rows came so far.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._guesses: dict[str, Guess] = {}
        self._file = cast("IO[bytes]", tempfile.TemporaryFile(prefix="tuckan-"))  # noqa: SIM115 - it lives as long as this
        self._batches = 0

    def add(self, columns: Mapping[str, tuple[Any, Sequence[str]]], rows: int) -> None:
        """Take some rows.

        Args:
            columns: columns with their values as text, and what the source says of these (see `Guess`).
            rows: how many they are.
        """
        if not rows:
            return
        for name, (array, said) in columns.items():
            self._guesses.setdefault(name, Guess()).add(array, said)
        pa = pyarrow()
        batch = pa.record_batch([array for array, _ in columns.values()], names=list(columns))
        # Each batch has columns of its own, and so a stream of its own.
        with pyarrow("ipc").new_stream(self._file, batch.schema, options=_packed()) as stream:
            stream.write_batch(batch)
        self.rows += rows
        self._batches += 1

    def add_nothing(self, names: Iterable[str]) -> None:
        """There are columns, and no rows."""
        self._guesses.update((name, Guess()) for name in names)

    def types(self) -> dict[str, Type]:
        """The columns, in the order in which they came, with their types."""
        return {name: guess.type() for name, guess in self._guesses.items()}

    def batches(self, types: Mapping[str, Type], where: Callable[[int], str]) -> Iterator[Any]:
        """Every batch, with each column in its type.

        Args:
            types: the columns' types.
            where: tells of the number of a row where it stands.

        Raises:
            DoesNotFit: when a value is none of its column's type.
        """
        pa = pyarrow()
        self._file.seek(0)
        begun = 0
        for _ in range(self._batches):
            with pyarrow("ipc").open_stream(self._file) as stream:
                batch = stream.read_next_batch()
                for _ in stream:  # to the mark of its end
                    pass
            first, begun = begun, begun + batch.num_rows
            there = dict(zip(batch.schema.names, batch.columns, strict=True))
            arrays = [
                fitted(there.get(name, pa.nulls(batch.num_rows, pa.string())), kind, name, shifted(where, first))
                for name, kind in types.items()
            ]
            yield pa.record_batch(arrays, names=list(types))


def shifted(where: Callable[[int], str], first: int) -> Callable[[int], str]:
    """Tells where a row stands by its number in a batch."""
    return lambda row: where(first + row)


def _packed() -> Any:
    return pyarrow("ipc").IpcWriteOptions(compression="lz4")
