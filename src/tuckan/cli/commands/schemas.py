"""`tuckan schema`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.command import Command
from tuckan.cli.session import Session, portal_command
from tuckan.cli.terminal import say
from tuckan.errors import TuckanError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.client import Client
    from tuckan.schemas import Entity, Field, Schema

COLUMNS = ("field", "label", "holds", "required", "values")
_SHOWN = 6


@click.command(cls=Command)
@click.argument("type", required=False)
@click.option(
    "--of",
    "entity",
    type=click.Choice(("dataset", "organization", "group")),
    default="dataset",
    show_default=True,
    help="The kind of record.",
)
@click.option("--list", "list_types", is_flag=True, help="List the names of the types only.")
@portal_command
def schema(session: Session, *, type: str | None, entity: Entity, list_types: bool) -> None:  # noqa: A002 - CKAN's own word
    """Show the fields of a type: label, kind and allowed values of each.

    With ckanext-scheming these are the portal's own fields, otherwise CKAN's.

    \b
    tuckan schema                            the fields of datasets
    tuckan schema instrument                 the fields of a dataset type
    tuckan schema --of group --list          the types of groups
    tuckan schema --format json > schema.json
    """
    with session.client() as ckan:
        if list_types:
            session.output.records(({"type": one} for one in ckan.schemas.types(entity)), columns=("type",))
            return
        found = ckan.schemas.get(type, entity=entity)
        place = ckan.base_url
    if session.output.for_people:
        own = "its own" if found.source == "scheming" else "CKAN's own"
        say(f"The {entity} type {found.type!r} on {place} has {own} schema.")
        session.output.records((_line(path, field) for path, field in found.paths()), columns=COLUMNS)
    elif session.output.form in ("json", "yaml"):
        session.output.record(_record(found))
    else:
        session.output.records((_line(path, field) for path, field in found.paths()), columns=COLUMNS)


def described(ckan: Client, record: Mapping[str, Any], entity: Entity) -> dict[str, Any]:
    """A record as a table shows it: in the order and under the labels of its schema, if ckanext-scheming describes its type."""
    from tuckan.schemas import labelled  # noqa: PLC0415 - only what is shown to people needs it

    type_ = str(record.get("type") or entity)
    with suppress(TuckanError):  # without a schema, a record is shown all the same
        if type_ in ckan.schemas.types(entity):
            found = ckan.schemas.get(type_, entity=entity)
            return labelled(record, found, with_names=True) if found.source == "scheming" else dict(record)
    return dict(record)


def _line(path: str, field: Field) -> dict[str, str]:
    values = [str(one.value) for one in field.choices] or list(field.languages)
    more = ", ..." if len(values) > _SHOWN else ""
    return {
        "field": path,
        "label": field.label,
        "holds": field.kind,
        "required": "yes" if field.required else "",
        "values": ", ".join(values[:_SHOWN]) + more,
    }


def _record(found: Schema) -> dict[str, Any]:
    return {
        "entity": found.entity,
        "type": found.type,
        "source": found.source,
        "about": found.about,
        "fields": [_fields(one) for one in found.fields],
        "resource_fields": [_fields(one) for one in found.resource_fields],
    }


def _fields(field: Field) -> dict[str, Any]:
    said: dict[str, Any] = {"name": field.name, "label": field.label, "kind": field.kind, "required": field.required}
    if field.help:
        said["help"] = field.help
    if field.choices:
        said["choices"] = [{"value": one.value, "label": one.label} for one in field.choices]
        said["open"] = field.open
    if field.languages:
        said["languages"] = list(field.languages)
    if field.subfields:
        said["subfields"] = [_fields(one) for one in field.subfields]
    return said
