"""Jobs: hundreds of datasets changed without fear. Each is planned, shown, run, verified, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.client._async.copying import Copying
from tuckan.client._async.datasets import Datasets
from tuckan.client._async.everything import Everything
from tuckan.client._async.job import Job
from tuckan.client._async.namespace import Namespace
from tuckan.client._async.portal import Portal
from tuckan.config import known
from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.jobs.copying import Wishes
from tuckan.jobs.folder import new_path, path_of, paths
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Operation, Planned
from tuckan.snapshot import KINDS
from tuckan.wire.address import Address
from tuckan.wire.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tuckan.client._async.copying import Source
    from tuckan.client._async.datasets import Filters
    from tuckan.shapes import Record
    from tuckan.snapshot import EntityKind

JobList: TypeAlias = "list[Job]"


class Jobs(Namespace):
    """Bulk work on a portal, and the journals of what was done."""

    async def patch(
        self,
        changes: Mapping[str, Any],
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        include_private: bool = True,
        include_drafts: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to change the same fields of many datasets.

        Args:
            changes: the fields with their new values.
            q: which datasets, in words or Solr's syntax.
            fq: filters in Solr's syntax.
            filters: fields with the value wanted, or a list of alternatives.
            include_private: private datasets too.
            include_drafts: drafts too.
            dry_run: plan only; the job can be looked at, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan`, then `job.run()`.

        Raises:
            InvalidArgument: when no field or no choice of datasets is given.
        """
        if not changes:
            raise InvalidArgument("No field is to be changed.", hint="Give at least one, such as license_id='cc-by'.")
        if q is None and not fq and not filters:
            raise InvalidArgument(
                "No datasets are chosen, and all are not changed by accident.", hint="Give q='*:*' for all of them."
            )
        chosen = Datasets(self._connection).iter(
            q, fq=fq, filters=filters, include_private=include_private, include_drafts=include_drafts
        )
        planned = [_patch(one, changes) async for one in chosen]
        return self._planned(f"patch {', '.join(changes)}", planned, dry_run=dry_run)

    async def copy(
        self,
        source: Source,
        *,
        kinds: Sequence[EntityKind] = KINDS,
        users: bool = False,
        members: bool = True,
        files: bool = True,
        views: bool = True,
        delete: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to copy a portal, or a dump of one, to this portal: organizations, groups, datasets, files, views.

        Both are read, and only what differs is planned, so a second copy finds nothing to do. Records are found again by
        their names, or by their ids where these were kept, which only a system administrator's token can have done.

        Args:
            source: the client of the portal to copy, or a catalogue such as `tuckan.transport.Dump`.
            kinds: the kinds of records to copy.
            users: make users who are missing, with passwords that nobody knows; without, they are left out.
            members: give organizations and groups their members, as far as these are there.
            files: copy uploaded files, and links to files on the source; without, they become links to the source.
            views: copy the views of resources, which takes one request for each resource.
            delete: delete here what the source does not have.
            dry_run: plan only; the job can be looked at, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan`, `job.notes` and `job.entries()`, then `job.run()`.

        Raises:
            NotAuthorized: when there is no token for this portal.
            Incomplete: when one of the two can't be read to its end.
        """
        user = await Portal(self._connection).whoami()
        is_portal = isinstance(source, Everything)
        wishes = Wishes(kinds, users, members, files and is_portal, views, delete, keep_ids=bool(user.get("sysadmin")))
        copy = await Copying(source, self._connection, wishes).plan()
        facts = {"source": source.base_url} if isinstance(source, Everything) else {}
        memory = source.memory if isinstance(source, Everything) else None
        title = f"copy {facts.get('source', source)}"
        job = self._planned(title, copy.operations(), dry_run=dry_run, reads=memory, **facts)
        job.note(copy.notes)
        return job

    def list(self) -> JobList:
        """The jobs on this machine that were run on this portal, the oldest first."""
        every = [Job(self._connection, Journal(path)) for path in paths()]
        return [job for job in every if job.portal == self._connection.memory.address.site]

    def open(self, name: str, *, source: Everything | None = None) -> Job:
        """A job by its name, the end of its name, or `last`; `run()` goes on with it.

        Args:
            name: its name.
            source: for a copy, the client of the portal that is copied; without it, one is made from the settings that
                name that portal.

        Raises:
            NotFound: when there is no such job.
            ConfigurationError: when it belongs to another portal.
        """
        journal = Journal(path_of(name))
        job = Job(self._connection, journal, source=source.memory if source else self._source(journal.facts()))
        site = self._connection.memory.address.site
        if job.portal != site:
            raise ConfigurationError(
                f"The job {job.name} belongs to {job.portal}, not to {site}.", hint=f"Give --url {job.portal}"
            )
        return job

    def _source(self, facts: Mapping[str, Any]) -> Memory | None:
        """The portal that a copy is made of, as the settings know it."""
        if "source" not in facts:
            return None
        settings = known(str(facts["source"]))
        memory = self._connection.memory
        return Memory(
            Address.parse(settings.base_url),
            headers=memory.headers,
            token=settings.token,
            token_headers=memory.token_headers,
            policy=memory.policy,
            timeout=memory.timeout,
        )

    def _planned(
        self,
        title: str,
        planned: Iterable[Planned],
        *,
        dry_run: bool,
        reads: Memory | None = None,
        **facts: Any,
    ) -> Job:
        journal = Journal(None if dry_run else new_path(title))
        journal.describe(title=title, portal=self._connection.memory.address.site, begun=now(), **facts)
        journal.plan(_settled(planned))
        return Job(self._connection, journal, source=reads)


def _settled(planned: Iterable[Planned]) -> Iterator[Planned]:
    """Operations that would change nothing are noted as such."""
    for one in planned:
        known = one.refused or one.unchanged
        nothing_to_do = not known and kind_of(one.operation.kind).intent(one.operation).what == "unchanged"
        yield Planned(one.operation, unchanged=True) if nothing_to_do else one


def _patch(dataset: Record, changes: Mapping[str, Any]) -> Planned:
    data = {"id": dataset["id"], "fields": dict(changes)}
    return Planned(Operation(dataset["id"], "dataset.patch", f"dataset {dataset['name']}", data, before=dataset))
