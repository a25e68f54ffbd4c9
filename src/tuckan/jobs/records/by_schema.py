"""Records by the schemas of the portal that they go to: checked, laid over what is there, and in the portal's own forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tuckan.schemas import Problem, decoded, encoded, problems, same
from tuckan.schemas.schema import WITH_SUBFIELDS
from tuckan.schemas.validation import unknown_fields
from tuckan.snapshot import as_kept, without_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tuckan.schemas import Field, Schema

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Schemas:
    """The schemas of a kind of record on one portal.

    Attributes:
        kind: `dataset`, `organization`, `group` or `user`.
        by_type: ckanext-scheming's, by type; none on a plain CKAN.
        usual: the type of a new record that names none.
        left_out: the fields that are neither checked nor sent, `resources.FIELD` among them.
    """

    kind: str
    by_type: Mapping[str, Schema] = field(default_factory=dict[str, "Schema"])
    usual: str = ""
    left_out: Collection[str] = ()

    def of(self, record: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Schema | None:
        """The schema of a record; None where the portal has none of its type."""
        type_ = str((before or {}).get("type") or record.get("type") or self.usual or self.kind)
        return self.by_type.get(type_)

    def may_have_id(self, record: Mapping[str, Any]) -> bool:
        """Whether the id of a new dataset can be chosen: other plugins' types may ignore it, as ckanext-harvest's does."""
        type_ = str(record.get("type") or self.usual or self.kind)
        return self.kind == "dataset" and type_ in (self.kind, *self.by_type)

    def named(self) -> set[str]:
        """The names of all fields of these schemas."""
        return {one.name for schema in self.by_type.values() for one in schema.fields}

    def without_left_out(self, record: Mapping[str, Any]) -> Record:
        """A record without the fields that are left out, and those that its schema says are the portal's to work out."""
        schema = self.of(record)
        computed = {one.name for one in schema.fields if one.computed} if schema is not None else set[str]()
        return without_fields(record, {*self.left_out, *computed})

    def wrong(
        self, record: Mapping[str, Any], before: Mapping[str, Any] | None, uploads: Collection[int] = ()
    ) -> list[str]:
        """What is wrong with a record by its schema, each with its path.

        Args:
            record: the record as it would be sent.
            before: the record on the portal; what is as it is there already is not looked at again.
            uploads: the places of resources whose files come with them.
        """
        schema = self.of(record, before)
        if schema is None:
            return []
        there = before or {}
        told = {name: value for name, value in record.items() if name not in there or there[name] != value}
        if uploads and isinstance(told.get("resources"), list):
            files = [{"upload": True} if place in uploads else {} for place in range(len(told["resources"]))]
            told["resources"] = [{**one, **file} for one, file in zip(told["resources"], files, strict=True)]
        found = problems(told, schema, partial=before is not None)
        return [str(one) for one in found if not self._is_left_out(one)]

    def unknown(self, record: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[str]:
        """The fields of a record that the portal would drop, and that are no misspelled ones."""
        schema = self.of(record, before)
        found = unknown_fields(record, schema) if schema is not None else []
        return [name for name in found if name not in self.left_out and name not in (before or {})]

    def _is_left_out(self, problem: Problem) -> bool:
        first = problem.path.partition(".")[0].partition("[")[0]
        return first in self.left_out or any(
            one.startswith("resources.") and problem.path.endswith(one.removeprefix("resources"))
            for one in self.left_out
        )

    def laid_over(self, there: Mapping[str, Any], record: Mapping[str, Any]) -> Record:
        """A row of a table laid over the record that is there: languages and subfields without a column stay."""
        schema = self.of(record, there)
        if schema is None:
            return dict(record)
        was = decoded(there, schema)
        return {
            name: _merged(was.get(name), value) if _is_deep(schema.field(name)) else value
            for name, value in record.items()
        }

    def as_sent(self, record: Mapping[str, Any], before: Mapping[str, Any] | None) -> Record:
        """A record as its portal takes it, each value that means what is there in the very form in which it is there."""
        schema = self.of(record, before)
        if schema is None:
            return as_kept(record, before or {})
        sent = _in_its_form(encoded(record, schema), before or {}, schema.fields)
        known = {one.get("id"): one for one in (before or {}).get("resources") or () if isinstance(one, dict)}
        if isinstance(sent.get("resources"), list):
            resources = cast("list[Record]", sent["resources"])
            sent["resources"] = [
                _in_its_form(one, known.get(one.get("id"), {}), schema.resource_fields) for one in resources
            ]
        return as_kept(sent, before or {})


def _in_its_form(record: Mapping[str, Any], there: Mapping[str, Any], fields: Iterable[Field]) -> Record:
    by_name = {one.name: one for one in fields}
    return {
        name: there[name] if name in by_name and name in there and same(there[name], value, by_name[name]) else value
        for name, value in record.items()
    }


def _is_deep(field: Field | None) -> bool:
    return field is not None and (field.kind in WITH_SUBFIELDS or field.kind in ("languages", "tags by language"))


def _merged(there: Any, given: Any) -> Any:
    """A value of a row over the one that is there: dicts by their keys, lists of dicts by their places."""
    if isinstance(there, dict) and isinstance(given, dict):
        return {**there, **{name: _merged(there.get(name), value) for name, value in given.items()}}
    if isinstance(there, list) and isinstance(given, list) and all(isinstance(one, dict) for one in [*there, *given]):
        rest = there[len(given) :]
        return [*(_merged(one, other) for one, other in zip(there, given, strict=False)), *given[len(there) :], *rest]
    return given
