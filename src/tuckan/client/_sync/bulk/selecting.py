# Generated from src/tuckan/client/_async/bulk/selecting.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning one operation for each of many records, which are first looked up in batches."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument, NotAuthorized, NotFound
from tuckan.jobs.kinds.datasets import finding
from tuckan.jobs.kinds.resources import DeleteResources
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.planning import settled
from tuckan.readers import in_portions
from tuckan.snapshot import whole_fields
from tuckan.snapshot.list_edits import is_id
from tuckan.wire import writing
from tuckan.wire.entities import ENTITIES
from tuckan.wire.finding import finding_near_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.journal import Journal
    from tuckan.readers import Row
    from tuckan.shapes import Record


MOST_NAMED = 5
"""The maximum number of unknown names for which suggestions are requested."""

MOST_AT_ONCE = 64
"""The maximum number of resources looked up at once."""


def require_deletable(kind: str, *, purge: bool) -> None:
    """Check that records of a kind can be deleted or purged.

    Raises:
        InvalidArgument: when there is no such kind, or it can't be purged.
    """
    if kind not in ("dataset", "resource", *ENTITIES):
        raise InvalidArgument(
            f"{kind!r} can't be deleted.", hint=f"These can: dataset, resource, {', '.join(ENTITIES)}."
        )
    if purge and kind != "dataset" and not (kind in ENTITIES and ENTITIES[kind].purged):
        raise InvalidArgument(f"CKAN can't purge a {kind}.", hint="Delete it instead; its name stays taken.")


class Selected(Namespace):
    """Plans the same operation for each named record, or each dataset that a search finds.

    Args:
        connection: the connection to the portal.
        kind: `dataset`, `organization`, `group` or `user`.
        verb: which operation: `delete` or `patch`.
        data: the data of the operation besides the record's id.
    """

    def __init__(self, connection: Connection, kind: str, verb: str, data: Mapping[str, Any]) -> None:
        super().__init__(connection)
        self._kind = kind
        self._operation = f"{kind}.{verb}"
        self._data = data
        self._hidden: dict[str, str] = {}
        self._near: dict[str, str] = {}

    def plan_named(self, rows: Iterable[Row], journal: Journal) -> None:
        """Record in a journal the operations for records given by name or id."""
        number = 0
        with journal.planning() as add, self._connection.progress("planning", unit=f"{self._kind}s") as progress:
            for some in in_portions(rows):
                there = self._there([str(row.record) for row in some if not row.wrong])
                self._look_for_near(str(row.record) for row in some if not row.wrong and str(row.record) not in there)
                for row in some:
                    number += 1
                    add(self._named(row, there.get(str(row.record)), number, journal))
                progress.step(len(some))

    def plan_found(self, found: Iterator[Record], journal: Journal) -> None:
        """Record in a journal the operations for datasets that a search finds."""
        with journal.planning() as add:
            for one in found:
                add(self._planned(one))

    def _named(self, row: Row, there: Record | None, number: int, journal: Journal) -> Planned:
        near = self._near.get(str(row.record), "")
        wrong = row.wrong or ("" if there else f"there is no {self._kind} {row.record!r}{near}")
        wrong = self._hidden.get(str(row.record), wrong)
        if there is not None and (other := journal.origin_of(str(there["id"]))) is not None:
            wrong = f"the same {self._kind} is already named in {other}"
        if there is None or wrong:
            data = {**self._data, "id": row.record}
            subject = f"{self._kind} {row.record}" if row.record else row.origin
            return Planned(Operation(f"row {number}", self._operation, subject, data, origin=row.origin), wrong)
        return self._planned(there, row.origin)

    def _planned(self, there: Record, origin: str = "") -> Planned:
        data = {**self._data, "id": there["id"]}
        if "fields" in data:
            data["fields"] = whole_fields(there, data["fields"])
        subject = f"{self._kind} {there['name']}"
        return settled(
            Planned(Operation(str(there["id"]), self._operation, subject, data, origin=origin, before=there))
        )

    def _there(self, named: list[str]) -> dict[str, Record]:
        """Existing records, including deleted ones, by the given names and ids."""
        found: dict[str, Record] = {}
        if self._kind == "dataset":
            for field, some in (("id", [one for one in named if is_id(one)]), ("name", named)):
                left = [one for one in some if one not in found]
                if left:
                    found |= self._connection.run(finding(field, left, self._connection.portal_state))
        # The search index lacks deleted datasets, and may be out of date.
        missing = [one for one in dict.fromkeys(named) if one not in found]
        shows = (partial(self._show, one) for one in missing)
        shown = [one for one in self._connection.side_by_side(shows)]
        return found | {name: one for name, one in zip(missing, shown, strict=True) if one is not None}

    def _look_for_near(self, missing: Iterable[str]) -> None:
        """Find suggestions for the first few unknown names."""
        for name in dict.fromkeys(missing):
            if len(self._near) == MOST_NAMED:
                return
            if name not in self._hidden and not is_id(name):
                self._near[name] = self._run(finding_near_name(self._kind, name, self._portal_state))

    def _show(self, id: str) -> Record | None:  # noqa: A002 - CKAN's own word
        look: Any = writing.dataset(id) if self._kind == "dataset" else ENTITIES[self._kind].look(id)
        try:
            return self._connection.run(writing.reading_if_there(look, self._connection.portal_state))
        except NotAuthorized as error:
            if not self._connection.portal_state.token:
                raise
            self._hidden[id] = error.message
            return None


class DeletingResources(Namespace):
    """Plans the deletion of resources: one operation for each dataset that has some of them."""

    def plan_named(self, rows: Iterable[Row], journal: Journal) -> None:
        """Record in a journal which resources to delete, each given by id, `dataset/name` or the address of its page."""
        several = list(rows)
        with journal.planning() as add, self._connection.progress("planning", unit="resources") as progress:
            found, datasets = self._found([str(row.record) for row in several if not row.wrong], progress.step)
            first: dict[str, Row] = {}
            chosen: dict[str, list[str]] = {}
            for number, row in enumerate(several, 1):
                id_ = found.get(str(row.record), "")
                wrong = row.wrong or ("" if id_ else f"there is no resource {row.record!r}")
                if not wrong and id_ in first:
                    wrong = f"the same resource is already named in {first[id_].origin}"
                if wrong:
                    subject = f"resource {row.record}" if row.record else row.origin
                    add(Planned(Operation(f"row {number}", DeleteResources.name, subject, origin=row.origin), wrong))
                    continue
                first[id_] = row
                chosen.setdefault(_dataset_with(id_, datasets), []).append(id_)
            for dataset, ids in chosen.items():
                there = datasets[dataset]
                data = {"id": dataset, "resources": ids}
                origin = first[ids[0]].origin
                subject = f"dataset {there['name']}"
                add(Planned(Operation(dataset, DeleteResources.name, subject, data, origin=origin, before=there)))

    def _found(self, names: list[str], step: Callable[[int], object]) -> tuple[dict[str, str], dict[str, Record]]:
        """The ids of resources by given name, and their datasets by id; a dataset found resolves its other resources too."""
        found: dict[str, str] = {}
        datasets: dict[str, Record] = {}
        left, number = list(dict.fromkeys(names)), 1
        while left:
            some, left = left[:number], left[number:]
            shows = (partial(self._place, one) for one in some)
            placed = {name: one for name, one in self._connection.side_by_side(shows) if one}
            found |= {name: id_ for name, (id_, _) in placed.items()}
            wanted = dict.fromkeys(dataset for _, dataset in placed.values() if dataset not in datasets)
            reads = (partial(self._dataset, one) for one in wanted)
            datasets |= {str(one["id"]): one for one in self._connection.side_by_side(reads)}
            known = {str(one["id"]) for each in datasets.values() for one in each.get("resources") or ()}
            found |= {name: name for name in left if name in known}
            step(len(some) + sum(name in known for name in left))
            left, number = [name for name in left if name not in known], min(2 * number, MOST_AT_ONCE)
        return found, datasets

    def _place(self, name: str) -> tuple[str, tuple[str, str] | None]:
        """A name with the ids of its resource and dataset; None if there is no such resource."""
        try:
            there = self._read_record("resource_show", {"id": self._resource(name)})
        except NotFound:
            return name, None
        return name, (str(there["id"]), str(there["package_id"]))

    def _dataset(self, id: str) -> Record:  # noqa: A002 - CKAN's own word
        found: Record = self._read_record("package_show", {"id": id})
        return found


def _dataset_with(resource: str, datasets: Mapping[str, Record]) -> str:
    return next(id_ for id_, one in datasets.items() if any(each["id"] == resource for each in one["resources"]))
