"""Verification of every write: whether the portal has what was sent. Only what was looked at is called changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan._text import counted, did_you_mean, printable
from tuckan.shapes import without_secrets
from tuckan.snapshot import COMPUTED, verify
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.package_revise import revised
from tuckan.wire.redaction import redacted
from tuckan.wire.writing import dataset, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.snapshot import Verification
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState
    from tuckan.wire.writing import Edit, Record


def verifying(
    kind: str,
    sent: Mapping[str, Any],
    answer: Any,
    portal_state: PortalState,
    *,
    before: Record | None = None,
    new: bool = False,
    look: Call | None = None,
) -> Flow[Record]:
    """Verify that the portal kept what was sent; a `KeptAs` warning names values that it kept in another form.

    No request is sent if the answer to the write shows it.

    Args:
        kind: `dataset`, `resource`, `organization`, `group`, `user`, ...
        sent: the fields that were sent.
        answer: the record in the portal's answer.
        portal_state: the portal.
        before: the record as it was before, when that is known.
        new: whether it was just created.
        look: reads the record, for actions whose answers are incomplete; called only if the answer does not show everything.

    Returns:
        A flow that returns the record as the portal has it.

    Raises:
        NotKept: when a field was not kept.
        InDoubt: when the portal's answer is not a record.
    """
    if not isinstance(answer, dict):
        raise errors.InDoubt(
            f"{portal_state.address.site} reported success but returned no {kind}: it may have been written.",
            hint="Check whether the change was made before you repeat it.",
        )
    record: Record = answer
    verification = verify(kind, sent, record, before=before, new=new)
    if look is not None and (verification.lost or verification.kept_as or _ECHOED & sent.keys()):
        record = yield from reading(look, portal_state)
        verification = verify(kind, sent, record, before=before, new=new)
    subject = f"{kind} {record.get('name') or record.get('title') or record.get('id') or ''}".strip()
    if verification.lost:
        raise not_kept(verification, portal_state, subject, record, sent, new=new)
    if verification.kept_as:
        said = f"{subject}: " + "; ".join(map(_in_words, verification.kept_as)) + "."
        errors.warn(printable(redacted(said, portal_state.secrets)), errors.KeptAs)
    if kind == "dataset" and "license_id" in sent:
        yield from _checking_license(record, subject, portal_state)
    return record


def _checking_license(record: Record, subject: str, portal_state: PortalState) -> Flow[None]:
    """Warn if the portal does not offer a dataset's license: CKAN keeps any, with its id as the title."""
    license_id = record.get("license_id")
    if not license_id or record.get("license_title") != license_id:
        return
    try:
        listed = yield from execute(Call("license_list", read_only=True), portal_state)
    except errors.TuckanError:
        return
    offered = [str(one.get("id")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if offered and license_id not in offered:
        near = did_you_mean(str(license_id), offered)
        said = (
            f"{subject}: {portal_state.address.site} does not offer the license {license_id!r}, but stored it. {near}"
        )
        errors.warn(printable(redacted(said.strip(), portal_state.secrets)), errors.UnknownLicense)


def verified(
    flow: Flow[Record], kind: str, sent: Mapping[str, Any], portal_state: PortalState, **more: Any
) -> Flow[Record]:
    """Perform a flow that returns the record it wrote, and verify it as `verifying` does."""
    return (yield from verifying(kind, sent, (yield from flow), portal_state, **more))


def verified_edit(flow: Flow[Edit], portal_state: PortalState, kind: str = "dataset") -> Flow[Edit]:
    """Perform a flow that edits, and verify what it sent, if anything."""
    edit = yield from flow
    if edit.sent and edit.after is not None:
        sent = {name: edit.asked.get(name, value) for name, value in edit.sent.items()}
        yield from verifying(kind, sent, edit.after, portal_state, before=edit.before, new=edit.before is None)
    return edit


def verifying_order(kind: str, id: str, order: Sequence[str], answer: Any, portal_state: PortalState) -> Flow[Record]:  # noqa: A002
    """Verify that the named items come first, in the given order.

    Raises:
        NotKept: when it does not.
    """
    now: list[Any] = answer["order"] if isinstance(answer, dict) and isinstance(answer.get("order"), list) else []
    first = [{"id": one} for one in now[: len(order)]]
    return (
        yield from verifying(kind, {"order": [{"id": one} for one in order]}, {"id": id, "order": first}, portal_state)
    )


def verifying_revision(call: Call, answer: Record, portal_state: PortalState) -> Flow[Record]:
    """Verify what a `package_revise` sent, and return the dataset as far as its answer has it.

    Raises:
        NotKept: when the portal did not keep it.
    """
    package = answer.get("package")
    given: Record = package if isinstance(package, dict) else {}
    if call.params.get("include") and not verify("dataset", *revised(call, given)):
        match, update = call.params["match"], call.params.get("update") or {}
        named = match.get("id") or update.get("name") or match.get("name")
        whole = (yield from reading(dataset(str(named)), portal_state)) if named else given
    else:
        whole = given
    sent, found = revised(call, whole)
    shown = {"name": whole.get("name"), "license_title": whole.get("license_title")}
    yield from verifying("dataset", sent, {**found, **shown}, portal_state)
    return given


def _hints(verification: Verification, kind: str) -> list[str]:
    """What to do about the fields that were not kept."""
    hints = [f"Did you mean {near} instead of {name}?" for name, near in verification.near]
    computed: list[str] = []
    lost = verification.lost
    for field in dict.fromkeys(_last_of(one.path) for one in lost if one.path not in dict(verification.near)):
        if field in _HINTS:
            hints.append(_HINTS[field])
        elif field in COMPUTED.get(kind, frozenset()):
            computed.append(field)
    if computed:
        hints.append(f"The portal computes {', '.join(computed)} itself: leave it out.")
    if not hints and all(not one.known for one in lost):
        hints.append(f"This portal's {kind}s have no such field; its schema may use another name.")
    return hints


def not_kept(
    verification: Verification,
    portal_state: PortalState,
    subject: str,
    record: Record,
    sent: Mapping[str, Any],
    *,
    new: bool = False,
) -> errors.NotKept:
    """The error for fields that were not kept."""
    lost = verification.lost
    others = len(sent) - len({one.path.partition(".")[0].partition("[")[0] for one in lost})
    hints = _hints(verification, subject.partition(" ")[0])
    if others > 0 or new:
        hints.append("It was created without them." if new else "The other fields were saved.")
    hint = ""
    for one in hints:
        hint = hint + " " + one if hint else one
    return errors.NotKept(
        f"{portal_state.address.site} did not keep {counted(len(lost), 'field')} of the {subject}: "
        + "; ".join(map(str, lost))
        + ".",
        portal=portal_state.address.site,
        subject=subject,
        fields={one.path: (one.sent, one.found) for one in lost},
        record=without_secrets(dict(record)),
        hint=hint,
    )


_ECHOED = frozenset({"datastore_active"})
"""Fields that the answer to a write echoes as they were sent, although reading them shows other values."""

_OF_RELATIONSHIPS = errors.Hint(
    "datasets.relate() and datasets.unrelate() change its relationships.",
    "`tuckan call package_relationship_create` and `package_relationship_delete` change its relationships.",
)
_HINTS: dict[str, str] = {
    "relationships_as_subject": _OF_RELATIONSHIPS,
    "relationships_as_object": _OF_RELATIONSHIPS,
    "position": errors.Hint(
        "resources.reorder() puts resources in order.", "`tuckan resource reorder` puts resources in order."
    ),
    "resource_views": errors.Hint("client.views changes views.", "`tuckan view` changes views."),
    "datastore_active": errors.Hint(
        "It says whether the resource has a table: datastore.push() creates one, datastore.drop() removes it.",
        "It says whether the resource has a table: `tuckan datastore push` creates one.",
    ),
}
"""The method that sets each field."""


def _last_of(path: str) -> str:
    """The name of the field at the end of a path such as `resources[0].position`."""
    return re.sub(r"\[\d+\]", "", path).rpartition(".")[2]


def _in_words(kept: Any) -> str:
    return f"{kept.path} {kept.sent!r} is kept as {kept.found!r}"
