"""What records of a portal may hold: CKAN's own schemas and those of ckanext-scheming."""

from tuckan.schemas.reading import ENTITIES, reading_schema, reading_types
from tuckan.schemas.schema import Choice, Entity, Field, Schema
from tuckan.schemas.validation import Problem, problems

__all__ = ["ENTITIES", "Choice", "Entity", "Field", "Problem", "Schema", "problems", "reading_schema", "reading_types"]
