"""Rows as PostgreSQL's text in typed columns, and back to the very same text."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tuckan.errors import DoesNotFit
from tuckan.tables.arrow import batch_of, converted
from tuckan.tables.libraries import pyarrow
from tuckan.tables.types import FLOAT64, INT64, MOST_DIGITS, NUMERIC, TEXT, Type
from tuckan.tables.writing import clock, floats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def texts_of_page(csv: str, names: list[str]) -> Any:
    """A page of rows as a record batch of text.

    Args:
        csv: the rows, with `_id` first.
        names: the columns behind it.
    """
    return batch_of(csv.encode(), dict.fromkeys(names, TEXT))


def exact_types(pages: Iterator[Any], types: Mapping[str, Type]) -> dict[str, Type]:
    """The types that give back the text of each cell, the columns' own if these do.

    A `numeric` column keeps the zeros behind each of its numbers, so it is whole numbers, floats or decimals only if
    these are written the same, and text otherwise.

    Args:
        pages: record batches of text.
        types: the columns' types on the portal.
    """
    left: dict[str, list[Type]] = {}
    for page in pages:
        for name, kind in types.items():
            texts = page.column(name)
            tried = left[name] if name in left else _candidates(kind, texts)
            left[name] = [one for one in tried if one == TEXT or _gives_back(texts, one, name)]
    return {name: left.get(name, [TEXT if kind == NUMERIC else kind])[0] for name, kind in types.items()}


def _candidates(kind: Type, texts: Any) -> list[Type]:
    if kind != NUMERIC:
        return [kind, TEXT]
    first = next((one for one in texts.to_pylist() if one is not None), "")
    return [INT64, FLOAT64, Type("decimal", MOST_DIGITS, len(first.partition(".")[2])), TEXT]


def _gives_back(texts: Any, kind: Type, name: str) -> bool:
    with suppress(DoesNotFit, pyarrow().ArrowException, ValueError):
        return bool(as_texts(converted(texts, kind, name, None), kind).equals(texts))
    return False


def as_texts(array: Any, kind: Type) -> Any:
    """A column as the text that PostgreSQL writes.

    Args:
        array: the column.
        kind: its type.
    """
    pa, compute = pyarrow(), pyarrow("compute")
    if kind.item:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
        return pa.array([None if one is None else encode(one) for one in array.to_pylist()], pa.string())
    match kind.name:
        case "bool":
            return compute.if_else(array, "t", "f")
        case "float32" | "float64":
            return floats(array, 6 if kind.name == "float32" else 15)
        case "time":
            return clock(array, pa.time32("s"))
        case "timestamp" | "timestamptz":
            texts = clock(array.cast(pa.timestamp("us")), pa.timestamp("s"))
            return texts if kind.name == "timestamp" else compute.binary_join_element_wise(texts, "+00", "")
        case _:
            return array.cast(pa.string())
