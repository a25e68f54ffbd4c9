"""Results of other actions: tables, activities, files, the portal itself. Entities are in `records`."""

from __future__ import annotations

from typing import Any, Required

from tuckan.shapes.records import Tag
from tuckan.shapes.typed import TypedDict


class Member(TypedDict, total=False, extra_items=Any):
    """A member of an organization or group: its id, its kind (`user`, `package`, `group`) and its role."""

    id: Required[str]
    kind: Required[str]
    capacity: Required[str]


class LoaderState(TypedDict, total=False, extra_items=Any):
    """The DataPusher or XLoader state of a resource, as returned by `status_all`."""

    id: Required[str]
    name: Required[str | None]
    dataset: Required[str]
    state: Required[str]
    status: Required[str | None]
    last_updated: Required[str | None]
    error: Required[str | None]
    log: Required[list[str]]


class Following(TypedDict, total=False, extra_items=Any):
    """A follower relationship."""

    follower_id: Required[str]
    object_id: Required[str]
    datetime: Required[str]


class Followee(TypedDict, total=False, extra_items=Any):
    """Something that a user follows, of any kind."""

    type: Required[str]
    display_name: Required[str]
    dict: Required[Any]


class TagSearch(TypedDict, total=False, extra_items=Any):
    """The tags that a search found."""

    count: Required[int]
    results: Required[list[Any]]


class Vocabulary(TypedDict, total=False, extra_items=Any):
    """A vocabulary: a closed list of tags."""

    id: Required[str]
    name: Required[str]
    tags: Required[list[Tag]]


class Translation(TypedDict, total=False, extra_items=Any):
    """A translation of a term."""

    term: Required[str]
    term_translation: Required[str]
    lang_code: Required[str]


class License(TypedDict, total=False, extra_items=Any):
    """A license that the portal offers."""

    id: Required[str]
    title: Required[str]
    url: Required[str]
    status: Required[str]
    is_generic: str | bool
    family: str
    maintainer: str
    od_conformance: str
    osd_conformance: str
    domain_content: str | bool
    domain_data: str | bool
    domain_software: str | bool


class Activity(TypedDict, total=False, extra_items=Any):
    """An activity: something that happened on the portal."""

    id: Required[str]
    timestamp: Required[str]
    user_id: Required[str]
    object_id: Required[str]
    activity_type: Required[str]
    data: Required[Any]
    is_new: bool
    permission_labels: list[str] | None


class ActivityDifference(TypedDict, total=False, extra_items=Any):
    """The difference between two states of a record."""

    diff: Required[str]
    activities: Required[list[Activity]]


class ActivityCounts(TypedDict, total=False, extra_items=Any):
    """The number of activities."""

    total: Required[int]
    older_than_1_day: Required[int]
    older_than_30_days: Required[int]
    older_than_365_days: Required[int]


class Message(TypedDict, total=False, extra_items=Any):
    """A message of CKAN about what was done."""

    message: Required[str]


class Success(TypedDict, total=False, extra_items=Any):
    """CKAN's confirmation of success."""

    success: Required[str]


class ColumnInfo(TypedDict, total=False, extra_items=Any):
    """A column's entry in the data dictionary."""

    label: str
    notes: str
    type_override: str


class Column(TypedDict, total=False, extra_items=Any):
    """A column of a table."""

    id: Required[str]
    type: Required[str]
    info: dict[str, Any]
    schema: dict[str, Any]


class TableFacts(TypedDict, total=False, extra_items=Any):
    """A table's size and aliases."""

    id: Required[str]
    count: Required[int]
    aliases: Required[list[str]]
    size: Required[int]
    db_size: Required[int]
    idx_size: Required[int]
    table_type: Required[str]


class DatastoreInfo(TypedDict, total=False, extra_items=Any):
    """Information about a table; from 2.12 on, `meta` can be left out."""

    meta: TableFacts
    fields: Required[list[Column]]


class DatastoreResult(TypedDict, total=False, extra_items=Any):
    """Rows of a table: objects, lists or one text, depending on `records_format`. CKAN 2.12 has no `_links`."""

    resource_id: str
    records: Required[Any]
    fields: Required[list[Column]]
    records_format: str
    limit: int
    offset: int
    total: int
    total_was_estimated: bool
    total_estimation_threshold: int | None
    _links: dict[str, Any]
    records_truncated: bool
    include_total: bool
    include_next_page: bool
    next_page: dict[str, Any]
    filters: dict[str, Any]
    sort: str


class DatastoreWritten(TypedDict, total=False, extra_items=Any):
    """The result of writing to a table; from 2.12 on, it includes the rows only on request."""

    resource_id: Required[str]
    method: str
    primary_key: list[str]
    fields: list[Column]
    records: list[dict[str, Any]]
    filters: dict[str, Any]
    deleted_records: list[dict[str, Any]]


class LoaderStatus(TypedDict, total=False, extra_items=Any):
    """The status of DataPusher or XLoader for a resource."""

    status: Required[str]
    job_id: Required[str | None]
    job_url: Required[str | None]
    last_updated: Required[str]
    job_key: str | None
    task_info: Required[dict[str, Any] | None]
    error: Required[Any]


class File(TypedDict, total=False, extra_items=Any):
    """A file in a storage."""

    id: Required[str]
    name: Required[str]
    storage: Required[str]
    location: Required[str]
    content_type: Required[str]
    size: Required[int]
    hash: Required[str]
    created: Required[str]
    owner_type: Required[str | None]
    owner_id: Required[str | None]
    pinned: Required[bool]
    algorithm: str
    storage_data: dict[str, Any]


class FileScan(TypedDict, total=False, extra_items=Any):
    """The files of an owner."""

    count: Required[int]
    results: Required[list[File]]


class Status(TypedDict, total=False, extra_items=Any):
    """Information about a portal; its version is included unless it is hidden."""

    site_title: Required[str]
    site_description: Required[str]
    site_url: Required[str]
    locale_default: Required[str]
    extensions: Required[list[str]]
    error_emails_to: str | None
    ckan_version: str


class BackgroundJob(TypedDict, total=False, extra_items=Any):
    """A background job."""

    id: Required[str]
    title: Required[str | None]
    created: Required[str]
    queue: Required[str]


class Task(TypedDict, total=False, extra_items=Any):
    """The status of a long-running task."""

    id: Required[str]
    entity_id: Required[str]
    entity_type: Required[str]
    task_type: Required[str]
    key: Required[str]
    value: Required[str | None]
    state: Required[str | None]
    error: Required[str | None]
    last_updated: Required[str | None]


class Tasks(TypedDict, total=False, extra_items=Any):
    """Several tasks."""

    results: Required[list[Task]]
