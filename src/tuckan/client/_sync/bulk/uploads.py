# Generated from src/tuckan/client/_async/bulk/uploads.py by scripts/unasync.py: change that file, then run `make fix`.
"""Uploads: one file, or many files of one dataset together."""

from __future__ import annotations

import mimetypes
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from tuckan.client._sync.bulk.downloads import Downloading, size_told
from tuckan.errors import Hint, Incomplete, InvalidArgument, PortalError, TransportError
from tuckan.shapes import Uploaded
from tuckan.transport import Source
from tuckan.transport.download_folder import place_of
from tuckan.transport.upload_source import PREFIX
from tuckan.wire.call import Call
from tuckan.wire.file_names import is_munged
from tuckan.wire.formats import format_of, same_format
from tuckan.wire.uploading import Item, algorithm_of, uploading, uploading_together
from tuckan.wire.verification import verified, verifying
from tuckan.wire.writing import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.shapes import Record, Resource

MOST_FILES = 100
MOST_BYTES = 512_000_000
"""The maximum size of one call: a failure means sending it again."""


class _File(Protocol):
    """What identifies a file."""

    @property
    def size(self) -> int | None: ...
    def hash(self, algorithm: str) -> str: ...


class Uploading:
    """Uploads to one dataset.

    Args:
        connection: the connection to the portal.
        package: the dataset with its resources.
        again: send a file even if the portal already has it.
        download: whether to download each file again and compare.
    """

    def __init__(self, connection: Connection, package: Record, *, again: bool, download: bool) -> None:
        self._connection = connection
        self._package = package
        self._again, self._download = again, download
        self._given: dict[str, Mapping[str, Any]] = {}

    def one(self, source: Source, resource: str | None, fields: Mapping[str, Any]) -> Uploaded:
        """Upload one file."""
        there = self._resource(resource)
        same = self._same(source, there, fields)
        if same is not None:
            return same
        item = self._item(source, there, fields)
        made = self._connection.run(uploading(item, self._package["id"], self._connection.portal_state))
        return self._verified(item, made)

    def several(self, files: Iterable[tuple[Source, str | None, Mapping[str, Any]]]) -> list[Uploaded]:
        """Upload several files, as many in one call as fit."""
        outcomes: dict[int, Uploaded] = {}
        waiting: dict[int, Item] = {}
        for number, (source, resource, fields) in enumerate(files):
            there = self._resource(resource)
            same = self._same(source, there, fields)
            if same is not None:
                outcomes[number] = same
                continue
            waiting[number] = self._item(source, there, fields)
            if len(waiting) == MOST_FILES or sum(one.size or 0 for one in waiting.values()) > MOST_BYTES:
                outcomes |= self._together(waiting)
                waiting = {}
        outcomes |= self._together(waiting)
        return [outcomes[number] for number in sorted(outcomes)]

    def _together(self, waiting: Mapping[int, Item]) -> dict[int, Uploaded]:
        if not waiting:
            return {}
        items = list(waiting.values())
        flow = uploading_together(items, self._package["id"], self._connection.portal_state)
        made = self._connection.run(flow)
        if any(one.new for one in items):
            self._make_views()
        return {number: self._verified(item, one) for (number, item), one in zip(waiting.items(), made, strict=True)}

    def _make_views(self) -> None:
        """Create the portal's default views, which it creates itself only for individually created resources."""
        with suppress(PortalError, TransportError):  # the files are uploaded; views are no reason to fail
            package = self._connection.call("package_show", {"id": self._package["id"]})
            self._connection.call("package_create_default_resource_views", {"package": package})

    def _resource(self, resource: str | None) -> Record | None:
        """The resource whose file to replace; None for a new one."""
        if resource is None:
            return None
        found = next((one for one in self._resources() if one.get("id") == resource), None)
        if found is None:
            raise InvalidArgument(
                f"The dataset {self._package.get('name')} has no resource {resource}.",
                hint="Give the id of one of its resources, or omit it to create a new one.",
            )
        return found

    def _item(self, source: Source, there: Record | None, given: Mapping[str, Any]) -> Item:
        fields = {name: value for name, value in given.items() if value is not None or there is not None}
        if there is None:
            # CKAN treats a resource with an id as an existing one, and does not guess its format.
            fields = {"name": source.name, **fields}
            fields.setdefault("format", format_of(source.name))
            new = str(uuid.uuid4())
            self._given[new] = {name: value for name, value in given.items() if value is not None}
            return Item(new, True, source, source.size, fields, source.repeatable)
        self._given[str(there["id"])] = given
        before = format_of(str(there.get("url") or "").rpartition("/")[2])
        now = format_of(source.name)
        if now != before:
            fields.setdefault("mimetype", mimetypes.guess_type(source.name)[0] or "")
            if str(there.get("format") or "").upper() in (before, ""):
                fields.setdefault("format", now)
        return Item(str(there["id"]), False, source, source.size, fields, source.repeatable)

    def _same(self, source: Source, there: Record | None, fields: Mapping[str, Any]) -> Uploaded | None:
        """The resource that already has this file, with its other fields updated."""
        if self._again or not source.repeatable:
            return None
        for one in [there] if there else self._candidates(source, fields):
            if self.has(one, source):
                other = {key: value for key, value in fields.items() if not _is_like(key, one.get(key), value)}
                patched = self._patched(one, other) if other else one
                sha256 = self._connection.to_thread(source.hash, "sha256")
                return Uploaded("unchanged", cast("Resource", patched), source.size or 0, sha256)
        return None

    def _candidates(self, source: Source, fields: Mapping[str, Any]) -> list[Record]:
        """The resources that may have the file: those with its name, then those whose file has its name.

        Multilingual portals keep names elsewhere, so a resource may have none; and a resource without a given name may
        have been renamed since.
        """
        name = fields.get("name", source.name)
        named = [one for one in self._resources() if one.get("name") == name]
        others = [
            one for one in self._resources() if not one.get("name") or ("name" not in fields and one not in named)
        ]
        return named + [one for one in others if is_munged(str(one.get("url") or "").rpartition("/")[2], source.name)]

    def _patched(self, resource: Record, fields: Mapping[str, Any]) -> Record:
        portal_state = self._connection.portal_state
        flow = reading(Call("resource_patch", {"id": resource["id"], **fields}, idempotent=True), portal_state)
        return self._connection.run(verified(flow, "resource", fields, portal_state))

    def _resources(self) -> list[Record]:
        return list(self._package.get("resources") or ())

    def has(self, resource: Record, source: _File) -> bool:
        """Whether the portal's file is this one.

        DataPusher and XLoader store a hash of their own, sometimes of a file that was replaced while they were working, so
        an unmarked hash is trusted only after the file was downloaded and compared. The same holds for a file of the same
        size without a hash: it was uploaded in a browser, or the portal's schema keeps none.
        """
        recorded = algorithm_of(resource.get("hash"))
        if resource.get("url_type") != "upload" or str(resource.get("size")) != str(source.size):
            return False
        if recorded and self._connection.to_thread(source.hash, recorded[0]) != recorded[1]:
            return False
        if recorded and str(resource["hash"]).startswith(PREFIX):
            return True
        try:
            given_back = self._given_back(resource)
        except PortalError:
            return False  # the portal has lost it
        return given_back == self._connection.to_thread(source.hash, "sha256")

    def _given_back(self, resource: Record) -> str:
        """The SHA-256 of a file as the portal returns it."""
        with tempfile.TemporaryDirectory(prefix="tuckan-") as folder:
            place = place_of(resource, Path(folder) / "file")
            return (Downloading(self._connection, check=False).one(resource, place)).sha256

    def _verified(self, item: Item, made: Record) -> Uploaded:
        """The outcome, after checking the portal's answer against what was sent; other fields are ignored."""
        source: Source = item.source
        told = made.get("size")
        if made.get("id") != item.id or (told is not None and str(told) != str(source.read_size)):
            raise Incomplete(
                f"{source.name}: {source.read_size:,} bytes were sent, but the portal has {told} in resource {item.id}.",
                expected=source.read_size,
                received=size_told(made) or 0,
                hint="Upload it again " + Hint("with id= of that resource.", "with --id and that resource's id."),
            )
        outcome: Literal["uploaded", "replaced"] = "uploaded" if item.new else "replaced"
        sha256 = source.sent or ""
        if self._download and self._given_back(made) != sha256:
            raise Incomplete(
                f"Resource {made['id']}: the portal returns another file than the one that was sent.",
                expected=source.read_size,
                received=size_told(made) or 0,
                hint="Upload it again "
                + Hint("with id= of that resource", "with --id and that resource's id")
                + "; if it happens again, tell the portal's administrator.",
            )
        portal_state = self._connection.portal_state
        self._connection.run(verifying("resource", self._given[item.id], made, portal_state, new=item.new))
        return Uploaded(outcome, cast("Resource", made), source.read_size, sha256)


def _is_like(key: str, there: Any, wanted: Any) -> bool:
    if key == "format":
        return same_format(str(there or ""), str(wanted or ""))
    return there == wanted or (there in ("", None) and wanted in ("", None))


def sources(files: Sequence[Any], tell: Any) -> list[tuple[Source, str | None, Mapping[str, Any]]]:
    """The files of a call of `upload_many`, each a path, an open file, or a dict with `file` and fields."""
    found: list[tuple[Source, str | None, Mapping[str, Any]]] = []
    for one in files:
        fields = dict(one) if isinstance(one, dict) else {"file": one}
        if "file" not in fields:
            raise InvalidArgument(
                f"{one!r} does not name a file.",
                hint=Hint("Give a path, or a dict with `file` and the resource's fields.", "Give the path of a file."),
            )
        source = Source(fields.pop("file"), tell=tell)
        found.append((source, fields.pop("id", None), fields))
    replaced = [resource for _, resource, _ in found if resource]
    if len(replaced) != len(set(replaced)):
        raise InvalidArgument("Two files are given for one resource.", hint="Give each id once.")
    return found
