# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from tuckan.client._async.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import BackgroundJob, Record, Status, Task, Tasks


class PortalActions(Calling):
    """The portal."""

    async def config_option_list(self) -> list[str]:
        """The names of the settings that can be changed at run time.

        Returns:
            `list[str]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.config_option_list()  # doctest: +SKIP
        """
        result: list[str] = await self._send("config_option_list", {})
        return result

    async def config_option_show(self, *, key: str) -> Any:
        """The value of a setting that can be changed at run time.

        Args:
            key: the setting's name.

        Returns:
            Its value.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.config_option_show(key="ckan.site_title")  # doctest: +SKIP
        """
        result: Any = await self._send("config_option_show", {"key": key})
        return result

    async def config_option_update(self, **fields: Any) -> Record:
        """Change settings at run time.

        Args:
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Record`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.config_option_update(**{"ckan.site_title": "Open data of the coast"})  # doctest: +SKIP
        """
        result: Record = await self._send("config_option_update", {**fields})
        return result

    async def help_show(self, *, name: str) -> str | None:
        """The portal's own documentation of an action.

        Args:
            name: the action's name.

        Returns:
            `str | None`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.help_show(name="package_search")  # doctest: +SKIP
        """
        result: str | None = await self._send("help_show", {"name": name})
        return result

    async def job_cancel(self, *, id: str) -> None:
        """Cancel a background job.

        Args:
            id: the job's id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.job_cancel(id=job_id)  # doctest: +SKIP
        """
        result: None = await self._send("job_cancel", {"id": id})
        return result

    async def job_clear(self, *, queues: Sequence[str] = UNSET) -> list[str]:
        """Clear all job queues, or some of them.

        Args:
            queues: the names of queues; all if omitted.

        Returns:
            `list[str]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.job_clear(queues=["idle"])  # doctest: +SKIP
        """
        result: list[str] = await self._send("job_clear", {"queues": queues})
        return result

    @overload
    async def job_list(
        self, *, queues: Sequence[str] = UNSET, limit: int = UNSET, ids_only: Literal[False] = UNSET
    ) -> list[BackgroundJob]: ...

    @overload
    async def job_list(
        self, *, queues: Sequence[str] = UNSET, limit: int = UNSET, ids_only: Literal[True]
    ) -> list[str]: ...

    @overload
    async def job_list(
        self, *, queues: Sequence[str] = UNSET, limit: int = UNSET, ids_only: bool
    ) -> list[BackgroundJob] | list[str]: ...

    async def job_list(
        self, *, queues: Sequence[str] = UNSET, limit: int = UNSET, ids_only: bool = UNSET
    ) -> list[BackgroundJob] | list[str]:
        """The pending background jobs.

        Args:
            queues: the names of queues; all if omitted.
            limit: the maximum number of results (from 2.12).
            ids_only: return only ids (from 2.12).

        Returns:
            `list[BackgroundJob] | list[str]`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.job_list()  # doctest: +SKIP
        """
        result: list[BackgroundJob] | list[str] = await self._send(
            "job_list", {"queues": queues, "limit": limit, "ids_only": ids_only}
        )
        return result

    async def job_show(self, *, id: str) -> BackgroundJob:
        """One background job.

        Args:
            id: the job's id.

        Returns:
            `BackgroundJob`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.job_show(id=job_id)  # doctest: +SKIP
        """
        result: BackgroundJob = await self._send("job_show", {"id": id})
        return result

    async def site_read(self) -> bool:
        """Whether you may read this portal.

        Instead: `status_show`.

        Returns:
            `bool`.

        Who may: anyone.

        In CKAN 2.9 to 2.10.

        Example:
            >>> await ckan.action.site_read()  # doctest: +SKIP
        """
        result: bool = await self._send("site_read", {})
        return result

    async def status_show(self) -> Status:
        """Information about the portal: its title, address, plugins, and its version unless hidden.

        Returns:
            `Status`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.status_show()  # doctest: +SKIP
        """
        result: Status = await self._send("status_show", {})
        return result

    async def task_status_delete(self, *, id: str) -> None:
        """Delete the record of a task.

        Args:
            id: the task's id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.task_status_delete(id=task_id)  # doctest: +SKIP
        """
        result: None = await self._send("task_status_delete", {"id": id})
        return result

    async def task_status_show(
        self, *, id: str = UNSET, entity_id: str = UNSET, task_type: str = UNSET, key: str = UNSET
    ) -> Task:
        """The status of a long-running task, such as that of DataPusher for a resource.

        Args:
            id: the task's id.
            entity_id: the id of the record that the task is about.
            task_type: the type of task.
            key: the key of the task's value.

        Returns:
            `Task`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.task_status_show(entity_id=resource_id, task_type="check", key="links")  # doctest: +SKIP
        """
        result: Task = await self._send(
            "task_status_show", {"id": id, "entity_id": entity_id, "task_type": task_type, "key": key}
        )
        return result

    async def task_status_update(
        self,
        *,
        entity_id: str,
        entity_type: str,
        task_type: str,
        key: str,
        id: str = UNSET,
        value: str = UNSET,
        state: str = UNSET,
        last_updated: str = UNSET,
        error: str = UNSET,
    ) -> Task:
        """Record the status of a long-running task.

        Args:
            entity_id: the id of the record that the task is about.
            entity_type: the type of that record: resource, package or another.
            task_type: the type of task.
            key: the key of the task's value.
            id: the task's id.
            value: the value.
            state: the state of the task.
            last_updated: the time of the last change.
            error: the error message.

        Returns:
            `Task`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.task_status_update(entity_id=resource_id, entity_type="resource", task_type="check", key="links", value="3", state="complete", error="")  # doctest: +SKIP
        """
        result: Task = await self._send(
            "task_status_update",
            {
                "entity_id": entity_id,
                "entity_type": entity_type,
                "task_type": task_type,
                "key": key,
                "id": id,
                "value": value,
                "state": state,
                "last_updated": last_updated,
                "error": error,
            },
        )
        return result

    async def task_status_update_many(self, *, data: Sequence[Mapping[str, Any]]) -> Tasks:
        """Record the status of several tasks at once.

        Args:
            data: the tasks, each as task_status_update takes it.

        Returns:
            `Tasks`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> await ckan.action.task_status_update_many(data=[{"entity_id": resource_id, "entity_type": "resource", "task_type": "check", "key": "size", "value": "1", "state": "complete", "error": ""}])  # doctest: +SKIP
        """
        result: Tasks = await self._send("task_status_update_many", {"data": data})
        return result
