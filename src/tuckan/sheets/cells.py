"""Values as cells hold them: in the words of the portal's forms, and read back from whatever a person may type."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import closest
from tuckan.schemas import from_cell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tuckan.sheets.layout import Column

EMPTY = "(empty)"
"""What a cell says to empty a field."""
TOO_LONG = "(too long for a cell)"
"""What stands for a text that no cell can hold; it leaves the field alone."""
MOST_CHARACTERS = 32_767

Pairs: TypeAlias = "Sequence[tuple[str, Any]]"
"""What cells may show, each with the value that it stands for."""
Choices: TypeAlias = "Mapping[str, Pairs]"
"""The pairs of columns, by the paths of these."""

_NAME = re.compile(r"[a-z0-9_-]{2,}")
_LARGEST_NUMBER = 10**15
_SEPARATORS = re.compile(r"[;\n]")
_WITH_COMMA = re.compile(r"[,;\n]")
MOST_CANDIDATES = 5
MOST_COMPARED = 100_000
"""Names that wrong ones of one kind are compared with, in all of a workbook."""


class Gone(str):
    """The value of something that a workbook offers, and that the portal does not have any more."""

    __slots__ = ()


class Unclear(Exception):
    """A cell says nothing that its column could mean."""


class Near:
    """Names that resemble wrong ones.

    A search compares with every name, so there is an end to them: a workbook in which every row is wrong is checked about as
    fast as another.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}
        self._left: dict[str, int] = {}

    def __call__(self, what: str, text: str, names: Collection[str]) -> str:
        """The closest name; nothing when there is none, or too many were looked for.

        Args:
            what: what is named, such as `organization`.
            text: the wrong name.
            names: those that there are.
        """
        left = self._left.setdefault(what, MOST_COMPARED)
        if (what, text) not in self._found and left > 0:
            self._left[what] = left - len(names)
            self._found[what, text] = next(iter(closest(text, names, most=1)), "")
        return self._found.get((what, text), "")


def as_cell(value: Any, column: Column, choices: Choices) -> str | int | float | None:
    """A value as a cell shows it; None when there is none.

    Args:
        value: the value as the portal gives it, with lists and records in place of JSON text.
        column: the column.
        choices: what cells show for values.
    """
    if value is None or value in ("", [], {}):
        return None
    cell = _shown(value, column, choices.get(column.path, ()))
    return TOO_LONG if isinstance(cell, str) and len(cell) > MOST_CHARACTERS else cell


def _shown(value: Any, column: Column, pairs: Pairs) -> str | int | float:
    kind = column.field.kind
    if kind in ("integer", "number"):
        return _number(value)
    if kind == "boolean" and isinstance(value, bool):
        return str(value).lower()
    if kind in ("tags", "texts", "choices") and isinstance(value, list):
        return _joined(value, kind, pairs)
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return next((shown for shown, one in pairs if str(one) == value), value)


def _number(value: Any) -> str | int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value if abs(value) < _LARGEST_NUMBER else str(value)
    text = str(value)
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", text) and text != "-0":
        return int(text)
    return text


def _joined(value: list[Any], kind: str, pairs: Pairs) -> str:
    if kind == "tags":
        value = [one["name"] for one in value if not one.get("vocabulary_id")] if _are_records(value) else value
    words = [next((shown for shown, known in pairs if known == one), one) for one in value]
    separators = _SEPARATORS if kind == "texts" else _WITH_COMMA
    if all(isinstance(one, str) and _is_plain(one, separators) for one in words):
        return "; ".join(words)
    return json.dumps(value, ensure_ascii=False)


def _are_records(value: list[Any]) -> bool:
    return all(isinstance(one, dict) and "name" in one for one in value)


def _is_plain(text: str, separators: re.Pattern[str]) -> bool:
    """Whether a text is read back as it is from between others."""
    return bool(text) and text == text.strip() and text[0] not in "[{(" and not separators.search(text)


def plain(cell: Any) -> str:
    r"""A cell for comparing it with another: line ends and the forms of numbers and dates make no difference.

    Example:
        >>> plain(5.0), plain("5"), plain("a\r\nb"), plain(None)
        ('5', '5', 'a\nb', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (date, time)):
        return _of_date(cell)
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


def _of_date(cell: date | time) -> str:
    """A date without the midnight that spreadsheets give it."""
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    return cell.isoformat()


def is_emptied(cell: Any) -> bool:
    """Whether a cell empties its field."""
    return isinstance(cell, str) and cell.strip().lower() == EMPTY


def as_value(cell: Any, column: Column, choices: Choices, near: Near | None = None) -> Any:
    """The value that a cell stands for.

    Args:
        cell: what the cell holds, which is not empty.
        column: the column.
        choices: what cells show for values.
        near: finds names that resemble a wrong one.

    Raises:
        Unclear: when it refers to nothing that there is, or to several.
    """
    pairs, field = choices.get(column.path, ()), column.field
    if isinstance(cell, (date, time)):
        cell = _of_date(cell)
    elif isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if field.kind == "choices":
        return _several(cell, column, pairs)
    if column.reference:
        return referred(str(cell), pairs, column.reference, near)
    if pairs and field.kind == "choice":
        found = _meant(str(cell), pairs)
        return found[0] if len(found) == 1 else str(cell)
    return from_cell(cell, field)


def _several(cell: Any, column: Column, pairs: Pairs) -> list[Any]:
    said = from_cell(cell, column.field)
    if isinstance(cell, str) and not cell.lstrip().startswith("["):
        if found := _one(cell, pairs):
            return found
        said = [word for one in _SEPARATORS.split(cell) if one.strip() for word in _words(one, pairs)]
    return [(_one(str(one), pairs) or [one])[0] for one in (said if isinstance(said, list) else [said])]


def _words(text: str, pairs: Pairs) -> list[str]:
    if _one(text, pairs):
        return [text.strip()]
    return [one.strip() for one in text.split(",") if one.strip()]


def _one(text: str, pairs: Pairs) -> list[Any]:
    found = _meant(text, pairs)
    return found if len(found) == 1 else []


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    """A text as people see it: without characters that have no width, and with simple spaces."""
    seen = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    return " ".join(seen.split()).casefold()


def _meant(text: str, pairs: Pairs) -> list[Any]:
    """The values that a text stands for: what is shown, or the value itself, or either in another case or with other spaces."""
    text = text.strip()
    for same in (
        [value for shown, value in pairs if shown == text],
        [value for _, value in pairs if str(value) == text],
        [value for shown, value in pairs if _folded(text) in (_folded(shown), _folded(str(value)))],
    ):
        if same:
            return list(dict.fromkeys(same))
    return []


def referred(text: str, pairs: Pairs, what: str, near: Near | None = None) -> Any:
    """The value of the one thing that a text refers to by its title, another of its names, its name or its id.

    Args:
        text: the text.
        pairs: titles, names and ids with the value of each thing.
        what: what it is, such as `organization`.
        near: finds names that resemble a wrong one.

    Raises:
        Unclear: when there is no such thing, or several.

    Example:
        >>> referred("rivers", [("Rivers", "7"), ("rivers", "7")], "organization")
        '7'
    """
    found = _meant(text, pairs)
    if len(found) == 1 and isinstance(found[0], Gone):
        raise Unclear(f"the {what} {text.strip()!r} is not on the portal any more")
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(_name_of(one, pairs) for one in found[:MOST_CANDIDATES])
        raise Unclear(f"there is more than one {what} {text.strip()!r}: write the name of one: {named}")
    meant = (near or Near())(what, text, [shown for shown, _ in pairs])
    raise Unclear(f"there is no {what} {text.strip()!r}{f' (did you mean {meant!r}?)' if meant else ''}")


def _name_of(value: Any, pairs: Pairs) -> str:
    """The name of the thing that has this value, which no other has."""
    return next(
        (text for text, one in pairs if one == value and text != str(value) and _NAME.fullmatch(text)), str(value)
    )


def distinct(pairs: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Pairs of which each shows something else; what several would show alike is shown as its value.

    Example:
        >>> distinct([("Rain", "r1"), ("Snow", "s"), ("Rain", "r2")])
        [('r1', 'r1'), ('Snow', 's'), ('r2', 'r2')]
    """
    listed = list(pairs)
    times = Counter(one.strip().casefold() for one, _ in listed)
    return [
        (
            text
            if text and text.strip() == text and times[text.casefold()] == 1 and not is_emptied(text)
            else str(value),
            value,
        )
        for text, value in listed
    ]
