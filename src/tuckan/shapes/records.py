"""The records that CKAN's actions return: plain dicts with known usual keys that keep every other key.

`Required` keys were in every reply of CKAN 2.10 to 2.12; a portal's own schema may leave out others, or add more. Type checkers
read the stub beside this module, which `scripts/record_types.py` makes from it.
"""

from __future__ import annotations

from typing import Any, Required

from tuckan.shapes.typed import TypedDict


class Extra(TypedDict, total=False, extra_items=Any):
    """An additional field of a dataset, group or organization."""

    key: Required[str]
    value: Required[Any]


class Tag(TypedDict, total=False, extra_items=Any):
    """A tag: a free one, or one of a vocabulary."""

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
    """A short form of an organization or group, as part of a dataset."""

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
    """A dataset, called package in the names of actions. A search with `fl` returns only the requested keys."""

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
    """A value of a field, with the number of datasets that have it."""

    name: Required[str]
    display_name: Required[str]
    count: Required[int]


class Facet(TypedDict, total=False, extra_items=Any):
    """The counted values of one field."""

    title: Required[str]
    items: Required[list[FacetItem]]


class SearchResult(TypedDict, total=False, extra_items=Any):
    """One page of datasets, with the total number of matches."""

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
    """A completion of a text; for datasets, with the field that matched."""

    name: Required[str]
    title: Required[str]
    id: str
    match_field: str
    match_displayed: str


class Revised(TypedDict, total=False, extra_items=Any):
    """The result of `package_revise`."""

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
    """A view of a resource; each type of view has its own additional settings."""

    id: Required[str]
    resource_id: Required[str]
    package_id: Required[str]
    view_type: Required[str]
    title: Required[str]
    description: Required[str | None]


class Relationship(TypedDict, total=False, extra_items=Any):
    """A relationship between two datasets."""

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
    """A user, with the fields that the caller may see; completions have only the names."""

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
    """CKAN's site user, as which CKAN itself acts."""

    name: Required[str]
    id: str
    apikey: str | None


class Group(TypedDict, total=False, extra_items=Any):
    """A group; members, datasets and the like are included on request."""

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
    """An organization; `capacity` is your role in it, in lists of your own organizations."""

    capacity: str


class Membership(TypedDict, total=False, extra_items=Any):
    """The membership of a user, dataset or group."""

    id: Required[str]
    group_id: Required[str]
    table_name: Required[str]
    table_id: Required[str]
    capacity: Required[str]
    state: Required[str]


class Role(TypedDict, total=False, extra_items=Any):
    """A role of members."""

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
    """A newly created API token; it is shown only once, so store it."""

    token: Required[str]
    id: str
