"""CKAN's fields as properties of DCAT, as ckanext-dcat documents the mapping: a field of the record, or an extra of that name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.schemas import Schema

OF_DATASETS: dict[str, tuple[str, ...]] = {
    "dct:title": ("title_translated", "title"),
    "dct:description": ("notes_translated", "notes"),
    "dcat:keyword": ("tags_translated", "tags"),
    "dcat:theme": ("theme",),
    "dct:identifier": ("identifier", "guid", "id"),
    "dct:issued": ("issued", "metadata_created"),
    "dct:modified": ("modified", "metadata_modified"),
    "dct:language": ("language",),
    "dcat:landingPage": ("url",),
    "dct:accrualPeriodicity": ("frequency",),
    "dct:conformsTo": ("conforms_to",),
    "dct:accessRights": ("access_rights",),
    "dct:provenance": ("provenance",),
    "dct:spatial": ("spatial_coverage", "spatial_uri", "spatial_text", "spatial", "spatial_bbox", "spatial_centroid"),
    "dct:temporal": ("temporal_coverage", "temporal_start", "temporal_end"),
    "dct:publisher": ("publisher", "publisher_uri", "publisher_name", "organization"),
    "dcat:contactPoint": (
        "contact",
        "contact_uri",
        "contact_name",
        "contact_email",
        "maintainer",
        "maintainer_email",
        "author",
        "author_email",
    ),
}
"""Each property of a dataset with the fields that give it; the first that has a value counts."""

OF_RESOURCES: dict[str, tuple[str, ...]] = {
    "dct:title": ("name_translated", "name"),
    "dct:description": ("description_translated", "description"),
    "dcat:downloadURL": ("download_url",),
    "dct:license": ("license",),
    "dct:rights": ("rights",),
    "dcat:byteSize": ("size",),
    "dct:issued": ("issued", "created"),
    "dct:modified": ("modified", "metadata_modified"),
    "dct:language": ("language",),
    "dct:conformsTo": ("conforms_to",),
}
"""Likewise of a distribution. `dcat:accessURL`, `dct:format` and `dcat:mediaType` depend on several fields."""

LINKS = ("url", "access_url", "download_url")
"""The fields of a resource that link to data."""

_OTHER_NAMES = {
    "dcat:theme": "category categories topic topics data_theme themes",
    "dct:accrualPeriodicity": "update_frequency accrual_periodicity accrualperiodicity periodicity maintenance_frequency",
    "dct:accessRights": "access_right accessrights access_level accesslevel rights_statement",
    "dct:spatial": "geographic_coverage spatial_extent geo_coverage geographical_coverage location",
    "dct:temporal": "time_coverage temporal_extent time_period period_of_time date_range",
    "dcat:contactPoint": "contact_point contactpoint contacts point_of_contact",
    "dct:publisher": "publishers publisher_agent",
    "dct:issued": "date_issued release_date publication_date date_released",
    "dct:modified": "date_modified last_update date_updated modification_date",
    "dct:language": "languages dataset_language",
}
"""Names of fields of portals' own schemas that mean a property, where the schema lacks the documented ones."""

_EMPTY = frozenset(("", "[]", "{}", "null", "None"))


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Which fields of a portal give the properties of DCAT.

    Attributes:
        datasets: each property of a dataset with its fields.
        resources: each property of a distribution with its fields.
        inherit_license: whether a distribution without a licence has that of its dataset, as ckanext-dcat's setting
            `ckanext.dcat.resource.inherit.license` says; off by default there and here.
        found: the properties that are read from fields other than the documented ones, with these.
    """

    datasets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OF_DATASETS)
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OF_RESOURCES)
    inherit_license: bool = False
    found: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_schema(self, schema: Schema) -> FieldMapping:
        """The mapping for records of a schema, which may name fields otherwise.

        Args:
            schema: the schema of a type of datasets.
        """
        names = {one.name for one in schema.fields}
        datasets, found = dict(self.datasets), dict(self.found)
        for prop, others in _OTHER_NAMES.items():
            if schema.source != "scheming" or names & set(self.datasets[prop][:1]):
                continue
            if other := next((one for one in others.split() if one in names), ""):
                datasets[prop] = (other, *self.datasets[prop])
                found[prop] = other
        return FieldMapping(datasets, self.resources, self.inherit_license, found)


@dataclass(slots=True)
class Distribution:
    """A resource as a distribution.

    Attributes:
        resource: the resource.
        place: its place in the dataset, from 0.
        properties: its properties that have a value.
    """

    resource: Mapping[str, Any]
    place: int
    properties: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id, or its place if it has none."""
        return str(self.resource.get("id") or self.place)


@dataclass(slots=True)
class Described:
    """A dataset of CKAN with the properties of DCAT.

    Attributes:
        record: the record as the portal returned it.
        fields: its fields, those of its extras among them.
        properties: its properties that have a value.
        distributions: its resources.
    """

    record: Mapping[str, Any]
    fields: Mapping[str, Any]
    properties: dict[str, Any]
    distributions: list[Distribution]

    @property
    def name(self) -> str:
        """Its name, or its id if it has none."""
        return str(self.record.get("name") or self.record.get("id") or "")

    @property
    def organization(self) -> str:
        """The name of its organization; empty if it has none."""
        there = self.record.get("organization")
        return str(there.get("name") or there.get("id") or "") if isinstance(there, dict) else ""

    def text(self, name: str) -> str:
        """A field as text; empty if it is missing or no text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""


def described(record: Mapping[str, Any], mapping: FieldMapping) -> Described:
    """A dataset with its properties.

    Args:
        record: the dataset as a portal returns it.
        mapping: which fields give the properties.

    Example:
        >>> rain = described({"name": "rain", "extras": [{"key": "theme", "value": '["a"]'}]}, FieldMapping())
        >>> rain.properties
        {'dcat:theme': ['a']}
    """
    fields = fields_of(record)
    properties = _properties(fields, mapping.datasets)
    inherited = _inherited(fields) if mapping.inherit_license else ""
    resources = record.get("resources")
    distributions = [
        Distribution(one, place, _of_resource(one, mapping, inherited)) for place, one in enumerate(_dicts(resources))
    ]
    return Described(record, fields, properties, distributions)


def _dicts(value: Any) -> list[dict[str, Any]]:
    """The dicts in a list; nothing of anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def fields_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a record with its extras; a field of the record precedes an extra of its name."""
    extras = record.get("extras")
    if not extras or not isinstance(extras, list):
        return record
    found = {one["key"]: one.get("value") for one in extras if isinstance(one, dict) and one.get("key")}
    found.update(record)
    return found


def _properties(fields: Mapping[str, Any], mapping: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for prop, names in mapping.items():
        for name in names:
            value = fields.get(name)
            if value and (value := filled(value)):
                found[prop] = value
                break
    return found


def filled(value: Any) -> Any:
    """A value without what is empty in it, lists and objects in JSON decoded; None if nothing is left.

    Example:
        >>> filled(' '), filled('["a", ""]'), filled([{"name": "", "email": None}]), filled(0)
        (None, ['a'], None, 0)
    """
    if isinstance(value, str):
        text = value.strip()
        if text in _EMPTY:
            return None
        if text[0] in "[{":
            try:
                return filled(json.loads(text))
            except (ValueError, RecursionError):
                return text
        return text
    if isinstance(value, list):
        return [one for one in map(filled, value) if one is not None] or None
    if isinstance(value, dict):
        return value if any(filled(one) is not None for one in value.values()) else None
    return value


def texts(value: Any) -> Iterable[str]:
    """The texts of a property: of each item of a list, of each language, of objects their `uri`, `url`, `name` or `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        told = next((value[name] for name in ("uri", "url", "name", "display_name", "value") if value.get(name)), None)
        yield from texts(told if told is not None else list(value.values()))


def _inherited(fields: Mapping[str, Any]) -> str:
    """The licence of a dataset, if it is an address: ckanext-dcat passes no other on."""
    addresses = (str(fields.get(name) or "").strip() for name in ("license_id", "license_url"))
    return next((one for one in addresses if one.startswith(("http://", "https://"))), "")


def _of_resource(resource: Mapping[str, Any], mapping: FieldMapping, inherited: str) -> dict[str, Any]:
    found = _properties(resource, mapping.resources)
    url, access = (str(resource.get(name) or "").strip() for name in ("url", "access_url"))
    if not access and url != found.get("dcat:downloadURL"):
        access = url
    if access:
        found["dcat:accessURL"] = access
    if inherited and "dct:license" not in found:
        found["dct:license"] = inherited
    form, mimetype = (str(resource.get(name) or "").strip() for name in ("format", "mimetype"))
    if form and (not mimetype or mimetype == form):
        is_media_type = "iana.org/assignments/media-types" in form or (not form.startswith("http") and "/" in form)
        form, mimetype = ("", form) if is_media_type else (form, "")
    if form:
        found["dct:format"] = form
    if mimetype:
        found["dcat:mediaType"] = mimetype
    return found
