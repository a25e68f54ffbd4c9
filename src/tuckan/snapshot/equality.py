"""Whether a portal's record has the requested values, ignoring what the portal adds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: tuple[Any, ...] = (None, "", [], {})

UNORDERED = frozenset({"tags", "extras", "groups", "users"})
"""Lists whose order means nothing."""


def differing(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `wanted` that differ in a record.

    Args:
        there: a record as returned by the portal.
        wanted: some fields, as they would be sent.

    Example:
        >>> differing({"title": "Rain", "notes": None, "id": "x"}, {"title": "Snow", "notes": ""})
        {'title': 'Snow'}
    """
    return {name: value for name, value in wanted.items() if not field_agrees(there, name, value)}


def field_agrees(there: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether a field of a portal's record has the requested value."""
    organization = there.get("organization")
    if name == "owner_org" and isinstance(organization, dict) and value == organization.get("name"):
        return True  # it may be given by name, but is stored by id
    return agrees(there.get(name), value, name)


def agrees(there: Any, wanted: Any, field: str = "") -> bool:
    """Whether a portal's value equals the requested one.

    Additions by the portal are ignored: further keys of a dict, `display_name` of a tag. None, empty text and an empty
    list are equal, so are numbers and their text, and the order of tags, extras and groups is ignored.

    Args:
        there: the value as returned by the portal.
        wanted: the value as it would be sent.
        field: the name of its field, which determines how list items are identified.

    Example:
        >>> agrees([{"name": "sky", "state": "active"}, {"name": "rain"}], [{"name": "rain"}, {"name": "sky"}], "tags")
        True
        >>> agrees(5, "5"), agrees("Rain", "rain"), agrees(True, "true")
        (True, False, True)
    """
    if is_nothing(wanted):
        return is_nothing(there)
    if isinstance(wanted, dict):
        return isinstance(there, dict) and not differing(there, wanted)
    if isinstance(wanted, (list, tuple)):
        return isinstance(there, (list, tuple)) and _lists_agree(list(there), list(wanted), field)
    if isinstance(there, bool) or isinstance(wanted, bool):
        return str(there).lower() == str(wanted).lower()
    return bool(there == wanted) or (_is_scalar(there) and str(there) == str(wanted))


def is_nothing(value: Any) -> bool:
    """Whether a value is None, empty text, or an empty list or dict."""
    return any(value is nothing or value == nothing for nothing in _NOTHING)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _lists_agree(there: list[Any], wanted: list[Any], field: str) -> bool:
    if len(there) != len(wanted):
        return False
    if field in UNORDERED:
        return all(any(agrees(one, other) for one in there) for other in wanted)
    return all(agrees(one, other) for one, other in zip(there, wanted, strict=True))


def as_kept(record: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """The record with each equivalent value replaced by the portal's form, so that it does not differ.

    Args:
        record: some fields, as they would be sent.
        there: the record as returned by the portal.

    Example:
        >>> as_kept({"aliases": "a, b", "title": "Rain"}, {"aliases": ["a", "b"], "title": "rain"})
        {'aliases': ['a', 'b'], 'title': 'Rain'}
    """
    kept = {name: _kept_form(there.get(name), value) for name, value in record.items()}
    if isinstance(kept.get("resources"), list):
        known = {one.get("id"): one for one in there.get("resources") or () if isinstance(one, dict)}
        kept["resources"] = [
            as_kept(one, known[one["id"]]) if isinstance(one, dict) and one.get("id") in known else one
            for one in kept["resources"]
        ]
    return kept


def _kept_form(there: Any, wanted: Any) -> Any:
    texts = isinstance(there, str), isinstance(wanted, str)
    if not any(texts) or is_nothing(there) or is_nothing(wanted):
        return wanted
    if all(texts):
        return there if _is_json(there) and _is_json(wanted) and _parsed(there) == _parsed(wanted) else wanted
    one, other = (there, wanted) if texts[0] else (wanted, there)
    if not isinstance(other, (list, dict)):
        return wanted
    items = [str(item).strip() for item in other]
    same = _parsed(one) == other or (isinstance(other, list) and items in ([one.strip()], _items(one)))
    return there if same else wanted


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _items(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,;\n]", text) if one.strip()]


@dataclass(frozen=True, slots=True)
class TableContent:
    """The content of a table; two tables with the same content are copies of each other.

    Attributes:
        table: `fields`, `key`, `aliases`, `indexes`.
        rows: how many rows there are.
        sha256: the checksum of all rows in order of `_id`, excluding `_id`.
    """

    table: Mapping[str, Any] = field(repr=False)
    rows: int
    sha256: str

    def is_copy_of(self, other: TableContent | None) -> bool:
        """Whether two tables have the same content; a key that the token may not see is not a difference."""
        if other is None or (self.rows, self.sha256) != (other.rows, other.sha256):
            return False
        unknown = self.table["key"] is None or other.table["key"] is None
        names = ("fields", "aliases") if unknown else ("fields", "aliases", "key", "indexes")
        return all(self.table[name] == other.table[name] for name in names)
