"""Calls of a batch, as operations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.jobs.operation import Operation, Planned

if TYPE_CHECKING:
    from tuckan.readers import Row

_NAMING = ("package_id", "resource_id", "id", "name")
_ACTION = re.compile(r"[A-Za-z0-9_-]+")


def planned_call(row: Row, number: int, *, in_order: bool) -> Planned:
    """The operation for a row that names an action.

    Args:
        row: a row that was read.
        number: its number among all.
        in_order: whether it begins only when those before it have ended.
    """
    record: dict[str, Any] = row.record if isinstance(row.record, dict) else {}
    data = record.get("data") or {}
    files = record.get("files") or {}
    wrong = row.wrong or _wrong_with(record, data, files)
    paths = {} if wrong else {name: _found(row.folder, str(path)) for name, path in files.items()}
    gone = [str(path) for path in paths.values() if not path.is_file()]
    wrong = wrong or (f"there is no file {', '.join(gone)}" if gone else "")
    # One subject for all of them keeps them in their order; otherwise none meets another on the same thing.
    about = next((data[name] for name in _NAMING if data.get(name)), number) if isinstance(data, dict) else number
    subject = "batch" if in_order else f"call on {about}"
    call = {"action": record.get("action"), "data": data, "files": {name: str(path) for name, path in paths.items()}}
    return Planned(Operation(f"call {number}", "call", subject, call, origin=row.origin), refused=wrong)


def _wrong_with(record: dict[str, Any], data: Any, files: Any) -> str:
    action = record.get("action")
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        return 'it names no action: {"action": "...", "data": {...}} is wanted'
    if unknown := sorted(name for name in record if name not in ("action", "data", "files") and name[:1] != "_"):
        return f"beside action, data and files it has {', '.join(unknown)}"
    return "" if isinstance(data, dict) and isinstance(files, dict) else "data and files must be objects"


def _found(folder: Path, path: str) -> Path:
    """A file that a row names: beside the row's own file, or else from where we are, as ckanapi has it."""
    beside = folder / Path(path).expanduser()
    return beside if beside.is_file() else Path(path).expanduser().absolute()
