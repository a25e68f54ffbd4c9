"""The order of results."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from tuckan.sandbox.search.index import Doc, Index, Scores
    from tuckan.sandbox.search.schema import Schema


def parse_sort(text: str, schema: Schema) -> list[tuple[str, bool]]:
    """The sort fields, and whether each is descending.

    Raises:
        Refused: when a direction is missing, or a field is not sortable.
    """
    order: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if not words:
            continue
        if len(words) != 2 or words[1].lower() not in ("asc", "desc"):
            raise Refused(
                f"Can't determine a Sort Order (asc or desc) in sort spec '{text}', pos={text.find(words[0]) + len(words[0])}"
            )
        if words[0] != "score":
            _check(words[0], schema)
        order.append((words[0], words[1].lower() == "desc"))
    return order or [("score", True)]


def _check(name: str, schema: Schema) -> None:
    if "(" in name:
        raise Refused(f"sorting by a function is not had here: {name}")
    field = schema.field_or_none(name)
    if field is None:
        raise Refused(f"sort param field can't be found: {name}")
    if not field.indexed:
        raise Refused(f"can not sort on a field which is neither indexed nor has doc values: {name}")
    if field.multiple:
        raise Refused(f"can not sort on multivalued field: {name}")
    if field.kind in ("substring", "binary"):
        raise Refused(f"can not sort on a field of this type: {name}")


def ordered(scores: Scores, order: list[tuple[str, bool]], index: Index, most: int) -> list[Doc]:
    """The first `most` documents in order; equal ones in the order in which they were added."""
    if order == [("score", True)] and len(scores) > most > 0:
        least = heapq.nlargest(most, scores.values())[-1]
        scores = {doc: score for doc, score in scores.items() if score >= least}
    docs = sorted(scores)
    for name, descending in reversed(order):
        if name == "score":
            docs.sort(key=scores.__getitem__, reverse=descending)
        else:
            docs = _by_field(docs, name, index, descending=descending)
    return docs[:most]


def _by_field(docs: list[Doc], name: str, index: Index, *, descending: bool) -> list[Doc]:
    field = index.schema.field(name)
    values = _values(docs, name, index)
    present = [doc for doc in docs if doc in values]
    present.sort(key=values.__getitem__, reverse=descending)
    if len(present) == len(docs):
        return present
    missing = [doc for doc in docs if doc not in values]
    if field.type.missing_last or field.kind == "text":
        return present + missing
    if field.kind in ("string", "boolean"):
        return present + missing if descending else missing + present
    # A missing number or date sorts as 0.
    return sorted(docs, key=lambda doc: values.get(doc, 0), reverse=descending)


def _values(docs: list[Doc], name: str, index: Index) -> dict[Doc, Any]:
    """The sort value of each document; for an analyzed field its last term, as in Solr."""
    if index.schema.field(name).kind != "text":
        values = index.exact(name).values
        return {doc: values[doc][0] for doc in docs if doc in values}
    wanted = set(docs)
    found: dict[Doc, str] = {}
    for term, holders in index.text(name).postings.items():
        for doc in wanted & holders.keys():
            found[doc] = max(term, found.get(doc, ""))
    return found
