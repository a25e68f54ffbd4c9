"""The fields of CKAN's records: those that portals compute, and which one was meant by a name that is none."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from tuckan.snapshot.essence import THE_PORTALS_OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_GROUPS = frozenset(
    """
    approval_status created dataset_count display_name image_display_url is_organization num_followers package_count
    revision_id
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
        metadata_modified on_same_domain original_url package_id position resource_id revision_id set_url_type
        task_created tracking_summary
        """.split()
    ),
    "organization": _OF_GROUPS,
    "group": _OF_GROUPS,
    "user": _OF_USERS,
    "view": frozenset({"package_id"}),
}
"""By kind, the fields that portals compute: they may be sent back, and come out as the portal likes."""

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
_SYNONYMS: dict[str, tuple[str, ...]] = {
    word: tuple(fields.split())
    for words, fields in (
        ("abstract description summary", "notes description about"),
        ("notes", "description about"),
        ("licence licence_id license", "license_id"),
        ("organisation organization owner org publisher", "owner_org"),
        ("keyword keywords tag", "tags"),
        ("category categories theme themes", "groups"),
        ("link address href", "url"),
        ("full_name display_name", "fullname title"),
        ("mail", "email maintainer_email"),
        ("bio", "about"),
        ("logo image", "image_url"),
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


def nearest(kind: str, name: str, record: Mapping[str, Any]) -> str:
    """The field that was probably meant by a name that a record does not have; nothing when none is near.

    Example:
        >>> nearest("dataset", "license", {}), nearest("group", "notes", {}), nearest("dataset", "zzz", {})
        ('license_id', 'description', '')
    """
    known = sorted(({*_FIELDS.get(kind, ()), *record} - COMPUTED.get(kind, frozenset())) - {name})
    word = name.lower().replace("-", "_").replace(" ", "_")
    if (meant := _SYNONYMS.get(word)) is not None:
        return next((one for one in meant if one in known), "")
    longer = [one for one in known if one.startswith(f"{word}_") or one.endswith(f"_{word}")]
    return next(iter(longer or get_close_matches(word, known, 1, cutoff=0.7)), "")
