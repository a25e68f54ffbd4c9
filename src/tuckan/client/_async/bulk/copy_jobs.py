"""Jobs that copy: their options, checked before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

from tuckan.client._async.bulk.copying import Copying
from tuckan.client._async.bulk.job import Job
from tuckan.client._async.bulk.job_journal import begun_journal
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.client._async.namespaces.portal import Portal
from tuckan.client._async.namespaces.portal_records import PortalRecords
from tuckan.config import known
from tuckan.errors import Hint, InvalidArgument
from tuckan.jobs.copying import CopySettings
from tuckan.jobs.folder import new_path
from tuckan.jobs.selection import DELETE_ALL
from tuckan.snapshot import KINDS, Storage
from tuckan.transport.dump import Dump
from tuckan.wire.address import Address
from tuckan.wire.portal_state import PortalState
from tuckan.wire.redaction import without_user_info

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tuckan.client._async.bulk.copying import Source
    from tuckan.client._async.client import AsyncClient
    from tuckan.jobs.journal import Journal
    from tuckan.snapshot import Catalogue, EntityKind

Given: TypeAlias = "AsyncClient | Catalogue | str | Path"


def _without_tables(source: Source) -> InvalidArgument:
    if isinstance(source, Storage):
        return InvalidArgument(
            f"{source} has no tables.",
            hint=Hint("Fetch them first: sync(client, tables=True).", "Fetch them first: tuckan mirror sync --tables"),
        )
    return InvalidArgument(
        f"{source} has no table rows: a dump contains only metadata.",
        hint="Copy from the portal, or copy without tables.",
    )


def _source(given: object) -> Source:
    """The source of a copy: a client, a catalogue, or the dump at a path.

    Raises:
        InvalidArgument: when it is anything else.
    """
    from tuckan.client._async.client import AsyncClient, connection_of  # noqa: PLC0415 - which loads its namespaces when asked

    if isinstance(given, AsyncClient):
        return PortalRecords(connection_of(given))
    if isinstance(given, str) and "://" in given:
        raise InvalidArgument(
            f"{without_user_info(given)} is the address of a portal.",
            hint=Hint("Pass a client of it: copy(connect(...)).", "Name it as FROM: tuckan copy FROM TO."),
        )
    if isinstance(given, (str, Path)):
        return Dump(given)
    if hasattr(given, "copy_to"):
        raise InvalidArgument(
            f"{given!r} is a client of the other kind (blocking or async).",
            hint="Copy from Client to Client, or AsyncClient to AsyncClient.",
        )
    if not (hasattr(given, "kinds") and callable(getattr(given, "records", None))):
        raise InvalidArgument(
            f"{given!r} can't be copied.",
            hint="Pass a client, the path of a dump, or a catalogue with kinds and records.",
        )
    catalogue: Catalogue = cast("Any", given)
    return catalogue


def _check_scope(leave_out: Sequence[str], organizations: Sequence[str], *, delete: bool) -> None:
    """Refuse to leave out what identifies records, and to delete what was not read."""
    if told := {"id", "name", "resources"}.intersection(leave_out):
        raise InvalidArgument(
            f"{', '.join(sorted(told))} can't be left out: it identifies records and their resources.",
            hint="Leave out fields that portals compute themselves, such as doi or resources.size.",
        )
    if organizations and delete:
        raise InvalidArgument(
            "What the source does not have can be deleted only when all of it is read, not some organizations.",
            hint=Hint("Leave out delete=True or organizations=.", "Leave out --delete or --organization."),
        )


def _kinds(given: Sequence[EntityKind]) -> Sequence[EntityKind]:
    """The kinds to copy, in order of dependency."""
    wanted = (given,) if isinstance(given, str) else tuple(given)
    if unknown := [one for one in wanted if one not in KINDS]:
        raise InvalidArgument(f"There are no {unknown[0]!r} on a portal.", hint=f"Use some of: {', '.join(KINDS)}.")
    return [kind for kind in KINDS if kind in wanted]


class CopyOptions(TypedDict, total=False):
    """The options of a copy; see `jobs.copy`."""

    kinds: Sequence[EntityKind]
    users: bool
    members: bool
    files: bool
    tables: bool
    views: bool
    delete: bool
    leave_out: Sequence[str]
    organizations: Sequence[str]
    everything: bool
    dry_run: bool


class CopyJobs(Namespace):
    """Jobs that copy."""

    async def copy(
        self,
        source: Given,
        *,
        kinds: Sequence[EntityKind] = KINDS,
        users: bool = False,
        members: bool = True,
        files: bool = True,
        tables: bool = False,
        views: bool = True,
        delete: bool = False,
        leave_out: Sequence[str] = (),
        organizations: Sequence[str] = (),
        everything: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to copy a portal, or a dump of one, to this portal: organizations, groups, datasets, files, views.

        Both are read, and only what differs is planned, so a second copy finds nothing to do. Records are matched by
        name, or by id where ids were preserved, which only a system administrator's token can do.

        Args:
            source: the client of the portal to copy, the path of a dump, or a catalogue such as `tuckan.Dump` or `tuckan.Mirror`.
            kinds: the kinds of records to copy.
            users: create missing users, with random passwords; otherwise they are left out.
            members: give organizations and groups their members, as far as these users exist.
            files: copy uploaded files, and links to files on the source; otherwise they become links to the source, as do those
                that a mirror has not fetched.
            tables: copy the tables of the DataStore that have no file: columns, data dictionary, key, aliases and rows. Tables that
                are on both portals are read whole and compared. A table that is replaced is kept on this machine, for
                `undo`. Tables that a loader created from a file are created again by this portal's loader.
            views: copy the views of resources, which takes one request for each resource.
            delete: delete here what the source does not have.
            leave_out: fields that are neither compared nor sent, such as `doi`, or `resources.size` of resources.
            organizations: copy only these organizations (names or ids), their datasets, and the groups of these; not with `delete`.
            everything: let `delete` remove all records of a kind, where the source has none of it; `run` needs a `confirm`
                that returns `DELETE ALL` then.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()`, `job.notes` and `job.entries()`, then `job.run()`.

        Raises:
            InvalidArgument: when the source is not a catalogue, or contains something that is not a record; when all records of a
                kind would be deleted, without `everything`; when the source has no tables, as dumps, and `tables=True`;
                when the source has no organization that is named.
            NotAuthorized: when there is no token for this portal.
            Incomplete: when one of the two cannot be read completely.

        Example:
            >>> written = ckan.dump("groups", "groups.jsonl")
            >>> with ckan.jobs.copy("groups.jsonl", kinds=["groups"], dry_run=True) as job:
            ...     print(job.plan())
            3 unchanged
        """
        copied, kinds = _source(source), _kinds(kinds)
        portal = copied if isinstance(copied, PortalRecords) else None
        if tables and portal is None and not (isinstance(copied, Storage) and copied.tables()):
            raise _without_tables(copied)
        _check_scope(leave_out, organizations, delete=delete)
        user = await Portal(self._connection).whoami()
        files = files and (portal is not None or (isinstance(copied, Storage) and bool(copied.files())))
        settings = CopySettings(
            kinds,
            users,
            members,
            files,
            tables,
            views,
            delete,
            keep_ids=bool(user.get("sysadmin")),
            sees_private=portal is None or bool(portal.portal_state.token),
            leave_out=leave_out,
            organizations=(organizations,) if isinstance(organizations, str) else tuple(organizations),
        )
        plan = await Copying(copied, self._connection, settings).plan()
        title = f"copy {portal.base_url if portal else copied}"
        facts = {"source": portal.base_url, "source_token": bool(portal.portal_state.token)} if portal else {}
        journal = begun_journal(self._connection, title, None if dry_run else new_path("copy"), **facts)
        journal.plan(plan.operations())
        if plan.emptied and not everything and not dry_run:
            journal.discard()
            raise self._would_empty(plan.emptied, portal or copied)
        journal.describe(notes=plan.notes, **({"phrase": DELETE_ALL} if plan.emptied else {}))
        return Job(self._connection, journal, source=portal.portal_state if portal else None)

    def _would_empty(self, emptied: Iterable[str], source: Source) -> InvalidArgument:
        return InvalidArgument(
            f"{self._connection.place} would lose everything of these kinds: {', '.join(emptied)}. {source} has none.",
            hint=Hint(
                "Is it the right source? Preview with dry_run=True; to delete all of them, pass everything=True.",
                "Is it the right source? Preview with --dry-run; to delete all of them, add --all.",
            ),
        )

    def _source_of(self, journal: Journal, given: AsyncClient | None) -> PortalState | None:
        """The source portal of a copy: from its client, or with the token from the settings."""
        if given is not None:
            from tuckan.client._async.client import connection_of  # noqa: PLC0415 - as above

            return connection_of(given).portal_state
        address = journal.facts().get("source")
        if address is None:
            return None
        settings, portal_state = known(str(address)), self._connection.portal_state
        return PortalState(
            Address.parse(settings.base_url),
            headers=portal_state.headers,
            token=settings.token,
            token_headers=portal_state.token_headers,
            policy=portal_state.policy,
            timeout=portal_state.timeout,
        )
