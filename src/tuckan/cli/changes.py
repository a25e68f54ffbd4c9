"""What changes of a record, in lines that people can read: old and new, lists item by item, long texts abbreviated."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from tuckan._text import brief
from tuckan.cli.terminal import printable
from tuckan.snapshot import differing, essence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Fields: TypeAlias = "Mapping[str, tuple[Any, Any]]"
"""Fields that change, each with its old and new value."""

LONGEST = 60
_SECRET = re.compile(r"passw|token|api_?key|secret|authorization", re.IGNORECASE)
_HIDDEN = "(not shown)"
_NAMING = ("name", "key", "id", "url")


def between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, tuple[Any, Any]]:
    """The fields of a publisher's that two versions of a record have not alike.

    Example:
        >>> between({"title": "Rain", "notes": "x"}, {"title": "Snow", "notes": "x", "num_tags": 1})
        {'title': ('Rain', 'Snow')}
    """
    old, new = essence(before or {}), essence(after or {})
    names = [name for name in {**old, **new} if name in differing(new, {name: old.get(name)})]
    return {name: (old.get(name), new.get(name)) for name in names}


def shown(fields: Fields) -> dict[str, dict[str, Any]]:
    """Changes as data, without what is secret."""
    return {name: {"old": _safe(name, old), "new": _safe(name, new)} for name, (old, new) in fields.items()}


def lines(fields: Fields, *, color: bool = False) -> Iterator[str]:
    """Changes as lines, one or more for each field.

    Example:
        >>> list(lines({"title": ("Rain", "Snow"), "tags": ([{"name": "sky"}], [{"name": "rain"}])}))
        ['title: Rain -> Snow', 'tags: -sky +rain']
    """
    for name, (old, new) in fields.items():
        yield f"{printable(name, one_line=True)}: {_change(_safe(name, old), _safe(name, new), _paint(color=color))}"


def colors(stream: Any = None) -> bool:
    """Whether a stream shows colours."""
    return "NO_COLOR" not in os.environ and bool((stream or sys.stderr).isatty())


def _paint(*, color: bool) -> Callable[[str, str], str]:
    return (lambda text, hue: click.style(text, fg=hue)) if color else (lambda text, _: text)


def _change(old: Any, new: Any, paint: Callable[[str, str], str]) -> str:
    if isinstance(old or [], list) and isinstance(new or [], list) and (old or new):
        return " ".join(_items(old or [], new or [], paint)) or "another order"
    return f"{paint(_said(old), 'red')} -> {paint(_said(new), 'green')}"


def _items(old: list[Any], new: list[Any], paint: Callable[[str, str], str]) -> Iterator[str]:
    """The items that go, come and change; an item is known by its id, or by what names it."""
    then, now = ({_identity(one): one for one in many} for many in (old, new))
    for key, one in then.items():
        if key not in now:
            yield paint(f"-{_called(one)}", "red")
    for key, one in now.items():
        if key not in then:
            yield paint(f"+{_called(one)}", "green")
        elif one != then[key] and isinstance(one, dict):
            changed = [name for name in {**then[key], **one} if then[key].get(name) != one.get(name)]
            inner = ", ".join(f"{name}: {_change(then[key].get(name), one.get(name), paint)}" for name in changed)
            yield f"~{_called(one)} ({inner})"


def _identity(item: Any) -> str:
    if isinstance(item, dict):
        return str(next((item[name] for name in ("id", *_NAMING) if item.get(name)), item))
    return str(item)


def _called(item: Any) -> str:
    if isinstance(item, dict):
        item = next((item[name] for name in _NAMING if item.get(name)), item)
    return _said(item)


def _said(value: Any) -> str:
    return "(nothing)" if value in (None, "", [], {}) else printable(brief(value, longest=LONGEST), one_line=True)


def _safe(name: str, value: Any) -> Any:
    """A value without what is secret, however deep."""
    if _SECRET.search(name) and value:
        return _HIDDEN
    if isinstance(value, dict):
        return {key: _safe(str(key), one) for key, one in value.items()}
    return [_safe("", one) for one in value] if isinstance(value, list) else value
