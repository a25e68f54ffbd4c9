"""Data on stdout, in the form that was asked for; memory stays the same however much there is, tables apart."""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.text import Text

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")

FORMATS = ("table", "json", "jsonl", "csv", "ids")
ROWS_OF_A_TABLE = 500
LONGEST_CELL = 120
GAP = 2


class Output:
    """Writes records.

    Args:
        form: one of `FORMATS`; None for a table when a person watches, and JSON lines otherwise.
    """

    def __init__(self, form: str | None) -> None:
        self.form = form or ("table" if sys.stdout.isatty() else "jsonl")

    @property
    def for_people(self) -> bool:
        """Whether what is written is for people to read."""
        return self.form == "table"

    def records(self, records: Iterable[Any], *, columns: Sequence[str] = (), ids: str = "name") -> int:
        """Write several records and tell how many.

        Args:
            records: dicts, or names.
            columns: what a table shows of each; all of it without.
            ids: the key that `--format ids` writes.
        """
        found = ({ids: one} if self.form in ("table", "csv") and not isinstance(one, dict) else one for one in records)
        counted = _Counted(found)
        if self.form == "table":
            _table(counted, columns)
        elif self.form == "csv":
            _csv(counted)
        else:
            self._lines(counted, ids)
        return counted.number

    def _lines(self, records: Iterable[Any], ids: str) -> None:
        if self.form == "ids":
            for one in records:
                click.echo(one.get(ids) or one.get("id") or one.get("_id") if isinstance(one, dict) else one)
        elif self.form == "jsonl":
            for one in records:
                click.echo(_json(one))
        else:
            click.echo("[", nl=False)
            for number, one in enumerate(records):
                click.echo(("," if number else "") + "\n  " + _json(one), nl=False)
            click.echo("\n]")

    def record(self, record: Any, *, ids: str = "name") -> None:
        """Write one record, or any other JSON value."""
        if self.form == "table" and isinstance(record, dict):
            _pairs(record)
        elif self.form in ("table", "json"):
            click.echo(json.dumps(record, ensure_ascii=False, indent=2, default=str))
        elif isinstance(record, list):
            self.records(record, ids=ids)
        elif isinstance(record, dict) or self.form == "jsonl":
            self.records([record], ids=ids)
        else:
            click.echo(_json(record))


class _Counted:
    def __init__(self, records: Iterable[Any]) -> None:
        self._records = records
        self.number = 0

    def __iter__(self) -> Iterator[Any]:
        for one in self._records:
            self.number += 1
            yield one


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _csv(records: Iterable[dict[str, Any]]) -> None:
    """All columns of all records; since the last may have one of its own, they wait in a file until it has come."""
    columns: dict[str, None] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        for one in records:
            columns.update(dict.fromkeys(one))
            waiting.write(_json(one) + "\n")
        waiting.seek(0)
        _write_csv(waiting, list(columns))


def _write_csv(lines: IO[str], columns: list[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    for line in lines:
        record = json.loads(line)
        writer.writerow([_cell(record.get(column)) for column in columns])


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return _json(value)


def _table(records: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """A table of the first records, and how many more there are."""
    from rich.console import Console  # noqa: PLC0415 - tables alone need it
    from rich.table import Table  # noqa: PLC0415

    rest = iter(records)
    shown = list(islice(rest, ROWS_OF_A_TABLE))
    if not shown:
        click.echo("Nothing found.", err=True)
        return
    names = [name for name in columns if any(name in one for one in shown)] or list(shown[0])
    rows = [[_plain(one.get(name)) for name in names] for one in shown]
    console = Console(highlight=False)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    widest = [max(len(name), *(row[number].cell_len for row in rows)) for number, name in enumerate(names)]
    for name, width in zip(names, shared(widest, console.width - GAP * (len(names) - 1)), strict=True):
        numeric = all(isinstance(one.get(name), (int, float)) and one.get(name) not in (True, False) for one in shown)
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True, width=width)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    more = sum(1 for _ in rest)
    if more:
        click.echo(f"... and {more:,} more; --format jsonl or csv has them all.", err=True)


def shared(wanted: Sequence[int], room: int) -> list[int]:
    """The widths of columns that want some width each, in the room there is: narrow ones have theirs, wide ones share.

    Example:
        >>> shared([4, 50, 90], 60), shared([4, 5], 60)
        ([4, 28, 28], [4, 5])
    """
    widths = list(wanted)
    while sum(widths) > room and max(widths) > 1:
        fair = room // len(widths)
        wide = [number for number, width in enumerate(widths) if width > fair]
        left = room - sum(width for width in widths if width <= fair)
        share = max(1, left // len(wide))
        if all(widths[number] <= share for number in wide):
            break
        for number in wide:
            widths[number] = min(widths[number], share)
    return widths


def _pairs(record: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - tables alone need it
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in record.items():
        table.add_row(_plain(name), _plain(value, longest=400))
    Console(highlight=False).print(table)


def _plain(value: Any, longest: int = LONGEST_CELL) -> Text:
    """A value as a cell; a Text is never taken for markup."""
    from rich.text import Text  # noqa: PLC0415 - tables alone need it

    from tuckan._text import brief  # noqa: PLC0415

    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return Text(value[:16].replace("T", " "))
    return Text(brief(value, longest=longest))
