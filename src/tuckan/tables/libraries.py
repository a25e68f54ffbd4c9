"""Lazy imports of the libraries for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._optional import load

if TYPE_CHECKING:
    # If a type checker does not find a library, its objects are Any.
    import duckdb as _duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    ArrowTable: TypeAlias = pa.Table
    RecordBatch: TypeAlias = pa.RecordBatch
    PandasFrame: TypeAlias = pd.DataFrame
    PolarsFrame: TypeAlias = pl.DataFrame
    Relation: TypeAlias = _duckdb.DuckDBPyRelation


def pyarrow(part: str = "") -> Any:
    """Arrow, or a part of it such as `compute`."""
    return load(f"pyarrow.{part}" if part else "pyarrow", extra="arrow", purpose="hold tables")


def pandas() -> Any:
    """The library pandas."""
    return load("pandas", extra="pandas", purpose="make a DataFrame")


def polars() -> Any:
    """The library polars."""
    return load("polars", extra="polars", purpose="make a polars DataFrame")


def duckdb() -> Any:
    """The library DuckDB."""
    return load("duckdb", extra="duckdb", purpose="write and query DuckDB's tables")
