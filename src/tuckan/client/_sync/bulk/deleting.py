# Generated from src/tuckan/client/_async/bulk/deleting.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning to delete: each name is found on the portal first, many at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument, NotAuthorized, NotFound
from tuckan.jobs.kinds.datasets import DeleteResources, finding
from tuckan.jobs.operation import Operation, Planned
from tuckan.readers import in_portions
from tuckan.snapshot.list_edits import is_id
from tuckan.wire import writing
from tuckan.wire.entities import ENTITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.journal import Journal
    from tuckan.readers import Row
    from tuckan.shapes import Record


MOST_AT_ONCE = 64
"""Resources that are looked for at once at most."""


class Deleting(Namespace):
    """Plans what a job of deleting does.

    Args:
        connection: to the portal.
        kind: `dataset`, `organization`, `group` or `user`.
        purge: whether they are to be removed for good.

    Raises:
        InvalidArgument: when there is no such kind, or it can't be purged.
    """

    def __init__(self, connection: Connection, kind: str, *, purge: bool) -> None:
        super().__init__(connection)
        if kind not in ("dataset", "resource", *ENTITIES):
            raise InvalidArgument(
                f"{kind!r} can't be deleted.", hint=f"These can: dataset, resource, {', '.join(ENTITIES)}."
            )
        if purge and kind != "dataset" and not (kind in ENTITIES and ENTITIES[kind].purged):
            raise InvalidArgument(f"CKAN can't purge a {kind}.", hint="Delete it; its name stays taken.")
        self._kind = kind
        self._purge = purge
        self._hidden: dict[str, str] = {}

    def plan_named(self, rows: Iterable[Row], journal: Journal) -> None:
        """Note in a journal what is to be deleted, of what is named by name or id."""
        number = 0
        with journal.planning() as add, self._connection.progress("planning", unit=f"{self._kind}s") as progress:
            for some in in_portions(rows):
                there = self._there([str(row.record) for row in some if not row.wrong])
                for row in some:
                    number += 1
                    add(self._named(row, there.get(str(row.record)), number, journal))
                progress.step(len(some))

    def _named(self, row: Row, there: Record | None, number: int, journal: Journal) -> Planned:
        wrong = row.wrong or ("" if there else f"there is no {self._kind} {row.record!r}")
        wrong = self._hidden.get(str(row.record), wrong)
        if there is not None and (other := journal.origin_of(str(there["id"]))) is not None:
            wrong = f"the same {self._kind} is named in {other} already"
        if there is None or wrong:
            data = {"id": row.record, "purge": self._purge}
            subject = f"{self._kind} {row.record}" if row.record else row.origin
            return Planned(Operation(f"row {number}", f"{self._kind}.delete", subject, data, origin=row.origin), wrong)
        return self.planned(there, row.origin)

    def planned(self, there: Record, origin: str = "") -> Planned:
        """The operation that deletes something that is there."""
        gone = there.get("state") == "deleted" and not self._purge
        data = {"id": there["id"], "purge": self._purge}
        subject = f"{self._kind} {there['name']}"
        operation = Operation(str(there["id"]), f"{self._kind}.delete", subject, data, origin=origin, before=there)
        return Planned(operation, unchanged=gone)

    def _there(self, named: list[str]) -> dict[str, Record]:
        """What is on the portal, by the names and ids given; what is in its bin as well."""
        found: dict[str, Record] = {}
        if self._kind == "dataset":
            for field, some in (("id", [one for one in named if is_id(one)]), ("name", named)):
                left = [one for one in some if one not in found]
                if left:
                    found |= self._connection.run(finding(field, left, self._connection.portal_state))
        # The search index has none that were deleted, and may be behind.
        missing = [one for one in dict.fromkeys(named) if one not in found]
        shows = (partial(self._show, one) for one in missing)
        shown = [one for one in self._connection.side_by_side(shows)]
        return found | {name: one for name, one in zip(missing, shown, strict=True) if one is not None}

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
    """Plans what a job does that deletes resources: one operation for each dataset that has some of them."""

    def plan_named(self, rows: Iterable[Row], journal: Journal) -> None:
        """Note in a journal which resources are to be deleted, each named by id, `dataset/name` or the address of its page."""
        several = list(rows)
        with journal.planning() as add, self._connection.progress("planning", unit="resources") as progress:
            found, datasets = self._found([str(row.record) for row in several if not row.wrong], progress.step)
            first: dict[str, Row] = {}
            chosen: dict[str, list[str]] = {}
            for number, row in enumerate(several, 1):
                id_ = found.get(str(row.record), "")
                wrong = row.wrong or ("" if id_ else f"there is no resource {row.record!r}")
                if not wrong and id_ in first:
                    wrong = f"the same resource is named in {first[id_].origin} already"
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
        """The ids of resources by how they are named, and their datasets by id: one that is found tells of its neighbours."""
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
        """A name with the id of its resource and that of its dataset; None where there is no such resource."""
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
