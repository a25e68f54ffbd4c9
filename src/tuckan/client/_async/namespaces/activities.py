"""Activities of datasets, organizations, groups and users."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tuckan.client._async.namespaces.namespace import Namespace, named
from tuckan.errors import ActionNotFound, InvalidArgument
from tuckan.wire.uncounted_lists import listing_activities

if TYPE_CHECKING:
    import builtins
    from typing import Any

    from tuckan.shapes import Activity

_KINDS = ("dataset", "organization", "group", "user")


class Activities(Namespace):
    """Activities, newest first. From CKAN 2.10 they come from a plugin that a portal may leave off."""

    async def list(
        self,
        *,
        dataset: str | None = None,
        organization: str | None = None,
        group: str | None = None,
        user: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> builtins.list[Activity]:
        """List what happened to one record, or recently on the whole portal, newest first.

        Args:
            dataset: the name or id of a dataset.
            organization: the name or id of an organization.
            group: the name or id of a group.
            user: the name or id of a user, for what this user did.
            limit: the maximum number, fetched in as many pages as needed; without it one page, of 31 activities by default.
            offset: how many to skip.

        Returns:
            The activities, each with `id`, `activity_type`, `user_id`, `object_id`, `timestamp`, ...

        Raises:
            InvalidArgument: when more than one record is named.
            NotFound: when there is no such record.
            ActionNotFound: when the portal keeps no activities, as its plugin `activity` is off (CKAN 2.10 and later).
            Incomplete: when there are more, and the portal does not return them.

        Example:
            >>> ckan.activities.list(dataset="planet-mars", limit=1)[0]["activity_type"]
            'changed package'
        """
        given = dict(zip(_KINDS, (dataset, organization, group, user), strict=True))
        chosen = [(kind, value) for kind, value in given.items() if value is not None]
        if len(chosen) > 1:
            raise InvalidArgument(
                "More than one record is named.", hint="Request the activities of one record at a time."
            )
        for name, number in (("limit", limit), ("offset", offset)):
            if number is not None and number < 0:
                raise InvalidArgument(f"{name}={number} is not a valid number of activities.", hint="Use 0 or more.")
        if not chosen:
            return await self._activities("recently_changed_packages_activity_list", {}, limit, offset or 0)
        kind, value = chosen[0]
        action = f"{'package' if kind == 'dataset' else kind}_activity_list"
        return await self._activities(action, {"id": named(value, kind)}, limit, offset or 0)

    async def get(self, id: str) -> Activity:  # noqa: A002 - CKAN's own word
        """Return an activity by its id.

        Args:
            id: the activity's id.

        Returns:
            The activity, with the record as it was then in `data`.

        Raises:
            NotFound: when there is no such activity.
            ActionNotFound: when the portal keeps no activities.

        Example:
            >>> latest = ckan.activities.list(dataset="planet-mars", limit=1)[0]
            >>> ckan.activities.get(latest["id"])["object_id"] == latest["object_id"]
            True
        """
        return await self._read_record("activity_show", {"id": named(id, "activity")})

    async def _activities(
        self, action: str, params: dict[str, Any], limit: int | None, offset: int
    ) -> builtins.list[Activity]:
        try:
            found = await self._connection.run(listing_activities(action, params, limit, offset, self._portal_state))
            return cast("builtins.list[Activity]", found)
        except ActionNotFound as error:
            raise ActionNotFound(
                "This portal keeps no activities.",
                action=action,
                status=error.status,
                hint="From CKAN 2.10 on this needs the plugin `activity`, which the portal's administrator can enable.",
            ) from error
