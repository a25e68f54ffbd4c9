"""Records of a portal as values: which are alike, and what differs. Pure; nothing is read and nothing is sent."""

from tuckan.snapshot import sets
from tuckan.snapshot.likeness import agrees, differing
from tuckan.snapshot.merging import THE_PORTALS_OWN, merged

__all__ = ["THE_PORTALS_OWN", "agrees", "differing", "merged", "sets"]
