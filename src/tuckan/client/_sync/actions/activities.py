# Generated from src/tuckan/client/_async/actions/activities.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import Activity, ActivityCounts, ActivityDifference, Message, Record


class ActivitiesActions(Calling):
    """Activities."""

    def activity_create(
        self, *, user_id: str, object_id: str, activity_type: str, data: Mapping[str, Any] = UNSET
    ) -> Activity:
        """Record an activity, as extensions do.

        Args:
            user_id: the id or name of the user who did it.
            object_id: the id of the record that it is about.
            activity_type: the type of activity, such as `changed package`.
            data: additional data.

        Returns:
            `Activity`.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_create(user_id="anna", object_id=dataset_id, activity_type="changed package")  # doctest: +SKIP
        """
        result: Activity = self._send(
            "activity_create",
            {"user_id": user_id, "object_id": object_id, "activity_type": activity_type, "data": data},
        )
        return result

    def activity_data_show(self, *, id: str, object_type: str = UNSET) -> Record:
        """The record as it was at the time of an activity.

        Args:
            id: the activity's id.
            object_type: package, group, organization or user.

        Returns:
            `Record`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_data_show(id=activity_id)  # doctest: +SKIP
        """
        result: Record = self._send("activity_data_show", {"id": id, "object_type": object_type})
        return result

    def activity_delete(
        self,
        *,
        id: str = UNSET,
        start_date: str = UNSET,
        end_date: str = UNSET,
        offset_days: int = UNSET,
        keep: int = UNSET,
        batch_size: int = UNSET,
    ) -> Message:
        """Delete one activity, or those of a period; `keep` keeps the newest of each record.

        Args:
            id: the activity's id.
            start_date: only activities after this date.
            end_date: only activities before this date.
            offset_days: only activities older than this number of days.
            keep: keep this many of the newest.
            batch_size: the number of records to delete at a time.

        Returns:
            `Message`.

        Who may: system administrators.

        In CKAN 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_delete(offset_days=400)  # doctest: +SKIP
        """
        result: Message = self._send(
            "activity_delete",
            {
                "id": id,
                "start_date": start_date,
                "end_date": end_date,
                "offset_days": offset_days,
                "keep": keep,
                "batch_size": batch_size,
            },
        )
        return result

    def activity_delete_all(self, *, batch_size: int = UNSET) -> Message:
        """Delete all activities of the portal.

        Args:
            batch_size: the number of records to delete at a time.

        Returns:
            `Message`.

        Who may: system administrators.

        In CKAN 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_delete_all()  # doctest: +SKIP
        """
        result: Message = self._send("activity_delete_all", {"batch_size": batch_size})
        return result

    def activity_delete_counts(self) -> ActivityCounts:
        """The number of activities, and of those older than a day, a month and a year.

        Returns:
            `ActivityCounts`.

        Who may: system administrators.

        In CKAN 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_delete_counts()  # doctest: +SKIP
        """
        result: ActivityCounts = self._send("activity_delete_counts", {})
        return result

    def activity_diff(
        self, *, id: str, object_type: str, diff_type: Literal["unified", "context", "html"] = UNSET
    ) -> ActivityDifference:
        """The changes made by an activity, as text or HTML.

        Args:
            id: the activity's id.
            object_type: package, group, organization or user.
            diff_type: the format: `unified`, `context` or `html` (CKAN's own value is 'unified').

        Returns:
            `ActivityDifference`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_diff(id=change_id, object_type="package", diff_type="unified")  # doctest: +SKIP
        """
        result: ActivityDifference = self._send(
            "activity_diff", {"id": id, "object_type": object_type, "diff_type": diff_type}
        )
        return result

    def activity_show(self, *, id: str) -> Activity:
        """One activity.

        Args:
            id: the activity's id.

        Returns:
            `Activity`.

        Who may: whoever may see what it is about.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.activity_show(id=activity_id)  # doctest: +SKIP
        """
        result: Activity = self._send("activity_show", {"id": id})
        return result

    def dashboard_activity_list(
        self, *, offset: int = UNSET, limit: int = UNSET, before: float | str = UNSET, after: float | str = UNSET
    ) -> list[Activity]:
        """The activities of everything that you follow, newest first.

        Args:
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            before: only activities before this time, in seconds since 1970 (from 2.10).
            after: only activities after this time, in seconds since 1970 (from 2.10).

        Returns:
            `list[Activity]`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.dashboard_activity_list(limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "dashboard_activity_list", {"offset": offset, "limit": limit, "before": before, "after": after}
        )
        return result

    def dashboard_mark_activities_old(self) -> None:
        """Mark all activities on your dashboard as read.

        Returns:
            Nothing.

        Who may: a user, for themselves.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.dashboard_mark_activities_old()  # doctest: +SKIP
        """
        result: None = self._send("dashboard_mark_activities_old", {})
        return result

    def dashboard_new_activities_count(self) -> int:
        """The number of new activities on your dashboard since you marked them as read.

        Returns:
            `int`.

        Who may: a user, about themselves.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.dashboard_new_activities_count()  # doctest: +SKIP
        """
        result: int = self._send("dashboard_new_activities_count", {})
        return result

    def group_activity_list(
        self,
        *,
        id: str,
        offset: int = UNSET,
        limit: int = UNSET,
        include_hidden_activity: bool = UNSET,
        activity_types: Sequence[str] = UNSET,
        exclude_activity_types: Sequence[str] = UNSET,
        before: float | str = UNSET,
        after: float | str = UNSET,
    ) -> list[Activity]:
        """The activities of a group and its datasets, newest first.

        Args:
            id: the group's name or id.
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            include_hidden_activity: include activities of CKAN's site user; for system administrators.
            activity_types: only activities of these types (from 2.10).
            exclude_activity_types: all activities except those of these types (from 2.10).
            before: only activities before this time, in seconds since 1970 (from 2.10).
            after: only activities after this time, in seconds since 1970 (from 2.10).

        Returns:
            `list[Activity]`.

        Who may: whoever may see the group.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.group_activity_list(id="nature", limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "group_activity_list",
            {
                "id": id,
                "offset": offset,
                "limit": limit,
                "include_hidden_activity": include_hidden_activity,
                "activity_types": activity_types,
                "exclude_activity_types": exclude_activity_types,
                "before": before,
                "after": after,
            },
        )
        return result

    def organization_activity_list(
        self,
        *,
        id: str,
        offset: int = UNSET,
        limit: int = UNSET,
        include_hidden_activity: bool = UNSET,
        activity_types: Sequence[str] = UNSET,
        exclude_activity_types: Sequence[str] = UNSET,
        before: float | str = UNSET,
        after: float | str = UNSET,
    ) -> list[Activity]:
        """The activities of an organization and its datasets, newest first.

        Args:
            id: the organization's name or id.
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            include_hidden_activity: include activities of CKAN's site user; for system administrators.
            activity_types: only activities of these types (from 2.10).
            exclude_activity_types: all activities except those of these types (from 2.10).
            before: only activities before this time, in seconds since 1970 (from 2.10).
            after: only activities after this time, in seconds since 1970 (from 2.10).

        Returns:
            `list[Activity]`.

        Who may: whoever may see the organization.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.organization_activity_list(id="water-board", limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "organization_activity_list",
            {
                "id": id,
                "offset": offset,
                "limit": limit,
                "include_hidden_activity": include_hidden_activity,
                "activity_types": activity_types,
                "exclude_activity_types": exclude_activity_types,
                "before": before,
                "after": after,
            },
        )
        return result

    def package_activity_list(
        self,
        *,
        id: str,
        offset: int = UNSET,
        limit: int = UNSET,
        after: float | str = UNSET,
        before: float | str = UNSET,
        include_hidden_activity: bool = UNSET,
        activity_types: Sequence[str] = UNSET,
        exclude_activity_types: Sequence[str] = UNSET,
    ) -> list[Activity]:
        """The activities of a dataset, newest first.

        Args:
            id: the dataset's name or id.
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            after: only activities after this time, in seconds since 1970 (from 2.10).
            before: only activities before this time, in seconds since 1970 (from 2.10).
            include_hidden_activity: include activities of CKAN's site user; for system administrators.
            activity_types: only activities of these types (from 2.10).
            exclude_activity_types: all activities except those of these types (from 2.10).

        Returns:
            `list[Activity]`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.package_activity_list(id="rivers", limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "package_activity_list",
            {
                "id": id,
                "offset": offset,
                "limit": limit,
                "after": after,
                "before": before,
                "include_hidden_activity": include_hidden_activity,
                "activity_types": activity_types,
                "exclude_activity_types": exclude_activity_types,
            },
        )
        return result

    def recently_changed_packages_activity_list(
        self, *, offset: int = UNSET, limit: int = UNSET, before: float | str = UNSET, after: float | str = UNSET
    ) -> list[Activity]:
        """The recent activities of all datasets of the portal, newest first.

        Args:
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            before: only activities before this time, in seconds since 1970.
            after: only activities after this time, in seconds since 1970.

        Returns:
            `list[Activity]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.recently_changed_packages_activity_list(limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "recently_changed_packages_activity_list",
            {"offset": offset, "limit": limit, "before": before, "after": after},
        )
        return result

    def send_email_notifications(self) -> None:
        """Send pending notification emails about activities, if the portal allows it.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.send_email_notifications()  # doctest: +SKIP
        """
        result: None = self._send("send_email_notifications", {})
        return result

    def user_activity_list(
        self,
        *,
        id: str,
        offset: int = UNSET,
        limit: int = UNSET,
        after: float | str = UNSET,
        before: float | str = UNSET,
        include_hidden_activity: bool = UNSET,
        activity_types: Sequence[str] = UNSET,
        exclude_activity_types: Sequence[str] = UNSET,
    ) -> list[Activity]:
        """The activities of a user, newest first.

        Args:
            id: the user's name or id.
            offset: the number of results to skip.
            limit: the maximum number of results (CKAN's own value is 31).
            after: only activities after this time, in seconds since 1970 (from 2.10).
            before: only activities before this time, in seconds since 1970 (from 2.10).
            include_hidden_activity: include activities of CKAN's site user; for system administrators.
            activity_types: only activities of these types.
            exclude_activity_types: all activities except those of these types.

        Returns:
            `list[Activity]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12, with the plugin activity (CKAN's own until 2.9).

        Example:
            >>> ckan.action.user_activity_list(id="anna", limit=5)  # doctest: +SKIP
        """
        result: list[Activity] = self._send(
            "user_activity_list",
            {
                "id": id,
                "offset": offset,
                "limit": limit,
                "after": after,
                "before": before,
                "include_hidden_activity": include_hidden_activity,
                "activity_types": activity_types,
                "exclude_activity_types": exclude_activity_types,
            },
        )
        return result
