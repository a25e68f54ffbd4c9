"""The schemas of a CKAN without ckanext-scheming, as its form has them. Checked against CKAN 2.10 to 2.12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.schemas.schema import Field, Schema

if TYPE_CHECKING:
    from tuckan.schemas.schema import Entity

_PAIRS = (Field("key", "Key", required=True), Field("value", "Value", required=True))
_DATASET = (
    Field("title", "Title"),
    Field("name", "Name", "name", required=True, help="Lower case letters, digits, - and _; part of the address."),
    Field("notes", "Description", "markdown"),
    Field("tags", "Tags", "tags"),
    Field("license_id", "License", "license"),
    Field("owner_org", "Organization", "organization"),
    Field("private", "Private", "boolean"),
    Field("url", "Source", "link"),
    Field("version", "Version"),
    Field("author", "Author"),
    Field("author_email", "Author email"),
    Field("maintainer", "Maintainer"),
    Field("maintainer_email", "Maintainer email"),
    Field("extras", "Further fields", "items", subfields=_PAIRS),
    Field("groups", "Groups", "items", subfields=(Field("name", "Name", required=True),)),
)
_RESOURCE = (
    Field("url", "Address", "upload"),
    Field("name", "Name"),
    Field("description", "Description", "markdown"),
    Field("format", "Format"),
    Field("mimetype", "Media type"),
    Field("resource_type", "Type"),
    Field("hash", "Hash"),
    Field("size", "Size in bytes", "integer"),
)
_GROUP = (
    Field("title", "Title"),
    Field("name", "Name", "name", required=True),
    Field("description", "Description", "markdown"),
    Field("image_url", "Image", "link"),
    Field("extras", "Further fields", "items", subfields=_PAIRS),
)


def standard(entity: Entity, type: str = "") -> Schema:  # noqa: A002 - CKAN's own word
    """CKAN's own schema of a kind of record.

    Args:
        entity: `dataset`, `organization` or `group`.
        type: the name of a type that the portal describes nowhere; the entity's own when left out.

    Example:
        >>> standard("dataset").field("notes").label
        'Description'
    """
    if entity == "dataset":
        return Schema(entity, type or entity, _DATASET, _RESOURCE)
    return Schema(entity, type or entity, _GROUP)
