"""Records of a portal as values: which are alike, and what differs. Pure; nothing is read and nothing is sent."""

from tuckan.snapshot import sets
from tuckan.snapshot.essence import THE_PORTALS_OWN, essence
from tuckan.snapshot.likeness import agrees, differing
from tuckan.snapshot.merging import merged

__all__ = ["THE_PORTALS_OWN", "agrees", "differing", "essence", "merged", "sets"]
