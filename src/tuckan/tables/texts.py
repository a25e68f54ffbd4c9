"""A table whose source says little about its types: stored as text on disk until all of it was read, then converted."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.tables.arrow import does_not_fit
from tuckan.tables.casting import fitted
from tuckan.tables.inferring import Guess
from tuckan.tables.libraries import pyarrow
from tuckan.tables.naming import require_labels
from tuckan.tables.notation import NUMBERS, USUAL, Notation
from tuckan.transport.durable import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tuckan.tables.types import Type


MOST_ROWS, MOST_CELLS, MOST_BYTES = 10_000, 500_000, 4_000_000
"""The maximum to process at once: each value is temporarily a Python object."""


def sliced(batch: Any) -> Iterator[Any]:
    """Split a batch into parts that are small enough to process at once."""
    rows = batch.num_rows
    most = min(MOST_ROWS, MOST_CELLS // (batch.num_columns or 1), MOST_BYTES * rows // (batch.nbytes or 1))
    for start in range(0, rows, max(1, most)):
        yield batch.slice(start, max(1, most))


class Texts:
    """Columns of text, added in batches of rows. A column may first appear later; earlier rows are null.

    Args:
        notation: how its numbers are written.

    Attributes:
        rows: the number of rows so far.
    """

    def __init__(self, notation: Notation = USUAL) -> None:
        self.rows = 0
        self._notation = notation
        self._guesses: dict[str, Guess] = {}
        descriptor, self._path = tempfile.mkstemp(prefix="tuckan-", suffix=".texts")
        os.close(descriptor)
        self._removed = weakref.finalize(self, os.unlink, self._path)
        self._batches = 0

    def add(self, columns: Mapping[str, tuple[Any, Sequence[str]]], rows: int) -> None:
        """Add rows.

        Args:
            columns: the values of each column as text, and what the source says about them (see `Guess`).
            rows: the number of rows.
        """
        if not rows:
            return
        require_labels(columns)
        pa = pyarrow()
        arrays = [array for array, _ in columns.values()]
        # Rows before the first column count as well.
        whole = pa.record_batch(arrays or [pa.nulls(rows, pa.string())], names=list(columns) or [""])
        for batch in sliced(whole):
            for name, array in zip(columns, batch.columns, strict=bool(columns)):
                self._guesses.setdefault(name, self._guess()).add(array, columns[name][1])
            self._write(batch)

    def _write(self, batch: Any) -> None:
        # Each batch has its own columns, and so its own stream.
        with (
            naming(self._path),
            Path(self._path).open("ab") as file,
            pyarrow("ipc").new_stream(file, batch.schema, options=_packed()) as stream,
        ):
            stream.write_batch(batch)
        self.rows += batch.num_rows
        self._batches += 1

    def add_nothing(self, names: Iterable[str]) -> None:
        """Add columns without rows."""
        self._guesses.update((name, self._guess()) for name in names)

    def _guess(self) -> Guess:
        return Guess(notation=self._notation)

    def types(self) -> dict[str, Type]:
        """The types of the columns, in order of appearance."""
        return {name: guess.type() for name, guess in self._guesses.items()}

    def reasons(self) -> dict[str, str]:
        """The columns with the reason for their types."""
        return {name: guess.why() for name, guess in self._guesses.items()}

    def doubts(self) -> dict[str, str]:
        """Notes on columns that may need another type."""
        return {name: note for name, guess in self._guesses.items() if (note := guess.note(name))}

    def batches(self, types: Mapping[str, Type], where: Callable[[int], str]) -> Iterator[Any]:
        """Every batch, with each column in its type.

        Args:
            types: the columns' types.
            where: describes the location of a row by its number.

        Raises:
            DoesNotFit: when a value does not fit its column's type.
        """
        pa = pyarrow()
        begun = 0
        with Path(self._path).open("rb") as file:
            for _ in range(self._batches):
                with pyarrow("ipc").open_stream(file) as stream:
                    batch = stream.read_all().combine_chunks().to_batches()[0]
                there = dict(zip(batch.schema.names, batch.columns, strict=True))
                absent = pa.nulls(batch.num_rows, pa.string())
                arrays = [
                    self._fitted(there.get(name, absent), kind, name, shifted(where, begun))
                    for name, kind in types.items()
                ]
                yield pa.record_batch(arrays, names=list(types))
                begun += batch.num_rows

    def _fitted(self, texts: Any, kind: Type, name: str, where: Callable[[int], str]) -> Any:
        if kind.name in NUMBERS and not self._notation.is_usual:
            compute = pyarrow("compute")
            numbers = self._notation.numbers(texts)
            lost = compute.and_(compute.is_null(numbers), compute.is_valid(texts))
            if (place := compute.index(lost, value=True).as_py()) >= 0:
                raise does_not_fit(texts[place].as_py(), kind, name, where(place))
            texts = numbers
        return fitted(texts, kind, name, where)


def shifted(where: Callable[[int], str], first: int) -> Callable[[int], str]:
    """Describes the location of a row by its number in a batch."""
    return lambda row: where(first + row)


def _packed() -> Any:
    return pyarrow("ipc").IpcWriteOptions(compression="lz4")
