"""Schemas of records: CKAN's own, and those of ckanext-scheming."""

from tuckan.schemas.paths import field_at, put, values_at
from tuckan.schemas.reading import ENTITIES, reading_schema, reading_types, requiring_type, unknown_types
from tuckan.schemas.schema import Choice, Entity, Field, Schema
from tuckan.schemas.validation import Problem, problems
from tuckan.schemas.values import decoded, encoded, from_cell, in_order, labelled, same

__all__ = [
    "ENTITIES",
    "Choice",
    "Entity",
    "Field",
    "Problem",
    "Schema",
    "decoded",
    "encoded",
    "field_at",
    "from_cell",
    "in_order",
    "labelled",
    "problems",
    "put",
    "reading_schema",
    "reading_types",
    "requiring_type",
    "same",
    "unknown_types",
    "values_at",
]
