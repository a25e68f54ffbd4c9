"""Hints for values that a portal refused, derived from the values, since portals answer in many languages."""

from __future__ import annotations

import re
import unicodedata
from functools import reduce
from typing import TYPE_CHECKING, Any

from tuckan import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


SHORTEST_NAME, LONGEST_NAME = 2, 100
_NAME = re.compile(rf"[a-z0-9_-]{{{SHORTEST_NAME},{LONGEST_NAME}}}")
EMAIL = re.compile(
    r"(?!\.|.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
"""An email address, as CKAN takes it."""
_WORDS = {"package": "dataset"}


def advised(error: errors.ValidationError, kind: str, record: Mapping[str, Any]) -> errors.ValidationError:
    """The same error, with a hint that fits the record.

    Args:
        error: what the portal said.
        kind: `package`, `organization`, `group`, `user`, ...
        record: the record that was sent.
    """
    advice = [_ADVICE[field](kind, record) for field in error.fields if field in _ADVICE]
    if "owner_org" in error.fields and record.get("owner_org"):
        error.unknown = ("organization", str(record["owner_org"]))
    if advice:
        error.hint = reduce(lambda before, more: before + " " + more, advice)
    return error


def valid_name(text: str, kind: str = "dataset") -> str:
    """The closest name that CKAN accepts.

    Args:
        text: a name that CKAN refuses, or a title.
        kind: the kind of record; it is prepended if fewer than two letters are left.

    Example:
        >>> valid_name("Rain & Snow 2024"), valid_name("Überschüsse"), valid_name("A"), valid_name("!", "group")
        ('rain-snow-2024', 'uberschusse', 'dataset-a', 'group')
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    words = re.sub(r"[^a-z0-9_]+", "-", "".join(one for one in plain if not unicodedata.combining(one)))
    name = words.strip("-")[:LONGEST_NAME].rstrip("-")
    return name if len(name) >= SHORTEST_NAME else f"{kind}-{name}".rstrip("-")


def _about_name(kind: str, record: Mapping[str, Any]) -> str:
    word = _WORDS.get(kind, kind)
    name = str(record.get("name") or "")
    if not name:
        title = str(record.get("title") or "")
        return f"Give the {word} a name" + (f", such as {valid_name(title, word)!r}." if title else ".")
    if not _NAME.fullmatch(name):
        return f"A name has 2 to 100 lowercase letters, digits, - and _: for example {valid_name(name, word)!r}."
    if kind == "package":
        return (
            f"The name {name!r} is taken: choose another, or use "
            + errors.Hint("upsert", "`tuckan dataset upsert`")
            + " to change the existing one."
        )
    return f"The name {name!r} is taken, perhaps by a deleted {word}: choose another, or restore that one."


_MINE = errors.Hint("organizations.mine('create_dataset')", "`tuckan organization list --mine`")


def _about_organization(_kind: str, record: Mapping[str, Any]) -> str:
    given = record.get("owner_org")
    if not given:
        return "Give owner_org, the name or id of an organization; " + _MINE + " lists yours."
    return (
        f"There is no organization {given!r}, or you are not allowed to add datasets to it; "
        + _MINE
        + " lists those where you are."
    )


def _about_email(_kind: str, record: Mapping[str, Any]) -> str:
    if not record.get("email") and record.get("state") == "active":
        name = record.get("name")
        return (
            f"The portal refuses the email address that {name} had, probably because another user has it now: restore"
            " with another, "
            + errors.Hint(
                f"users.patch({name!r}, state='active', email=ADDRESS).",
                f"`tuckan user patch {name} state=active email=ADDRESS`.",
            )
        )
    if not record.get("email"):
        return "Give an email address; CKAN requires one for every user."
    return "The email address is malformed, or in use by another user."


def _about_extras(_kind: str, _record: Mapping[str, Any]) -> str:
    return "Each extra needs a key and a value. A key must be unique, and not the name of a field."


def _about_resources(_kind: str, _record: Mapping[str, Any]) -> str:
    return "Nothing was changed. Correct the resources named by number, counted from 1."


_ADVICE = {
    "name": _about_name,
    "owner_org": _about_organization,
    "email": _about_email,
    "extras": _about_extras,
    "resources": _about_resources,
}
