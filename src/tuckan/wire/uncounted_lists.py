"""Lists without a count: organizations and groups of every type, and actions that return everything at once.

Such an answer does not say how many records there are. So pages of names overlap by one: the list is complete if a page
that begins with the last name has nothing more. Records are compared with the names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import msgspec

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.execute import execute
from tuckan.wire.flow import Flow, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")
Kind: TypeAlias = Literal["organization", "group"]
Record: TypeAlias = "dict[str, Any]"

_MOST_READINGS = 3
_MORE_THAN_ANY_PORTAL_HAS = 1_000_000
_OFFERED_UNASKED = 20


class Types(msgspec.Struct, frozen=True):
    """The types of organizations or groups that a portal has.

    Attributes:
        names: the names of each type, in the portal's order; CKAN's own type comes first.
        note: why there may be other types.
    """

    names: dict[str, list[str]]
    note: str = ""


class Found(msgspec.Struct):
    """Full records, with the number of pages that were read."""

    records: list[Record] = msgspec.field(default_factory=list[Record])
    pages: int = 0


def checked(check: Callable[[Call, Any], T], call: Call, portal_state: PortalState) -> Flow[T]:
    """Call an action, and return its checked result; the check is a function such as `records_in`.

    Raises:
        NotCKAN: when the result has another form.
    """
    return check(call, (yield from execute(call, portal_state)))


def records_in(call: Call, result: Any, key: str | None = "id") -> list[Record]:
    """The result of an action, checked to be a list of records.

    Args:
        call: the call.
        result: its result.
        key: the field that identifies a record, if there is one.

    Raises:
        NotCKAN: when it is not a list of records, or two have the same key.
    """
    records = list_in(call, result)
    seen: set[str] = set()
    for place, one in enumerate(records):
        if not isinstance(one, dict):
            raise _strange(call, f"a {type(one).__name__} instead of a record, at place {place}")
        if key is None:
            continue
        name = one.get(key)
        if not isinstance(name, str) or not name:
            raise _strange(call, f"a record whose {key} is {name!r:.40}, at place {place}")
        if name in seen:
            raise _strange(call, f"a repeated {key} {name!r}, at place {place}")
        seen.add(name)
    return records


def page_in(call: Call, result: Any, rows: str = "results", total: str | None = "count") -> Record:
    """The result of an action, checked to be one page of records with a total; null instead of an empty list is accepted.

    Args:
        call: the call.
        result: its result.
        rows: the field with the records.
        total: the field with the total number, if requested.

    Raises:
        NotCKAN: when it has another form.
    """
    if not isinstance(result, dict):
        raise _strange(call, f"a {type(result).__name__} instead of {rows}")
    number = result.get(total) if total else None
    if total and (not isinstance(number, int) or isinstance(number, bool) or number < 0):
        raise _strange(call, f"{rows} of which it counts {number!r}")
    if rows in result and result[rows] is None and not number:
        result[rows] = []
    records_in(call, result.get(rows), None)
    return result


def list_in(call: Call, result: Any) -> list[Any]:
    """The result of an action, checked to be a list.

    Raises:
        NotCKAN: when it has another form.
    """
    if not isinstance(result, list):
        raise _strange(call, f"a {type(result).__name__} instead of a list")
    return result


def texts_in(call: Call, result: Any) -> list[str]:
    """The result of an action, checked to be a list of names.

    Raises:
        NotCKAN: when it is not a list of texts.
    """
    texts = list_in(call, result)
    for place, one in enumerate(texts):
        if not isinstance(one, str) or not one:
            raise _strange(call, f"{one!r:.40} instead of a name, at place {place}")
    return texts


def listing_names(kind: Kind, type: str, portal_state: PortalState) -> Flow[list[str]]:  # noqa: A002 - CKAN's own word
    """Read the names of all organizations or groups of a type.

    Raises:
        Incomplete: when it can't be shown that none is missing.
    """
    for _ in range(_MOST_READINGS):
        names = yield from _names_at_one_time(kind, type, portal_state)
        if names is not None:
            return names
    raise errors.Incomplete(
        f"The list of {kind}s is not complete: it changes while it is being read.",
        expected=None,
        received=0,
        hint="Try again when the portal is less busy.",
    )


def _names_at_one_time(kind: Kind, type: str, portal_state: PortalState) -> Flow[list[str] | None]:  # noqa: A002 - CKAN's own word
    """The names, or None when the list changed."""
    names: list[str] = []
    overlap = 0
    while True:
        call = Call(f"{kind}_list", {"type": type, "sort": "name asc", "offset": len(names) - overlap}, read_only=True)
        page = texts_in(call, (yield from execute(call, portal_state)))
        if page[:overlap] != names[len(names) - overlap :]:
            if page and page[0] == names[0]:
                raise _ignores_offset(kind, len(names))
            return None
        fresh = page[overlap:]
        if not fresh:
            return names
        if len({*names, *fresh}) < len(names) + len(fresh):
            raise _ignores_offset(kind, len(names))
        names += fresh
        overlap = min(1, len(page) - 1)  # with one name per page, an overlap would bring nothing new


def _ignores_offset(kind: Kind, received: int) -> errors.Incomplete:
    return errors.Incomplete(
        f"The list of {kind}s is not complete: {received:,} were read, and the portal gives names again that it gave"
        " before, whichever part of the list it is asked for.",
        expected=None,
        received=received,
        hint="A cache or firewall before the portal may drop `offset`; ask its administrator.",
    )


def listing_types(kind: Kind, portal_state: PortalState) -> Flow[Types]:
    """Find out which types of organizations or groups a portal has, and read the names of each.

    CKAN lists one type at a time and does not say which types there are. But its completion of group names offers all
    groups, and all organizations of custom types.
    """
    found: dict[str, list[str]] = {kind: (yield from listing_names(kind, kind, portal_state))}
    offered = yield from _offered(portal_state)
    groups = found[kind] if kind == "group" else (yield from listing_names("group", "group", portal_state))
    if offered is None or not set(groups) <= set(offered):
        return Types(found, f"whether the portal has {kind}s of types other than {kind} is not known")
    left = dict.fromkeys(one for one in offered if one not in set(groups))
    while left:
        name = next(iter(left))
        del left[name]
        of, type = yield from _kind_and_type(name, portal_state)  # noqa: A001 - CKAN's own word
        if not type or type in found:
            continue
        names = yield from listing_names(of, type, portal_state)
        left = {one: None for one in left if one not in set(names)}
        if of == kind:
            found[type] = names
    return Types(found)


def _offered(portal_state: PortalState) -> Flow[list[str] | None]:
    """The names that CKAN offers as completions of an empty text; None if they may not be all."""
    names = yield from _completions(_MORE_THAN_ANY_PORTAL_HAS, portal_state)
    if len(names or ()) == _OFFERED_UNASKED and len((yield from _completions(1, portal_state)) or ()) != 1:
        return None  # it ignores the limit
    return names


def _completions(limit: int, portal_state: PortalState) -> Flow[list[str] | None]:
    call = Call("group_autocomplete", {"q": "", "limit": limit}, read_only=True)
    try:
        return [one["name"] for one in records_in(call, (yield from execute(call, portal_state)), "name")]
    except errors.PortalError:
        return None


def _kind_and_type(name: str, portal_state: PortalState) -> Flow[tuple[Kind, str]]:
    """The type of the record with a name; none if there is no such record, or it may not be seen."""
    kinds: tuple[Kind, Kind] = ("group", "organization")
    for kind in kinds:
        try:
            return kind, str((yield from showing(kind, name, portal_state)).get("type") or "")
        except (errors.NotFound, errors.NotAuthorized):
            continue
    return "group", ""


def showing(
    kind: Kind,
    id: str,  # noqa: A002 - CKAN's own word
    portal_state: PortalState,
    *,
    users: bool = False,
    extras: bool = False,
) -> Flow[Record]:
    """Read one organization or group, without its datasets."""
    params = {"id": id, "include_datasets": False, "include_users": users, "include_extras": extras}
    call = Call(f"{kind}_show", params, read_only=True)
    record = yield from execute(call, portal_state)
    if not isinstance(record, dict):
        raise _strange(call, f"a {type(record).__name__} instead of a record")
    return record


def executing_list(call: Call, portal_state: PortalState) -> Flow[Any]:
    """Execute a call that lists full records, and repeat it if one of them was removed meanwhile.

    CKAN first finds the names and then reads one record after the other: if one is gone by then, the whole list is
    answered with NotFound (`group_list`, `organization_list`; CKAN 2.10 to 2.12).
    """
    for _ in range(_MOST_READINGS):
        try:
            return (yield from execute(call, portal_state))
        except errors.NotFound:
            continue
    return (yield from execute(call, portal_state))


def listing_records(
    kind: Kind,
    type: str,  # noqa: A002 - CKAN's own word
    names: list[str],
    portal_state: PortalState,
    *,
    members: bool,
) -> Flow[Found]:
    """Read all organizations or groups of a type in full.

    Portals return 25 complete records at a time by default, silently; the others are fetched by name.

    Args:
        kind: `organization` or `group`.
        type: their type.
        names: all names.
        portal_state: the portal.
        members: whether to include members and parents.
    """
    found: dict[str, Record] = {}
    result = Found()
    params: Mapping[str, Any] = {"type": type, "all_fields": True, "sort": "name asc", "include_extras": True}
    params = {**params, "include_users": True, "include_groups": True} if members else params
    while len(found) < len(names):
        call = Call(f"{kind}_list", {**params, "offset": len(found)}, read_only=True)
        page = records_in(call, (yield from executing_list(call, portal_state)), "name")
        result.pages += 1
        fresh = {one["name"]: one for one in page if one["name"] not in found}
        if not fresh:
            break
        found |= fresh
    for name in [one for one in names if one not in found]:
        try:
            found[name] = yield from showing(kind, name, portal_state, users=True, extras=True)
        except errors.NotFound:
            continue  # deleted meanwhile
    result.records = [found.pop(name) for name in names if name in found] + list(found.values())
    return result


def listing_activities(
    action: str, params: Mapping[str, Any], limit: int | None, offset: int, portal_state: PortalState
) -> Flow[list[Record]]:
    """Read activities, newest first: one page, or as many as there are up to a limit.

    Raises:
        Incomplete: when the portal returns the same ones again, whichever part of the list is requested.
    """
    found: dict[str, Record] = {}
    position = offset
    while True:
        page_of = {"offset": position or None, "limit": None if limit is None else max(0, limit - len(found))}
        asked = {**params, **{name: value for name, value in page_of.items() if value is not None}}
        call = Call(action, asked, read_only=True)
        page = records_in(call, (yield from execute(call, portal_state)))
        before = len(found)
        found |= {one["id"]: one for one in page if one["id"] not in found}
        if limit is None or not page or len(found) >= limit:
            return list(found.values())[:limit]
        if len(found) == before:
            raise errors.Incomplete(
                f"The list of activities is not complete: {before:,} were read, and the portal gives the same ones again,"
                " whichever part of the list it is asked for.",
                expected=None,
                received=before,
                hint="Ask for fewer.",
            )
        position += len(page)


def _strange(call: Call, what: str) -> errors.NotCKAN:
    return not_ckan(call, Reply(200, {}, b""), what)
