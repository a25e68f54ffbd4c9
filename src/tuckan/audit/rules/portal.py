"""Whether organizations, groups and tables of the DataStore are in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context


@rule(
    "portal/organization-empty",
    "note",
    "Organizations without datasets",
    "Delete it, or publish something.",
    "organization",
)
def _organization_empty(organization: Mapping[str, Any], context: Context) -> Iterable[Found]:
    return NOTHING if context.organizations.get(str(organization.get("name"))) else (Found("It has no datasets."),)


@rule("portal/group-empty", "note", "Groups without datasets", "Delete it, or add datasets.", "group")
def _group_empty(group: Mapping[str, Any], context: Context) -> Iterable[Found]:
    return NOTHING if context.groups.get(str(group.get("name"))) else (Found("It has no datasets."),)


@rule(
    "portal/organization-undescribed",
    "note",
    "Organizations without a description",
    "Say what it does.",
    "organization",
)
def _organization_undescribed(organization: Mapping[str, Any], context: Context) -> Iterable[Found]:
    del context
    told = organization.get("description") or organization.get("description_translated")
    return NOTHING if told else (Found("It has no description.", field="description"),)


@rule(
    "portal/organization-without-administrator",
    "error",
    "Organizations without an administrator",
    "Make one of its members an administrator.",
    "organization",
)
def _organization_without_administrator(organization: Mapping[str, Any], context: Context) -> Iterable[Found]:
    del context
    users = organization.get("users")
    if not isinstance(users, list) or any(
        isinstance(one, dict) and one.get("capacity") == "admin" and one.get("state", "active") == "active"
        for one in users
    ):
        return NOTHING
    return (Found(f"It has no administrator among its members ({len(users)}).", str(len(users)), "users"),)


@rule(
    "portal/table-incomplete", "error", "Tables that lack rows of their file", "Load the file into the DataStore again."
)
def _table_incomplete(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        if one.resource.get("datastore_active") and one.resource.get(
            "datastore_contains_all_records_of_source_file"
        ) in (False, "False", "false"):
            yield Found(
                "Its table in the DataStore does not have all rows of its file.", "", "datastore_active", one.id
            )
