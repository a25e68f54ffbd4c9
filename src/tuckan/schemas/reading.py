"""Flows that request a portal's schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tuckan.errors import ActionNotFound, InvalidArgument, NotAuthorized, NotFound, TuckanError
from tuckan.schemas.scheming import from_scheming
from tuckan.schemas.standard import standard
from tuckan.wire.call import Call
from tuckan.wire.envelope import not_ckan
from tuckan.wire.execute import execute
from tuckan.wire.flow import Reply
from tuckan.wire.routes import requesting, route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    """Check that a type exists: ckanext-scheming describes it, it is CKAN's own, a record has it, or a plugin defines it.

    Args:
        entity: `dataset`, `organization` or `group`.
        type: the name of the type.
        described: the types that ckanext-scheming describes.
        portal_state: what the client knows of its portal.

    Raises:
        InvalidArgument: when it does not.
    """
    if described and (yield from unknown_types(entity, [type], described, portal_state)):
        there = dict.fromkeys((*described, *(yield from _types_in_use(entity, type, portal_state))))
        raise InvalidArgument(
            f"{portal_state.address.site} has no {entity} type {type!r}.", hint=f"It has {', '.join(there)}."
        )


def unknown_types(
    entity: Entity, types: Iterable[str], described: Sequence[str], portal_state: PortalState
) -> Flow[list[str]]:
    """The types that nothing on the portal defines or uses.

    No action of CKAN lists the types that plugins define, but each has a page for new records. CKAN itself refuses no type:
    it gives the others its own schema.

    Args:
        entity: `dataset`, `organization` or `group`.
        types: the names of types.
        described: the types that ckanext-scheming describes.
        portal_state: what the client knows of its portal.
    """
    unknown: list[str] = []
    for one in types:
        if one in (*described, entity) or one in (yield from _types_in_use(entity, one, portal_state)):
            continue
        if not (yield from _has_page(one, portal_state)):
            unknown.append(one)
    return unknown


def _types_in_use(entity: Entity, type: str, portal_state: PortalState) -> Flow[list[str]]:  # noqa: A002 - as above
    """The types of all datasets; of organizations and groups the one that is given, if any has it."""
    if entity != "dataset":
        return (
            [type] if (yield from execute(Call(f"{entity}_list", {"type": type}, read_only=True), portal_state)) else []
        )
    hidden = {"include_private": True, "include_drafts": True}
    query = {"facet.field": ["dataset_type"], "facet.limit": -1, "rows": 0, **hidden}
    found = yield from execute(Call("package_search", query, read_only=True), portal_state)
    facets = found.get("facets") if isinstance(found, dict) else None
    return sorted((facets or {}).get("dataset_type") or {})


def _has_page(type: str, portal_state: PortalState) -> Flow[bool]:  # noqa: A002 - as above
    try:
        yield from requesting(route(portal_state, "HEAD", f"/{quote(type, safe='')}/new"), portal_state)
    except TuckanError as error:
        return isinstance(error, NotAuthorized)
    return True


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
