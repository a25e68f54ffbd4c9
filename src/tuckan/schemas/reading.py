"""Flows that request a portal's schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import ActionNotFound, InvalidArgument, NotAuthorized, NotFound
from tuckan.schemas.scheming import from_scheming
from tuckan.schemas.standard import standard
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.execute import execute
from tuckan.wire.flow import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.schemas.schema import Entity, Schema
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

ENTITIES: tuple[Entity, ...] = ("dataset", "organization", "group")


def reading_types(entity: Entity, portal_state: PortalState) -> Flow[list[str]]:
    """The types of a kind of record that ckanext-scheming describes; none if the portal does not have it.

    Args:
        entity: `dataset`, `organization` or `group`.
        portal_state: what the client knows of its portal.
    """
    try:
        found = yield from execute(Call(f"scheming_{entity}_schema_list", {}, read_only=True), portal_state)
    except (ActionNotFound, NotAuthorized, NotFound):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def requiring_type(entity: Entity, type: str, described: Sequence[str], portal_state: PortalState) -> Flow[None]:  # noqa: A002
    """Check that a type exists: ckanext-scheming describes it, it is CKAN's own, or a record has it, defined by another plugin.

    Args:
        entity: `dataset`, `organization` or `group`.
        type: the name of the type.
        described: the types that ckanext-scheming describes.
        portal_state: what the client knows of its portal.

    Raises:
        InvalidArgument: when it does not.
    """
    if not described or type in (*described, entity):
        return
    used: list[str] = []
    if entity == "dataset":
        query = {
            "facet.field": ["dataset_type"],
            "facet.limit": -1,
            "rows": 0,
            "include_private": True,
            "include_drafts": True,
        }
        found = yield from execute(Call("package_search", query, read_only=True), portal_state)
        facets = found.get("facets") if isinstance(found, dict) else None
        used = [*((facets or {}).get("dataset_type") or {})]
    elif (yield from execute(Call(f"{entity}_list", {"type": type}, read_only=True), portal_state)):
        used = [type]
    if type not in used:
        place, there = portal_state.address.site, dict.fromkeys((*described, *sorted(used)))
        raise InvalidArgument(f"{place} has no {entity} type {type!r}.", hint=f"It has {', '.join(there)}.")


def reading_schema(entity: Entity, type: str, portal_state: PortalState) -> Flow[Schema]:  # noqa: A002 - CKAN's own word
    """The schema of a type: scheming's if the portal has one, otherwise CKAN's own.

    Args:
        entity: `dataset`, `organization` or `group`.
        type: the name of the type.
        portal_state: what the client knows of its portal.
    """
    call = Call(f"scheming_{entity}_schema_show", {"type": type}, read_only=True)
    try:
        said = yield from execute(call, portal_state)
    except (ActionNotFound, NotAuthorized, NotFound):
        return standard(entity, type)
    if not isinstance(said, dict):
        raise not_ckan(call, Reply(200, {}, b""), f"a {said.__class__.__name__} instead of a schema")
    return from_scheming(entity, said)
