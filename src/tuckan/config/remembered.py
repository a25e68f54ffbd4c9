"""What was learned about the portals of profiles, kept between processes for a day.

It contains no secrets. A file that is damaged, too old or of another portal is ignored.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import msgspec

from tuckan.transport.durable import private_folder, replacing
from tuckan.wire.portal_state import Limitations

KEPT = 86_400.0
"""Seconds until it is found out again: the portal may have been upgraded."""

MOST_ACTIONS = 100
MOST_BYTES = 64_000


class _Remembered(msgspec.Struct):
    url: str
    since: float
    limitations: Limitations


def limitations_of(profile: str, url: str) -> Limitations:
    """What is known of the portal of a profile; nothing when nothing was found out within a day.

    Args:
        profile: the name of the profile.
        url: the portal's address.
    """
    found = _read(profile, url)
    return found.limitations if found else Limitations()


def remember(profile: str, url: str, limitations: Limitations) -> None:
    """Keep what was found out about the portal of a profile, if any of it is new; a folder that takes no file is no error.

    Args:
        profile: the name of the profile.
        url: the portal's address.
        limitations: what was found out.
    """
    # That something works is no limitation: a portal that has lost it is to be seen to have lost it.
    limitations = replace(
        limitations,
        ranges=limitations.ranges and None,
        keeps_names=limitations.keeps_names and None,
        encodings=dict(list(limitations.encodings.items())[:MOST_ACTIONS]),
    )
    before = _read(profile, url)
    if limitations == (before.limitations if before else Limitations()):
        return
    kept = _Remembered(url, before.since if before else time.time(), limitations)
    with contextlib.suppress(OSError):
        file = _file(profile)
        private_folder(file.parent)
        with replacing(file, private=True) as new:
            new.write(msgspec.json.encode(kept))


def forget(profile: str) -> None:
    """Forget what was found out about the portal of a profile.

    Args:
        profile: the name of the profile.
    """
    with contextlib.suppress(OSError):
        _file(profile).unlink(missing_ok=True)


def _read(profile: str, url: str) -> _Remembered | None:
    try:
        with _file(profile).open("rb") as file:
            found = msgspec.json.decode(file.read(MOST_BYTES), type=_Remembered)
    except (OSError, msgspec.DecodeError, UnicodeError):
        return None
    return found if found.url == url and 0 <= time.time() - found.since < KEPT else None


def _file(profile: str) -> Path:
    import platformdirs  # noqa: PLC0415 - only wanted where a profile names the portal

    name = f"{quote(profile, safe='')}.json"
    return Path(platformdirs.user_cache_dir("tuckan", appauthor=False)) / "portals" / name
