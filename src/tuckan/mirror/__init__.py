"""A local copy of a portal's metadata: kept up to date, searched offline, exported, with its history."""

from tuckan.mirror.layout import is_database
from tuckan.mirror.mirror import Change, Mirror
from tuckan.mirror.store import Synced

__all__ = ["Change", "Mirror", "Synced", "is_database"]
