"""Whether organizations, groups and tables of the DataStore are in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import counted
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
    "portal/table-incomplete",
    "note",
    "Tables that may lack rows of their file",
    "Compare the two with `tuckan audit --tables`.",
)
def _table_incomplete(dataset: Described, context: Context) -> Iterator[Found]:
    for one in dataset.distributions:
        known = context.tables.get(one.id)
        if known is not None and known.rows is not None and known.file_rows is not None:
            continue  # counted, which says more
        all_rows = one.resource.get("datastore_contains_all_records_of_source_file")
        has_file = one.resource.get("url_type") not in ("datastore", "tabledesigner")
        # CKAN says so of a table that a program made, too.
        if one.resource.get("datastore_active") and has_file and all_rows in (False, "False", "false"):
            yield Found(
                "The portal does not say that the table has all rows of the file.", "", "datastore_active", one.id
            )


@rule("portal/organization-missing", "error", "Datasets of organizations that are gone", "Give it an organization.")
def _organization_missing(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    owner, there = dataset.text("owner_org"), dataset.record.get("organization")
    if owner and isinstance(there, dict) and there.get("state", "active") != "active":
        return (Found(f"Its organization {dataset.organization!r} was deleted.", owner, "owner_org"),)
    if owner and "organization" in dataset.record and not there:
        return (Found("Its organization does not exist.", owner, "owner_org"),)
    return NOTHING


@rule("portal/table-missing", "error", "Tables that do not exist", "Load the file into the DataStore again.")
def _table_missing(dataset: Described, context: Context) -> Iterator[Found]:
    for one in dataset.distributions:
        known = context.tables.get(one.id)
        if known is not None and not known.exists:
            yield Found("The resource is said to have a table, and there is none.", "", "datastore_active", one.id)


@rule("portal/table-differs", "error", "Tables with another number of rows than their file", "Load the file again.")
def _table_differs(dataset: Described, context: Context) -> Iterator[Found]:
    for one in dataset.distributions:
        known = context.tables.get(one.id)
        if known is None or known.rows is None or known.file_rows is None or known.rows == known.file_rows:
            continue
        told = f"Its table has {counted(known.rows, 'row')}, and its file {known.file_rows:,}."
        yield Found(told, f"{known.rows} / {known.file_rows}", "datastore_active", one.id)


@rule("portal/load-failed", "error", "Files that could not be loaded", "Correct the file, then load it again.")
def _load_failed(dataset: Described, context: Context) -> Iterator[Found]:
    for one in dataset.distributions:
        known = context.tables.get(one.id)
        if known is not None and known.loader_error:
            yield Found("Loading its file into the DataStore failed.", known.loader_error, "url", one.id)


@rule(
    "portal/table-orphaned",
    "warning",
    "Tables without a resource",
    "Look at it, then delete it: `tuckan call datastore_delete resource_id=ID force=true`.",
    "portal",
)
def _table_orphaned(portal: Mapping[str, Any], context: Context) -> Iterator[Found]:
    del context
    for name in portal.get("orphaned_tables") or ():
        yield Found(f"The table {name!r} of the DataStore belongs to no resource.", str(name))
