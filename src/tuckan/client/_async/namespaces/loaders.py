"""DataPusher and XLoader: from a resource's file to a table in the DataStore."""

from __future__ import annotations

import time
from asyncio import sleep
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from tuckan._text import counted
from tuckan.client._async.namespaces.datasets import Datasets
from tuckan.client._async.namespaces.jobs import Jobs
from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.client._async.namespaces.resources import Resources
from tuckan.errors import (
    ActionNotFound,
    InvalidArgument,
    InvalidToken,
    NotAuthorized,
    NotFound,
    PortalError,
    Timeout,
    Unavailable,
    ValidationError,
)
from tuckan.jobs.kinds.loaders import LOOKS_TO_BELIEVE, reason, rows_of
from tuckan.jobs.loading import LOADABLE, NOT_AS_IT_SHOULD_BE, STATES, how_it_is, loadable, loading
from tuckan.jobs.operation import Planned
from tuckan.jobs.selection import query_for
from tuckan.shapes import without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.client._async.bulk.job import Job
    from tuckan.client._async.namespaces.datasets import Filters
    from tuckan.shapes import LoaderState, LoaderStatus, Record

LONGEST_LOAD = 3600.0
"""Seconds to wait for one file to be loaded."""

_ENDED = frozenset({"complete", "error"})


class _Loader(Namespace):
    """What both loaders share."""

    _name: ClassVar[str]
    _title: ClassVar[str]

    async def submit(self, resource: str, *, ignore_hash: bool = True) -> LoaderStatus:
        """Submit a resource's file to be loaded into the DataStore.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.
            ignore_hash: load the file even when it has not changed since the last time.

        Returns:
            The status right afterwards, as `status` returns it; `wait` waits for the end.

        Raises:
            NotFound: when there is no such resource.
            ActionNotFound: when the portal does not have this loader.
            Unavailable: when CKAN cannot reach the loader.
            PortalError: when CKAN answers `false`; the message gives the reason, as far as it can be found.

        Example:
            >>> ckan.datapusher.submit("states/states.csv")["status"] in ("pending", "running", "complete")
            True
        """
        wanted = await self._resource(resource)
        action = f"{self._name}_submit"
        try:
            accepted = await self._connection.call(action, {"resource_id": wanted, "ignore_hash": ignore_hash})
        except ActionNotFound as error:
            raise self._not_configured(action) from error
        except ValidationError as error:
            raise Unavailable(
                f"{self._title} did not accept resource {wanted}: {error.message}",
                action=action,
                status=error.status,
                error=error.error,
                hint="The service is down, or CKAN has the wrong address for it; the portal's administrator can fix this.",
            ) from error
        if accepted is False:
            raise await self._explained(wanted)
        return await self.status(wanted)

    async def status(self, resource: str) -> LoaderStatus:
        """Read how far the loading of a resource is.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.

        Returns:
            CKAN's record: `status` (`pending`, `running`, `complete`, `error`), `last_updated`, `task_info` with the log. Keys of
            jobs and tokens, which loaders leave in it, are removed.

        Raises:
            NotFound: when the resource was never submitted.
            ActionNotFound: when the portal does not have this loader.

        Example:
            >>> ckan.datapusher.status("planets/planets.csv")["status"]
            'complete'
        """
        wanted = await self._resource(resource)
        action = f"{self._name}_status"
        try:
            state = await self._read_record(action, {"resource_id": wanted})
        except ActionNotFound as error:
            raise self._not_configured(action) from error
        return cast("LoaderStatus", dict(without_secrets(state)))

    async def wait(self, resource: str, *, timeout: float = 600.0, interval: float = 1.0) -> LoaderStatus:
        """Wait until a resource is loaded.

        Args:
            resource: the resource's id, `dataset/resource-name`, or the address of its page.
            timeout: how long to wait, in seconds.
            interval: seconds between two looks.

        Returns:
            The last status, as `status` returns it.

        Raises:
            NotFound: when the resource was never submitted.
            PortalError: when loading failed; the message has the reason.
            Timeout: when it has not ended in time.

        Example:
            >>> state = ckan.datapusher.wait("states/states.csv", timeout=60)
            >>> state["task_info"]["logs"][-1]["message"]
            'Done.'
        """
        wanted = await self._resource(resource)
        begun, looks = time.monotonic(), 0
        with self._connection.progress(f"{self._title} at work", unit="") as progress:
            while (state := await self.status(wanted)).get("status") not in _ENDED:
                own = (state.get("task_info") or {}).get("status")
                looks = looks + 1 if own in _ENDED else 0
                if looks >= LOOKS_TO_BELIEVE:  # its word to CKAN was lost
                    state = cast("LoaderStatus", state | {"status": own})
                    break
                if time.monotonic() - begun > timeout:
                    raise await self._late(wanted, timeout, state)
                await sleep(interval)
                progress.step()
        if state.get("status") == "error":
            raise PortalError(
                f"{self._title} could not load resource {wanted}: {reason(state)}",
                action=f"{self._name}_status",
                error={"status": state},
                hint="Fix the file, upload it again, and submit it again.",
            )
        return state

    async def _late(self, resource: str, timeout: float, state: Record) -> Timeout:
        """The error for a resource that is not loaded in time, with what the DataStore has of it."""
        rows = await self._run(rows_of(resource, self._portal_state))
        there = "there is no table" if rows is None else f"its table has {counted(rows, 'row')}"
        return Timeout(
            f"{self._title} has not loaded resource {resource} within {timeout:.0f} s: CKAN says {state.get('status')!r}, {there}.",
            action=f"{self._name}_status",
            hint="It may still be running: check again later, or ask the administrator whether the background worker is running.",
        )

    async def status_all(
        self,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        formats: Sequence[str] = LOADABLE,
        states: Sequence[str] = STATES,
        include_private: bool = False,
        include_drafts: bool = False,
    ) -> list[LoaderState]:
        """Read how far the loading of many resources is: what `submit_all` goes by.

        Args:
            q: the datasets whose resources are meant, in words or Solr's syntax; all without it.
            fq: filters in Solr's syntax.
            filters: fields of datasets with a value, or with a list of alternatives.
            formats: formats of the resources meant.
            states: only resources in these states: `never`, `failed`, `stale`, `loaded`, `loading`.
            include_private: include resources of private datasets, which needs a token.
            include_drafts: include resources of drafts, which needs a token.

        Returns:
            For each resource its `id`, `name`, `dataset` and `state`, and from its loader `status`, `last_updated`, `error`
            and `log` (lines). Where the token's user may not ask, the state is `unknown`, whichever `states` are given,
            and `error` has the reason.

        Raises:
            InvalidArgument: when there is no such state.
            ActionNotFound: when the portal does not have this loader.

        Example:
            >>> found = ckan.datapusher.status_all(filters={"name": ["elements", "presidents"]})
            >>> [(one["name"], one["state"]) for one in found if one["dataset"] == "presidents"]
            [('presidents.csv', 'loaded')]
        """
        _require_states(states)
        chosen = Datasets(self._connection).iter(
            q, fq=fq, filters=filters, include_private=include_private, include_drafts=include_drafts
        )
        resources = [one async for dataset in chosen for one in loadable(dataset, formats)]
        pieces = (partial(self._with_state, one) for one in resources)
        found: list[LoaderState] = []
        with self._connection.progress("looking at resources", total=len(resources), unit="resources") as progress:
            async for resource, state, refused in self._connection.side_by_side(pieces):
                if refused:
                    found.append(_told(resource, "unknown", state, refused))
                elif (how := how_it_is(resource, state)) in states:
                    found.append(_told(resource, how, state))
                progress.step()
        return found

    async def submit_all(
        self,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        everything: bool = False,
        formats: Sequence[str] = LOADABLE,
        states: Sequence[str] = NOT_AS_IT_SHOULD_BE,
        wait: float | None = LONGEST_LOAD,
        ignore_hash: bool = True,
        include_private: bool = False,
        include_drafts: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to load the files of many resources.

        Args:
            q: the datasets whose resources are meant, in words or Solr's syntax.
            fq: filters in Solr's syntax.
            filters: fields of datasets with a value, or with a list of alternatives.
            everything: resources of all datasets, instead of a search.
            formats: formats of the resources meant.
            states: states of the resources meant: `never` (never loaded), `failed`, `stale` (the file is newer than
                the table, or CKAN has said `pending` for more than an hour), `loaded`, `loading`.
            wait: seconds to wait for the end of each; None to submit without waiting.
            ignore_hash: load files even when they have not changed since the last time.
            include_private: include resources of private datasets, which needs a token.
            include_drafts: include resources of drafts, which needs a token.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing submitted yet: look at `job.plan()`, then `job.run()`. Resources that the token's user may
            not load are refused in it.

        Raises:
            InvalidArgument: when there is no such state, or no datasets are chosen.
            ActionNotFound: when the portal does not have this loader.

        Example:
            >>> states = ("never", "failed", "stale", "loaded")
            >>> with ckan.datapusher.submit_all(filters={"name": "presidents"}, states=states) as job:
            ...     print(job.run())
            1 loaded
        """
        _require_states(states)
        q = query_for(q, fq, filters, everything=everything)
        chosen = Datasets(self._connection).iter(
            q, fq=fq, filters=filters, include_private=include_private, include_drafts=include_drafts
        )
        resources = [one async for dataset in chosen for one in loadable(dataset, formats)]
        pieces = (partial(self._with_state, one) for one in resources)
        planned: list[Planned] = []
        with self._connection.progress("looking at resources", total=len(resources), unit="resources") as progress:
            async for resource, state, refused in self._connection.side_by_side(pieces):
                if refused or how_it_is(resource, state) in states:
                    operation = loading(self._name, resource, state, wait=wait, ignore_hash=ignore_hash)
                    planned.append(Planned(operation, refused))
                progress.step()
        return Jobs(self._connection).planned(f"load with {self._title}", planned, dry_run=dry_run)

    async def _with_state(self, resource: Record) -> tuple[Record, Record, str]:
        """A resource, its status, and why that can't be known: what is one resource's affair does not stop the others."""
        try:
            return resource, await self.status(resource["id"]), ""
        except NotFound:
            return resource, {}, ""
        except NotAuthorized as error:
            if isinstance(error, InvalidToken) or not self._portal_state.token:
                raise  # nobody may ask for any of them then
            return resource, {}, error.message

    def _not_configured(self, action: str) -> ActionNotFound:
        return ActionNotFound(
            f"This portal has no {self._title}.",
            action=action,
            status=400,
            hint=f"Its administrator can enable the plugin `{self._name}`; `tuckan status` shows which are enabled.",
        )

    async def _explained(self, resource: str) -> PortalError:
        """Why CKAN answered `false`, which it does without a reason: looked up as well as can be."""
        action = f"{self._name}_submit"
        try:
            await Resources(self._connection).get(resource)
        except NotFound as error:
            return error
        state: Record = {}
        with suppress(NotFound):
            state = await self.status(resource)
        if state.get("status") in ("pending", "submitting", "running"):
            return PortalError(
                f"{self._title} is still working on resource {resource} (since {state.get('last_updated')}).",
                action=action,
                hint="Wait for it, or submit again once CKAN considers it stale (by default after an hour).",
            )
        return PortalError(
            f"{self._title} refused resource {resource}.",
            action=action,
            hint="A plugin of the portal rejects it, or its format is not one that is loaded (csv, xls, xlsx, tsv, ...).",
        )


class DataPusher(_Loader):
    """DataPusher, a service next to CKAN."""

    _name = "datapusher"
    _title = "DataPusher"


class XLoader(_Loader):
    """XLoader, which runs in CKAN's own background worker."""

    _name = "xloader"
    _title = "XLoader"


def _require_states(states: Sequence[str]) -> None:
    unknown = sorted(set(states) - set(STATES))
    if unknown:
        raise InvalidArgument(f"{unknown[0]!r} is not a status of a resource.", hint=f"Use {', '.join(STATES)}.")


def _told(resource: Record, how: str, state: Record, refused: str = "") -> LoaderState:
    said = {name: state.get(name) for name in ("status", "last_updated")}
    error = refused or (reason(state) if how == "failed" else None)
    log = [
        str(one.get("message", "")) for one in (state.get("task_info") or {}).get("logs") or () if isinstance(one, dict)
    ]
    told = {
        **{name: resource[name] for name in ("id", "name", "dataset")},
        "state": how,
        **said,
        "error": error,
        "log": log,
    }
    return cast("LoaderState", told)
