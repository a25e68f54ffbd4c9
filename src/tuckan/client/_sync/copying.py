# Generated from src/tuckan/client/_async/copying.py by scripts/unasync.py: change that file, then run `make fix`.
"""A copy of one portal, or of a dump, to another portal: both are read, and what differs is planned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.client._sync.everything import Everything
from tuckan.errors import InvalidArgument, NotAuthorized
from tuckan.jobs.copying import CopyPlan
from tuckan.snapshot import KINDS, Snapshot, is_upload
from tuckan.wire.address import origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.jobs.copying import Wishes
    from tuckan.shapes import Record
    from tuckan.snapshot import Catalogue, EntityKind

Source: TypeAlias = "Everything | Catalogue"

_DOWNLOAD = re.compile(r"/dataset/[^/?#]+/resource/[^/?#]+/download/[^/?#]+$")


class Copying:
    """Reads both sides of a copy.

    Args:
        source: a client, or a catalogue such as a dump.
        connection: to the portal that is changed.
        wishes: what is wanted.
    """

    def __init__(self, source: Source, connection: Connection, wishes: Wishes) -> None:
        self._source = source
        self._site = source.base_url if isinstance(source, Everything) else ""
        self._target = Everything(connection)
        self._connection = connection
        self._wishes = wishes
        if self._site == self._target.base_url:
            raise InvalidArgument(f"{self._site} can't be copied to itself.", hint="Name two portals.")

    def plan(self) -> CopyPlan:
        """Read both sides, and give what works out the operations."""
        source, target = Snapshot(), Snapshot()
        for kind in self._kinds():
            for record in self._records(self._source, kind):
                source.add(kind, self._adopted(record) if kind == "datasets" else record)
            for record in self._records(self._target, kind):
                target.add(kind, record)
        return CopyPlan(source, target, self._wishes)

    def _kinds(self) -> Sequence[EntityKind]:
        return [kind for kind in KINDS if kind in self._wishes.kinds and kind in self._source.kinds]

    def _records(self, side: Source, kind: EntityKind) -> Iterator[Record]:
        if not isinstance(side, Everything):
            for record in side.records(kind):
                yield record
            return
        try:
            for record in side.records(kind, views=self._wishes.views):
                yield record
        except NotAuthorized:
            if kind != "users":
                raise  # who may not see the users can copy all else

    def _adopted(self, dataset: Record) -> Record:
        """A dataset whose links to files on the source are uploads, or the other way round where no files are copied."""
        resources: list[dict[str, Any]] = dataset.get("resources") or []
        if self._wishes.files:
            changed = [{**one, "url_type": "upload"} if self._is_ours(one) else one for one in resources]
        else:
            changed = [{**one, "url_type": None} if is_upload(one) else one for one in resources]
        return {**dataset, "resources": changed}

    def _is_ours(self, resource: Record) -> bool:
        url = str(resource.get("url") or "")
        return bool(_DOWNLOAD.search(url)) and origin(url) == origin(self._site)
