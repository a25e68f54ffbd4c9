# Generated from src/tuckan/client/_async/bulk/matching.py by scripts/unasync.py: change that file, then run `make fix`.
"""Which records of a portal those of a file are, by fields that tell them apart."""

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

    Portals search few of the fields that plugins add, so all records are read, once.

    Args:
        connection: to the portal.
        keys: the fields, such as `title` or `manufacturer.name`; no two records have the same values in all of them.
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
        """What a record has in each of the fields; empty where it says nothing."""
        schema = self._schemas.of(record)
        said = record if schema is None else decoded(record, schema)
        found = ([str(one).strip() for one in values_at(said, key) if one is not None] for key in self._keys)
        return tuple("; ".join(filter(None, values)) for values in found)

    def named(self, one: Checked) -> str:
        """The values that tell a record apart, for people and as the name of its operation."""
        return ", ".join(self._values(one.said))

    def find(self, one: Checked) -> tuple[Record | None, str]:
        """The record on the portal that is meant, and what is wrong where that can't be told."""
        key = self._values(one.said)
        if empty := [name for name, value in zip(self._keys, key, strict=True) if not value]:
            return None, f"it has no {' and no '.join(empty)}, by which it would be known"
        type_ = one.said.get("type")
        found = [other for other in self._known.get(key, ()) if type_ in (None, "", other.get("type"))]
        if len(found) > 1:
            names = ", ".join(str(other.get("name")) for other in found[:MOST_NAMED])
            more = ", ..." if len(found) > MOST_NAMED else ""
            return None, f"{len(found)} {self._schemas.kind}s have this {', '.join(self._keys)}: {names}{more}"
        return (found[0] if found else None), ""


def require_key(keys: Sequence[str], schemas: Schemas, known: Sequence[str], holds: Any) -> None:
    """See that records can be told apart by these fields.

    Raises:
        InvalidArgument: when one is no field, or users are loaded.
    """
    if schemas.kind == "user":
        raise InvalidArgument("Users are known by their name or id.", hint="Leave the key out.")
    for key in keys if schemas.by_type else ():  # without schemas of its own, plugins of a portal may have any field
        first, _, rest = key.partition(".")
        # Without a place, a field inside a list stands for that of all its items.
        if not holds(key) and not holds(f"{first}.0.{rest}"):
            raise InvalidArgument(
                f"{key!r} is no field of a {schemas.kind} on this portal, so nothing is known by it.",
                hint=f"Fields are {', '.join(known[:8])}, ... "
                + Hint("`schemas.get()` has all of them.", "`tuckan schema` lists all of them."),
            )
