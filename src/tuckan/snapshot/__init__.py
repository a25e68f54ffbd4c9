"""Records of a portal as values: equality and differences. Pure."""

from typing import TYPE_CHECKING

from tuckan._lazy import lazily
from tuckan.snapshot import list_edits
from tuckan.snapshot.canonical import (
    KINDS,
    THE_PORTALS_OWN,
    EntityKind,
    defect,
    file_name,
    is_table,
    is_upload,
    normal,
    publisher_fields,
    without_fields,
)
from tuckan.snapshot.difference import Change, Difference, applied, changed_fields, difference
from tuckan.snapshot.equality import TableContent, agrees, as_kept, differing
from tuckan.snapshot.fields import COMPUTED, sent_back
from tuckan.snapshot.list_edits import paired
from tuckan.snapshot.losses import SINGLE, Loss, losses
from tuckan.snapshot.overlay import Overlay, merged, merges, overlay, whole_fields

if TYPE_CHECKING:
    from tuckan.snapshot.portal_snapshot import Catalogue, Snapshot, Storage, StoredFile
    from tuckan.snapshot.verification import FieldDifference, Verification, verify

__all__ = [
    "COMPUTED",
    "KINDS",
    "SINGLE",
    "THE_PORTALS_OWN",
    "Catalogue",
    "Change",
    "Difference",
    "EntityKind",
    "FieldDifference",
    "Loss",
    "Overlay",
    "Snapshot",
    "Storage",
    "StoredFile",
    "TableContent",
    "Verification",
    "agrees",
    "applied",
    "as_kept",
    "changed_fields",
    "defect",
    "difference",
    "differing",
    "file_name",
    "is_table",
    "is_upload",
    "list_edits",
    "losses",
    "merged",
    "merges",
    "normal",
    "overlay",
    "paired",
    "publisher_fields",
    "sent_back",
    "verify",
    "whole_fields",
    "without_fields",
]

if not TYPE_CHECKING:  # for type checkers, a name that is not above is an error
    __getattr__ = lazily(__name__, "verification", "portal_snapshot")
