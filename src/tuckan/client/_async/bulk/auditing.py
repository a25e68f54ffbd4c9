"""What an audit asks of a portal besides its records: tables of the DataStore, loaders, users and their tokens; and workbooks for it."""

from __future__ import annotations

import tempfile
from functools import partial
from typing import TYPE_CHECKING

from tuckan.audit.rules import TableFacts
from tuckan.client._async.bulk.workbooks import Workbooks
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.client._async.namespaces.resources import Resources
from tuckan.client._async.namespaces.sheets import Sheets
from tuckan.errors import ActionNotFound, NotAuthorized, NotFound, PortalError, TransportError
from tuckan.readers.reading import count_rows
from tuckan.shapes.secrets import without_secrets
from tuckan.sheets.checking import assembled
from tuckan.sheets.writing import mark

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from pathlib import Path

    from tuckan.audit import Audit, Finding
    from tuckan.shapes import Record

LARGEST = 50_000_000
"""The largest file, in bytes, whose rows are counted."""

_PAGE = 1000
_LOADERS = ("xloader", "datapusher")


class AuditedTables(Namespace):
    """Looks at the tables of resources; what cannot be known of one is left open."""

    _loaders: Sequence[str] = _LOADERS

    async def facts(self, datasets: Iterable[Record]) -> dict[str, TableFacts]:
        """What is known of the tables of datasets, by the id of their resources."""
        resources = [
            one
            for dataset in datasets
            for one in dataset.get("resources") or ()
            if isinstance(one, dict) and one.get("id")
        ]
        wanted = [one for one in resources if one.get("datastore_active") or one.get("url_type") == "upload"]
        pieces = self._connection.side_by_side(partial(self._of, one) for one in wanted)
        return {id_: facts async for id_, facts in pieces}

    async def _of(self, resource: Record) -> tuple[str, TableFacts]:
        id_ = str(resource["id"])
        rows, exists = await self._rows(id_) if resource.get("datastore_active") else (None, None)
        counted = await self._rows_of_file(resource) if rows is not None else None
        return id_, TableFacts(rows, counted, exists is not False, await self._loader_error(id_))

    async def _rows(self, id_: str) -> tuple[int | None, bool | None]:
        """How many rows a table has, and whether it exists."""
        try:
            asked = {"resource_id": id_, "limit": 0, "total_estimation_threshold": None}
            answer = await self._read_record("datastore_search", asked)
        except NotFound:
            return None, False
        except PortalError:
            return None, None
        total = answer.get("total")
        return (total if isinstance(total, int) else None), True

    async def _rows_of_file(self, resource: Record) -> int | None:
        if resource.get("url_type") != "upload":
            return None
        with tempfile.TemporaryDirectory(prefix="tuckan-audit-") as folder:
            try:
                got = await Resources(self._connection).download(str(resource["id"]), folder, max_bytes=LARGEST)
            except (PortalError, TransportError, OSError):
                return None
            if got.path is None:
                return None
            path: Path = got.path
            return await self._connection.to_thread(count_rows, path)

    async def _loader_error(self, id_: str) -> str:
        """Why the last loading failed; empty if it did not, or nothing is known."""
        for name in self._loaders:
            try:
                state = dict(without_secrets(await self._read_record(f"{name}_status", {"resource_id": id_})))
            except ActionNotFound:
                self._loaders = [one for one in self._loaders if one != name]
                continue
            except PortalError:
                continue
            if state.get("status") == "error":
                error = state.get("error")
                told = error.get("message") if isinstance(error, dict) else error
                return str(told or "no reason is given")[:300]
        return ""

    async def orphans(self, ids: Iterable[str]) -> list[str]:
        """The tables of the DataStore that belong to no resource; what nobody may list is none.

        Args:
            ids: the resources that were read; others are looked up.
        """
        known, found, start = set(ids), list[str](), 0
        while True:
            asked = {"resource_id": "_table_metadata", "limit": _PAGE, "offset": start, "sort": "_id"}
            try:
                rows = (await self._read_record("datastore_search", asked)).get("records") or []
            except PortalError:
                return found
            found += [str(one.get("name")) for one in rows if not one.get("alias_of") and one.get("name") not in known]
            if not rows:
                return found
            start += len(rows)


class AuditedUsers(Namespace):
    """Reads users with their tokens, for which CKAN wants a system administrator."""

    async def records(self, listed: Sequence[Record], others: Iterable[str]) -> AsyncIterator[Record]:
        """Users, each with its `tokens`.

        Args:
            listed: the users that the portal lists.
            others: ids of users that records name, who may have been deleted.

        Raises:
            NotAuthorized: when the caller is not a system administrator.
        """
        known = {str(one.get("id")) for one in listed}
        missing = self._connection.side_by_side(partial(self._user, id_) for id_ in sorted(set(others) - known))
        deleted = [found async for found in missing if found]
        async for user in self._connection.side_by_side(partial(self._with_tokens, one) for one in (*listed, *deleted)):
            yield user

    async def _user(self, id_: str) -> Record | None:
        try:
            found: Record = await self._read_record("user_show", {"id": id_})
        except (NotFound, NotAuthorized):
            return None
        else:
            return found

    async def _with_tokens(self, user: Record) -> Record:
        try:
            tokens = await self._read_records("api_token_list", {"user_id": user["id"], "user": user["id"]})
        except NotAuthorized as error:
            error.hint = (
                "Only a system administrator may list the tokens of others: audit without users, or with such a token."
            )
            raise
        except NotFound:  # the user went meanwhile
            tokens = []
        kept = {name: user.get(name) for name in ("id", "name", "state", "sysadmin")}
        return {**kept, "tokens": tokens}


class AuditedWorkbooks(Namespace):
    """Workbooks of records: audited before they are applied, and written for what an audit found."""

    async def records(self, path: Path) -> list[Record]:
        """The datasets of a workbook as they would be: what was exported, with what its cells say now."""
        checked = await Workbooks(self._connection).checked(path, None, "dataset")
        exported = [one.entry.exported for one in checked.edits]
        return [
            {**({"id": one.id} if one.id else {}), **(before.record if before else {}), **assembled(one)}
            for one, before in zip(checked.edits, exported, strict=True)
        ]

    async def write(self, audit: Audit, path: Path) -> int:
        """Write a workbook of the datasets with findings that people have to mend, each finding as a comment of its cell.

        Args:
            audit: the audit.
            path: the file to write.

        Returns:
            How many datasets it has.
        """
        said: dict[str, list[Finding]] = {}
        for one in audit.findings():
            if one.kind == "dataset" and one.level != "note" and not one.patch and one.id:
                said.setdefault(one.id, []).append(one)
        if not said:
            return 0
        number = await Sheets(self._connection).export(path, list(said))
        checked = await Workbooks(self._connection).checked(path, None, "dataset")
        problems = [
            checked.book.problem("", edit.entry.row, one.field, " ".join(filter(None, (one.message, one.fix))))
            for edit in checked.edits
            for one in said.get(edit.id, ())
        ]
        marked = path.with_name(f"{path.stem}.marked.xlsx")
        await self._connection.to_thread(mark, path, marked, problems)
        marked.replace(path)
        return number
