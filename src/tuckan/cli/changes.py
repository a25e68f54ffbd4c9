"""The changes of a record: as coloured lines, or as data, without secrets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from tuckan._text import printable
from tuckan.cli.differences import differences
from tuckan.shapes import is_secret
from tuckan.snapshot import differing, publisher_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

Fields: TypeAlias = "Mapping[str, tuple[Any, Any]]"
"""Changed fields, each with its old and new value."""

_COLORS = {"-": "red", "+": "green"}


def between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    """The publisher's fields in which two versions of a record differ.

    Example:
        >>> between({"title": "Rain", "notes": "x"}, {"title": "Snow", "notes": "x", "num_tags": 1})
        {'title': ('Rain', 'Snow')}
    """
    old, new = publisher_fields(before or {}), publisher_fields(after or {})
    changed = differing(new, {name: old.get(name) for name in {**old, **new}})
    return {name: (old.get(name), new.get(name)) for name in changed}


def shown(fields: Fields) -> dict[str, dict[str, Any]]:
    """Changes as data."""
    return {
        name: {"old": _safe(name, old, "(hidden)"), "new": _safe(name, new, "(hidden, new)")}
        for name, (old, new) in fields.items()
    }


def lines(fields: Fields, *, color: bool = False) -> Iterator[str]:
    """Changes as lines, one or more for each field.

    Example:
        >>> list(lines({"title": ("Rain", "Snow"), "tags": ([{"name": "sky"}], [])}))
        ['title: Rain → Snow', 'tags: - sky']
    """
    safe = shown(fields)
    old, new = ({name: change[side] for name, change in safe.items()} for side in ("old", "new"))
    for line in differences(old, new):
        text = printable(line, one_line=True)
        yield _colored(text) if color else text


def in_color(stream: TextIO) -> bool:
    """Whether a stream supports colours, and they are not disabled."""
    return "NO_COLOR" not in os.environ and stream.isatty()


def _colored(line: str) -> str:
    name, mark, rest = line.partition(": ")
    if rest[:2] in ("- ", "+ "):
        return f"{name}{mark}{click.style(rest, fg=_COLORS[rest[0]])}"
    old, arrow, new = rest.partition(" → ")
    return f"{name}{mark}{click.style(old, fg='red')}{arrow}{click.style(new, fg='green')}" if arrow else line


def _safe(name: str, value: Any, in_place: str) -> Any:
    """A value with its secrets replaced, at any depth."""
    if is_secret(name) and value:
        return in_place
    if isinstance(value, dict):
        named = str(value.get("key") or "")  # an extra's
        return {key: _safe(named if key == "value" else str(key), one, in_place) for key, one in value.items()}
    return [_safe("", one, in_place) for one in value] if isinstance(value, list) else value
