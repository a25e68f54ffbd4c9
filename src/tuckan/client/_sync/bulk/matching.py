# Generated from src/tuckan/client/_async/bulk/matching.py by scripts/unasync.py: change that file, then run `make fix`.
"""Matching the records of a file with those of a portal, by key fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.namespaces.datasets import Datasets
from tuckan.client._sync.namespaces.groups import Groups, Organizations
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import Hint, InvalidArgument
from tuckan.schemas import decoded, values_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.records import Checked, Schemas
    from tuckan.shapes import Record

MOST_NAMED = 3


class Matching(Namespace):
    """Finds records by the values of some of their fields.

    Portals index few of the fields that plugins add, so all records are read once.

    Args:
        connection: the connection to the portal.
        keys: the fields, such as `title` or `manufacturer.name`; together they identify a record.
        schemas: the portal's own schemas.
    """

    def __init__(self, connection: Connection, keys: Sequence[str], schemas: Schemas) -> None:
        super().__init__(connection)
        self._keys, self._schemas = keys, schemas
        self._known: dict[tuple[str, ...], list[Record]] = {}

    def read(self) -> None:
        """Read the records of the portal."""
        for one in self._records():
            key = self._values(one)
            if all(key):
                self._known.setdefault(key, []).append(one)

    def _records(self) -> Iterator[Record]:
        if self._schemas.kind == "dataset":
            fq = f'dataset_type:"{self._schemas.usual}"' if self._schemas.usual else None
            seen = bool(self._portal_state.token)
            for one in Datasets(self._connection).iter(fq=fq, include_private=seen, include_drafts=seen):
                yield one
            return
        of_kind = Groups if self._schemas.kind == "group" else Organizations
        for other in of_kind(self._connection).list(members=True):
            yield other

    def _values(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """A record's values of the key fields; empty if missing."""
        schema = self._schemas.of(record)
        said = record if schema is None else decoded(record, schema)
        found = ([str(one).strip() for one in values_at(said, key) if one is not None] for key in self._keys)
        return tuple("; ".join(filter(None, values)) for values in found)

    def named(self, one: Checked) -> str:
        """The key of a record as text, for messages and as the name of its operation."""
        return ", ".join(self._values(one.said))

    def find(self, one: Checked) -> tuple[Record | None, str]:
        """The matching record on the portal, and what is wrong if there is none or several."""
        key = self._values(one.said)
        if empty := [name for name, value in zip(self._keys, key, strict=True) if not value]:
            return None, f"it has no {' and no '.join(empty)} to look it up by"
        type_, usual = one.said.get("type"), self._schemas.usual
        if type_ and usual and type_ != usual:
            return None, f"its type is {type_!r}, and only records of the type {usual!r} are looked up by fields"
        found = [other for other in self._known.get(key, ()) if type_ in (None, "", other.get("type"))]
        if len(found) > 1:
            names = ", ".join(str(other.get("name")) for other in found[:MOST_NAMED])
            more = ", ..." if len(found) > MOST_NAMED else ""
            return None, f"{len(found)} {self._schemas.kind}s have this {', '.join(self._keys)}: {names}{more}"
        return (found[0] if found else None), ""


def require_key(keys: Sequence[str], schemas: Schemas, known: Sequence[str], holds: Any) -> None:
    """Check that these fields can be a key.

    Raises:
        InvalidArgument: when one is not a field, or users are loaded.
    """
    if schemas.kind == "user":
        raise InvalidArgument("Users are looked up by name or id.", hint="Leave the key out.")
    for key in keys if schemas.by_type else ():  # without schemas, a portal's plugins may have any field
        first, _, rest = key.partition(".")
        # Without an index, a field inside a list means that of all its items.
        if not holds(key) and not holds(f"{first}.0.{rest}"):
            raise InvalidArgument(
                f"{key!r} is not a field of a {schemas.kind} on this portal, so it cannot be a key.",
                hint=f"Fields are {', '.join(known[:8])}, ... "
                + Hint("`schemas.get()` has all of them.", "`tuckan schema` lists all of them."),
            )
