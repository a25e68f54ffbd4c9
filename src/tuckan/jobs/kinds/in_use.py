"""What others have added to a record that a job created and would lose with it, beyond its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted
from tuckan.jobs.kinds.collaborators import NO_COLLABORATORS, collaborators_of, listed
from tuckan.jobs.kinds.used_resources import used_resource
from tuckan.wire import solr
from tuckan.wire.call import Call
from tuckan.wire.entities import ENTITIES
from tuckan.wire.execute import execute
from tuckan.wire.uncounted_lists import executing_list, page_in, records_in
from tuckan.wire.writing import reading_if_there

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.jobs.operation import Operation, Portals, Record
    from tuckan.wire.flow import Flow

MOST_NAMED = 5
_NO_BIN = "deleted datasets are not shown"


def require_unused(operation: Operation, kind: str, there: Record, portals: Portals) -> Flow[None]:
    """Check that nobody else uses a record that a job created, so it may be removed.

    It looks for the datasets of an organization or group, in every state, and its children in a hierarchy; the roles and
    the datasets of a user; the collaborators of a dataset, and the views and tables of its resources.

    Args:
        operation: the undo.
        kind: `dataset`, `organization`, `group` or `user`.
        there: the current record.
        portals: the portal.

    Raises:
        Conflict: when somebody does; the record is kept.
    """
    look = {"dataset": _of_dataset, "user": _of_user}.get(kind)
    used = yield from (look(there, portals) if look else _of_group(kind, there, portals))
    if used:
        raise errors.Conflict(
            f"{operation.subject} is in use by others and was not deleted: {'; '.join(used)}.",
            status=409,
            hint=f"Look at it, and delete the {kind} manually if necessary.",
        )


def shows_bin(kind: str, portals: Portals) -> bool:
    """Whether the portal showed the deleted datasets of an organization or group at the last check."""
    return f"{kind}: {_NO_BIN}" not in portals.shared


def _of_group(kind: str, there: Record, portals: Portals) -> Flow[list[str]]:
    owned = ("owner_org", there["id"]) if kind == "organization" else ("groups", there["name"])
    found = yield from _datasets(*owned, portals)
    deleted = yield from _deleted(kind, there, portals)
    below = yield from _below(kind, there, portals)
    used = [found, f"it has {_some('deleted dataset', deleted)}" if deleted else ""]
    used.append(f"it stands above {_some(kind, below)}" if below else "")
    return [one for one in used if one]


def _datasets(field: str, value: str, portals: Portals) -> Flow[str]:
    """The datasets with a value in a field, as text for a message."""
    params: dict[str, Any] = {
        "fq": f"+{solr.clause(field, value)} {solr.EVERY_STATE}",
        "rows": MOST_NAMED,
        "facet": "false",
    }
    call = Call("package_search", {**params, "include_private": True}, read_only=True)
    page = page_in(call, (yield from execute(call, portals.target)))
    if not page["count"]:
        return ""
    names = [f"{one.get('name')}{_state(one)}" for one in page["results"]]
    return f"it has {_some('dataset', names, int(page['count']))}"


def _state(dataset: Record) -> str:
    state = dataset.get("state", "active")
    return f" ({state})" if state != "active" else " (private)" if dataset.get("private") else ""


def _deleted(kind: str, there: Record, portals: Portals) -> Flow[list[str]]:
    """The ids of deleted datasets, which no search shows: taken from the activities of an organization or group, except private ones."""
    params = {
        "id": there["id"],
        "activity_types": ["deleted package"],
        "limit": MOST_NAMED,
        "include_hidden_activity": True,
    }
    call = Call(f"{kind}_activity_list", params, read_only=True)
    found = yield from listed(call, portals, f"{kind}: {_NO_BIN}")
    return list(dict.fromkeys(str(one.get("object_id")) for one in found or ()))


def _below(kind: str, there: Record, portals: Portals) -> Flow[list[str]]:
    """The names of the children of an organization or group; the list of all is read once per run."""
    known: dict[str, list[str]] | None = portals.shared.get(f"below {kind}")
    if known is None:
        known = portals.shared[f"below {kind}"] = yield from _hierarchy(kind, portals)
    below: list[str] = []
    for name in known.get(str(there["name"]), ()):
        # The same run may have removed it meanwhile.
        found = yield from reading_if_there(ENTITIES[kind].look(name), portals.target)
        if found is not None and there["name"] in (one.get("name") for one in found.get("groups") or ()):
            below.append(name)
    return below


def _hierarchy(kind: str, portals: Portals) -> Flow[dict[str, list[str]]]:
    """The names of the children of each organization or group that has any."""
    below: dict[str, list[str]] = {}
    seen: set[str] = set()
    while True:
        params = {"all_fields": True, "include_groups": True, "include_dataset_count": False, "offset": len(seen)}
        call = Call(f"{kind}_list", params, read_only=True)
        page = records_in(call, (yield from executing_list(call, portals.target)))
        new = [one for one in page if str(one.get("name")) not in seen]
        if not new:
            return below
        for one in new:
            seen.add(str(one.get("name")))
            for parent in one.get("groups") or ():
                below.setdefault(str(parent.get("name")), []).append(str(one.get("name")))


def _of_user(there: Record, portals: Portals) -> Flow[list[str]]:
    made = yield from _datasets("creator_user_id", there["id"], portals)
    used = [made.replace("it has", "they made")] if made else []
    call = Call("organization_list_for_user", {"id": there["id"], "permission": "read"}, read_only=True)
    roles = () if there.get("sysadmin") else (yield from listed(call, portals))
    if roles:
        used.append(f"they have a role in {_some('organization', [str(one.get('name')) for one in roles])}")
    call = Call("package_collaborator_list_for_user", {"id": there["id"]}, read_only=True)
    shared = yield from listed(call, portals, NO_COLLABORATORS)
    return [*used, *([f"they are a collaborator of {counted(len(shared), 'dataset')}"] if shared else [])]


def _of_dataset(there: Record, portals: Portals) -> Flow[list[str]]:
    """What others added to a dataset; takes one request, and one or two for each of its resources."""
    found = yield from collaborators_of(str(there["id"]), portals)
    used = [f"it has {counted(len(found), 'collaborator')}"] if found else []
    for one in there.get("resources") or ():
        used += yield from used_resource(one, portals)
    return used


def _some(noun: str, names: Sequence[str], number: int | None = None) -> str:
    number = len(names) if number is None else number
    more = ", ..." if number > MOST_NAMED else ""
    return f"{counted(number, noun)} ({', '.join(names[:MOST_NAMED])}{more})"
