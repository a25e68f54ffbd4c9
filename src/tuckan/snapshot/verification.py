"""Verifying whether a portal kept what was sent: unchanged, in another form, or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan._text import brief_pair
from tuckan.shapes import SECRET_FIELDS, Secret, is_secret
from tuckan.snapshot.equality import agrees, field_agrees, is_nothing
from tuckan.snapshot.fields import COMPUTED, nearest, sent_back
from tuckan.snapshot.value_forms import (
    are_dicts,
    as_boolean,
    as_file_name,
    is_alike,
    is_alike_reference,
    is_same_reference,
    plain_list,
    plain_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

_MOST_TOLD = 5
"""Fields of a record whose values are told where there are many records."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field whose value on the portal differs from what was sent.

    Attributes:
        path: where it is, such as `title`, `extras.depth` or `resources[0].url`.
        sent: the value that was sent.
        found: the value that the portal has; None when it has none.
        known: whether the record has a field of that name.
    """

    path: str
    sent: Any
    found: Any
    known: bool = True

    @property
    def values(self) -> str:
        """The values, for messages."""
        sent, found = brief_pair(self.sent, self.found)
        return f"sent {_quoted(self.sent, sent)}, found {_quoted(self.found, found) if self.known else 'no such field'}"

    def __str__(self) -> str:
        return f"{self.path}: {self.values}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification; unchanged fields are in neither list.

    Attributes:
        lost: fields that the portal did not keep.
        kept_as: fields that it kept in another form, such as text without the space around it.
        near: for names that the record does not have, the field that was probably meant.
    """

    lost: tuple[FieldDifference, ...] = ()
    kept_as: tuple[FieldDifference, ...] = ()
    near: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return not self.lost

    def reason(self) -> str:
        """The fields that were not kept, with suggestions and values; empty if all were kept.

        Example:
            >>> verify("dataset", {"license": "cc-by"}, {}).reason()
            "not kept: license (did you mean license_id?): sent 'cc-by', found no such field"
        """
        if not self.lost:
            return ""
        meant = {path: f" (did you mean {other}?)" for path, other in self.near}
        names = dict.fromkeys(re.sub(r"\[\d+\]", "", one.path) + meant.get(one.path, "") for one in self.lost)
        values = [one.values if len(self.lost) == 1 else str(one) for one in self.lost[:_MOST_TOLD]]
        more = f"; and {len(self.lost) - _MOST_TOLD:,} more" if len(self.lost) > _MOST_TOLD else ""
        return f"not kept: {', '.join(names)}: {'; '.join(values)}{more}"


def verify(
    kind: str,
    sent: Mapping[str, Any],
    record: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
    new: bool = False,
    adding: Collection[str] = (),
) -> Verification:
    """Compare what was sent with the record that the portal has now.

    Not compared are secrets, and what was only sent back: what the portal had computed of a record, and a value inside a
    resource that was there before.

    Args:
        kind: `dataset`, `resource`, `organization`, `group`, `user`, or what else was written.
        sent: the fields that were sent.
        record: the record as the portal gives it afterwards.
        before: the record as it was before the write, when that is known.
        new: whether it was just created; then the portal may fill in what was sent empty, and add members.
        adding: names of lists that were extended, so they may contain more than was sent.

    Example:
        >>> kept = verify("dataset", {"title": " Rain ", "license": "cc-by"}, {"title": "Rain", "license_id": ""})
        >>> print(kept.lost[0], kept.near)
        license: sent 'cc-by', found no such field (('license', 'license_id'),)
        >>> kept.kept_as[0].found
        'Rain'
    """
    compared = _Comparison(new=new, adding=adding).fields(kind, sent, record, before)
    found = [(level, _without_secret(one)) for level, one in compared]
    lost = tuple(one for level, one in found if level == "lost")
    kept_as = tuple(one for level, one in found if level == "kept as")
    unlikely = COMPUTED.get(kind, frozenset())
    near = ((one.path, nearest(kind, one.path, record)) for one in lost if not one.known or one.path in unlikely)
    return Verification(lost, kept_as, tuple((path, other) for path, other in near if other))


def _without_secret(one: FieldDifference) -> FieldDifference:
    """The difference, without the values of a field whose name says that they are secret."""
    if not any(map(is_secret, re.split(r"[.\[]", one.path))):
        return one
    return FieldDifference(one.path, "(hidden)", one.found and "(hidden)", one.known)


_Finding: TypeAlias = "tuple[Literal['lost', 'kept as'], FieldDifference]"


class _Comparison:
    """Compares a record field by field.

    Args:
        new: whether the record was just created.
        adding: names of lists that may hold more than was sent.
    """

    def __init__(self, *, new: bool, adding: Collection[str]) -> None:
        self._new, self._adding = new, adding

    def fields(
        self, kind: str, sent: Mapping[str, Any], found: Mapping[str, Any], before: Any, path: str = ""
    ) -> Iterator[_Finding]:
        """The fields of a record, or of a nested dict, that differ from what was sent."""
        was: Mapping[str, Any] = before if isinstance(before, dict) else {}
        if not path:
            yield from self._moved(kind, sent, found)
        passed = SECRET_FIELDS | _NOT_STORED | _PLACES.get(kind, frozenset()) | sent_back(kind, sent, was or None)
        for name, value in sent.items():
            if name in passed or isinstance(value, Secret):
                continue
            if field_agrees(found, name, value) or (self._new and is_nothing(value)):
                continue
            if name == "format" and plain_text(value) == plain_text(found.get(name)):
                continue  # CKAN writes it in capitals
            # Only nested values: a whole field was sent deliberately.
            if not path or name not in was or not field_agrees(was, name, value):
                yield from self._field(kind, name, value, found, before, f"{path}{name}")

    def _moved(self, kind: str, sent: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[_Finding]:
        """Fields that only identify a record, or say what to do with its file."""
        if kind == "resource":
            if not self._new and sent.get("package_id") not in (None, found.get("package_id")):
                yield "lost", FieldDifference("package_id", sent["package_id"], found.get("package_id"))
            if as_boolean(sent.get("clear_upload")) and not sent.get("upload") and found.get("url_type") == "upload":
                yield "lost", FieldDifference("clear_upload", sent["clear_upload"], "an uploaded file")
        if kind == "dataset" and sent.get("organization") and "owner_org" not in sent:
            there = found.get("organization") or {}
            wanted = sent["organization"]
            named = [wanted.get("id"), wanted.get("name")] if isinstance(wanted, dict) else [wanted]
            if not {one for one in named if one} & {there.get("id"), there.get("name")}:
                yield "lost", FieldDifference("organization", wanted, there.get("name"))

    def _field(
        self, kind: str, name: str, value: Any, found: Mapping[str, Any], before: Any, path: str
    ) -> Iterator[_Finding]:
        there = found.get(name)
        was = before.get(name) if isinstance(before, dict) else None
        if name == "extras" and are_dicts(value):
            yield from self._extras(value, found, was, path, known=before is not None)
        elif name in _UNORDERED and isinstance(value, (list, tuple)):
            yield from self._references(value, there, was, path, known=before is not None)
        elif isinstance(value, dict) and isinstance(there, dict):
            yield from self.fields("", value, there, was, f"{path}.")
        elif isinstance(value, (list, tuple)) and isinstance(there, list) and are_dicts([*value, *there]):
            yield from self._items(_INSIDE.get(name, ""), value, there, was, path)
        elif _is_another_form(kind, name, value, found):
            yield "kept as", FieldDifference(path, value, _where_found(name, value, found))
        else:
            yield "lost", FieldDifference(path, value, there, known=name in found)

    def _items(
        self, kind: str, sent: Sequence[Any], found: Sequence[Any], before: Any, path: str
    ) -> Iterator[_Finding]:
        """Lists of dicts whose order has a meaning: items that have an id are found by it, others by their place."""
        by_id = {id_: one for one in found if (id_ := _id(one))}
        was = {id_: one for one in before or () if isinstance(one, dict) and (id_ := _id(one))}
        for place, one in enumerate(sent):
            other = by_id.get(_id(one)) or (found[place] if place < len(found) else None)
            if other is None:
                yield "lost", FieldDifference(f"{path}[{place}]", one, None)
            else:
                yield from self.fields(kind, one, other, was.get(_id(one)), f"{path}[{place}].")
        surplus = () if path in self._adding else found[len(sent) :]
        for place, other in enumerate(surplus, len(sent)):
            yield "lost", FieldDifference(f"{path}[{place}]", None, other)
        order = [id_ for one in sent if (id_ := _id(one)) in by_id]
        if (now := [id_ for id_ in by_id if id_ in order]) != order:
            yield "lost", FieldDifference(f"order of {path}", order, now)

    def _references(
        self, sent: Sequence[Any], found: Any, before: Any, path: str, *, known: bool
    ) -> Iterator[_Finding]:
        """Tags, groups and members: told apart by name or id, in any order, and none of them twice."""
        there = [one for one in found or () if isinstance(one, dict)]
        wanted = [one if isinstance(one, dict) else {"name": one} for one in sent]
        exact = [_found_in(there, it, is_same_reference) for it in wanted]
        alike = [one or _found_in(there, it, is_alike_reference) for it, one in zip(wanted, exact, strict=True)]
        surplus = [one for one in there if all(one is not other for other in alike)]
        if known:  # additional items were added by the portal
            surplus = [one for one in surplus if any(is_same_reference(it, one) for it in before or ())]
        if None in alike or (surplus and not self._new and path not in self._adding):
            yield "lost", FieldDifference(path, _labels(wanted), _labels(there), known=found is not None)
        elif None in exact or len(wanted) > len(there):
            yield "kept as", FieldDifference(path, _labels(wanted), _labels(there))

    def _extras(
        self, sent: Sequence[Any], record: Mapping[str, Any], before: Any, path: str, *, known: bool
    ) -> Iterator[_Finding]:
        """Extra fields, told apart by their key; a schema may keep one as a field of its own."""
        found = _by_key(record.get("extras") or ())
        wanted = _by_key(one for one in sent if not one.get("deleted") and one.get("state") != "deleted")
        for key, value in wanted.items():
            here = f"{path}.{key}"
            if key in found and agrees(found[key], value):
                continue
            if _is_another_form("", key, value, found if key in found else record):
                yield "kept as", FieldDifference(here, value, found.get(key, record.get(key)))
            else:
                yield "lost", FieldDifference(here, value, found.get(key, record.get(key)))
        to_go = found.keys() & _by_key(before or ()) if known else found.keys() if not wanted else ()
        for key in to_go:
            if key not in wanted:
                yield "lost", FieldDifference(f"{path}.{key}", None, found[key])


def _is_another_form(kind: str, name: str, sent: Any, found: Mapping[str, Any]) -> bool:
    """Whether a field has the sent value, in the portal's form."""
    there = _where_found(name, sent, found)
    if name == "tag_string":
        return isinstance(sent, str) and {*plain_list(sent)} <= {*plain_list(there)}
    if name == "format" and kind == "resource":
        return bool(sent and there)  # CKAN has its own list of spellings of each
    if name == "url" and found.get("url_type") == "upload" and "://" not in str(sent):
        return as_file_name(sent) == as_file_name(str(there).rpartition("/")[2])
    if is_nothing(sent):
        return there in (False, 0) or (name in ("title", "fullname") and there == found.get("name"))
    return is_alike(sent, there)


def _where_found(name: str, sent: Any, found: Mapping[str, Any]) -> Any:
    """The value of a field; schemas may keep a field as an extra, or an extra as a field."""
    if name == "tag_string" and isinstance(sent, str):
        return [str(one.get("name")) for one in found.get("tags") or ()]
    if name in found:
        return found[name]
    extras = found.get("extras")
    return _by_key(extras).get(name) if isinstance(extras, list) else None


def _id(one: Mapping[str, Any]) -> str:
    """The id of an item; nothing where it has none, as in a plugin's own field."""
    id_ = one.get("id")
    return id_ if isinstance(id_, str) else ""


def _found_in(there: Sequence[dict[str, Any]], wanted: Any, same: Callable[[Any, Any], bool]) -> dict[str, Any] | None:
    return next((one for one in there if same(wanted, one)), None)


def _labels(references: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one.get('name') or one.get('id')}" + (f" ({one['capacity']})" if one.get("capacity") else "")
        for one in references
    ]


def _by_key(extras: Any) -> dict[str, Any]:
    return {str(one.get("key")): one.get("value") for one in extras if isinstance(one, dict)}


def _quoted(value: Any, said: str) -> str:
    if is_nothing(value):
        return "nothing"
    return repr(said) if isinstance(value, str) else said


_UNORDERED = frozenset("tags groups users".split())
_INSIDE = {"resources": "resource"}


_PLACES = {"dataset": frozenset({"organization"}), "resource": frozenset({"package_id"})}
"""Fields that only tell where a record is."""

_NOT_STORED = frozenset("upload clear_upload image_upload".split())
"""What tells CKAN to do something."""
