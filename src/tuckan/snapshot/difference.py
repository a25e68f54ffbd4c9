"""The changes that would make one portal match another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan._text import brief_pair
from tuckan.snapshot.canonical import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tuckan.snapshot.canonical import EntityKind
    from tuckan.snapshot.portal_snapshot import Snapshot

Fields: TypeAlias = "dict[str, tuple[Any, Any]]"
"""Fields with their old and new value, or None."""


@dataclass(frozen=True, slots=True)
class Change:
    """The changes of one record.

    Attributes:
        kind: its kind.
        name: its name.
        what: whether it would be created, changed or deleted.
        fields: its fields, each with the old and the new value.
    """

    kind: EntityKind
    name: str
    what: Literal["created", "changed", "deleted"]
    fields: Mapping[str, tuple[Any, Any]] = field(repr=False)

    def lines(self) -> Iterator[str]:
        """The change as text, with each value of a changed record."""
        yield f"{_MARKS[self.what]} {_counted(self.kind, 1)} {self.name}"
        if self.what == "changed":
            for path, old, new in _values(self.fields):
                yield f"    {path}: {' -> '.join(brief_pair(old, new))}"


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between two snapshots, in order of kinds and names."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def counts(self) -> dict[tuple[EntityKind, str], int]:
        """How many of each kind would be created, changed and deleted."""
        return dict(Counter((one.kind, one.what) for one in self.changes))

    def as_json(self) -> list[dict[str, Any]]:
        """The changes as JSON values, for programs."""
        return [
            {
                "kind": one.kind,
                "name": one.name,
                "what": one.what,
                "fields": {name: {"old": old, "new": new} for name, (old, new) in one.fields.items()},
            }
            for one in self.changes
        ]

    def summary(self) -> str:
        """The counts in a sentence."""
        said = (f"{number:,} {_counted(kind, number)} {what}" for (kind, what), number in self.counts.items())
        return ", ".join(said) or "no difference"

    def __str__(self) -> str:
        return "\n".join([*(line for one in self.changes for line in one.lines()), self.summary()])


def difference(old: Snapshot, new: Snapshot, kinds: Sequence[EntityKind] = KINDS) -> Difference:
    """The changes that would turn `old` into `new`.

    Args:
        old: one snapshot, of the portal that would be changed.
        new: another, which it would equal afterwards.
        kinds: the kinds of records to compare.

    Example:
        >>> from tuckan.snapshot import Snapshot
        >>> rain = Snapshot(datasets={"rain": {"name": "rain", "title": "Rain"}})
        >>> print(difference(Snapshot(), rain))
        + dataset rain
        1 dataset created
    """
    return Difference(tuple(change for kind in kinds for change in _of_kind(kind, old, new)))


def applied(snapshot: Snapshot, changes: Difference) -> Snapshot:
    """A snapshot with a difference applied to it."""
    after = snapshot.only(*KINDS)
    for one in changes.changes:
        records = after.of_kind(one.kind)
        record = records.pop(one.name, {})
        record = {**record, **{name: new for name, (_, new) in one.fields.items()}}
        if one.what != "deleted":
            records[one.name] = {name: value for name, value in record.items() if value is not None}
    return after


def _of_kind(kind: EntityKind, old: Snapshot, new: Snapshot) -> Iterator[Change]:
    before, after = old.of_kind(kind), new.of_kind(kind)
    for name in sorted({**before, **after}):
        was, will = before.get(name, {}), after.get(name, {})
        fields = changed_fields(was, will)
        if name not in before:
            yield Change(kind, name, "created", fields)
        elif name not in after:
            yield Change(kind, name, "deleted", fields)
        elif fields:
            yield Change(kind, name, "changed", fields)


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Fields:
    """The fields in which two canonical records differ, sorted by name."""
    names = sorted({**old, **new})
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _values(fields: Mapping[str, tuple[Any, Any]], path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The single values that differ, with their paths; lists of equal length are compared item by item."""
    for name, (old, new) in fields.items():
        here = f"{path}{name}"
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _values(changed_fields(old, new), f"{here}.")
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            items = {f"[{n}]": pair for n, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]}
            yield from _values(items, here)
        else:
            yield here, old, new


def _counted(kind: EntityKind, number: int) -> str:
    return kind.removesuffix("s") if number == 1 else kind


_MARKS = {"created": "+", "changed": "~", "deleted": "-"}
