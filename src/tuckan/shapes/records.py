"""What CKAN's actions give, as open `TypedDict`s: plain dicts in which the usual keys are known and every other key stays.

What is required was there in every reply of CKAN 2.10 to 2.12; a portal's own schema may leave out the rest, or add to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Required

if TYPE_CHECKING:
    from typing_extensions import TypedDict
else:

    class TypedDict(dict):
        """What there is at run time: a dict. Python's own `TypedDict` takes `extra_items` from 3.15 on alone."""

        def __init_subclass__(cls, **options: Any) -> None:
            """Take the options that are for type checkers."""


class Extra(TypedDict, total=False, extra_items=Any):
    """A further field of a dataset, group or organization."""

    key: Required[str]
    value: Required[Any]


class Tag(TypedDict, total=False, extra_items=Any):
    """A tag; free, or of a vocabulary."""

    id: Required[str]
    name: Required[str]
    display_name: Required[str]
    vocabulary_id: Required[str | None]
    state: str
    packages: list[Any]


class Resource(TypedDict, total=False, extra_items=Any):
    """A file or link of a dataset."""

    id: Required[str]
    package_id: Required[str]
    url: Required[str]
    name: Required[str | None]
    format: Required[str]
    description: Required[str | None]
    state: Required[str]
    position: Required[int]
    created: Required[str]
    metadata_modified: Required[str]
    last_modified: Required[str | None]
    hash: Required[str]
    size: Required[int | None]
    mimetype: Required[str | None]
    mimetype_inner: Required[str | None]
    resource_type: Required[str | None]
    url_type: Required[str | None]
    cache_url: Required[str | None]
    cache_last_updated: Required[str | None]
    datastore_active: bool
    datastore_contains_all_records_of_source_file: bool


class OfDataset(TypedDict, total=False, extra_items=Any):
    """The organization or a group of a dataset, in short."""

    id: Required[str]
    name: Required[str]
    title: Required[str]
    description: Required[str]
    type: str
    display_name: str
    image_url: str
    image_display_url: str
    is_organization: bool
    approval_status: str
    created: str
    state: str


class Dataset(TypedDict, total=False, extra_items=Any):
    """A dataset, which the names of actions call package. A search with `fl` gives only the keys that were asked for."""

    id: Required[str]
    name: Required[str]
    title: Required[str]
    type: Required[str]
    state: Required[str]
    private: Required[bool]
    notes: str | None
    url: str | None
    version: str | None
    author: str | None
    author_email: str | None
    maintainer: str | None
    maintainer_email: str | None
    license_id: str | None
    license_title: str | None
    license_url: str
    isopen: bool
    owner_org: Required[str | None]
    organization: Required[OfDataset | None]
    creator_user_id: Required[str | None]
    metadata_created: Required[str]
    metadata_modified: Required[str]
    num_resources: Required[int]
    num_tags: Required[int]
    resources: Required[list[Resource]]
    tags: Required[list[Tag]]
    groups: Required[list[OfDataset]]
    extras: list[Extra]
    relationships_as_subject: list[Any]
    relationships_as_object: list[Any]


class FacetItem(TypedDict, total=False, extra_items=Any):
    """A value of a field with how many datasets have it."""

    name: Required[str]
    display_name: Required[str]
    count: Required[int]


class Facet(TypedDict, total=False, extra_items=Any):
    """The counted values of one field."""

    title: Required[str]
    items: Required[list[FacetItem]]


class SearchResult(TypedDict, total=False, extra_items=Any):
    """One page of datasets, with how many there are in all."""

    count: Required[int]
    results: Required[list[Dataset]]
    sort: Required[str]
    facets: Required[dict[str, dict[str, int]]]
    search_facets: Required[dict[str, Facet]]


class ResourceSearch(TypedDict, total=False, extra_items=Any):
    """The resources that a search found."""

    count: Required[int]
    results: Required[list[Resource]]


class Match(TypedDict, total=False, extra_items=Any):
    """What a text was completed to; datasets tell in which field it was found."""

    name: Required[str]
    title: Required[str]
    id: str
    match_field: str
    match_displayed: str


class Revised(TypedDict, total=False, extra_items=Any):
    """What a revision gives."""

    package: Required[Dataset]


class ResourceOrder(TypedDict, total=False, extra_items=Any):
    """The order of a dataset's resources."""

    id: Required[str]
    order: Required[list[str]]


class ViewOrder(TypedDict, total=False, extra_items=Any):
    """The order of a resource's views."""

    id: Required[str]
    order: Required[list[str]]


class View(TypedDict, total=False, extra_items=Any):
    """A view of a resource; its type adds settings of its own."""

    id: Required[str]
    resource_id: Required[str]
    package_id: Required[str]
    view_type: Required[str]
    title: Required[str]
    description: Required[str | None]


class Relationship(TypedDict, total=False, extra_items=Any):
    """How one dataset relates to another."""

    subject: Required[str]
    type: Required[str]
    object: Required[str]
    comment: Required[str]


class Collaborator(TypedDict, total=False, extra_items=Any):
    """A user who works on a dataset."""

    package_id: Required[str]
    user_id: Required[str]
    capacity: Required[str]
    modified: Required[str]


class Collaboration(TypedDict, total=False, extra_items=Any):
    """A dataset that a user works on."""

    package_id: Required[str]
    capacity: Required[str]
    modified: Required[str]


class User(TypedDict, total=False, extra_items=Any):
    """A user, with as much as whoever asks may see; a completion gives only the names."""

    id: Required[str]
    name: Required[str]
    fullname: str | None
    display_name: str
    about: str | None
    email: str
    email_hash: str
    created: str
    last_active: str | None
    state: str
    sysadmin: bool
    capacity: str
    image_url: str | None
    image_display_url: str | None
    number_created_packages: int
    num_followers: int
    activity_streams_email_notifications: bool
    datasets: list[Dataset]
    token: str


class SiteUser(TypedDict, total=False, extra_items=Any):
    """The user that CKAN itself acts as."""

    name: Required[str]
    id: str
    apikey: str | None


class Group(TypedDict, total=False, extra_items=Any):
    """A group; members, datasets and the rest come where they are asked for."""

    id: Required[str]
    name: Required[str]
    title: Required[str]
    display_name: Required[str]
    description: Required[str]
    type: Required[str]
    state: Required[str]
    is_organization: Required[bool]
    approval_status: Required[str]
    created: Required[str]
    image_url: Required[str]
    image_display_url: Required[str]
    package_count: int
    num_followers: int
    users: list[User]
    packages: list[Any]
    extras: list[Extra]
    groups: list[Any]
    tags: list[Any]


class Organization(Group, total=False):
    """An organization; `capacity` is your role in it, where you asked for yours."""

    capacity: str


class Membership(TypedDict, total=False, extra_items=Any):
    """That a user, dataset or group is a member."""

    id: Required[str]
    group_id: Required[str]
    table_name: Required[str]
    table_id: Required[str]
    capacity: Required[str]
    state: Required[str]


class Role(TypedDict, total=False, extra_items=Any):
    """A role that members can have."""

    value: Required[str]
    text: Required[str]


class Token(TypedDict, total=False, extra_items=Any):
    """An API token, without the token itself."""

    id: Required[str]
    name: Required[str]
    user_id: Required[str]
    created_at: Required[str]
    last_access: Required[str | None]


class NewToken(TypedDict, total=False, extra_items=Any):
    """An API token that was created; keep it, it is shown this once."""

    token: Required[str]
    id: str


class Following(TypedDict, total=False, extra_items=Any):
    """That somebody follows something."""

    follower_id: Required[str]
    object_id: Required[str]
    datetime: Required[str]


class Followee(TypedDict, total=False, extra_items=Any):
    """What somebody follows, of whatever kind."""

    type: Required[str]
    display_name: Required[str]
    dict: Required[Any]


class TagSearch(TypedDict, total=False, extra_items=Any):
    """The tags that a search found."""

    count: Required[int]
    results: Required[list[Any]]


class Vocabulary(TypedDict, total=False, extra_items=Any):
    """A closed list of tags."""

    id: Required[str]
    name: Required[str]
    tags: Required[list[Tag]]


class Translation(TypedDict, total=False, extra_items=Any):
    """A term in another language."""

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
    """Something that happened."""

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
    """How many activities there are."""

    total: Required[int]
    older_than_1_day: Required[int]
    older_than_30_days: Required[int]
    older_than_365_days: Required[int]


class Message(TypedDict, total=False, extra_items=Any):
    """What was done, in CKAN's words."""

    message: Required[str]


class Success(TypedDict, total=False, extra_items=Any):
    """That it was done, in CKAN's words."""

    success: Required[str]


class Column(TypedDict, total=False, extra_items=Any):
    """A column of a table."""

    id: Required[str]
    type: Required[str]
    info: dict[str, Any]
    schema: dict[str, Any]


class TableFacts(TypedDict, total=False, extra_items=Any):
    """How large a table is, and what else it is called."""

    id: Required[str]
    count: Required[int]
    aliases: Required[list[str]]
    size: Required[int]
    db_size: Required[int]
    idx_size: Required[int]
    table_type: Required[str]


class DatastoreInfo(TypedDict, total=False, extra_items=Any):
    """What a table is; 2.12 leaves `meta` out when told so."""

    meta: TableFacts
    fields: Required[list[Column]]


class DatastoreResult(TypedDict, total=False, extra_items=Any):
    """Rows of a table: objects, lists, or one text, by `records_format`. 2.12 has no `_links` any more."""

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
    """What was written to a table; from 2.12 the rows come back only when asked for."""

    resource_id: Required[str]
    method: str
    primary_key: list[str]
    fields: list[Column]
    records: list[dict[str, Any]]
    filters: dict[str, Any]
    deleted_records: list[dict[str, Any]]


class LoaderStatus(TypedDict, total=False, extra_items=Any):
    """How DataPusher's or XLoader's work on a resource stands."""

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
    """What a portal is; its version is there unless it is hidden."""

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
    """How a long task on a thing stands."""

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
