"""`show()`: records abbreviated for people, in a terminal or a notebook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tuckan._text import as_html, as_text, printable
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class _Shown:
    """What `show` gives a notebook: HTML where it can be drawn, text elsewhere."""

    def __init__(self, records: list[Any], keys: int, records_shown: int) -> None:
        self._records, self._keys, self._shown = records, keys, records_shown

    def __repr__(self) -> str:
        return printable(as_text(self._records, keys=self._keys, records_shown=self._shown))

    def _repr_html_(self) -> str:
        return as_html(self._records, keys=self._keys, records_shown=self._shown)


def show(records: Mapping[str, Any] | Iterable[Any] | Any, *, keys: int = 10, records_shown: int = 5) -> None:
    """Show one record or many, short enough to read, with counts of what is left out.

    In a terminal it prints; in a notebook it draws a table.

    Args:
        records: one dict, or several in a list or any other iterable, or any other JSON value.
        keys: keys of each record at most.
        records_shown: records at most.

    Raises:
        InvalidArgument: when a number is below 1.

    Example:
        >>> show({"name": "rain", "tags": ["water", "sky"], "notes": "x" * 120}, keys=2)
          name  rain
          tags  ["water", "sky"]
          … and 1 more key: notes
    """
    if keys < 1 or records_shown < 1:
        raise InvalidArgument(
            f"keys={keys}, records_shown={records_shown}: neither can be below 1.", hint="Use 1 or more."
        )
    single = isinstance(records, (dict, str, bytes)) or not hasattr(records, "__iter__")
    shown = _Shown([records] if single else list(records), keys, records_shown)
    if "ipykernel" in sys.modules:
        from IPython.display import display  # noqa: PLC0415 # only inside a notebook

        display(shown)  # type: ignore[no-untyped-call]
    else:
        sys.stdout.write(f"{shown!r}\n")
