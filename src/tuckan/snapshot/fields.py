"""The fields of CKAN's records: those that portals compute, and suggestions for unknown names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import closest
from tuckan.snapshot.canonical import THE_PORTALS_OWN
from tuckan.snapshot.equality import field_agrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OF_GROUPS = frozenset(
    """
    created dataset_count display_name image_display_url is_organization num_followers package_count packages revision_id
    """.split()
)
_OF_USERS = frozenset(
    """
    activity capacity created datasets display_name email_hash image_display_url last_active num_followers
    number_created_packages number_of_edits
    """.split()
)
COMPUTED: dict[str, frozenset[str]] = {
    "dataset": THE_PORTALS_OWN
    | frozenset("revision_timestamp notes_rendered ckan_url download_url ratings_average ratings_count".split()),
    "resource": frozenset(
        """
        cache_last_updated ckan_url datastore_active datastore_contains_all_records_of_source_file has_views ignore_hash
        metadata_modified on_same_domain original_url package_id position resource_id resource_views revision_id
        set_url_type task_created tracking_summary
        """.split()
    ),
    "organization": _OF_GROUPS,
    "group": _OF_GROUPS,
    "user": _OF_USERS,
    "view": frozenset({"package_id"}),
}
"""By kind, the fields that portals compute. Sent back with the whole record, they are ignored."""

_MARKS: dict[str, frozenset[str]] = {
    "dataset": frozenset({"metadata_created", "metadata_modified", "num_resources", "num_tags"}),
    "resource": frozenset({"created", "id", "package_id", "position"}),
    "organization": frozenset({"created", "display_name", "id", "is_organization"}),
    "group": frozenset({"created", "display_name", "id", "is_organization"}),
    "user": frozenset({"created", "display_name", "id"}),
}
"""By kind, fields that together identify a record as returned by a portal, not written by hand."""

_VERSION = frozenset({"id", "metadata_modified"})
"""What part of a dataset has that was read before it is changed."""


def sent_back(kind: str, record: Mapping[str, Any], there: Mapping[str, Any] | None = None) -> frozenset[str]:
    """The computed fields that are merely sent back with a record; others are set deliberately.

    A whole record from a portal may be old, or from another portal, so its computed fields mean nothing. The same holds for
    part of a record with its version. Of single fields, those with the portal's current value are sent back.

    Args:
        kind: `dataset`, `resource`, `organization`, `group`, `user` or `view`.
        record: the fields to be sent.
        there: the record as it is, when that is known.

    Example:
        >>> sorted(sent_back("dataset", {"title": "Rain", "num_tags": 2, "isopen": True}, {"num_tags": 2, "isopen": False}))
        ['num_tags']
    """
    computed = COMPUTED.get(kind, frozenset()) & record.keys()
    if kind in _MARKS and record.keys() >= _MARKS[kind]:
        return computed
    if kind == "dataset" and there is not None and record.keys() >= _VERSION:
        return computed
    return frozenset(name for name in computed if there is not None and _is_there(there, name, record[name]))


def _is_there(there: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether a field is as it is in a record; an organization is the same by its name, its id or its record."""
    if name != "organization":
        return field_agrees(there, name, value)
    said, found = (
        {one.get("id"), one.get("name")} if isinstance(one, dict) else {one} for one in (value, there.get(name))
    )
    return not said - {None} or bool(said & found - {None})


_FIELDS: dict[str, frozenset[str]] = {
    "dataset": frozenset(
        """
        author author_email extras groups license_id maintainer maintainer_email name notes owner_org private resources
        state tags title type url version
        """.split()
    ),
    "resource": frozenset("description format hash mimetype name resource_type size url".split()),
    "organization": frozenset("description extras image_url name state title users".split()),
    "group": frozenset("description extras groups image_url name state title users".split()),
    "user": frozenset("about email fullname image_url name state sysadmin".split()),
}
# Common synonyms of CKAN's fields: the first that a record can have is meant.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    word: tuple(fields.split())
    for words, fields in (
        ("abstract description summary", "notes description about"),
        ("notes", "description about"),
        ("licence licence_id license license_title license_url isopen", "license_id"),
        ("organisation organization owner org publisher", "owner_org"),
        ("keyword keywords tag", "tags"),
        ("category categories theme themes topic", "groups"),
        ("link download", "resources.0.url url"),
        ("file filename path", "resources.0.upload"),
        ("format", "resources.0.format"),
        ("address homepage href", "url"),
        ("identifier slug", "name"),
        ("full_name display_name", "fullname title"),
        ("contact", "maintainer"),
        ("contact_email", "maintainer_email"),
        ("notes_rendered", "notes"),
        ("mail", "email maintainer_email"),
        ("bio", "about"),
        ("logo image image_display_url", "image_url"),
        ("metadata_modified metadata_created", ""),
        ("members", "users"),
    )
    for word in words.split()
}


def fields_of(kind: str) -> list[str]:
    """The fields that every CKAN has of a kind of record.

    Example:
        >>> fields_of("resource")[:3], fields_of("none")
        (['description', 'format', 'hash'], [])
    """
    return sorted(_FIELDS.get(kind, ()))


def meant(name: str, known: Iterable[str]) -> str:
    """The field that a name probably means, by meaning or spelling; empty if there is none.

    Args:
        name: the given name.
        known: the existing fields.

    Example:
        >>> meant("Licence", ["license_id", "notes"]), meant("Titel", ["title", "notes"]), meant("xyz", ["title"])
        ('license_id', 'title', '')
    """
    known = list(known)
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    if (fields := _SYNONYMS.get(word)) is not None and word not in known:
        return next((one for one in fields if one in known), "")
    return next(iter(closest(name.strip(), known, most=1)), "")


def nearest(kind: str, name: str, record: Mapping[str, Any]) -> str:
    """The field that was probably meant by an unknown name; empty if none is similar.

    Example:
        >>> nearest("dataset", "license", {}), nearest("group", "notes", {}), nearest("dataset", "zzz", {})
        ('license_id', 'description', '')
    """
    return meant(name, sorted(({*_FIELDS.get(kind, ()), *record} - COMPUTED.get(kind, frozenset())) - {name}))
