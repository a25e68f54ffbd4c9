"""Data on stdout, in the requested format; in constant memory, except for tables."""

from __future__ import annotations

import json
import sys
from datetime import date, time
from typing import IO, TYPE_CHECKING, Any

import click

from tuckan._text import TRICKS, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The first characters of cells that a spreadsheet treats as formulas."""


class Output:
    """Writes records.

    Args:
        form: `table`, `json`, `jsonl`, `csv` or `ids`; None for a table when a person watches, and JSON lines otherwise.
        csv_safe: in CSV, prefix text that a spreadsheet would treat as a formula with an apostrophe.

    Attributes:
        form: the form it writes.
        chosen: whether the format was requested explicitly.
    """

    def __init__(self, form: str | None, *, csv_safe: bool = False) -> None:
        self._watched = sys.stdout is not None and sys.stdout.isatty()
        self._csv_safe = csv_safe
        self.chosen = form is not None
        self.form = form or ("table" if self._watched else "jsonl")

    @property
    def for_people(self) -> bool:
        """Whether the output is for people."""
        return self.form == "table"

    @property
    def lines_on_screen(self) -> bool:
        """Whether lines appear on a screen while more are still being read."""
        return self._watched and self.form in ("json", "jsonl", "ids")

    def records(self, records: Iterable[Any], *, columns: Sequence[str] = (), ids: str = "name") -> int:
        """Write several records and tell how many.

        Args:
            records: dicts, or names.
            columns: the columns of a table; all by default.
            ids: the key that `--format ids` writes.
        """
        found = ({ids: one} if self.form in ("table", "csv") and not isinstance(one, dict) else one for one in records)
        counted = _Counted(found, on_screen=self.lines_on_screen)
        if self.form == "table":
            from tuckan.cli.tables import write_table  # noqa: PLC0415 - tables alone need rich

            write_table(counted, columns)
        elif self.form == "csv":
            _csv(counted, self._csv_cell)
        else:
            self._lines(counted, ids)
        return counted.number

    def _csv_cell(self, value: Any) -> Any:
        if value is None:
            return None
        text = value if isinstance(value, str) else _json(value)
        if self._csv_safe and text.startswith(_FORMULA) and isinstance(value, str):
            text = f"'{text}"
        return printable(text) if self._watched else text

    def _lines(self, records: Iterable[Any], ids: str) -> None:
        if self.form == "ids":
            for one in records:
                name = one.get(ids) or one.get("id") or one.get("_id") if isinstance(one, dict) else one
                click.echo(printable(str(name)) if self._watched else name)
        elif self.form == "jsonl":
            for one in records:
                click.echo(_json(one))
        else:
            opening = "["
            for one in records:
                click.echo(f"{opening}\n  {_json(one)}", nl=False)
                opening = ","
            click.echo("[\n]" if opening == "[" else "\n]")

    def record(self, record: Any, *, ids: str = "name") -> None:
        """Write one record, or any other JSON value."""
        if self.form == "table" and isinstance(record, dict):
            from tuckan.cli.tables import write_pairs  # noqa: PLC0415 - tables alone need rich

            write_pairs(record)
        elif self.form in ("table", "json"):
            click.echo(_json(record, indent=2))
        elif isinstance(record, list):
            self.records(record, ids=ids)
        elif isinstance(record, dict) or self.form == "jsonl":
            self.records([record], ids=ids)
        else:
            click.echo(_json(record))


class _Counted:
    def __init__(self, records: Iterable[Any], *, on_screen: bool) -> None:
        self._records, self._on_screen = records, on_screen
        self.number = 0

    def __iter__(self) -> Iterator[Any]:
        for one in self._records:
            if not self.number and self._on_screen:
                from tuckan.concurrency.progress import SCREEN  # noqa: PLC0415 - `--help` needs none

                SCREEN.lines_follow()
            self.number += 1
            yield one


def _json(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_otherwise, indent=indent)
    # JSON may contain these, but a terminal interprets some, and the others cannot be encoded.
    return TRICKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _otherwise(value: Any) -> str:
    """What JSON has no form for: dates and times as ISO 8601 has them, decimals with all their digits."""
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _csv(records: Iterable[dict[str, Any]], cell: Callable[[Any], Any]) -> None:
    """All columns of all records; since the last may have one of its own, they wait in a file until it has come."""
    import tempfile  # noqa: PLC0415 - neither JSON nor a table needs it

    columns: dict[str, None] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        for one in records:
            columns.update(dict.fromkeys(one))
            waiting.write(_json(one) + "\n")
        waiting.seek(0)
        _write_csv(waiting, list(columns), cell)


def _write_csv(lines: IO[str], columns: list[str], cell: Callable[[Any], Any]) -> None:
    import csv  # noqa: PLC0415 - as above

    writer = csv.writer(sys.stdout, lineterminator="\n")
    if columns:
        writer.writerow([cell(column) for column in columns])
    for line in lines:
        record = json.loads(line)
        writer.writerow([cell(record.get(column)) for column in columns])
