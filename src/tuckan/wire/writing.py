"""Flows that write exactly once: what may have arrived is looked up before it is sent again.

A dataset is changed by reading it, working out the change, and sending that change for the version that was read
(`package_revise` with a `match` on `metadata_modified`). If somebody else was faster, CKAN refuses, and the change is
computed again from their version: no edit is lost, and none is made twice.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan import errors
from tuckan.snapshot import THE_PORTALS_OWN, differing, merged, sent_back, whole_fields
from tuckan.wire.call import Call
from tuckan.wire.doubt import Doubts, once, stepping_aside
from tuckan.wire.envelope import record_of
from tuckan.wire.execute import execute
from tuckan.wire.revision import MERGED, revising
from tuckan.wire.solr import EVERY_STATE
from tuckan.wire.uncounted_lists import page_in
from tuckan.wire.validation_hints import advised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

Record: TypeAlias = "dict[str, Any]"
Change: TypeAlias = "Callable[[Record], Mapping[str, Any]]"
"""Computes the fields to set from the current record."""

NEVER_SENT = frozenset({"organization", "relationships_as_subject", "relationships_as_object"})
"""Fields of a dataset that CKAN ignores, or maintains itself: other calls change them."""

MOST_CONFLICTS = 100
NEWEST = 50
"""How many of the newest datasets are searched for one that was created under another name."""

_TELLING = ("title", "title_translated", "notes", "url")
BY_OTHER_FIELDS = errors.Hint('key="title", leave_out="name"', "--key title --leave-out name")
LONGEST_STEP_ASIDE = 2.0


class Edit(msgspec.Struct, frozen=True):
    """The outcome of an edit.

    Attributes:
        before: the record just before, or None if it did not exist.
        after: the record as the portal returned it afterwards, or None if it is gone.
        sent: the fields that were sent, and requested ones that cannot be set; empty if nothing had to change.
        asked: the requested fields, if these are fewer than were sent: some fields of a resource, not all of it.
    """

    before: Record | None
    after: Record | None
    sent: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    asked: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])


def reading(call: Call, portal_state: PortalState) -> Flow[Record]:
    """Read one record.

    Raises:
        NotFound: when it does not exist.
        NotCKAN: when the answer is not a record.
    """
    return record_of(call, (yield from execute(call, portal_state)))


def reading_if_there(call: Call, portal_state: PortalState) -> Flow[Record | None]:
    """Read one record, or return None if it does not exist."""
    try:
        return (yield from reading(call, portal_state))
    except errors.NotFound:
        return None


def dataset(id: str) -> Call:  # noqa: A002 - CKAN's own word
    """The call that reads a dataset."""
    return Call("package_show", {"id": id}, read_only=True)


def creating(action: str, record: Mapping[str, Any], portal_state: PortalState, *, by: str = "name") -> Flow[Record]:
    """Create a named record, exactly once.

    If the answer is lost, a record with the id that was sent, or else the name, counts as ours if it has what was sent.

    Args:
        action: the action, such as `package_create`.
        record: the record to create.
        portal_state: the portal.
        by: the field that names it; a record with an id of its own is found by that, whatever the portal names it.
    """
    kind = action.removesuffix("_create")
    by = "id" if record.get("id") or not record.get(by) else by
    look = Call(f"{kind}_show", {"id": record.get(by)}, read_only=True)

    def done() -> Flow[Record | None]:
        found = yield from reading_if_there(look, portal_state)
        if found and found.get("state") == "deleted" != record.get("state"):
            return None  # a deleted record was not created just now
        if found is None and kind == "package" and by == "name":
            yield from require_no_twin(record, portal_state)
        unlike = differing(found, _comparable(record, found, by)) if found else {}
        if unlike:
            raise errors.InDoubt(
                f"{action} ({by}={record.get(by)}): the answer was lost, and the existing record with this {by} has other values"
                f" ({', '.join(unlike)}).",
                action=action,
                hint="Check it: it existed before, or the portal stores these values in another form.",
            )
        return found

    try:
        made: Record = yield from once(Call(action, record), done, portal_state)
    except errors.ValidationError as error:
        raise advised(error, kind, record) from None
    if kind == "package" and "name" in record:
        limitations = portal_state.limitations
        limitations.keeps_names = limitations.keeps_names is not False and made.get("name") == record["name"]
    return made


def require_no_twin(record: Mapping[str, Any], portal_state: PortalState) -> Flow[None]:
    """Check that a dataset which is not found by its name does not exist under another one: some portals rename datasets.

    The newest datasets are compared, unless the portal was seen to keep names.

    Raises:
        InDoubt: when one of them has the title and the description that were sent.
    """
    told = {name: record[name] for name in _TELLING if record.get(name) not in (None, "", record.get("name"))}
    if portal_state.limitations.keeps_names or not told:
        return
    params = {"fq": EVERY_STATE, "sort": "metadata_created desc", "rows": NEWEST, "facet": "false"}
    params["include_private"] = bool(portal_state.token)
    call = Call("package_search", params, read_only=True)
    found = page_in(call, (yield from execute(call, portal_state)))["results"]
    alike = [one for one in found if one.get("state") != "deleted" and not differing(one, merged(one, told))]
    if alike:
        raise errors.InDoubt(
            f"package_create (name={record.get('name')}): the answer was lost, and {alike[0].get('name')!r} says the same. It"
            " may be this one: some portals rename the datasets that they are sent.",
            action="package_create",
            hint="Look at it. Where the portal makes names, load by other fields: " + BY_OTHER_FIELDS,
        )


def _comparable(record: Mapping[str, Any], found: Record, by: str) -> dict[str, Any]:
    """The fields that come back as they were sent; not secrets, not lists that portals fill up, no name that others make."""
    kept_to_itself = ("password", "resources", "users", "packages", *(["name"] if by == "id" else []))
    return {name: value for name, value in record.items() if name in found and name not in kept_to_itself}


def editing(
    id: str,  # noqa: A002 - CKAN's own word
    change: Change,
    portal_state: PortalState,
    *,
    known: Record | None = None,
    only_known: bool = False,
) -> Flow[Edit]:
    """Change a dataset without overwriting concurrent changes.

    Args:
        id: its name or id.
        change: computes the fields to set; called again for each version that somebody else has saved meanwhile.
        portal_state: the portal.
        known: the dataset, if it was read before.
        only_known: raise `Conflict` if somebody else has saved another version than `known`.

    Returns:
        A flow that returns the edit; nothing is sent if the dataset already has these values.

    Raises:
        NotFound: when there is no such dataset.
        ValidationError: when the portal refuses the values.
        Conflict: when others change it faster than we can, or changed it since `known` was read.
        InDoubt: when the answer was lost on every attempt.
    """
    there, doubted, doubts = known, None, Doubts(portal_state)
    earlier: Record = {}
    sent: Record = {}
    for attempt in range(MOST_CONFLICTS):
        if there is None:
            there = yield from doubts.looking_up(lambda: reading(dataset(id), portal_state))
        asked = whole_fields(there, change(deepcopy(there)))
        fields = differing(there, merged(there, asked))
        if not fields:
            return Edit(doubted.before, there, doubted.sent) if doubted else Edit({**there, **earlier}, there, sent)
        if NEVER_SENT.issuperset(fields):
            return Edit(there, there, fields, asked)
        if only_known and known and there.get("metadata_modified") != known.get("metadata_modified"):
            raise changed_meanwhile(known, there)
        doubts.require_repeatable()
        try:
            after = yield from revising(there, sendable(fields), portal_state)
        except errors.InDoubt as error:
            doubted = Edit(there, None, fields)
            yield doubts.add(error)
        except errors.ValidationError as error:
            if "match" not in error.error:
                raise advised(error, "package", {**there, **fields}) from None
            # The previous values of what was done before somebody else interfered.
            done: Record = {name: fields[name] for name in error.error.get(MERGED, ())}
            earlier, sent = {**{name: there.get(name) for name in done}, **earlier}, {**sent, **done}
            yield stepping_aside(attempt, portal_state)
        else:
            return Edit({**there, **earlier}, after, {**sent, **fields}, asked)
        there = None
    raise errors.Conflict(
        f"The dataset {id} is being changed by others faster than this change can be made.",
        action="package_revise",
        status=409,
        hint="Try again when they are done.",
    )


def sendable(fields: Mapping[str, Any]) -> Record:
    """Fields of a dataset, without those that are never sent and those that the portal computed in a record that is sent back."""
    left_out = NEVER_SENT | sent_back("dataset", fields)
    return {name: value for name, value in fields.items() if name not in left_out}


def changed_meanwhile(known: Record, there: Record) -> errors.Conflict:
    """The error for a record that has changed since it was read."""
    what = [name for name in differing(there, known) if name not in THE_PORTALS_OWN]
    return errors.Conflict(
        f"{there.get('name') or there.get('id')}: somebody changed it since it was read"
        + (f"; your version differs in {', '.join(what)}." if what else "."),
        action="package_revise",
        status=409,
        hint="Read it again and apply your change to the current version, or "
        + errors.Hint("pass overwrite=True.", "add --overwrite."),
    )


def creating_unseen(
    kind: str, record: Mapping[str, Any], look: Callable[[str], Call], portal_state: PortalState
) -> Flow[Record]:
    """Create a record that was looked up before and not found; a record that exists nevertheless is not changed.

    Args:
        kind: `dataset`, `organization`, `group` or `user`.
        record: the record to create.
        look: the call that reads one by its id or name.
        portal_state: the portal.

    Raises:
        Conflict: when its name or id is in use: by a record in the bin, by one that searches do not show, or by one that
            was made since.
        ValidationError: when the portal refuses it.
    """
    try:
        return (yield from creating(f"{_IN_ACTIONS.get(kind, kind)}_create", record, portal_state))
    except errors.ValidationError as error:
        for field in ("id", "name"):
            if field in error.error and record.get(field):
                found = yield from _in_the_way(look(str(record[field])), portal_state)
                if found is not None:
                    raise in_the_way(kind, {field: record[field], **found}, portal_state.address.site) from error
        raise


_IN_ACTIONS = {"dataset": "package"}
_STATES = {"deleted": "in the bin", "draft": "a draft", "active": "hidden from searches, or created since"}


def _in_the_way(look: Call, portal_state: PortalState) -> Flow[Record | None]:
    """A record with a name or an id; without its state if only others may see it."""
    try:
        return (yield from reading_if_there(look, portal_state))
    except errors.NotAuthorized:
        return {}


def require_not_deleted(kind: str, before: Mapping[str, Any], there: Record, portal_state: PortalState) -> None:
    """Refuse to restore a record that was not yet deleted when the change was planned.

    Raises:
        Conflict: when somebody has deleted it since; it stays deleted.
    """
    if there.get("state") == "deleted" != before.get("state"):
        raise in_the_way(kind, there, portal_state.address.site)


def in_the_way(kind: str, there: Mapping[str, Any], site: str) -> errors.Conflict:
    """The error for a record that exists although the plan did not show it; it is not changed."""
    named, state = str(there.get("name") or there.get("id")), there.get("state", "")
    said = _STATES.get(str(state), f"in the state {state!r}") if state else "hidden from the owner of this token"
    hint: str = "Try again; if it is still not found, change it by its id."
    if state == "deleted":
        # A deleted dataset may share its name with another; its id is its own.
        id_ = str(there.get("id") or named) if kind == "dataset" else named
        hint = errors.Hint(
            f"Restore it first: {kind}s.restore({id_!r}); or purge it.",
            f"Restore it first: tuckan {kind} restore {id_}; or purge it.",
        )
    elif not state:
        hint = f"Choose another name, or ask an administrator of {site}."
    return errors.Conflict(
        f"{site} already has a {kind} {named}, which is {said}; it was not changed.",
        action=f"{_IN_ACTIONS.get(kind, kind)}_create",
        status=409,
        hint=hint,
    )
