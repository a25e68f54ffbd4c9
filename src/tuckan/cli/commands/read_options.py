"""The options of every command that reads a file of rows: one for each of `ReadOptions`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.command import Option
from tuckan.readers.options import RAGGED, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable

_option = functools.partial(click.option, cls=Option, section="Options for reading files")
_OPTIONS = (
    _option("--encoding", metavar="NAME", help="Text encoding, such as cp1252 [UTF-8 or UTF-16]."),
    _option("--sheet", metavar="TITLE", help="The sheet of a spreadsheet [the first]."),
    _option("--delimiter", metavar="CHAR", help="The delimiter, such as ';' or '\\t' [detected]."),
    _option("--quote", metavar="CHAR", help='The quote character ["]; none reads quotes as text.'),
    _option("--escape", metavar="CHAR", help="The escape character, such as '\\' [none]."),
    _option("--skip-initial-space", is_flag=True, help="Ignore spaces after a delimiter."),
    _option("--header-row", type=int, metavar="N", help="The row with the column names [the first that is not blank]."),
    _option("--no-header", "header", is_flag=True, flag_value=False, default=True, help="The file has no header row."),
    _option("--skip-rows", type=int, default=0, metavar="N", help="Skip the first N rows."),
    _option("--comment", metavar="PREFIX", help="Skip lines of text with this prefix, such as '#'."),
    _option(
        "--ragged",
        type=click.Choice(RAGGED),
        default=RAGGED[0],
        help="Rows shorter or longer than the header: refuse them, pad them with nulls and new columns, or cut them.",
    ),
    _option("--null", multiple=True, metavar="WORD", help="A word to read as null; may be repeated."),
    _option("--record-path", metavar="KEY", help="The path of the rows in a JSON object, such as result.records."),
)
_OF_TABLES = (
    _option(
        "--decimal", metavar="CHAR", default=".", help="The decimal separator of numbers in text, such as ',' [.]."
    ),
    _option("--thousands", metavar="CHAR", help="The thousands separator of numbers in text, such as '.' [none]."),
    _option("--table", metavar="NAME", help="The table of a DuckDB file."),
)
_OF_TEXT = ("delimiter", "quote", "escape")


def read_options(*, tables: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command that reads files: it gets their options as `read`.

    Args:
        tables: whether it reads tables, whose columns have types.
    """
    options = (*_OPTIONS, *_OF_TABLES) if tables else _OPTIONS

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*args: Any, **given: Any) -> Any:
            options = {name: given.pop(name) for name in ReadOptions.__dataclass_fields__ if name in given}
            for name in _OF_TEXT:
                if options[name] == "\\t":
                    options[name] = "\t"
            options["quote"] = options["quote"] or '"'
            return function(*args, read=ReadOptions(**options), **given)

        for option in reversed(options):
            command = option(command)
        return command

    return decorated
