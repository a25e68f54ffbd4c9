"""Schemas: what records of a portal may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.client._async.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument
from tuckan.schemas import ENTITIES, reading_schema, reading_types, requiring_type
from tuckan.schemas.standard import standard

if TYPE_CHECKING:
    from tuckan.client._async.connection import AsyncConnection
    from tuckan.schemas import Entity, Schema


class Schemas(Namespace):
    """Schemas of a portal's datasets, organizations and groups: ckanext-scheming's where it has them, else CKAN's own.

    A schema is read once for each client, since only a restart of the portal changes it.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._types: dict[Entity, list[str]] = {}
        self._schemas: dict[tuple[Entity, str], Schema] = {}

    async def types(self, entity: Entity = "dataset") -> list[str]:
        """List the types that the portal has, such as `["dataset", "instrument"]`.

        Args:
            entity: `dataset`, `organization` or `group`.

        Returns:
            The names of the types.

        Example:
            >>> print(ckan.schemas.types())
            ['dataset']
        """
        return await self._described(entity) or [entity]

    async def _described(self, entity: Entity) -> list[str]:
        if entity not in ENTITIES:
            raise InvalidArgument(
                f"There are no schemas of {entity!r}.", hint=f"Schemas exist for {', '.join(ENTITIES)}."
            )
        if entity not in self._types:
            self._types[entity] = await self._run(reading_types(entity, self._portal_state))
        return list(self._types[entity])

    async def get(self, type: str | None = None, *, entity: Entity = "dataset") -> Schema:  # noqa: A002 - CKAN's own word
        """Return the schema of a type.

        Args:
            type: the name of the type; by default that of the entity, or the only one that the portal has.
            entity: `dataset`, `organization` or `group`.

        Returns:
            The schema: `fields` and `resource_fields`, each with name, label, kind, choices and subfields.

        Raises:
            InvalidArgument: when ckanext-scheming defines types there, but not this one, and no record has it. A type that it
                does not define has CKAN's own schema.

        Example:
            >>> schema = ckan.schemas.get("dataset")
            >>> schema.field("notes").label
            'Description'
        """
        there = await self._described(entity)
        wanted = type or (there[0] if len(there) == 1 else entity)
        if (entity, wanted) not in self._schemas:
            await self._run(requiring_type(entity, wanted, there, self._portal_state))
            flow = reading_schema(entity, wanted, self._portal_state)
            self._schemas[entity, wanted] = await self._run(flow) if there else standard(entity, wanted)
        return self._schemas[entity, wanted]
