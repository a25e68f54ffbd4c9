# Generated from src/tuckan/client/_async/jobs.py by scripts/unasync.py: change that file, then run `make fix`.
"""Jobs: hundreds of datasets changed without fear. Each is planned, shown, run, verified, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.client._sync.copying import CopyJobs
from tuckan.client._sync.datasets import Datasets
from tuckan.client._sync.job import Job
from tuckan.errors import ConfigurationError, InvalidArgument
from tuckan.jobs.folder import new_path, path_of
from tuckan.jobs.journal import Journal, now
from tuckan.jobs.kinds import kind_of
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.shelf import summaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.client._sync.datasets import Filters
    from tuckan.client._sync.everything import Everything
    from tuckan.jobs.shelf import JobSummary
    from tuckan.shapes import Record

JobSummaries: TypeAlias = "list[JobSummary]"


class Jobs(CopyJobs):
    """Bulk work on a portal, and the journals of what was done."""

    def patch(
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
        journal = self._journal(f"patch {', '.join(changes)}", dry_run=dry_run)
        with journal.planning() as add:
            for one in chosen:
                add(_settled(_patch(one, changes)))
        return Job(self._connection, journal)

    def list(self) -> JobSummaries:
        """The jobs on this machine that were run on this portal, the oldest first."""
        return [job for job in summaries() if job.portal == self._connection.memory.address.site]

    def open(self, name: str, *, source: Everything | None = None) -> Job:
        """A job by its name, the end of its name, or `last`; `run()` goes on with it.

        Args:
            name: its name.
            source: for a copy, the client of the portal that is copied; without it, that portal is reached with the token
                that the environment, `.env` or a profile has for it.

        Raises:
            NotFound: when there is no such job.
            ConfigurationError: when it belongs to another portal.
        """
        journal = Journal(path_of(name))
        job = Job(self._connection, journal, source=source.memory if source else self._source_of(journal))
        site, portal = self._connection.memory.address.site, job.portal
        if portal != site:
            job.close()
            raise ConfigurationError(
                f"The job {job.name} belongs to {portal}, not to {site}.", hint=f"Give --url {portal}"
            )
        return job

    def planned(self, title: str, operations: Iterable[Planned], *, dry_run: bool = False) -> Job:
        """A job of operations that were planned by whoever calls.

        Args:
            title: what it does, in words.
            operations: what is to be done; taken one by one.
            dry_run: plan only; the job can be looked at, and not run.
        """
        journal = self._journal(title, dry_run=dry_run)
        journal.plan(map(_settled, operations))
        return Job(self._connection, journal)

    def _journal(self, title: str, *, dry_run: bool) -> Journal:
        journal = Journal(None if dry_run else new_path(title))
        journal.describe(title=title, portal=self._connection.memory.address.site, begun=now())
        return journal


def _settled(one: Planned) -> Planned:
    """An operation, noted as unneeded when it would change nothing."""
    known = one.refused or one.unchanged
    nothing_to_do = not known and kind_of(one.operation.kind).intent(one.operation).what == "unchanged"
    return Planned(one.operation, unchanged=True) if nothing_to_do else one


def _patch(dataset: Record, changes: Mapping[str, Any]) -> Planned:
    data = {"id": dataset["id"], "fields": dict(changes)}
    return Planned(Operation(dataset["id"], "dataset.patch", f"dataset {dataset['name']}", data, before=dataset))
