"""The many forms of `package_revise` as one call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tuckan.errors import InvalidArgument
from tuckan.snapshot import list_edits
from tuckan.wire.call import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def flattened_call(
    match: str | Mapping[str, Any],
    filter: str | Sequence[str],  # noqa: A002 - CKAN's own word
    update: Mapping[str, Any] | None,
    include: str | Sequence[str],
    files: Mapping[str, Any] | None,
    flattened: Mapping[str, Any],
) -> Call:
    """The call for a revision.

    Args:
        match: the dataset's name or id, or fields that it must have.
        filter: what to take out first.
        update: fields to set.
        include: what to give back.
        files: names with files, with or without `update__` before them.
        flattened: keys that lead inside, with or without `update__` before them.

    Raises:
        InvalidArgument: when no dataset is named.

    Example:
        >>> dict(flattened_call("rivers", "-notes", None, (), None, {"resources__0__name": "flow"}).params)
        {'match': {'name': 'rivers'}, 'filter': ['-notes'], 'update__resources__0__name': '"flow"'}
    """
    wanted = _match(match, flattened)
    # CKAN reads a text in a flattened key as JSON where it can: "5" would become a number.
    deep = {_prefixed(key): json.dumps(value) if isinstance(value, str) else value for key, value in flattened.items()}
    params: dict[str, Any] = {
        "match": wanted,
        "filter": _listed(filter),
        "update": dict(update or {}),
        "include": _listed(include),
        **deep,
    }
    again = set(wanted) <= {"id", "name"} and not files and not any(key.endswith("__extend") for key in deep)
    return Call(
        "package_revise",
        {name: value for name, value in params.items() if value or name in deep},
        idempotent=again and not params["filter"] and not any(key.startswith("match__") for key in deep),
        files={_prefixed(key): file for key, file in (files or {}).items()},
        as_is=bool(include),  # which leaves out the rest of the dataset
    )


def _match(match: str | Mapping[str, Any], flattened: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"id" if list_edits.is_id(match) else "name": match} if isinstance(match, str) else dict(match)
    if not (wanted.get("id") or wanted.get("name") or {"match__id", "match__name"} & flattened.keys()):
        raise InvalidArgument(
            "`match` does not name a dataset.", hint="Give its name or id; other fields are optional."
        )
    return wanted


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def revised(call: Call, package: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a revision sent, and what a dataset has in the same places, each by where it is.

    Example:
        >>> call = flattened_call("rivers", (), {"tags": []}, (), None, {"resources__0__name": "flow"})
        >>> sent, found = revised(call, {"tags": [], "resources": [{"name": "ebb"}]})
        >>> sent, found["resources__0__name"]
        ({'tags': [], 'resources__0__name': 'flow'}, 'ebb')
    """
    sent: dict[str, Any] = dict(call.params.get("update") or {})
    found = dict(package)
    for name, value in sent.items():
        if isinstance(value, list) and value and isinstance(found.get(name), list):
            found[name] = found[name][: len(value)]  # laid over those that are there, item by item
    for key, value in call.params.items():
        if key.startswith("update__"):
            place = key.removeprefix("update__")
            sent[place] = json.loads(value) if isinstance(value, str) else value
            found[place] = _at(package, place.split("__"), len(value) if isinstance(value, list) else 0)
    return sent, found


def _at(there: Any, path: Sequence[str], extended: int) -> Any:
    for part in path:
        if isinstance(there, list):
            items: list[Any] = there
            if part == "extend":
                there = items[-extended:] if extended else []
            elif part.lstrip("-").isdigit() and len(part) < _SHORTEST_ID:
                there = items[int(part)] if -len(items) <= int(part) < len(items) else None
            else:
                there = next((one for one in items if str(one.get("id") or "").startswith(part)), None)
        else:
            there = there.get(part) if isinstance(there, dict) else None
    return there


_SHORTEST_ID = 5
"""Letters of an id that CKAN takes for one."""


def _prefixed(key: str) -> str:
    return key if key.startswith(("match__", "update__")) else f"update__{key}"
