"""Column names that CKAN accepts, derived from any name; the original name becomes the label."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_BYTES = 63
"""The maximum length of a name in PostgreSQL, in bytes; it would truncate longer ones, and CKAN would not find the column."""

_POSTGRESQLS_OWN = frozenset("tableoid xmin cmin xmax cmax ctid".split())


_NO_LABEL = re.compile(r"[\0\ud800-\udfff]")
_MISREAD = re.compile(r"#|(?<![\w:\\]):(?=\w)")
"""CKAN before 2.12 treats `#` as a comment and `:word` as a parameter anywhere in SQL, so such columns cannot be read."""


def require_labels(names: Iterable[str]) -> None:
    """Refuse column names that can't even be labels: they would make the table unreadable.

    Raises:
        InvalidArgument: when there is one.
    """
    for place, name in enumerate(names, 1):
        if _NO_LABEL.search(name):
            raise InvalidArgument(
                f"The name of column {place}, {name!r:.60}, contains a NUL or an unpaired surrogate, which CKAN can't store.",
                hint="Rename the column.",
            )


def acceptable(names: Sequence[str]) -> list[str]:
    r"""Unique names that every version of CKAN accepts; valid names are not changed.

    Example:
        >>> acceptable(["year", " a \"b\"\n", "_id", "", "year", "xmin"])
        ['year', "a 'b'", 'id', 'column 4', 'year 2', 'xmin 2']
        >>> acceptable(["# of rooms", ":a", "at 12:30", "C#", "C"])
        ['of rooms', 'a', 'at 12:30', 'C 2', 'C']

    Raises:
        InvalidArgument: when a name can't even be a label.
    """
    require_labels(names)
    wanted = [_plain(name) or f"column {place}" for place, name in enumerate(names, 1)]
    # A valid name is kept, wherever it occurs.
    taken = {new for new, old in zip(wanted, names, strict=True) if new == old} | _POSTGRESQLS_OWN
    found: list[str] = []
    kept: set[str] = set()
    for new, old in zip(wanted, names, strict=True):
        free = new == old and new not in kept and new not in _POSTGRESQLS_OWN
        name = new if free else _another(new, taken)
        taken.add(name)
        kept.add(name)
        found.append(name)
    return found


def _plain(name: str) -> str:
    # CKAN 2.12 refuses all Unicode control characters, and every version refuses a leading "_".
    text = "".join(" " if unicodedata.category(one).startswith("C") else one for one in name)
    text = _MISREAD.sub(" ", text)
    return _cut(text.replace('"', "'").strip().lstrip("_").strip(), MOST_BYTES)


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore").strip()


def _another(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while (new := f"{_cut(name, MOST_BYTES - len(f' {number}'))} {number}") in taken:
        number += 1
    return new
