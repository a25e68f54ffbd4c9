"""Rows inside JSON objects: at a given path, or in saved CKAN responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Placed: TypeAlias = "tuple[int, int, Any, str]"
"""The line of a value, its number where it is one of those inside an object (else 0), the value, and what is wrong with it."""

_OF_REPLIES = frozenset({"help", "success", "result", "error", "warnings"})
_LISTS = {"records": "total", "results": "count"}
"""The path of the list of records in a result, and of their total number."""

DEEPEST = 4
"""How many levels of nested objects are searched for rows."""

_CATALOGS = ("dataset", "dcat:dataset")


def inside(values: Iterable[tuple[int, Any, str]], path: str | None, notes: list[str]) -> Iterator[Placed]:
    """The rows of JSON values: of a list at a path, of CKAN responses, or the values themselves.

    Args:
        values: values, each with its line and what is wrong with it.
        path: the path of a list in each value, such as `result.records`; by default CKAN responses are detected.
        notes: receives notes, for example that a response has only part of the rows.
    """
    for line, value, wrong in values:
        if wrong:
            yield line, 0, None, wrong
        elif path:
            yield from _numbered(line, *_at(value, path))
        elif _is_reply(value):
            yield from _numbered(line, *_of_reply(value, notes))
        else:
            yield line, 0, value, ""


def _numbered(line: int, found: list[Any], wrong: str) -> Iterator[Placed]:
    if wrong:
        yield line, 0, None, wrong
    for number, one in enumerate(found, 1):
        yield line, number, one, ""


def _at(value: Any, path: str) -> tuple[list[Any], str]:
    found = value
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return (found, "") if isinstance(found, list) else ([], f"there is no list at {path!r}")


def _is_reply(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("success"), bool) or not value.keys() <= _OF_REPLIES:
        return False
    return "help" in value and isinstance(value.get("result" if value["success"] else "error"), (dict, list, str))


def _of_reply(reply: dict[str, Any], notes: list[str]) -> tuple[list[Any], str]:
    if not reply["success"]:
        return [], _failure(reply["error"])
    result = reply["result"]
    if isinstance(result, list):
        return result, ""
    name = next((name for name in _LISTS if isinstance(result, dict) and name in result), "")
    if not name:
        return [result], ""
    found, total = result[name], result.get(_LISTS[name])
    if not isinstance(found, list):
        return [], f"the {name} of this reply are text; request records_format=objects from the portal"
    if isinstance(total, int) and total > len(found):
        notes.append(f"A saved reply has {counted(len(found), 'record')} of {total:,}; the others are not in the file")
    if any(isinstance(one, list) for one in found) and isinstance(result.get("fields"), list):
        return _named(found, result["fields"], name)
    return found, ""


def _failure(error: Any) -> str:
    kind, said = (error.get("__type"), error.get("message")) if isinstance(error, dict) else (None, error)
    told = ": ".join(str(one)[:200] for one in (kind, said) if one)
    return f"this is CKAN's response to a call that failed ({told or 'it does not say why'}) and has no records"


def _named(rows: list[Any], fields: list[Any], name: str) -> tuple[list[Any], str]:
    """Rows that are lists, as objects with the names of the fields."""
    names = [one.get("id") for one in fields if isinstance(one, dict)]
    if any(not isinstance(one, list) or len(one) != len(names) for one in rows):
        return [], f"the {name} of this reply are not as wide as its fields"
    return [dict(zip(names, one, strict=True)) for one in rows], ""


def catalog(value: Any) -> str:
    """The error for a DCAT catalog instead of records; empty if it is not one.

    Example:
        >>> catalog({"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [{"title": "Rain"}]})[:53]
        'this is a DCAT catalog (data.json) with 1 dataset, wh'
    """
    name = next((name for name in _CATALOGS if isinstance(value, dict) and isinstance(value.get(name), list)), "")
    if not name or "name" in value:
        return ""
    return (
        f"this is a DCAT catalog (data.json) with {counted(len(value[name]), 'dataset')}, which is not what CKAN stores: let"
        " ckanext-harvest fetch it with ckanext-dcat, or make records of CKAN of it (title, name, notes, resources) first"
    )


def wrapped(value: Mapping[str, Any], *, lists: bool = False) -> tuple[str, int] | None:
    """The path of a list of objects inside an object, at any depth, and its length.

    Args:
        value: the object.
        lists: whether to look for a list of lists as well.

    Example:
        >>> wrapped({"ok": True, "data": {"rows": [{"a": 1}, {"a": 2}]}})
        ('data.rows', 2)
        >>> wrapped({"meta": {}, "data": [[1, 2], [3, 4]]}, lists=True)
        ('data', 2)
    """
    kinds = (dict, list) if lists else dict
    level: list[tuple[str, Any]] = list(value.items())
    for _ in range(DEEPEST):
        for path, found in level:
            if isinstance(found, list) and found and all(isinstance(row, kinds) for row in found):
                return path, len(found)
        level = [
            (f"{path}.{key}", inside) for path, one in level if isinstance(one, dict) for key, inside in one.items()
        ]
    return None
