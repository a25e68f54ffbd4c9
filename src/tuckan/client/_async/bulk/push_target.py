"""Where a push goes: its options, the resource with its table, and whether that may be filled through the portal's loader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import uuid4

from tuckan._text import counted
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.errors import Hint, InvalidArgument
from tuckan.wire.rows import Selection, counting
from tuckan.wire.table_writes import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.readers.options import ReadOptions
    from tuckan.shapes import Record

Mode: TypeAlias = "Literal['replace', 'append', 'upsert']"
MODES = ("replace", "append", "upsert")
Via: TypeAlias = "Literal['auto', 'rows', 'loader']"
VIAS = ("auto", "rows", "loader")
_OWN_TABLES = ("datastore", "tabledesigner")


@dataclass(frozen=True, slots=True)
class PushOptions:
    """The options of a push.

    Attributes:
        mode: whether an existing table is replaced, extended, or updated by key.
        key: columns that identify a row.
        types: requested types, by column.
        indexes: columns, or groups of columns, to index.
        aliases: further names of the table.
        in_order: whether to keep the order of rows in the table.
        via: whether rows are sent, or go as a file through the portal's loader.
        force: whether to push even if the resource has a file or link.
        dry_run: plan only.
        how: how to read a file.
    """

    mode: Mode
    key: tuple[str, ...]
    types: Mapping[str, str]
    indexes: Sequence[str | Sequence[str]]
    aliases: Sequence[str]
    in_order: bool
    via: Via
    force: bool
    dry_run: bool
    how: ReadOptions


@dataclass(frozen=True, slots=True)
class Target:
    """The target: the resource's record, whether it is new, and its table with its row count, if any."""

    resource: Record
    new: bool
    table: Record | None


class PushTargets(Namespace):
    """Finds the target of a push.

    Args:
        connection: the connection to the portal.
        options: how to push.

    Raises:
        InvalidArgument: when an option has no such value.
    """

    def __init__(self, connection: AsyncConnection, options: PushOptions) -> None:
        super().__init__(connection)
        if options.mode not in MODES:
            raise InvalidArgument(
                f"mode={options.mode!r} is not a valid mode.", hint=f"Use one of: {', '.join(MODES)}."
            )
        if options.via not in VIAS:
            raise InvalidArgument(f"via={options.via!r} is not valid.", hint=f"Use one of: {', '.join(VIAS)}.")
        self._options = options

    async def find(self, resource: str | None, dataset: str | None, name: str | None) -> Target:
        """Find the resource to push to, or choose the id of a new one.

        Args:
            resource: the resource: its id, `dataset/name`, or the address of its page; None for one of a dataset.
            dataset: the dataset.
            name: the name of its resource.

        Raises:
            InvalidArgument: when it is not clear, or has a file of its own.
        """
        if not isinstance(resource, str | None):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody has a type checker
            raise InvalidArgument(
                f"A resource is named by a str, not by a {type(resource).__name__}.",
                hint="The data comes first, then the " + Hint("resource: push(data, resource).", "resource."),
            )
        if (resource is None) == (dataset is None):
            raise InvalidArgument(
                "There is no target to push to.",
                hint=Hint(
                    "Give a resource's id, or dataset= and name= of a new or existing one.",
                    "Give a resource's id, or --dataset and --name of a new or existing one.",
                ),
            )
        if resource is not None:
            found = await self._read_record("resource_show", {"id": await self._resource(resource)})
            return await self._known(found)
        if not name:
            raise InvalidArgument(
                "The resource has no name.",
                hint=Hint(
                    "Pass name=, the name shown on the dataset's page.",
                    "Add --name, the name shown on the dataset's page.",
                ),
            )
        there = await self._read_record("package_show", {"id": self._name_of(dataset or "", "dataset")})
        same = [one for one in there.get("resources") or [] if one.get("name") == name]
        if len(same) > 1:
            raise InvalidArgument(
                f"The dataset {there['name']} has {counted(len(same), 'resource')} called {name!r}.",
                hint=f"Give the id of one: {', '.join(one['id'] for one in same)}.",
            )
        if same:
            return await self._known(same[0])
        return Target({"id": str(uuid4()), "package_id": there["id"], "name": name}, True, None)

    async def _known(self, resource: Record) -> Target:
        file = resource.get("url_type") not in _OWN_TABLES and resource.get("url")
        if file and not self._options.force:
            raise InvalidArgument(
                f"The resource {resource.get('name') or resource['id']} has a file or link of its own, from which a loader may"
                " fill its table again.",
                hint=Hint(
                    "Push to another one (dataset= and name=), or pass force=True.",
                    "Push to another one (--dataset and --name), or add --force.",
                ),
            )
        table = await self._run(table_of(resource["id"], self._portal_state))
        if table is not None:
            table["rows"] = (await self._run(counting(Selection(resource["id"]), self._portal_state))).rows
        return Target(resource, False, table)

    def kept(self, target: Target) -> Record:
        """The existing table that is kept, if any."""
        return (target.table or {}) if self._options.mode != "replace" else {}

    async def may_load(self, target: Target) -> bool:
        """Whether the rows may go through the portal's loader, as far as is known before they are read.

        Raises:
            InvalidArgument: when they can't, and were asked to.
        """
        if self._options.via == "rows":
            return False
        why = ""
        if self.kept(target) or self._options.mode == "upsert":
            why = "Rows are added to a table or updated one by one: a loader replaces all of them."
        elif not target.new and target.resource.get("url_type") != "datastore":
            why = "The resource has a file or link of its own, or was not made for a table."
        elif self._options.via == "loader" and not await self.has_xloader():
            why = "This portal has no XLoader."
        if why and self._options.via == "loader":
            raise InvalidArgument(why, hint="Push with " + Hint("via='auto'.", "--via auto."))
        return not why

    async def has_xloader(self) -> bool:
        """Whether the portal has XLoader."""
        return "xloader" in (await self._read_record("status_show", {})).get("extensions", ())
