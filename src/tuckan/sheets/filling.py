"""Values that a workbook leaves to rules and functions: defaults, what a named group tells, and words of vocabularies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan.errors import InvalidArgument
from tuckan.schemas import values_at
from tuckan.sheets.cells import Near, Unclear, as_value, distinct, plain, referred
from tuckan.sheets.references import names_of
from tuckan.sheets.rules import ORGANIZATION, Rules, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tuckan.sheets.cells import Choices
    from tuckan.sheets.layout import Column, Layout, Table

Record = dict[str, Any]
Resolve: TypeAlias = "Mapping[str, Callable[[str], Any]]"


class Filling:
    """The rules for a workbook, with the groups that its cells may name.

    Args:
        rules: the rules.
        groups: for each type that these name its groups, and the organizations under `organization`.
        resolve: functions that give the value for what a cell says, by the paths of columns.

    Raises:
        InvalidArgument: when the groups have no such field.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        groups: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self.rules, self._resolve = rules or Rules(), resolve or {}
        self._records = {type_: {str(one["id"]): one for one in some} for type_, some in (groups or {}).items()}
        self._pairs = {type_: list(names_of(some, "id")) for type_, some in (groups or {}).items()}
        self._near = Near()
        self._require_fields()

    def _require_fields(self) -> None:
        for path, fill in self.rules.fills.items():
            some = self._records.get(fill.type) or {}
            known = {name for one in some.values() for name in (*one, *_extras(one))} - {"extras"}
            for name in (fill.keep, *fill.fields.values()):
                if some and name.partition(".")[0] not in known:
                    raise InvalidArgument(
                        f"{self.rules.named}: fill.{path} takes {name!r}, which no {fill.type} has.",
                        hint=f"They have {', '.join(sorted(known))}.",
                    )

    def value(self, cell: Any, column: Column, choices: Choices, near: Near) -> Any:
        """The value that a cell stands for.

        Raises:
            Unclear: when it refers to nothing that there is, or to several.
            ValueError, LookupError: when a function refuses it.
        """
        path = column.path
        if path in self._resolve:
            return self._resolve[path](plain(cell))
        fill = self.rules.fills.get(path)
        if fill is not None and not column.reference:
            record = self._named(cell, path)
            found = _told(record, fill.keep)
            if found in (None, ""):
                raise Unclear(f"the {fill.type} {record.get('name')!r} has no {fill.keep!r}")
            return found
        if path in self.rules.vocabularies:
            return self._in_vocabulary(plain(cell), self.rules.vocabularies[path])
        return as_value(cell, column, choices, near)

    def _named(self, cell: Any, path: str) -> Mapping[str, Any]:
        """The group that a cell names."""
        type_ = self.rules.fills[path].type
        id_ = referred(plain(cell), self._pairs.get(type_, []), type_, self._near)
        return self._records[type_][str(id_)]

    def _in_vocabulary(self, text: str, vocabulary: Vocabulary) -> str:
        pairs = list(vocabulary.items())
        if text in vocabulary.values():
            return text
        return str(referred(text, pairs, "word", self._near))

    # -- what cells do not say --

    def defaults(self, table: Table) -> Iterator[tuple[Column, Any]]:
        """The columns of a table that have a default, and what a cell with it would say."""
        if self.rules.defaults:
            yield from (
                (one, self.rules.defaults[one.path]) for one in table.columns if one.path in self.rules.defaults
            )

    def neighbours(self, cell: Any, column: Column) -> dict[str, Any]:
        """What the group that a cell names tells of other columns, by their names; None for what it does not have."""
        fill = self.rules.fills.get(column.path)
        if fill is None or not fill.fields:
            return {}
        record = self._named(cell, column.path)
        return {name: _told(record, theirs) for name, theirs in fill.fields.items()}

    def offered(self, layout: Layout) -> dict[str, list[tuple[str, Any]]]:
        """What dropdowns of a new workbook offer by the rules, by the paths of columns."""
        found: dict[str, list[tuple[str, Any]]] = {}
        for one in layout.columns():
            fill = self.rules.fills.get(one.path)
            if fill is not None and not one.reference:
                groups = self._records.get(fill.type, {}).values()
                kept = [(str(each.get("title") or each["name"]), _told(each, fill.keep)) for each in groups]
                found[one.path] = distinct(dict.fromkeys(pair for pair in kept if pair[1] not in (None, "")))
            elif one.path in self.rules.vocabularies:
                found[one.path] = distinct(self.rules.vocabularies[one.path].items())
        return {path: pairs for path, pairs in found.items() if pairs}


def _told(record: Mapping[str, Any], name: str) -> Any:
    """What a group has in a field, or among its extras."""
    return next((one for one in values_at(record, name) if one not in (None, "")), _extras(record).get(name))


def _extras(record: Mapping[str, Any]) -> dict[str, Any]:
    return {str(one.get("key")): one.get("value") for one in record.get("extras") or () if isinstance(one, dict)}


def entity_of(type_: str) -> str:
    """The kind of the records that a rule calls by this type."""
    return ORGANIZATION if type_ == ORGANIZATION else "group"
