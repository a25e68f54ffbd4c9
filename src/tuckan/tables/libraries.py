"""The doors to the libraries for tables, each opened when it is needed."""

from __future__ import annotations

from typing import Any

from tuckan._optional import load


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
