"""Records of a portal as values: which are alike, and what differs. Pure; nothing is read and nothing is sent."""

from tuckan.snapshot.essence import essence
from tuckan.snapshot.likeness import agrees, differing
from tuckan.snapshot.merging import merged

__all__ = ["agrees", "differing", "essence", "merged"]
