"""Solr's `schema.xml`: its fields, the analysis of their text, and the copies between fields."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan.sandbox.search.analysis import Analyzer, SubstringAnalyzer, analyzer_of, keep_whole
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind: TypeAlias = Literal["text", "substring", "string", "boolean", "integer", "float", "date", "binary"]

_KINDS: dict[str, Kind] = {
    "StrField": "string",
    "BoolField": "boolean",
    "TextField": "text",
    "DatePointField": "date",
    "TrieDateField": "date",
    "BinaryField": "binary",
    **dict.fromkeys(("IntPointField", "LongPointField", "TrieIntField", "TrieLongField"), "integer"),
    **dict.fromkeys(("FloatPointField", "DoublePointField", "TrieFloatField", "TrieDoubleField"), "float"),
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type of field.

    Attributes:
        kind: how its values are stored.
        at_index: analyzes values.
        at_query: analyzes queries.
        gap: positions between two values of one document.
        norms: whether the length of a value affects scores.
        missing_last: whether documents without a value sort last in either direction.
    """

    name: str
    kind: Kind
    at_index: Analyzer
    at_query: Analyzer
    gap: int
    norms: bool
    missing_last: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a document."""

    name: str
    type: FieldType
    indexed: bool
    stored: bool
    multiple: bool
    required: bool
    default: str | None

    @property
    def kind(self) -> Kind:
        """How its values are stored."""
        return self.type.kind


class Schema:
    """The content of a `schema.xml`."""

    def __init__(self, xml: str) -> None:
        self.xml = xml
        root = ET.fromstring(xml)  # noqa: S314 - CKAN's own file, from its installed package
        self.name = root.get("name", "")
        self.version = float(root.get("version", "1.0"))
        types = {one.get("name", ""): _type(one) for one in root.iter() if one.tag.lower() == "fieldtype"}
        self.fields = {one.name: one for one in (_field(each, types) for each in root.iter("field"))}
        dynamic = [_field(each, types) for each in root.iter("dynamicField")]
        self._dynamic = sorted(dynamic, key=lambda one: -len(one.name))
        self.unique_key = (root.findtext("uniqueKey") or "id").strip()
        self._copies = [(one.get("source", ""), one.get("dest", "")) for one in root.iter("copyField")]
        self.field_or_none = cache(self._field_or_none)
        self.copies_of = cache(self._copies_of)

    @classmethod
    def read(cls, path: str | Path, *more: str | Path) -> Schema:
        """Read a `schema.xml`.

        Args:
            path: the file.
            *more: files whose fields, types of fields and copies are added; one that is a whole schema, with its unique
                key, takes the place of what was read before it.
        """
        xml = Path(path).read_text(encoding="utf-8")
        for one in more:
            xml = _with(xml, Path(one).read_text(encoding="utf-8"))
        return cls(xml)

    def field(self, name: str) -> Field:
        """The field with a name, including dynamic fields.

        Raises:
            Refused: when there is none.
        """
        found = self.field_or_none(name)
        if found is None:
            raise Refused(f"undefined field {name}")
        return found

    def _field_or_none(self, name: str) -> Field | None:
        if name in self.fields:
            return self.fields[name]
        for one in self._dynamic:
            if fnmatchcase(name, one.name):
                return Field(name, one.type, one.indexed, one.stored, one.multiple, one.required, one.default)
        return None

    def _copies_of(self, name: str) -> tuple[str, ...]:
        """The fields to which the values of this one are copied."""
        return tuple(dest for source, dest in self._copies if fnmatchcase(name, source) and dest != name)


def _with(xml: str, added: str) -> str:
    """A schema with the additions of another file."""
    root, other = ET.fromstring(xml), ET.fromstring(added)  # noqa: S314 - files of who runs this
    if other.find("uniqueKey") is not None:
        return added
    for one in other.iter():
        if one.tag.lower() in ("fieldtype", "field", "dynamicfield", "copyfield"):
            same = [
                each for each in root if each.tag.lower() == one.tag.lower() and each.get("name", "") == one.get("name")
            ]
            for each in same:
                root.remove(each)
            root.append(one)
    return ET.tostring(root, encoding="unicode")


def _type(element: ET.Element) -> FieldType:
    solr_class = element.get("class", "").removeprefix("solr.")
    kind = _KINDS.get(solr_class)
    name = element.get("name", "")
    if kind is None:
        raise Refused(f"the schema's field type {name!r} is a {solr_class}, which this service does not have", 500)
    at_index = at_query = keep_whole
    if kind == "text":
        analyzers = {one.get("type", "both"): one for one in element.iter("analyzer")}
        at_index = analyzer_of(analyzers.get("index", analyzers.get("both")))
        at_query = analyzer_of(analyzers.get("query", analyzers.get("both")))
        kind = "substring" if isinstance(at_index, SubstringAnalyzer) else kind
    return FieldType(
        name,
        kind,
        at_index,
        at_query,
        gap=int(element.get("positionIncrementGap", "0")),
        norms=kind in ("text", "substring") and element.get("omitNorms") != "true",
        missing_last=element.get("sortMissingLast") == "true",
    )


def _field(element: ET.Element, types: Mapping[str, FieldType]) -> Field:
    def flag(name: str, default: str = "false") -> bool:
        return element.get(name, default) == "true"

    return Field(
        element.get("name", ""),
        types[element.get("type", "")],
        indexed=flag("indexed", "true"),
        stored=flag("stored", "true"),
        multiple=flag("multiValued"),
        required=flag("required"),
        default=element.get("default"),
    )
