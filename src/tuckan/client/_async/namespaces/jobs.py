"""Jobs: bulk work that is planned, previewed, run, verified, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan.client._async.bulk.copy_jobs import CopyJobs
from tuckan.client._async.bulk.fixing import FixJobs
from tuckan.client._async.bulk.job import Job
from tuckan.client._async.bulk.job_journal import begun_journal
from tuckan.client._async.bulk.loading import Loading, fields_of, require_fields, schemas_of
from tuckan.client._async.bulk.selecting import DeletingResources, Selected, require_deletable
from tuckan.client._async.namespaces.datasets import Datasets
from tuckan.client._async.namespaces.groups import Organizations
from tuckan.client._async.namespaces.tags import Licenses
from tuckan.errors import ConfigurationError, Hint, InvalidArgument
from tuckan.jobs.folder import new_path, path_of
from tuckan.jobs.journal import Journal
from tuckan.jobs.planning import settled
from tuckan.jobs.records import FIELDS, NAMES, planned_call
from tuckan.jobs.selection import DELETE_ALL, PATCH_ALL, PURGE_ALL, query_for
from tuckan.jobs.shelf import summaries
from tuckan.readers import Fields, Reading, read_names, read_rows
from tuckan.readers.options import ReadOptions

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.client._async.client import AsyncClient
    from tuckan.client._async.namespaces.datasets import Filters
    from tuckan.jobs.operation import Planned
    from tuckan.jobs.shelf import JobSummary
    from tuckan.readers import Source

LoadKind: TypeAlias = Literal["dataset", "organization", "group", "user"]
DeleteKind: TypeAlias = Literal["dataset", "organization", "group", "user", "resource"]

_FOR_GOOD = {
    "purge": "What is purged can't be restored, and whatever belongs to it goes with it: files, tables, views, relationships,"
    " members, collaborators, followers, activities. The records stay in the journal of this job.",
    "user": "Deleted users lose their memberships and their roles in datasets, which an undo does not restore.",
}
"""What a job of deleting can't undo, by what it deletes."""


class Jobs(CopyJobs, FixJobs):
    """Bulk work on a portal, and the journals of past jobs."""

    async def patch(
        self,
        changes: Mapping[str, Any],
        q: str | None = None,
        *,
        source: Source | None = None,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        everything: bool = False,
        include_private: bool = False,
        include_drafts: bool = False,
        read: ReadOptions | None = None,
        dry_run: bool = False,
    ) -> Job:
        """Plan to change the same fields of many datasets, such as `{"private": True}`.

        Args:
            changes: the fields with their new values.
            q: the query for datasets, in words or Solr's syntax.
            source: instead of a query: names or ids, records that have one, or files of either as `pathlib.Path`; a
                string is one name.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            everything: all datasets, instead of a search; `run` needs a `confirm` that returns `PATCH ALL` then.
            include_private: include private datasets, which needs a token; those that are named are changed in any case.
            include_drafts: include drafts, in the same way.
            read: how to read the files.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()`, then `job.run()`.

        Raises:
            InvalidArgument: when no field or no choice of datasets is given, all are selected without `everything`, or a field is
                misspelled.
            NotFound: when the portal does not offer the license, or does not have the organization.

        Example:
            >>> with ckan.jobs.patch({"license_id": "cc-by"}, "organization:space", dry_run=True) as job:
            ...     print(job.plan().total)
            8
        """
        if not changes:
            raise InvalidArgument(
                "No fields to change.",
                hint=Hint(
                    "Pass at least one, such as license_id='cc-by'.",
                    "Give at least one, such as license_id=cc-by.",
                ),
            )
        await require_fields(self._connection, changes)
        if changes.get("license_id"):
            await Licenses(self._connection).get(str(changes["license_id"]))
        if changes.get("owner_org"):
            await Organizations(self._connection).get(str(changes["owner_org"]))
        search = _search(source, q, fq, filters, everything=everything)
        patching = Selected(self._connection, "dataset", "patch", {"fields": dict(changes)})
        phrase = PATCH_ALL if everything else ""
        journal = self._journal(f"patch {', '.join(changes)}", dry_run=dry_run, phrase=phrase)
        if source is not None:
            await _plan_named(patching, source, read, journal)
        else:
            search |= {"include_private": include_private, "include_drafts": include_drafts}
            await patching.plan_found(Datasets(self._connection).iter(**search), journal)
        return Job(self._connection, journal)

    async def load(
        self,
        source: Source,
        kind: LoadKind = "dataset",
        *,
        type: str | None = None,  # noqa: A002 - CKAN's own word
        key: str | Sequence[str] | None = None,
        leave_out: str | Sequence[str] | None = None,
        mapping: Mapping[str, str | None] | None = None,
        extras: bool = False,
        read: ReadOptions | None = None,
        create: bool = True,
        update: bool = True,
        dry_run: bool = False,
    ) -> Job:
        """Plan to create the given records, or to change the existing ones.

        Fields that a record does not mention stay as they are. Each record is checked against the portal's schema
        before anything is sent. A row that cannot be loaded is refused, with its file, its line and all its problems;
        the others are loaded.

        Args:
            source: files (JSON lines, a JSON array, CSV, spreadsheets; compressed or not), `-` for standard input, or
                records.
            kind: the kind of records: `dataset`, `organization`, `group` or `user`.
            type: the type of new records that do not name one, such as `instrument`; only its fields are columns then.
            key: the field or fields that match records on the portal, instead of id and name: `title`,
                `manufacturer.name`. All records of the portal are read for this.
            leave_out: fields that are not sent, such as `name` where the portal names its datasets, or `resources.size`.
            mapping: columns of a table with the field that each stands for, such as `extras.KEY`; None to skip a
                column.
            extras: whether unknown columns of a table become extra fields.
            read: how to read the files, such as `ReadOptions(delimiter=";", header_row=3)`.
            create: whether to create records that do not exist; they are refused otherwise.
            update: whether to change existing records; they are left as they are otherwise.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()` and `job.notes` (what cannot be undone, and what is
            not in the files), then `job.run()`.

        Raises:
            InvalidArgument: when a file does not exist, or has columns that are not fields; when the mapping names a
                column that does not exist; when the mapping or the key names a field that the portal does not have.
            NotAuthorized: without a token.

        Example:
            >>> with ckan.jobs.load([{"name": "planet-mars", "title": "Mars"}], dry_run=True) as job:
            ...     print(job.plan().total)
            1
        """
        if kind not in FIELDS:
            raise InvalidArgument(f"{kind!r} can't be loaded.", hint=f"These can: {', '.join(FIELDS)}.")
        keys, left_out = ([one] if isinstance(one, str) else list(one or ()) for one in (key, leave_out))
        schemas = await schemas_of(self._connection, kind, type, left_out)
        how = Reading(fields_of(schemas, mapping, keys), mapping, extras, read or ReadOptions())
        journal = self._journal(f"load {kind}s", dry_run=dry_run)
        loading = Loading(self._connection, schemas, key=keys, create=create, update=update)
        await loading.plan(read_rows(source, how), journal)
        job = Job(self._connection, journal)
        job.note([*how.notes, *loading.notes()])
        return job

    async def delete(
        self,
        source: Source | None = None,
        kind: DeleteKind = "dataset",
        *,
        q: str | None = None,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        everything: bool = False,
        include_private: bool = False,
        include_drafts: bool = False,
        purge: bool = False,
        read: ReadOptions | None = None,
        dry_run: bool = False,
    ) -> Job:
        """Plan to delete datasets, organizations, groups, users or resources.

        Resources of one dataset are deleted with one write; name them by id, as `dataset/name`, or by the address of
        their page.

        Args:
            source: names or ids, records that have one, or files of either as `pathlib.Path`; a string is one name.
            kind: the kind of records: `dataset`, `organization`, `group`, `user` or `resource`.
            q: instead of `source`: a query for datasets, in words or Solr's syntax.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            everything: all datasets, instead of a search; `run` needs a `confirm` that returns `DELETE ALL` then, or
                `PURGE ALL`.
            include_private: include private datasets in a search; records in `source` are deleted in any case.
            include_drafts: include drafts, in the same way.
            purge: remove them permanently, which cannot be undone.
            read: how to read the files.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()` and `job.notes` (what can't be undone), then `job.run()`.

        Raises:
            InvalidArgument: when nothing is selected, all are selected without `everything`, or users are to be
                purged, which CKAN cannot do.

        Example:
            >>> with ckan.jobs.delete(["planet-mars", "planet-venus"], dry_run=True) as job:
            ...     print(job.plan().total)
            2
        """
        search = _search(source, q, fq, filters, everything=everything)
        if search and kind != "dataset":
            raise InvalidArgument(
                f"Only datasets can be selected by a search, not {kind}s.", hint="Give their names or ids."
            )
        require_deletable(kind, purge=purge)
        deleting = Selected(self._connection, kind, "delete", {"purge": purge})
        phrase = (PURGE_ALL if purge else DELETE_ALL) if everything else ""
        journal = self._journal(f"{'purge' if purge else 'delete'} {kind}s", dry_run=dry_run, phrase=phrase)
        if source is not None:
            named = DeletingResources(self._connection) if kind == "resource" else deleting
            await _plan_named(named, source, read, journal)
        else:
            search |= {"include_private": include_private, "include_drafts": include_drafts}
            await deleting.plan_found(Datasets(self._connection).iter(**search), journal)
        job = Job(self._connection, journal)
        if note := _FOR_GOOD.get("purge" if purge else kind):
            job.note([note])
        return job

    async def batch(
        self, source: Source, *, in_order: bool = True, read: ReadOptions | None = None, dry_run: bool = False
    ) -> Job:
        """Plan to call actions, one for each record `{"action": ..., "data": {...}, "files": {...}}`.

        Args:
            source: files of JSON lines or a JSON array, `-` for standard input, or records.
            in_order: call one after the other, in the given order; otherwise concurrently.
            read: how to read the files.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing called yet. An action whose answer is lost is looked up if it creates something that
            has a name or an id, sent again if that does no harm, and reported otherwise. A batch cannot be undone.

        Raises:
            InvalidArgument: when a file does not exist, or does not contain records.

        Example:
            >>> calls = [{"action": "package_patch", "data": {"id": "planet-mars", "maintainer": "Planetary data desk"}}]
            >>> with ckan.jobs.batch(calls) as job:
            ...     print(job.run())
            1 changed
            >>> job.discard()
        """
        how = Reading(Fields(frozenset({"action"}), frozenset({"data", "files"})), options=read or ReadOptions())
        journal = self._journal("batch", dry_run=dry_run)
        with journal.planning() as add:
            for number, row in enumerate(read_rows(source, how), 1):
                add(planned_call(row, number, in_order=in_order))
        return Job(self._connection, journal)

    def list(self) -> builtins.list[JobSummary]:
        """List the jobs on this machine that belong to this portal, the oldest first.

        Returns:
            For each job its `name`, `title`, `begun`, `ended`, and how many operations are `done`, `failed` and `left`.

        Example:
            >>> with ckan.jobs.patch({"license_id": "cc-by"}, "name:planet-mars") as job:
            ...     print([(one.title, one.left) for one in ckan.jobs.list() if one.name == job.name])
            [('patch license_id', 1)]
            >>> job.discard()
        """
        return [job for job in summaries() if job.portal == self._connection.portal_state.address.site]

    def open(self, name: str, *, source: AsyncClient | None = None) -> Job:
        """Open a job by its name, the end of its name, or `last`; `run()` resumes it.

        Args:
            name: the job's name.
            source: for a copy, the client of the portal that is copied; without it, that portal is reached with the token
                that the environment, `.env` or a profile has for it.

        Returns:
            The job, to be run, inspected or undone.

        Raises:
            NotFound: when there is no such job.
            ConfigurationError: when it belongs to another portal.

        Example:
            >>> with ckan.jobs.patch({"license_id": "cc-by"}, "name:planet-mars") as planned:
            ...     name = planned.name
            >>> with ckan.jobs.open(name) as job:
            ...     print(job.plan())
            1 to be changed
            >>> job.discard()
        """
        journal = Journal(path_of(name))
        job = Job(self._connection, journal, source=self._source_of(journal, source))
        site, portal = self._connection.portal_state.address.site, job.portal
        if portal != site:
            job.close()
            raise ConfigurationError(
                f"The job {job.name} belongs to {portal}, not to {site}.", hint=f"Give --url {portal}"
            )
        return job

    def planned(self, title: str, operations: Iterable[Planned], *, dry_run: bool = False, **facts: Any) -> Job:
        """Create a job of operations that the caller planned.

        Args:
            title: what the job does.
            operations: the operations, consumed one by one.
            dry_run: plan only; the job can be inspected, and not run.
            **facts: what its journal keeps about it, as JSON; `job.facts` has it.

        Returns:
            The job, with nothing changed yet.

        Example:
            >>> from tuckan.jobs.operation import Operation, Planned
            >>> mars = ckan.datasets.get("planet-mars")
            >>> data = {"id": mars["id"], "fields": {"version": "2"}}
            >>> patch = Operation(mars["id"], "dataset.patch", "dataset planet-mars", data, before=mars)
            >>> with ckan.jobs.planned("set versions", [Planned(patch)], dry_run=True) as job:
            ...     print(job.plan())
            1 to be changed
        """
        journal = self._journal(title, dry_run=dry_run, **facts)
        journal.plan(map(settled, operations))
        return Job(self._connection, journal)

    def _journal(self, title: str, *, dry_run: bool, phrase: str = "", **facts: Any) -> Journal:
        facts |= {"phrase": phrase} if phrase else {}
        return begun_journal(self._connection, title, None if dry_run else new_path(title), **facts)


def _search(
    source: Source | None,
    q: str | None,
    fq: str | Sequence[str] | None,
    filters: Filters | None,
    *,
    everything: bool,
) -> dict[str, Any]:
    """The search that chooses datasets; nothing where they are named."""
    if source is None:
        return {"q": query_for(q, fq, filters, everything=everything), "fq": fq, "filters": filters}
    if everything or q is not None or fq is not None or filters:
        raise InvalidArgument("Names and a search are mutually exclusive.", hint="Give one of the two.")
    return {}


async def _plan_named(
    planning: Selected | DeletingResources, source: Source, read: ReadOptions | None, journal: Journal
) -> None:
    how = Reading(NAMES, options=read or ReadOptions(), names=True)
    await planning.plan_named(read_names([source] if isinstance(source, str) else source, how), journal)
    if not journal.counts():
        journal.discard()
        raise InvalidArgument(
            "The input contains neither a name nor an id.",
            hint="Give names or ids, or a file that contains some.",
        )
