"""Whether a value that a portal keeps is the value that was sent, in another form."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from tuckan.snapshot.equality import agrees, as_kept, is_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

Titles: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""What people call values, by the paths of fields: `{"owner_org": {"7f3a...": "Rivers"}}`."""


def is_alike(sent: Any, there: Any) -> bool:
    """Whether two values are the same in different forms."""
    if is_nothing(there):
        return False
    if isinstance(there, str):
        if isinstance(sent, str):
            return _are_alike_texts(sent, there)
        if isinstance(sent, (dict, list, tuple)):
            return _is_alike_in_json(there, sent) or (are_values(sent) and plain_list(sent) == plain_list(there))
    if isinstance(sent, str) and isinstance(there, (dict, list)):
        one_or_more = ([plain_text(sent)], plain_list(sent))
        return _is_alike_in_json(sent, there) or (are_values(there) and plain_list(there) in one_or_more)
    if isinstance(sent, (list, tuple)) or isinstance(there, list):
        both = as_list(sent), as_list(there)
        return all(map(are_values, both)) and set(plain_list(both[0])) == set(plain_list(both[1]))
    truth = as_boolean(sent)
    return (truth is not None and truth == as_boolean(there)) or _is_same_number(sent, there)


def titled(path: str, value: Any, titles: Titles) -> Any:
    """A value with titles in place of ids and other values, at any depth.

    Args:
        path: the path of its field.
        value: the value.
        titles: what people call values, by the paths of fields.

    Example:
        >>> titled("owner_org", "7f3a", {"owner_org": {"7f3a": "Rivers"}})
        'Rivers'
        >>> titled("groups", [{"name": "water"}], {"groups.name": {"water": "Water"}})
        [{'name': 'Water'}]
    """
    if not titles:
        return value
    if isinstance(value, dict):
        return {name: titled(f"{path}.{name}", one, titles) for name, one in value.items()}
    if isinstance(value, list):
        return [titled(path, one, titles) for one in value]
    return titles.get(path, {}).get(value, value) if isinstance(value, str) else value


def _are_alike_texts(sent: str, there: str) -> bool:
    plain = plain_text(sent) == plain_text(there) or _address(sent) == _address(there) or _is_same_time(sent, there)
    return plain or as_kept({"": sent}, {"": there})[""] == there


def _is_alike_in_json(text: str, value: Any) -> bool:
    try:
        return agrees(json.loads(text), value)
    except ValueError:
        return False


def plain_text(value: Any) -> str:
    """Text normalized for what portals change: case, whitespace, Unicode composition."""
    return " ".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def plain_list(value: Any) -> list[str]:
    """A list, or a text with commas or semicolons or a line for each item, as plain texts."""
    items = re.split(r"[,;\n]", value) if isinstance(value, str) else value
    return [text for one in items if (text := plain_text(one))]


def as_list(value: Any) -> Any:
    """A list, or a list of the one value."""
    return value if isinstance(value, (list, tuple)) else [value]


def _address(text: str) -> str:
    """An address without scheme and trailing slash, unquoted."""
    return unquote(re.sub(r"^(https?:)?/{0,2}", "", text.strip(), flags=re.IGNORECASE)).rstrip("/")


def as_file_name(text: Any) -> str:
    """A file's name as it survives being made safe for an address."""
    return re.sub(r"[^a-z0-9.]+", "-", plain_text(text)).strip("-")


def _is_same_time(sent: str, there: str) -> bool:
    try:
        times = [datetime.fromisoformat(_DATE.sub(_with_zeros, one.strip())) for one in (sent, there)]
    except ValueError:
        return False
    aware = [one if one.tzinfo else one.replace(tzinfo=UTC) for one in times]
    return aware[0] == aware[1]


def _with_zeros(date: re.Match[str]) -> str:
    """A date in ISO form: schemas normalize 2026-1-5."""
    year, month, day = date.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def _is_same_number(sent: Any, there: Any) -> bool:
    try:
        return Decimal(str(sent).strip()) == Decimal(str(there).strip())
    except InvalidOperation:
        return False


def as_boolean(value: Any) -> bool | None:
    """The boolean that a value or a word for one stands for; None for anything else."""
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None


def are_dicts(value: Any) -> bool:
    """Whether it is a list of nothing but dicts."""
    return isinstance(value, (list, tuple)) and all(isinstance(one, dict) for one in value)


def are_values(value: Any) -> bool:
    """Whether it is a list without lists and dicts."""
    return isinstance(value, (list, tuple)) and not any(isinstance(one, (dict, list, tuple)) for one in value)


def is_same_reference(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether a tag, a group or a member is the one that is meant, with what is said of it besides."""
    named = {there.get("id"), there.get("name")}
    if not all(sent[key] in named for key in ("id", "name") if sent.get(key)):
        return False
    said = ((key, sent.get(key)) for key in ("capacity", "vocabulary_id"))
    return all(agrees(there.get(key), value) for key, value in said if value)


def is_alike_reference(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether two references are the same but for the form of their names."""
    plain = {**sent, "name": there.get("name")}
    return plain_text(sent.get("name")) == plain_text(there.get("name")) and is_same_reference(plain, there)


_DATE = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")


_TRUE = frozenset("true t yes y on 1".split())


_FALSE = frozenset("false f no n off 0".split())
