"""Facets: the number of results with each value of a field."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from tuckan.sandbox.search.syntax import Refused
from tuckan.sandbox.search.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.sandbox.search.index import Index, Scores
    from tuckan.sandbox.search.parameters import Parameters
    from tuckan.sandbox.search.values import Value

_UNKNOWN = ("facet.pivot", "facet.range", "facet.interval", "facet.heatmap", "json.facet")


def facet_counts(found: Scores, parameters: Parameters, index: Index, count: Callable[[str], int]) -> dict[str, Any]:
    """The facet counts of an answer.

    Args:
        found: the results.
        parameters: the parameters of the request.
        index: the index with the values.
        count: counts the results that match another query.
    """
    for name in _UNKNOWN:
        if parameters.get(name):
            raise Refused(f"{name} is not had here")
    fields = [one for text in parameters.all("facet.field") for one in [text.strip()] if one]
    return {
        "facet_queries": {query: count(query) for query in parameters.all("facet.query")},
        "facet_fields": {name: _field(name, found, parameters, index) for name in fields},
        "facet_ranges": {},
        "facet_intervals": {},
        "facet_heatmaps": {},
    }


def _field(name: str, found: Scores, parameters: Parameters, index: Index) -> list[Any]:
    """Values and counts in turn, in Solr's order."""
    field = index.schema.field(name)
    if not field.indexed:
        raise Refused(f"Can't facet on a field that is not indexed: {name}")
    limit = parameters.integer("facet.limit", 100, field=name)
    least = parameters.integer("facet.mincount", 0, field=name)
    begin = parameters.integer("facet.offset", 0, field=name)
    prefix = parameters.of_field("facet.prefix", name) or ""
    order = parameters.of_field("facet.sort", name) or ("count" if limit > 0 else "index")
    counts = _counts(name, found, index, with_zeros=least <= 0)
    pairs = [pair for pair in counts.items() if pair[1] >= least and str(pair[0]).startswith(prefix)]
    pairs.sort(key=lambda pair: pair[0])
    if order in ("count", "true"):
        pairs.sort(key=lambda pair: -pair[1])
    elif order not in ("index", "lex", "false"):
        raise Refused(f"facet.sort={order} is neither count nor index")
    chosen = pairs[begin:] if limit < 0 else pairs[begin : begin + limit]
    answer: list[Any] = [one for value, number in chosen for one in (_label(field_value=shown(field, value)), number)]
    if (parameters.of_field("facet.missing", name) or "false") == "true":
        answer += [None, len(found.keys() - index.holders(name))]
    return answer


def _label(field_value: Value) -> str:
    return str(field_value).lower() if isinstance(field_value, bool) else str(field_value)


def _counts(name: str, found: Scores, index: Index, *, with_zeros: bool) -> dict[Any, int]:
    if with_zeros or len(found) > len(index.docs) // 4 or index.schema.field(name).kind == "text":
        counts = {term: sum(map(found.__contains__, docs)) for term, docs in index.terms(name)}
        return counts if with_zeros else {term: number for term, number in counts.items() if number}
    values = index.exact(name).values
    return Counter(chain.from_iterable(map(values.__getitem__, filter(values.__contains__, found))))
