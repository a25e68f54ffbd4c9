"""What would change in a record, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import brief, brief_pair
from tuckan.snapshot.losses import KEYS, by_key

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: tuple[Any, ...] = (None, "", [], {})
LONGEST = 60


def differences(there: Mapping[str, Any], fields: Mapping[str, Any]) -> list[str]:
    """The lines for fields that would be set.

    Args:
        there: the current record.
        fields: the fields with their new values.

    Example:
        >>> differences({"title": "Rain", "tags": [{"name": "sky"}]}, {"title": "Snow", "tags": [{"name": "ice"}]})
        ['title: Rain → Snow', 'tags: - sky', 'tags: + ice']
    """
    lines: list[str] = []
    for name, value in fields.items():
        lines += _of_field(name, there.get(name), value)
    return lines


def _of_field(name: str, before: Any, after: Any) -> list[str]:
    key = KEYS.get(name)
    if key and all(isinstance(one, (list, tuple)) or not one for one in (before, after)):
        return _of_items(name, by_key(before, key), by_key(after, key), key)
    if isinstance(before, dict) and (isinstance(after, dict) or after in _NOTHING):
        # What is not in the new value goes, and is shown as well.
        whole = {**dict.fromkeys(before), **(after or {})}
        return [f"{name}.{line}" for line in differences(before, whole)]
    if isinstance(before, list) and isinstance(after, (list, tuple)):
        gone = [f"{name}: - {_shown(one)}" for one in before if one not in after]
        return [*gone, *(f"{name}: + {_shown(one)}" for one in after if one not in before)]
    return [] if _same(before, after) else [f"{name}: {' → '.join(_both(before, after))}"]


def _of_items(name: str, before: dict[str, Any], after: dict[str, Any], key: str) -> list[str]:
    lines = [f"{name}: - {_item(item, one)}" for item, one in before.items() if item not in after]
    for item, one in after.items():
        if item not in before:
            lines.append(f"{name}: + {_item(item, one)}")
        else:
            # Of a tag or group only its name counts; extras and resources have more to them.
            content = {field: value for field, value in one.items() if field != key}
            label = _item(item, {**before[item], **one}) if name == "resources" else item
            if name in ("extras", "resources"):
                lines += [f"{name} {label} {line}" for line in differences(before[item], content)]
    moved = name == "resources" and [one for one in before if one in after] != [one for one in after if one in before]
    return [*lines, f"{name}: in another order"] if moved else lines


def _item(name: str, one: Mapping[str, Any]) -> str:
    if "value" in one:
        return f"{name} = {_shown(one['value'])}"
    label = one.get("name") or one.get("url")
    return f"{label} ({name})" if label and label != name else name


def _same(before: Any, after: Any) -> bool:
    return bool(before == after) or (before in _NOTHING and after in _NOTHING)


def _both(before: Any, after: Any) -> tuple[str, str]:
    if before in _NOTHING or after in _NOTHING:
        return _shown(before), _shown(after)
    return brief_pair(before, after, longest=LONGEST)


def _shown(value: Any) -> str:
    return "(nothing)" if value in _NOTHING else brief(value, longest=LONGEST)
