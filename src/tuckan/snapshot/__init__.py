"""Records of a portal as values: which are alike, and what differs. Pure; nothing is read and nothing is sent."""

from tuckan.snapshot import sets
from tuckan.snapshot.catalogue import KINDS, Catalogue, EntityKind
from tuckan.snapshot.difference import Change, Difference, applied, changed_fields, difference
from tuckan.snapshot.essence import THE_PORTALS_OWN, essence
from tuckan.snapshot.likeness import agrees, differing
from tuckan.snapshot.losses import Loss, losses
from tuckan.snapshot.merging import merged
from tuckan.snapshot.normal import file_name, is_table, is_upload, normal
from tuckan.snapshot.overlay import Overlay, merges, overlay
from tuckan.snapshot.pairing import paired
from tuckan.snapshot.taken import Snapshot
from tuckan.snapshot.verification import FieldDifference, Verification, verify

__all__ = [
    "KINDS",
    "THE_PORTALS_OWN",
    "Catalogue",
    "Change",
    "Difference",
    "EntityKind",
    "FieldDifference",
    "Loss",
    "Overlay",
    "Snapshot",
    "Verification",
    "agrees",
    "applied",
    "changed_fields",
    "difference",
    "differing",
    "essence",
    "file_name",
    "is_table",
    "is_upload",
    "losses",
    "merged",
    "merges",
    "normal",
    "overlay",
    "paired",
    "sets",
    "verify",
]
