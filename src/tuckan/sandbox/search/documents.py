"""From a document as CKAN sends it to its stored and indexed forms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tuckan.sandbox.search.syntax import Refused
from tuckan.sandbox.search.values import Value, parse_value, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.sandbox.search.schema import Field, Schema

Given: TypeAlias = "dict[str, list[str]]"
"""Field names with their values, each as text."""

LONGEST_TERM = 32766
"""The maximum length of a term in bytes, as in Lucene."""


class Indexed(msgspec.Struct, array_like=True):
    """The indexed form of a document.

    Attributes:
        text: analyzed fields, with their terms and the positions of each.
        exact: the values of other fields.
        pieces: the texts of fields that are searched by substring.
    """

    text: dict[str, dict[str, list[int]]]
    exact: dict[str, list[Value]]
    pieces: dict[str, list[str]]


class Document(msgspec.Struct):
    """A checked document that can be added.

    Attributes:
        key: the value of the schema's unique key.
        stored: the form that answers show.
        indexed: the form by which it is found.
    """

    key: str
    stored: dict[str, Any]
    indexed: Indexed


def prepared(given: Given, schema: Schema, version: int) -> Document:
    """Check a document against the schema, and analyze it.

    Raises:
        Refused: when it does not fit the schema.
    """
    name = " ".join(given.get(schema.unique_key, ["?"]))
    fields = _complete(given, schema, name)
    fields["_version_"] = [str(version)]
    stored: dict[str, Any] = {}
    indexed = Indexed({}, {}, {})
    for field_name, values in fields.items():
        field = schema.field_or_none(field_name)
        if field is None:
            raise Refused(f"ERROR: [doc={name}] unknown field '{field_name}'")
        typed = _typed(field, values, name)
        if (field.stored and field_name in given) or (field.stored and field.default) or field_name == "_version_":
            shown_values = [shown(field, one) for one in typed]
            stored[field_name] = shown_values if field.multiple else shown_values[0]
        if field.indexed:
            _index(field, values, typed, indexed, name)
    return Document(name, stored, indexed)


def _complete(given: Given, schema: Schema, name: str) -> Given:
    """The document with its defaults and copies."""
    fields: Given = defaultdict(list)
    for source, values in given.items():
        fields[source] += values
    for field in schema.fields.values():
        if field.default is not None and field.name not in fields:
            fields[field.name] = [field.default]
        if field.required and not fields.get(field.name):
            raise Refused(f"[doc={name}] missing required field: {field.name}")
    for source, values in given.items():
        for target in schema.copies_of(source):
            fields[target] = [*fields[target], *values]
    for field_name, values in fields.items():
        found = schema.field_or_none(field_name)
        if found is not None and len(values) > 1 and not found.multiple:
            raise Refused(
                f"ERROR: [doc={name}] multiple values encountered for non multiValued field {field_name}: "
                f"[{', '.join(values)}]"
            )
    return {field_name: values for field_name, values in fields.items() if values}


def _typed(field: Field, values: list[str], name: str) -> list[Value]:
    try:
        return [parse_value(field, value) for value in values]
    except Refused as refused:
        raise Refused(
            f"ERROR: [doc={name}] Error adding field '{field.name}'='{values[0]}' msg={refused.message}"
        ) from None


def _index(field: Field, values: list[str], typed: list[Value], indexed: Indexed, name: str) -> None:
    if field.kind == "text":
        indexed.text[field.name] = _positions(field, values)
    elif field.kind == "substring":
        indexed.pieces[field.name] = [field.type.at_index.plain(one) for one in values]
    elif field.kind != "binary":
        if any(len(one) * 4 > LONGEST_TERM and len(one.encode()) > LONGEST_TERM for one in values):
            raise Refused(
                f'Exception writing document id {name} to the index; possible analysis error: Document contains at least one immense term in field="{field.name}" '
                f"(whose UTF8 encoding is longer than the max length {LONGEST_TERM})"
            )
        indexed.exact[field.name] = list(dict.fromkeys(typed))


def _positions(field: Field, values: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    begin = 0
    for value in values:
        last = begin - 1
        for term, position in field.type.at_index(value):
            last = begin + position
            found[term].append(last)
        begin = last + 1 + field.type.gap
    return dict(found)


def texts_of(given: Mapping[str, Any]) -> Given:
    """A document from JSON, with every value as text; nulls are left out."""
    found: Given = {}
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(one, dict) for one in values):
            raise Refused(f"Unknown operation for the an atomic update: {value}")
        if any(isinstance(one, list) for one in values):
            raise Refused(f"lists within lists are no values of a field: {name}")
        found[name] = [_text(one) for one in values if one is not None]
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
