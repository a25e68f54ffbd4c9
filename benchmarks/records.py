"""The records of the static portal: distinct datasets of 8.5 KB as real portals have them, and tokens."""

from __future__ import annotations

import json
import random
from typing import Any

VARIANTS = 500
WORDS = (
    "water rain river level gauge daily mean station north south survey census road bus stop tree park light".split()
)


def datasets(count: int) -> tuple[bytes, list[int]]:
    """Datasets in the order of their ids.

    Returns:
        Their JSON, one behind the other with `, ` after each, and where each begins; and the end of the last.
    """
    chance = random.Random(7)
    bodies = [json.dumps(_fields(chance), ensure_ascii=False).encode()[1:] for _ in range(min(count, VARIANTS))]
    pieces = [b'{"id": "%s", "name": "dataset-%07d", ' % (_id(n), n) + bodies[n % VARIANTS] for n in range(count)]
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece) + 2)
    return b", ".join([*pieces, b""]), offsets


def _id(number: int) -> bytes:
    return b"%08x-0000-4000-8000-000000000000" % number


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def _fields(chance: random.Random) -> dict[str, Any]:
    """All but its id and its name."""
    time = "2024-03-06T00:43:54.909777"
    resources = [
        {
            "id": f"{chance.getrandbits(128):032x}", "package_id": f"{chance.getrandbits(128):032x}", "name": _text(chance, 4),
            "description": _text(chance, 40), "format": chance.choice(["CSV", "JSON", "PDF"]), "mimetype": "text/csv",
            "mimetype_inner": None, "url": f"https://example.org/files/{chance.getrandbits(64):x}.csv", "url_type": "upload",
            "hash": f"{chance.getrandbits(128):032x}", "size": chance.randrange(10**7), "position": position,
            "state": "active", "created": time, "last_modified": time, "metadata_modified": time, "cache_url": None,
            "cache_last_updated": None, "datastore_active": chance.random() < 0.5, "resource_type": None,
        }
        for position in range(8)
    ]  # fmt: skip
    tags = [{"id": f"{n}", "name": word, "display_name": word, "state": "active"} for n, word in enumerate(WORDS[:5])]
    organization = {"id": "org", "name": "office", "title": "The office", "type": "organization", "state": "active",
                    "description": _text(chance, 30), "is_organization": True, "image_url": "", "created": time}  # fmt: skip
    extras = [{"key": word, "value": _text(chance, 3)} for word in WORDS[:8]]
    return {
        "title": _text(chance, 8), "notes": _text(chance, 150), "author": _text(chance, 2), "author_email": None,
        "creator_user_id": "user-1", "isopen": True, "license_id": "cc-by", "license_title": "Creative Commons",
        "maintainer": None, "maintainer_email": None, "metadata_created": time, "metadata_modified": time,
        "num_resources": len(resources), "num_tags": len(tags), "owner_org": "org", "private": False, "state": "active",
        "type": "dataset", "url": "", "version": None, "organization": organization, "resources": resources, "tags": tags,
        "extras": extras, "groups": [], "relationships_as_subject": [], "relationships_as_object": [],
    }  # fmt: skip


def token(number: int) -> dict[str, Any]:
    """A token; its id is as long as CKAN's."""
    day, second = divmod(number, 86400)
    return {
        "id": f"{number:043d}",
        "name": "datapusher",
        "user_id": "user-1",
        "created_at": f"2024-03-{1 + day % 28:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000000",
        "last_access": None,
    }
