"""Facts about actions that decide how a call may travel. The names are those of CKAN 2.9 to 2.12 and its own plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.wire.call import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

READ_ONLY = frozenset(
    """
    activity_data_show activity_diff activity_show am_following_dataset am_following_group am_following_user
    api_token_list config_option_list config_option_show current_package_list_with_resources
    dashboard_activity_list dashboard_new_activities_count dataset_followee_count dataset_followee_list
    dataset_follower_count dataset_follower_list datapusher_status datastore_info datastore_search
    datastore_search_sql file_owner_scan file_show followee_count followee_list format_autocomplete get_site_user
    group_activity_list group_autocomplete group_followee_count group_followee_list group_follower_count
    group_follower_list group_list group_list_authz group_package_show group_show help_show job_list job_show
    license_list member_list member_roles_list organization_activity_list organization_autocomplete
    organization_followee_count organization_followee_list organization_follower_count organization_follower_list
    organization_list organization_list_for_user organization_show package_activity_list package_autocomplete
    package_collaborator_list package_collaborator_list_for_user package_list package_relationships_list
    package_search package_show recently_changed_packages_activity_list resource_search resource_show
    resource_view_list resource_view_show resource_status_show site_read status_show tag_autocomplete tag_list
    tag_search tag_show task_status_show term_translation_show user_activity_list user_autocomplete
    user_followee_count user_followee_list user_follower_count user_follower_list user_list user_show
    vocabulary_list vocabulary_show xloader_status
    """.split()
)
"""Actions that change nothing."""

_READING_ENDS = ("_show", "_list", "_search", "_autocomplete", "_status", "_info")
_REPEATABLE_ENDS = ("_patch", "_update", "_update_many", "_reorder")
_NOT_REPEATABLE = frozenset({"datastore_upsert"})


def is_read_only(action: str) -> bool:
    """Whether an action changes nothing, so that it may be asked again.

    A plugin's action is judged by how its name ends: `_show`, `_list`, `_search`, ... read in every known plugin.

    Example:
        >>> is_read_only("package_search"), is_read_only("scheming_dataset_schema_show"), is_read_only("package_create")
        (True, True, False)
    """
    return action in READ_ONLY or action.endswith(_READING_ENDS)


def is_idempotent(action: str) -> bool:
    """Whether sending a write twice leaves what sending it once leaves.

    Example:
        >>> is_idempotent("package_patch"), is_idempotent("package_create"), is_idempotent("api_token_revoke")
        (True, False, False)
    """
    return action.endswith(_REPEATABLE_ENDS) and action not in _NOT_REPEATABLE


def call_for(
    action: str,
    params: Mapping[str, Any],
    *,
    files: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Call:
    """A call with the facts about its action filled in.

    Args:
        action: the action's name.
        params: its parameters.
        files: names with files to upload.
        timeout: seconds for the answer.
    """
    return Call(
        action,
        params,
        read_only=is_read_only(action),
        idempotent=is_idempotent(action) and not files,
        files=files or {},
        timeout=timeout,
    )
