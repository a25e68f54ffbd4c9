"""What a change removes: items of lists, keys of nested values, files, and permissions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KEYS = {"tags": "name", "groups": "name", "extras": "key", "resources": "id", "users": "name"}
"""Lists of a record's, with what tells their items apart."""

SINGLE = frozenset("clear_upload owner_org private state sysadmin url_type".split())
"""Fields with one value whose change may take something away."""

_NOUNS = {
    "tags": "tag",
    "groups": "membership of a group",
    "extras": "extra field",
    "resources": "resource",
    "users": "member",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss.

    Attributes:
        noun: what it is, such as `resource`, or the path of the field that loses a value.
        name: which one.
        file: whether it is an uploaded file, which may not be restorable.
    """

    noun: str
    name: str
    file: bool = False

    def __str__(self) -> str:
        return f"{self.noun} {self.name}{' with its file' if self.file else ''}".rstrip()


def losses(fields: Mapping[str, tuple[Any, Any]]) -> Iterator[Loss]:
    """What is lost when fields change.

    Args:
        fields: the fields that change, each with its old and its new value.

    Example:
        >>> [str(one) for one in losses({"tags": ([{"name": "sky"}], []), "title": ("Rain", "Snow")})]
        ['tag sky']
        >>> [str(one) for one in losses({"title_translated": ({"en": "Rain", "fr": "Pluie"}, {"en": "Snow"})})]
        ['value of title_translated fr']
        >>> [str(one) for one in losses({"state": ("active", "deleted"), "owner_org": ("city", "space")})]
        ['active record (it would be deleted)', 'membership of an organization city']
    """
    for name, (old, new) in fields.items():
        if name in SINGLE:
            yield from _single(name, old, new)
        elif name in KEYS and isinstance(old, list):
            yield from _items(name, old, new)
        else:
            yield from _values(name, old, new)


def by_key(items: Any, key: str) -> dict[str, Any]:
    """The items of a list by their key; those without one are new."""
    found = [one if isinstance(one, dict) else {key: one} for one in items or []]
    return {str(one.get(key) or one.get("id") or f"new {number}"): one for number, one in enumerate(found, 1)}


def _items(name: str, old: list[Any], new: Any) -> Iterator[Loss]:
    key = KEYS[name]
    left = by_key(new, key) if isinstance(new, (list, tuple)) else {}
    for item, one in by_key(old, key).items():
        if item not in left:
            file = name == "resources" and one.get("url_type") == "upload"
            label = one.get("name") or one.get("url") if name == "resources" else None
            yield Loss(_NOUNS[name], str(label or item), file)
        elif name == "resources":
            yield from _of_resource(item, one, left[item])


def _of_resource(item: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Loss]:
    stays = new.get("url_type", "upload") == "upload" and not _is_true(new.get("clear_upload"))
    if old.get("url_type") == "upload" and not stays:
        yield Loss("uploaded file", str(old.get("name") or item))
    for field, value in old.items():
        if field in new:
            yield from _values(f"resources.{item}.{field}", value, new.get(field))


def _single(name: str, old: Any, new: Any) -> Iterator[Loss]:
    if name == "state" and new == "deleted":
        yield Loss("active record", "(it would be deleted)")
    if name == "private" and _is_true(new):
        yield Loss("public page", "(only its organization would see it)")
    if name == "owner_org" and old:
        yield Loss("membership of an organization", str(old))
    if name == "sysadmin" and _is_true(old):
        yield Loss("right of a system administrator", "")
    if (name == "url_type" and old == "upload") or (name == "clear_upload" and _is_true(new)):
        yield Loss("uploaded file", f"({name})")


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on", "t", "y")


def _values(path: str, old: Any, new: Any) -> Iterator[Loss]:
    if isinstance(old, dict):
        now: Mapping[str, Any] = new if isinstance(new, dict) else {}
        for key, value in old.items():
            if value not in (None, "", [], {}) and now.get(key) in (None, "", [], {}):
                yield Loss(f"value of {path}", str(key))
            elif isinstance(value, (dict, list)):
                yield from _values(f"{path}.{key}", value, now.get(key))
    elif isinstance(old, list):
        yield from _of_list(path, old, new if isinstance(new, (list, tuple)) else [])


def _of_list(path: str, old: Sequence[Any], left: Sequence[Any]) -> Iterator[Loss]:
    """Items that have changed are as many as before: only fewer are a loss, and what goes inside of one."""
    if len(left) < len(old):
        for one in (one for one in old if one not in left):
            yield Loss(f"value of {path}", one if isinstance(one, str) else repr(one)[:60])
        return
    for number, (one, after) in enumerate(zip(old, left, strict=False)):
        if one not in left and isinstance(one, (dict, list)):
            yield from _values(f"{path}.{number}", one, after)
