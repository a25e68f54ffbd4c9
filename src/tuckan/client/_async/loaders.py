"""DataPusher and XLoader: from a resource's file to a table in the DataStore."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from tuckan.client._async.namespace import Namespace, named
from tuckan.client._async.resources import Resources
from tuckan.client._async.waiting import sleep
from tuckan.errors import ActionNotFound, NotFound, PortalError, Timeout, Unavailable, ValidationError

if TYPE_CHECKING:
    from tuckan.shapes import Record

_ENDED = frozenset({"complete", "error"})
_SECRETS = frozenset({"api_key", "job_key", "apikey", "Authorization"})


class _Loader(Namespace):
    """What both loaders share."""

    _name: ClassVar[str]
    _title: ClassVar[str]

    async def submit(self, resource: str, *, ignore_hash: bool = True) -> Record:
        """Have a resource's file loaded into the DataStore.

        Args:
            resource: the resource's id.
            ignore_hash: load it even when the file is the same as last time.

        Returns:
            The status right after, as `status` gives it; `wait` waits for its end.

        Raises:
            NotFound: when there is no such resource.
            ActionNotFound: when the portal has no such loader.
            Unavailable: when CKAN cannot reach the loader.
            PortalError: when CKAN answers `false`; the message says why, as far as can be found out.
        """
        wanted = named(resource, "resource")
        action = f"{self._name}_submit"
        try:
            accepted = await self._connection.call(action, {"resource_id": wanted, "ignore_hash": ignore_hash})
        except ActionNotFound as error:
            raise self._not_configured(action) from error
        except ValidationError as error:
            raise Unavailable(
                f"{self._title} could not take resource {wanted}: {error.message}",
                action=action,
                status=error.status,
                error=error.error,
                hint="The service is down or not where CKAN looks for it; the portal's administrator can see to it.",
            ) from error
        if accepted is False:
            raise await self._explained(wanted)
        return await self.status(wanted)

    async def status(self, resource: str) -> Record:
        """How far the loading of a resource is.

        Args:
            resource: the resource's id.

        Returns:
            CKAN's record: `status` (`pending`, `running`, `complete`, `error`), `last_updated`, `task_info` with the log;
            keys of jobs and tokens, which loaders leave in it, are taken out.

        Raises:
            NotFound: when it was never submitted.
            ActionNotFound: when the portal has no such loader.
        """
        wanted = named(resource, "resource")
        action = f"{self._name}_status"
        try:
            state = await self._read_record(action, {"resource_id": wanted})
        except ActionNotFound as error:
            raise self._not_configured(action) from error
        return dict(_without_secrets(state))

    async def wait(self, resource: str, *, timeout: float = 600.0, interval: float = 1.0) -> Record:
        """Wait until a resource is loaded.

        Args:
            resource: the resource's id.
            timeout: seconds to wait at most.
            interval: seconds between two looks.

        Returns:
            The last status.

        Raises:
            PortalError: when loading ended with an error; the message has the reason.
            Timeout: when it has not ended in time.
        """
        wanted = named(resource, "resource")
        begun = time.monotonic()
        with self._connection.progress(f"{self._title} at work", unit="") as progress:
            while (state := await self.status(wanted)).get("status") not in _ENDED:
                if time.monotonic() - begun > timeout:
                    raise Timeout(
                        f"{self._title} has not loaded resource {wanted} within {timeout:.0f} s (status: {state.get('status')}).",
                        action=f"{self._name}_status",
                        hint="It may go on: look again later, or ask the administrator whether the background worker runs.",
                    )
                await sleep(interval)
                progress.step()
        if state.get("status") == "error":
            raise PortalError(
                f"{self._title} could not load resource {wanted}: {_reason(state)}",
                action=f"{self._name}_status",
                error={"status": state},
                hint="Mend the file, upload it again and submit it once more.",
            )
        return state

    def _not_configured(self, action: str) -> ActionNotFound:
        return ActionNotFound(
            f"This portal has no {self._title}.",
            action=action,
            status=400,
            hint=f"Its administrator can switch on the plugin `{self._name}`; `tuckan status` shows what is on.",
        )

    async def _explained(self, resource: str) -> PortalError:
        """Why CKAN answered `false`, which it does without a reason: looked up as well as can be."""
        action = f"{self._name}_submit"
        try:
            await Resources(self._connection).get(resource)
        except NotFound as error:
            return error
        try:
            state = await self.status(resource)
        except NotFound:
            state = {}
        if state.get("status") in ("pending", "submitting", "running"):
            return PortalError(
                f"{self._title} is still at work on resource {resource} (since {state.get('last_updated')}).",
                action=action,
                hint="Wait for it, or submit again when CKAN takes it for stale (an hour, unless set otherwise).",
            )
        return PortalError(
            f"{self._title} refused resource {resource}.",
            action=action,
            hint="A plugin of the portal turns it down, or its format is not one that is loaded (csv, xls, xlsx, tsv, ...).",
        )


class DataPusher(_Loader):
    """DataPusher, a service beside CKAN."""

    _name = "datapusher"
    _title = "DataPusher"


class XLoader(_Loader):
    """XLoader, which works in CKAN's own background worker."""

    _name = "xloader"
    _title = "XLoader"


def _without_secrets(state: Any) -> Any:
    """A status without the keys that a loader leaves in it: XLoader's holds a whole API token."""
    if isinstance(state, dict):
        return {name: _without_secrets(value) for name, value in state.items() if name not in _SECRETS}
    return [_without_secrets(one) for one in state] if isinstance(state, list) else state


def _reason(state: Record) -> str:
    error: Any = state.get("error") or (state.get("task_info") or {}).get("error")
    if isinstance(error, dict):
        error = error.get("message") or error
    return str(error or "no reason given")
