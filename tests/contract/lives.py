"""The lives of everything on a portal: each action is called with the catalogue's own example, in an order that makes sense.

What an example calls `<resource>` is the id of a resource that is there at that moment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.actions import catalogue
from tuckan.actions.showing import in_python
from tuckan.errors import ActionNotFound, InDoubt, TuckanError, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan import Client
    from tuckan.actions import Action

PLACEHOLDER = re.compile(r"<(\w+)>")


@dataclass
class Portal:
    """A portal on which examples are run, what stands for its ids, and what it replied.

    Attributes:
        version: as `2.11`.
        folder: where files to upload lie, and where the examples are run.
        names: ids and the like, by what examples call them.
        replies: for each action the parameters and results of its calls.
        refused: what it said to calls that cannot succeed on a sandbox.
    """

    ckan: Client
    version: str
    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    replies: dict[str, list[tuple[dict[str, Any], Any]]] = field(default_factory=dict)
    refused: dict[str, TuckanError] = field(default_factory=dict)

    def run(self, name: str, /, **given: Any) -> Any:
        """Run an action's example as it stands in the documentation, or call it with other parameters.

        One that this version does not have is left out.
        """
        if name not in actions_of(self.version):
            return None
        params = given or catalogue().actions[name].example
        result = getattr(self.ckan.action, name)(**given) if given else eval(in_python(name, params), self.scope())  # noqa: S307
        self.replies.setdefault(name, []).append((params, result))
        return result

    def refuses(self, name: str, kind: type[TuckanError]) -> None:
        """Run an example that a sandbox must refuse, in the way that is told."""
        with pytest.raises(kind) as caught:
            eval(in_python(name, catalogue().actions[name].example), self.scope())  # noqa: S307
        self.refused[name] = caught.value

    def scope(self) -> dict[str, Any]:
        """What the examples in Python find around them."""
        ids = {f"{one}_id": value for one, value in self.names.items()}
        return {"ckan": self.ckan, "password": self.names["password"], **ids}

    def real(self, value: Any) -> Any:
        """Parameters with ids in place of what stands for them."""
        if isinstance(value, str):
            return PLACEHOLDER.sub(lambda found: self.names[found[1]], value)
        if isinstance(value, list):
            return [self.real(one) for one in value]
        if isinstance(value, dict):
            return {key: self.real(one) for key, one in value.items()}
        return value


def actions_of(version: str) -> dict[str, Action]:
    """The actions that a version has."""
    order = catalogue().versions
    return {
        name: one
        for name, one in catalogue().actions.items()
        if order.index(one.since or order[0]) <= order.index(version) <= order.index(one.until or order[-1])
    }


def world(portal: Portal) -> None:
    """What the examples speak of."""
    ckan, names = portal.ckan, portal.names
    ckan.call("user_create", name="anna", email="anna@example.org", password="rivers-and-lakes")
    ckan.call(
        "organization_create", name="water-board", title="Water board", users=[{"name": "anna", "capacity": "editor"}]
    )
    ckan.call("group_create", name="nature", title="Nature")
    zones = ckan.call("vocabulary_create", name="zones", tags=[{"name": "north"}])
    rivers = ckan.call(
        "package_create",
        name="rivers",
        title="Rivers",
        owner_org="water-board",
        notes="All rivers.",
        license_id="cc-by",
        tags=[{"name": "water"}],
        groups=[{"name": "nature"}],
        extras=[{"key": "scale", "value": "1:5000"}],
        resources=[{"url": "https://example.org/flow.csv", "name": "Flow", "format": "CSV"}],
    )
    ckan.call("package_create", name="gauges", owner_org="water-board")
    table = ckan.call(
        "datastore_create",
        resource={"package_id": "rivers", "name": "Levels", "format": "CSV"},
        primary_key=["river"],
        fields=[{"id": "river", "type": "text"}, {"id": "level", "type": "numeric"}],
        records=[{"river": "Isar", "level": 1.1}, {"river": "Inn", "level": 2.5}],
    )
    names |= {
        "dataset": rivers["id"],
        "resource": rivers["resources"][0]["id"],
        "table": table["resource_id"],
        "vocabulary": zones["id"],
        "password": "gauges-and-dams",
    }


def lives(portal: Portal) -> None:
    """All of them."""
    for life in (_of_datasets, _of_resources, _of_views, _of_groups, _of_users, _of_followers, _of_tags, _of_tables,
                 _of_loaders, _of_activities, _of_files, _of_the_portal):  # fmt: skip
        life(portal)


def _of_datasets(portal: Portal) -> None:
    run = portal.run
    run("package_create")
    for name in (
        "package_update",
        "package_patch",
        "package_revise",
        "package_resource_reorder",
        "package_owner_org_update",
    ):
        run(name)
    run("package_show", id="lakes")
    for name in (
        "package_show",
        "package_list",
        "package_search",
        "package_autocomplete",
        "current_package_list_with_resources",
    ):
        run(name)
    run("package_search", q="*:*", include_private=True, include_drafts=True, sort="id asc")
    for name in ("create", "update"):
        run(f"package_relationship_{name}")
    run("package_relationships_list")
    run("package_relationship_delete")
    for name in ("create", "list", "list_for_user", "delete"):
        run(f"package_collaborator_{name}")
    for name in ("private", "public", "delete"):
        run(f"bulk_update_{name}")
    run("package_patch", id="rivers", state="active")
    run("package_create_default_resource_views")
    run("package_delete")
    run("dataset_purge")


def _of_resources(portal: Portal) -> None:
    run, kept = portal.run, portal.names["resource"]
    portal.names["resource"] = run("resource_create")["id"]
    for name in ("resource_update", "resource_patch", "resource_show", "resource_search", "format_autocomplete"):
        run(name)
    run("resource_show", id=portal.names["table"])
    run("resource_create_default_resource_views")
    run("resource_delete")
    portal.names["resource"] = kept


def _of_views(portal: Portal) -> None:
    run = portal.run
    portal.names["view"] = run("resource_view_create")["id"]
    for name in ("update", "show", "list", "reorder", "delete", "clear"):
        run(f"resource_view_{name}")


def _of_groups(portal: Portal) -> None:
    run = portal.run
    for kind in ("group", "organization"):
        for name in ("create", "update", "patch", "show", "list", "autocomplete", "member_create", "member_delete"):
            run(f"{kind}_{name}")
        run(f"{kind}_list", all_fields=True, include_extras=True, include_users=True)
        run(f"{kind}_list", limit=3)
        run(
            f"{kind}_show", id="nature" if kind == "group" else "water-board", include_datasets=True, include_users=True
        )
        run(f"{kind}_delete")
        run(f"{kind}_purge")
    for name in ("group_package_show", "group_list_authz", "organization_list_for_user", "member_roles_list"):
        run(name)
    for name in ("create", "list", "delete"):
        run(f"member_{name}")
    run("organization_member_create")


def _of_users(portal: Portal) -> None:
    run = portal.run
    for name in ("create", "update", "patch", "show", "list", "autocomplete", "delete"):
        run(f"user_{name}")
    run("user_show", id="admin", include_datasets=True, include_num_followers=True)
    run("user_list", all_fields=False)
    portal.refuses("user_invite", InDoubt)
    run("get_site_user")
    run("api_token_create")
    portal.names["token"] = run("api_token_list")[0]["id"]
    run("api_token_revoke")


def _of_followers(portal: Portal) -> None:
    run = portal.run
    for kind in ("dataset", "group", "user"):
        run(f"follow_{kind}")
        run(f"am_following_{kind}")
    run("follow_group", id="water-board")
    for one in (
        "followee_count",
        "followee_list",
        "organization_followee_count",
        "organization_followee_list",
        "group_followee_count",
        "group_followee_list",
        "organization_follower_count",
        "organization_follower_list",
        "group_follower_count",
        "group_follower_list",
        "dataset_followee_count",
        "dataset_followee_list",
        "dataset_follower_count",
        "dataset_follower_list",
        "user_followee_count",
        "user_followee_list",
        "user_follower_count",
        "user_follower_list",
    ):
        run(one)
    run("organization_followee_list", id="admin")
    run("group_followee_list", id="admin")
    for kind in ("dataset", "group", "user"):
        run(f"unfollow_{kind}")


def _of_tags(portal: Portal) -> None:
    run, kept = portal.run, portal.names["vocabulary"]
    for name in (
        "tag_list",
        "tag_show",
        "tag_search",
        "tag_autocomplete",
        "tag_create",
        "tag_delete",
        "vocabulary_list",
        "vocabulary_show",
        "vocabulary_update",
    ):
        run(name)
    run("tag_list", all_fields=True)
    portal.names["vocabulary"] = run("vocabulary_create")["id"]
    run("vocabulary_update", id=portal.names["vocabulary"], name="seasons", tags=[])
    run("vocabulary_delete")
    portal.names["vocabulary"] = kept
    run("term_translation_update")
    run("term_translation_update_many")
    run("term_translation_show")
    run("license_list")


def _of_tables(portal: Portal) -> None:
    run = portal.run
    for name in ("create", "upsert", "search", "info", "records_delete", "delete"):
        run(f"datastore_{name}")
    run("datastore_search", resource_id=portal.names["table"], records_format="csv")
    run("datastore_search", resource_id=portal.names["table"], include_total=False, fields=["river"])
    run("datastore_delete", resource_id=portal.names["resource"], force=True)
    portal.refuses("datastore_search_sql", ActionNotFound)
    run("datastore_run_triggers")
    run("datastore_function_create")
    run("datastore_function_delete")


def _of_loaders(portal: Portal) -> None:
    run = portal.run
    for name in ("datapusher", "xloader"):
        run(f"{name}_submit")
        run(f"{name}_status")
        run(f"{name}_hook")


def _of_activities(portal: Portal) -> None:
    run = portal.run
    of_dataset = run("package_activity_list", id="rivers")
    portal.names["activity"] = of_dataset[0]["id"]
    portal.names["change"] = next(one["id"] for one in of_dataset if one["activity_type"] == "changed package")
    for name in ("package", "group", "organization", "user", "recently_changed_packages", "dashboard"):
        run(f"{name}_activity_list")
    for name in (
        "dashboard_new_activities_count",
        "dashboard_mark_activities_old",
        "activity_show",
        "activity_data_show",
        "activity_diff",
        "activity_create",
        "activity_delete_counts",
        "activity_delete",
        "activity_delete_all",
    ):
        run(name)
    portal.refuses("send_email_notifications", ValidationError)


def _of_files(portal: Portal) -> None:
    run = portal.run
    (portal.folder / "map.txt").write_text("here be dragons")
    made = run("file_create")
    if made:
        portal.names["file"] = made["id"]
    for name in ("show", "rename", "owner_scan", "ownership_transfer", "pin", "unpin", "register", "delete"):
        run(f"file_{name}")


def _of_the_portal(portal: Portal) -> None:
    run = portal.run
    for name in (
        "status_show",
        "site_read",
        "help_show",
        "config_option_list",
        "config_option_show",
        "config_option_update",
    ):
        run(name)
    for name in ("task_status_update", "task_status_update_many", "task_status_show"):
        found = run(name)
    portal.names["task"] = found["id"]
    run("task_status_delete")
    # The worker takes one job after the other, so that the last of several waits a while.
    many = [{"url": "https://example.org/flow.csv", "format": "CSV"} for _ in range(8)]
    for one in portal.ckan.call("package_create", name="busy", owner_org="water-board", resources=many)["resources"]:
        run("xloader_submit", resource_id=one["id"])
    portal.names["job"] = run("job_list")[-1]["id"]
    for name in ("job_show", "job_cancel", "job_clear"):
        run(name)
    if portal.version == "2.12":
        run("job_list", ids_only=True)
