"""Records put into the form that CKAN takes, and what can be seen to be wrong with them without asking a portal."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.records.fields import FIELDS
from tuckan.snapshot import publisher_fields
from tuckan.snapshot.list_edits import is_id
from tuckan.wire.validation_hints import EMAIL, LONGEST_NAME, SHORTEST_NAME, valid_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.jobs.records.by_schema import Schemas
    from tuckan.readers import Row
    from tuckan.schemas import Schema

_NAME = re.compile(r"[a-z0-9_-]+")
_TAKEN = frozenset({"new", "edit", "search"})
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0", ""})


class Unfit(Exception):
    """A value that CKAN would refuse, or take for another."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A record as it would be sent.

    Attributes:
        row: the row it comes from.
        record: the record, in CKAN's form.
        wrong: why it cannot be sent, or nothing.
        uploads: files to upload, by the place of their resource.
    """

    row: Row
    record: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    wrong: str = ""
    uploads: Mapping[int, Path] = field(default_factory=dict[int, Path])

    @property
    def said(self) -> dict[str, Any]:
        """All that its row says, what is not sent of it as well."""
        return {**self.row.record, **self.record}

    @property
    def id(self) -> str:
        """Its id, or nothing."""
        return str(self.record.get("id") or "")

    @property
    def name(self) -> str:
        """Its name, or nothing."""
        return str(self.record.get("name") or "")


def checked(row: Row, schemas: Schemas, site: str, *, by_key: bool = False) -> Checked:
    """A row's record in CKAN's form.

    Args:
        row: a row that was read.
        schemas: the portal's own schemas of this kind.
        site: the address of the portal it goes to.
        by_key: whether it is found by other fields than its id and its name.
    """
    kind = schemas.kind
    if row.wrong:
        return Checked(row, row.record if isinstance(row.record, dict) else {}, row.wrong)
    if not isinstance(row.record, dict):
        return Checked(row, {}, f"there is a {_json_kind(row.record)} instead of a record")
    fields = FIELDS[kind]
    # What begins with _ is a remark, as `tuckan job show --failures` makes them.
    said = {name: one for name, one in row.record.items() if name not in fields.derived and name[:1] != "_"}
    said = schemas.without_left_out(_with_tags(said))
    wrong = [*_wrong_texts(said, fields.text - schemas.named()), *_with_nul(said)]
    record: dict[str, Any] = {}
    for name, value in said.items():
        try:
            record[name] = _FORMS[name](value) if name in _FORMS and value is not None else value
        except Unfit as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        return Checked(row, said, "; ".join(wrong))
    return _finished(row, record, schemas, site, by_key=by_key)


def _with_tags(said: dict[str, Any]) -> dict[str, Any]:
    """A record with its tags in a list, which schemas may have as one text."""
    text = said.get("tag_string")
    if not isinstance(text, str) or "tags" in said:
        return said
    names = [one.strip() for one in text.split(",") if one.strip()]
    return {
        ("tags" if name == "tag_string" else name): names if name == "tag_string" else one for name, one in said.items()
    }


def _finished(row: Row, record: dict[str, Any], schemas: Schemas, site: str, *, by_key: bool) -> Checked:
    """What the kinds have of their own."""
    kind = schemas.kind
    for name in ("id", "name", "owner_org", "license_id"):
        if record.get(name) is not None:
            record[name] = str(record[name]).strip()
    if not by_key and not record.get("id") and not record.get("name"):
        likely = valid_name(str(record.get("title") or ""))
        return Checked(
            row, record, "it has no name" + (f": give it one, such as {likely!r}" if record.get("title") else "")
        )
    if kind == "user":
        return Checked(row, record)
    if kind != "dataset":
        return Checked(row, _with_its_image(row, record, site))
    uploads = _taken_out(record.get("resources") or [], row)
    gone = [str(path) for path in uploads.values() if not path.is_file()]
    record = publisher_fields(_of_this_portal(_with_its_organization(record), site))
    return Checked(row, record, f"there is no file {', '.join(gone)}" if gone else "", uploads)


def _taken_out(resources: list[dict[str, Any]], row: Row) -> dict[int, Path]:
    """The files that resources name, by their place; their address is what the portal will make of them."""
    uploads: dict[int, Path] = {}
    for number, one in enumerate(resources):
        if given := one.pop("upload", None):
            path = uploads[number] = row.folder / Path(str(given)).expanduser()
            if not row.partial:
                one.setdefault("name", path.name)  # by which the resource is known again
            for name in ("url", "url_type"):
                one.pop(name, None)
    return uploads


def name_trouble(name: str) -> str:
    """Why CKAN would not take a name, or nothing.

    Example:
        >>> name_trouble("Rain in May"), name_trouble("rain")
        ("the name 'Rain in May' is not valid; 'rain-in-may' would be", '')
    """
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        return f"the name {name!r} is not valid: a name has {SHORTEST_NAME} to {LONGEST_NAME} characters"
    if not _NAME.fullmatch(name):
        return f"the name {name!r} is not valid; {valid_name(name)!r} would be"
    return f"the name {name!r} is not valid: CKAN reserves it for one of its pages" if name in _TAKEN else ""


def _json_kind(value: Any) -> str:
    names = {str: "text", list: "list", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _wrong_texts(said: Mapping[str, Any], names: frozenset[str]) -> list[str]:
    # Multilingual plugins have objects instead of text.
    return [f"{name}: text is required, not a list" for name in said if name in names and isinstance(said[name], list)]


def _with_nul(said: Mapping[str, Any]) -> list[str]:
    # PostgreSQL can't hold it, and CKAN answers with an error of its own.
    return [f"{name}: text can't contain the character NUL" for name, value in said.items() if _has_nul(value)]


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(map(_has_nul, value))


# -- what CKAN's own schema refuses --

_TAG = re.compile(r"[\w .-]*")
_SHORTEST_TAG = 2
_MOST_BYTES = 2**63 - 1


def _tag_trouble(name: str) -> str:
    if not _TAG.fullmatch(name):
        return (
            f"tags: the tag {name!r} has characters other than letters, digits, spaces, hyphens, underscores and dots"
        )
    trouble = _wrong_length(name)
    return f"tags: {trouble}" if trouble else ""


def _wrong_length(tag: str) -> str:
    return (
        ""
        if _SHORTEST_TAG <= len(tag) <= LONGEST_NAME
        else f"the tag {tag!r} is not valid: {_SHORTEST_TAG} to {LONGEST_NAME} characters"
    )


def refused_by_ckan(record: Mapping[str, Any], before: Mapping[str, Any], schema: Schema | None = None) -> list[str]:
    """What CKAN's own schema refuses in a dataset.

    Args:
        record: the dataset, in CKAN's form.
        before: the dataset as it is on the portal; what is there already is not looked at again.
        schema: the schema of its type, if the portal has one: fields that it defines are checked by it alone.

    Example:
        >>> refused_by_ckan({"author_email": "ann", "extras": [{"key": "title", "value": "Rain"}]}, {})
        ["author_email: 'ann' is not an email address", "extras: 'title' is the name of a field"]
        >>> refused_by_ckan({"tags": [{"name": "rain"}, {"name": "x"}]}, {})
        ["tags: the tag 'x' is not valid: 2 to 100 characters"]
    """
    own = {path for path, _ in schema.paths()} if schema is not None and schema.source == "scheming" else set[str]()
    changed = {name: value for name, value in record.items() if value != before.get(name) and name not in own}
    known = {one.get("name") for one in before.get("tags") or []}
    free = (str(one.get("name") or "") for one in changed.get("tags") or [] if not one.get("vocabulary_id"))
    wrong = [trouble for name in free if name not in known and (trouble := _tag_trouble(name))]
    for name in ("author_email", "maintainer_email"):
        email = changed.get(name)
        if isinstance(email, str) and email.strip() and not EMAIL.fullmatch(email.strip()):
            wrong.append(f"{name}: {email!r} is not an email address")
    if len(str(changed.get("version") or "")) > LONGEST_NAME:
        wrong.append(f"version: it is longer than {LONGEST_NAME} characters")
    keys = {one["key"] for one in changed.get("extras") or []} - {one["key"] for one in before.get("extras") or []}
    wrong += [
        f"extras: {key!r} is the name of a field"
        for key in sorted(keys & (FIELDS["dataset"].at_the_top() - {"organization"}))
    ]
    sizes = {one.get("id"): one.get("size") for one in before.get("resources") or []}
    for number, one in enumerate(changed.get("resources") or [], 1):
        size = one.get("size")
        if "resources.size" not in own and size not in (None, "", sizes.get(one.get("id"))) and not _is_size(size):
            wrong.append(f"resource {number}: the size {size!r} is not a number of bytes")
    return wrong


def _is_size(value: Any) -> bool:
    try:
        return -_MOST_BYTES <= int(value) <= _MOST_BYTES and (isinstance(value, str) or value == int(value))
    except (TypeError, ValueError, OverflowError):
        return False


# -- the forms of single fields --


def _truth(value: Any) -> bool:
    """CKAN takes every word that it does not know for false, and a dataset would be public."""
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise Unfit(f"{value!r} is neither true nor false")
    return word in _TRUE


def _named(value: Any) -> list[dict[str, Any]]:
    """Tags, groups and members: names, or objects with a name."""
    found: list[dict[str, Any]] = []
    for one in _list(value):
        item = {"name": one} if isinstance(one, str) else one
        if not isinstance(item, dict) or not (item.get("name") or item.get("id")):
            raise Unfit("each must be a name, or an object with one")
        found.append(item)
    return found


def _tags(value: Any) -> list[dict[str, Any]]:
    """Tags: names that CKAN takes, which are letters of any alphabet, digits, spaces and -_."""
    found = _named(value)
    for one in found:
        name = str(one.get("name") or "")
        if not name or one.get("vocabulary_id"):
            continue
        if trouble := _wrong_length(name):
            raise Unfit(trouble)
    return found


def _email(value: Any) -> Any:
    """A user's email address, in CKAN's form."""
    if isinstance(value, str) and value.strip() and not EMAIL.fullmatch(value.strip()):
        raise Unfit(f"{value!r} is not an email address")
    return value


def _pairs(value: Any) -> list[dict[str, Any]]:
    """Extras: objects with a key and a value, or one object of all; the values are texts."""
    items = [{"key": key, "value": one} for key, one in value.items()] if isinstance(value, dict) else _list(value)
    keys: list[str] = []
    for one in items:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            raise Unfit("each must be an object with a key and a value")
        keys.append(one["key"])
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise Unfit(f"{', '.join(map(repr, twice))} is given twice")
    return [{"key": one["key"], "value": _as_text(one.get("value"))} for one in items]


def _as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _resources(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in _list(value):
        item = {"url": one} if isinstance(one, str) else one
        if not isinstance(item, dict):
            raise Unfit("each must be an object, or an address")
        if item.get("id") and not is_id(str(item["id"])):
            raise Unfit(f"{item['id']!r} is not an id; leave it out to create a new resource")
        if item.get("id") and any(one.get("id") == item["id"] for one in found):
            raise Unfit(f"two have the id {item['id']}; leave one out to create a new resource")
        found.append(dict(item))
    return found


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unfit(f"a list is wanted, not a {_json_kind(value) if not isinstance(value, dict) else 'single object'}")
    return value


def _members(value: Any) -> list[dict[str, Any]]:
    return [
        {"name": one.get("name") or one["id"], "capacity": one.get("capacity") or "member"} for one in _named(value)
    ]


_FORMS: dict[str, Callable[[Any], Any]] = {
    "private": _truth,
    "sysadmin": _truth,
    "tags": _tags,
    "email": _email,
    "groups": _named,
    "users": _members,
    "extras": _pairs,
    "resources": _resources,
}


# -- records of other portals --


def _with_its_organization(record: dict[str, Any]) -> dict[str, Any]:
    """The organization of a dataset by its name, which is the same on every portal, where it is told."""
    organization = record.pop("organization", None)
    named = organization.get("name") if isinstance(organization, dict) else organization
    return {**record, "owner_org": named} if named else record


def _of_this_portal(record: dict[str, Any], site: str) -> dict[str, Any]:
    """A file that another portal keeps is a link here; its name stays known by its address."""
    for one in record.get("resources") or []:
        if one.get("url_type") == "upload" and not str(one.get("url", "")).startswith(site):
            for name in ("url_type", "datastore_active", "datastore_contains_all_records_of_source_file"):
                one.pop(name, None)
    return record


def _with_its_image(row: Row, record: dict[str, Any], site: str) -> dict[str, Any]:
    """An image that another portal keeps is a link here."""
    shown = str(row.record.get("image_display_url") or "")
    if record.get("image_url") and "://" in shown and not shown.startswith(site):
        return {**record, "image_url": shown}
    return record


_NAMING = ("package_id", "resource_id", "id", "name")
_ACTION = re.compile(r"[A-Za-z0-9_-]+")


def planned_call(row: Row, number: int, *, in_order: bool) -> Planned:
    """The operation for a row that names an action.

    Args:
        row: a row that was read.
        number: its number among all.
        in_order: whether it begins only when those before it have ended.
    """
    record: dict[str, Any] = row.record if isinstance(row.record, dict) else {}
    data = record.get("data") or {}
    files = record.get("files") or {}
    wrong = row.wrong or _wrong_with(record, data, files)
    paths = {} if wrong else {name: _found(row.folder, str(path)) for name, path in files.items()}
    gone = [str(path) for path in paths.values() if not path.is_file()]
    wrong = wrong or (f"there is no file {', '.join(gone)}" if gone else "")
    # One subject for all of them keeps them in their order; otherwise none meets another on the same thing.
    about = next((data[name] for name in _NAMING if data.get(name)), number) if isinstance(data, dict) else number
    subject = "batch" if in_order else f"call on {about}"
    call = {"action": record.get("action"), "data": data, "files": {name: str(path) for name, path in paths.items()}}
    return Planned(Operation(f"call {number}", "call", subject, call, origin=row.origin), refused=wrong)


def _wrong_with(record: dict[str, Any], data: Any, files: Any) -> str:
    action = record.get("action")
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        return 'it names no action: {"action": "...", "data": {...}} is required'
    if unknown := sorted(name for name in record if name not in ("action", "data", "files") and name[:1] != "_"):
        return f"beside action, data and files it has {', '.join(unknown)}"
    return "" if isinstance(data, dict) and isinstance(files, dict) else "data and files must be objects"


def _found(folder: Path, path: str) -> Path:
    """A file that a row names: beside the row's own file, or else from where we are, as ckanapi has it."""
    beside = folder / Path(path).expanduser()
    return beside if beside.is_file() else Path(path).expanduser().absolute()
