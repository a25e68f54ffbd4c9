"""Jobs: hundreds of datasets changed without fear. Each is planned, shown, run, verified, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.client._async.datasets import Datasets
from tuckan.client._async.job import Job
from tuckan.client._async.namespace import Namespace
from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.jobs.folder import new_path, path_of, paths
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Operation, Planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tuckan.client._async.datasets import Filters
    from tuckan.shapes import Record

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

    def list(self) -> JobList:
        """The jobs on this machine that were run on this portal, the oldest first."""
        every = [Job(self._connection, Journal(path)) for path in paths()]
        return [job for job in every if job.portal == self._connection.memory.address.site]

    def open(self, name: str) -> Job:
        """A job by its name, the end of its name, or `last`; `run()` goes on with it.

        Raises:
            NotFound: when there is no such job.
            ConfigurationError: when it belongs to another portal.
        """
        job = Job(self._connection, Journal(path_of(name)))
        site = self._connection.memory.address.site
        if job.portal != site:
            raise ConfigurationError(
                f"The job {job.name} belongs to {job.portal}, not to {site}.", hint=f"Give --url {job.portal}"
            )
        return job

    def _planned(self, title: str, planned: Iterable[Planned], *, dry_run: bool) -> Job:
        journal = Journal(None if dry_run else new_path(title))
        journal.describe(title=title, portal=self._connection.memory.address.site, begun=now())
        journal.plan(_settled(planned))
        return Job(self._connection, journal)


def _settled(planned: Iterable[Planned]) -> Iterator[Planned]:
    """Operations that would change nothing are noted as such."""
    for one in planned:
        nothing_to_do = not one.refused and kind_of(one.operation.kind).intent(one.operation).what == "unchanged"
        yield Planned(one.operation, unchanged=True) if nothing_to_do else one


def _patch(dataset: Record, changes: Mapping[str, Any]) -> Planned:
    data = {"id": dataset["id"], "fields": dict(changes)}
    return Planned(Operation(dataset["id"], "dataset.patch", f"dataset {dataset['name']}", data, before=dataset))
