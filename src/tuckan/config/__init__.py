"""Where settings come from: argument, environment, `.env`, profile; the first found wins."""

from tuckan.config.profiles import (
    Profile,
    default_profile,
    load_profiles,
    remove_profile,
    save_profile,
    set_default_profile,
    unknown_profile,
)
from tuckan.config.settings import Settings, known, resolve

__all__ = [
    "Profile",
    "Settings",
    "default_profile",
    "known",
    "load_profiles",
    "remove_profile",
    "resolve",
    "save_profile",
    "set_default_profile",
    "unknown_profile",
]
