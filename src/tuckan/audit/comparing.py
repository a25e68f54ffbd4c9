"""What two audits of a portal differ in: findings that are new and those that are mended, or scores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.audit.findings import Finding
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def compared(old: Path, new: Path) -> Iterator[dict[str, Any]]:
    """The differences between two audits, as rows.

    Args:
        old: the findings of the earlier audit as `--jsonl` writes them, or its scores as `--format json` does.
        new: the same of the later one.

    Yields:
        Rows with `change` (`new` or `mended`) and the finding; or with `what`, `old`, `new` and `change`, a number.

    Raises:
        InvalidArgument: when a file is neither, or the two are not alike.
    """
    first, second = _scores(old), _scores(new)
    if (first is None) != (second is None):
        raise InvalidArgument(f"{old} and {new} are not alike: one has findings, the other scores.")
    if first is not None and second is not None:
        yield from _compared_scores(first, second)
        return
    before, after = _keys(old), _keys(new)
    for path, others, change in ((new, before, "new"), (old, after, "mended")):
        for finding in findings_of(path):
            if _key(finding) not in others:
                yield {"change": change, **msgspec.to_builtins(finding)}


def findings_of(path: Path) -> Iterator[Finding]:
    """The findings in a file of JSON lines.

    Args:
        path: the file.

    Raises:
        InvalidArgument: when it cannot be read, or a line is not a finding.
    """
    decode = msgspec.json.Decoder(Finding).decode
    number = 0
    try:
        with path.open("rb") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    yield decode(line)
    except OSError as error:
        raise InvalidArgument(f"{path} can't be read: {error.strerror or error}.") from error
    except msgspec.DecodeError as error:
        raise InvalidArgument(
            f"{path}, line {number} is not a finding: {error}.", hint="`tuckan audit --jsonl FILE` writes such files."
        ) from error


def _key(finding: Finding) -> int:
    return hash((finding.rule, finding.kind, finding.id or finding.name, finding.resource, finding.field))


def _keys(path: Path) -> set[int]:
    return {_key(one) for one in findings_of(path)}


def _scores(path: Path) -> dict[str, Any] | None:
    """The scores in a file; None if it has findings."""
    try:
        with path.open("rb") as file:
            if b'"rule"' in file.read(300):
                return None
        found = json.loads(path.read_bytes() or b"null")
    except OSError as error:
        raise InvalidArgument(f"{path} can't be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise InvalidArgument(f"{path} is neither findings nor scores: {error}.") from error
    if found is None:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("score"), dict):
        raise InvalidArgument(
            f"{path} is neither findings nor scores.", hint="`tuckan audit --format json > FILE` writes scores."
        )
    return found


def _compared_scores(old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, Any]]:
    before, after = _numbers(old), _numbers(new)
    for what in dict.fromkeys((*before, *after)):
        one, other = before.get(what), after.get(what)
        if one != other:
            yield {"what": what, "old": one, "new": other, "change": round((other or 0) - (one or 0), 2)}


def _numbers(scores: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {"mqa": scores["score"]["points"], "datasets": scores.get("datasets", 0)}
    found.update(
        {f"mqa/{name}": value for name, value in scores["score"].get("metrics", {}).items() if value is not None}
    )
    found.update({f"organization {one['name']}": one["points"] for one in scores.get("organizations", [])})
    found.update({f"findings {rule}": number for rule, number in scores.get("rules", {}).items()})
    return found
