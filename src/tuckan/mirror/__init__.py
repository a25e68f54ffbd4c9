"""A local copy of a portal's metadata: kept up to date, searched offline, exported, with its history."""

from tuckan.mirror.layout import is_database
from tuckan.mirror.merge_patch import Change
from tuckan.mirror.mirror import Mirror
from tuckan.mirror.store import Synced

__all__ = ["Change", "Mirror", "Synced", "is_database"]
