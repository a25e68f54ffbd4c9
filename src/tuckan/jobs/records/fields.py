"""The fields of what can be loaded, and those that portals work out by themselves."""

from __future__ import annotations

from tuckan.readers import Fields
from tuckan.snapshot import THE_PORTALS_OWN


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Of old CKANs and of plugins that add to every dataset.
_ADDED_TO_DATASETS = _words(
    """
    revision_id revision_timestamp relationships_as_subject relationships_as_object notes_rendered ckan_url
    download_url ratings_average ratings_count archiver qa
    """
)
_ADDED_TO_GROUPS = _words(
    """
    created display_name image_display_url package_count packages num_followers is_organization revision_id
    approval_status tags dataset_count
    """
)
_ADDED_TO_USERS = _words(
    """
    created display_name email_hash number_created_packages number_of_edits num_followers image_display_url last_active
    activity_streams_email_notifications apikey reset_key activity datasets
    """
)

_GROUP = Fields(
    text=_words("id name title description image_url state type"),
    lists=_words("extras users groups"),
    extras=True,
    derived=_ADDED_TO_GROUPS,
)
FIELDS = {
    "dataset": Fields(
        text=_words(
            """
            id name title notes url version author author_email maintainer maintainer_email license_id owner_org private
            state type
            """
        ),
        lists=_words("tags groups extras resources organization"),
        words=_words("tags groups"),
        extras=True,
        resources=True,
        derived=(THE_PORTALS_OWN | _ADDED_TO_DATASETS) - {"organization"},
    ),
    "organization": _GROUP,
    "group": _GROUP,
    "user": Fields(
        text=_words("id name email password password_hash fullname about image_url state sysadmin"),
        derived=_ADDED_TO_USERS,
    ),
}
"""By kind, the fields that a column of a table may stand for."""

NAMES = Fields(text=_words("id name"), others=True)
"""What names things that are there already."""
