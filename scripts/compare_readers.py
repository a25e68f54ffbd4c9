"""What readers of tables make of awkward files: `python scripts/compare_readers.py`, a table in Markdown.

Each library reads each file as it does without options. A cell is right when, written back as text, it is what the file says.
frictionless takes part where it is installed, and XLoader where a portal that has it is named by its profile, which must be one to
try things on. After `make setup`:

    .venv/bin/uv pip install --python .venv/bin/python frictionless
    .venv/bin/tuckan sandbox up
    .venv/bin/python scripts/compare_readers.py sandbox
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import tempfile
import warnings
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan import connect
from tuckan.errors import NotFound, TuckanError, for_shell
from tuckan.readers.options import ReadOptions
from tuckan.tables.json_rows import packed
from tuckan.tables.sources import incoming

if TYPE_CHECKING:
    from collections.abc import Callable

Read: TypeAlias = "tuple[list[str], list[list[Any]]]"
CASES = Path(__file__).parent.parent / "tests" / "tables" / "cases"
SHORT = 26
DATASET = "compared-readers"

# What the files say: the names of the columns, and the rows, as text.
SAID: dict[str, tuple[str, Read]] = {
    "phone_plus.csv": ("`+33612345678`", (["name", "phone"], [["A", "+33612345678"], ["B", "+33687654321"]])),
    "decimals.csv": ("`1.10`, 20 digits", (["a"], [["1.10"], ["0.12345678901234567890"]])),
    "hexid.csv": ("`12345e6`", (["commit", "n"], [["12345e6", "1"], ["5e3", "2"], ["70e1", "3"]])),
    "numbered.csv": ("`1.`", (["no", "what"], [["1.", "first"], ["2.", "second"]])),
    "minus_zero.csv": ("`-0`", (["a", "b"], [["-0", "1"], ["5", "2"]])),
    "zeros.csv": ("`007`", (["a", "b"], [["007", "x"], ["010", "y"]])),
    "thousands.csv": ("`1.234`, `;` between", (["a", "b"], [["x", "1.234"], ["y", "2.500"]])),
    "spaces_nums.csv": ("spaces around numbers", (["a", "b"], [[" 1 ", "2"], [" 3 ", " 4"]])),
    "date_bc.csv": ("years 0000 and 10000", (["d", "e"], [["0001-01-01", "9999-12-31"], ["0000-01-01", "10000-01-01"]])),
    "head_ls.csv": ("U+2028 in the header", (["id", "what\u2028more", "n"], [["1", "a", "2"]])),
    "head_vt.csv": ("vertical tab in the header", (["id", "what\vmore", "n"], [["1", "a", "2"]])),
    "one_col_blank_first.csv": ("blank first line", (["name"], [["Anna"], ["Bert"]])),
    "wide_head_8k.csv": ("header of 8 KB", ([], [])),
    "unclosed.csv": ("a quote that is not closed", ([], [])),
    "stray_quote.csv": ("text behind a closing quote", ([], [])),
    "space_quote.csv": ("quote behind a space", (["a", "b"], [["1", "x, y"], ["2", "z"]])),
    "backslash.csv": ("backslash before a quote", (["id", "name"], [["1", 'say "hi", ok']])),
    "single_quote.csv": ("single quotes", (["id", "name"], [["1", "a, b"]])),
    "preamble.csv": ("notes above the header", (["id", "name", "n"], [["1", "a", "2"], ["2", "b", "3"]])),
    "preamble_semicolon.csv": ("the same, `;` between", (["id", "name", "n"], [["1", "a", "2"], ["2", "b", "3"]])),
    "ragged_short.csv": ("a short row", ([], [])),
    "ragged_long.csv": ("a long row", ([], [])),
    "two_arrays.json": ("two JSON arrays", (["a"], [["1"], ["2"], ["3"]])),
    "json_digits.jsonl": ("20 digits in JSON", (["x"], [["0.12345678901234567890"], ["12345678901234567.25"]])),
    "json_dup.jsonl": ("a JSON key twice", ([], [])),
}  # fmt: skip
MADE = {"decimals.csv": "a\n1.10\n0.12345678901234567890\n", "zeros.csv": "a,b\n007,x\n010,y\n"}


def library(name: str) -> Any:
    """One of the libraries, of which some may be missing."""
    return importlib.import_module(name)


def with_tuckan(path: Path) -> Read:
    """As tuckan reads it."""
    came = incoming(path, ReadOptions(), {})
    rows = [list(json.loads(row).values()) for batch in came.batches(came.found) for row in packed(batch, came.found)]
    return list(came.labels.values()), rows


def with_duckdb(path: Path) -> Read:
    """As DuckDB reads it."""
    duckdb = library("duckdb")
    found = duckdb.sql(f"FROM '{path}'")
    return found.columns, [list(row) for row in found.fetchall()]


def with_polars(path: Path) -> Read:
    """As polars reads it."""
    pl = library("polars")
    read = {".json": pl.read_json, ".jsonl": pl.read_ndjson}.get(path.suffix, pl.read_csv)
    frame = read(path)
    return frame.columns, [list(row) for row in frame.rows()]


def with_pandas(path: Path) -> Read:
    """As pandas reads it."""
    pd = library("pandas")
    is_json = path.suffix in (".json", ".jsonl")
    frame: Any = pd.read_json(path, lines=path.suffix == ".jsonl") if is_json else pd.read_csv(path)
    return [str(one) for one in frame.columns], [list(row) for row in frame.itertuples(index=False)]


def with_frictionless(path: Path) -> Read:
    """As frictionless reads it."""
    with library("frictionless").Resource(path=path.name, basepath=str(path.parent)) as resource:
        rows = list(resource.row_stream)
        if errors := [error.title for row in rows for error in row.errors]:
            raise ValueError(errors[0])
        return resource.header.labels, [row.to_list() for row in rows]


def with_xloader(profile: str, path: Path) -> Read:
    """As XLoader loads it, into the DataStore of a portal, with its usual settings; JSON is not among its formats."""
    if path.suffix not in (".csv", ".txt"):
        raise NotImplementedError
    with connect(profile=profile) as ckan:
        try:
            ckan.datasets.get(DATASET)
        except NotFound:
            ckan.organizations.create(name=DATASET)
            ckan.datasets.create(name=DATASET, owner_org=DATASET)
        # A sandbox sends CSV to DataPusher, too; XLoader goes by the name's ending.
        resource = ckan.resources.upload(DATASET, path, format="TXT").resource["id"]
        try:
            ckan.xloader.submit(resource)
            if (state := ckan.xloader.wait(resource, interval=0.2))["status"] != "complete":
                raise ValueError(state)
            table = ckan.datastore.pull(resource).to_arrow()
            return table.column_names, [list(row.values()) for row in table.to_pylist()]
        finally:
            ckan.resources.delete(resource)


READERS: dict[str, Callable[[Path], Read]] = {
    "tuckan": with_tuckan,
    "DuckDB": with_duckdb,
    "polars": with_polars,
    "pandas": with_pandas,
    "frictionless": with_frictionless,
}


def as_text(value: Any) -> str | None:
    """A value as its library writes it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def verdict(name: str, read: Callable[[Path], Read], path: Path) -> str:
    """What a reader makes of a file, in few words."""
    try:
        names, rows = read(path)
    except ImportError:
        return "not installed"
    except NotImplementedError:
        return "not loaded"
    except TuckanError as error:
        helps = [word.strip("().,") for word in for_shell(error.hint).split() if word.startswith(("--", "(--"))]
        return f"refused{f': `{helps[0]}`' if helps else ''}"
    except Exception:  # noqa: BLE001 - whatever a library raises
        return "refused"
    wanted, said = SAID[name][1]
    if name == "wide_head_8k.csv":
        return "right" if names == path.read_text().split("\n")[0].split(",") else "wrong names"
    if not wanted:  # an error is what is right
        return f"{shape(names, rows)}: {short(rows[0] if rows else names)}"
    if (len(names), len(rows)) != (len(wanted), len(said)):
        return f"{shape(names, rows)}"
    pairs = zip(
        (*wanted, *(cell for row in said for cell in row)),
        (*names, *(cell for row in rows for cell in row)),
        strict=True,
    )
    return next((f"{short(old)} → {short(new)}" for old, new in pairs if as_text(new) != old), "right")


def shape(names: list[str], rows: list[Any]) -> str:
    """How many columns and rows there are."""
    return f"{len(names)} column{'s' * (len(names) != 1)}, {len(rows)} row{'s' * (len(rows) != 1)}"


def short(value: Any) -> str:
    """A value as code of Markdown."""
    text = json.dumps(as_text(value)) if isinstance(value, str) else str(value)
    return f"`{(text if len(text) <= SHORT else text[: SHORT - 1] + '…').replace('|', chr(92) + '|')}`"


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    if profile := "".join(sys.argv[1:2]):
        READERS["XLoader"] = partial(with_xloader, profile)
    print("| the file has | " + " | ".join(READERS) + " |")
    print("|---" * (len(READERS) + 1) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for name, (told, _) in SAID.items():
            path = CASES / name
            if name in MADE:
                path = Path(folder, name)
                path.write_text(MADE[name])
            print(f"| {told} | " + " | ".join(verdict(name, read, path) for read in READERS.values()) + " |")


if __name__ == "__main__":
    main()
