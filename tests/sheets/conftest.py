"""What tests of workbooks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tuckan import Client
    from tuckan.sandbox import Sandbox


@pytest.fixture
def mark() -> str:
    """What tells the records of this test from all others."""
    return f"sheet-{uuid4().hex[:8]}"


@pytest.fixture
def ckan(ckan_sandbox: Sandbox) -> Iterator[Client]:
    with ckan_sandbox.client() as client:
        yield client


@pytest.fixture
def office(ckan: Client, mark: str) -> Iterator[str]:
    """An organization and a group of this test, of the same name; its datasets go with it."""
    ckan.organizations.create(name=mark, title=f"Office {mark}")
    ckan.groups.create(name=f"{mark}-g", title=f"Group {mark}")
    yield mark
    for one in ckan.datasets.list(filters={"organization": mark}, include_private=True, include_drafts=True):
        ckan.datasets.purge(one["id"], confirm=lambda _: True)
    ckan.groups.purge(f"{mark}-g", confirm=lambda _: True)
    ckan.organizations.purge(mark, confirm=lambda _: True)


def put(path: Path, *rows: tuple[str, int, dict[str, Any]]) -> None:
    """Write cells of a workbook: the sheet, the row, and values by the names of columns."""
    book = openpyxl.load_workbook(path)
    for sheet, row, cells in rows:
        columns = {cell.value: cell.column for cell in book[sheet][2]}
        for name, value in cells.items():
            book[sheet].cell(row, columns[name], value)
    book.save(path)


def cells(path: Path, sheet: str, row: int) -> dict[str, Any]:
    """The cells of a row of a workbook, by the names of columns."""
    found = openpyxl.load_workbook(path)[sheet]
    return {str(cell.value): found.cell(row, cell.column).value for cell in found[2]}
