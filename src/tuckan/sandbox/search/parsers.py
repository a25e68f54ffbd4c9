"""The choice of parser: Lucene's, dismax, edismax, or one of those for a single field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan.sandbox.search import functions, queries, syntax
from tuckan.sandbox.search.building import Meaning
from tuckan.sandbox.search.dismax import Fields, dismax, edismax, weights_of
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from tuckan.sandbox.search.parameters import Parameters
    from tuckan.sandbox.search.queries import Query
    from tuckan.sandbox.search.schema import Schema


def parse_query(text: str, parameters: Parameters, schema: Schema, now: datetime, parser: str = "lucene") -> Query:
    """Parse a text into a query.

    Args:
        text: the query, which may name its parser in local parameters.
        parameters: the parameters of the request.
        schema: the fields.
        now: the value of `NOW`.
        parser: the default parser.

    Raises:
        Refused: when it is not understood.
    """
    parameters, named, text = parameters.with_local(text)
    if not text.strip() and named != "bool":
        return queries.Nothing()
    kind = named or parser
    every = parameters.get("q.op", "OR").upper() == "AND"
    meaning = Meaning(schema, parameters.get("df") or None, every, now)
    if kind == "lucene":
        return meaning.whole(syntax.parse(text, every=every))
    if kind in ("dismax", "edismax"):
        return _typed(text, parameters, meaning, kind)
    if kind == "bool":
        return _combined(parameters, schema, now)
    if kind == "frange":
        return _within(text, parameters, schema)
    if kind in ("term", "raw", "field", "prefix"):
        return _single(kind, text, schema, parameters.get("f"), meaning)
    raise Refused(f"Unknown query parser '{kind}'")


def _typed(text: str, parameters: Parameters, meaning: Meaning, kind: str) -> Query:
    if parameters.get("boost"):
        raise Refused("boost: functions that multiply scores are not had here")
    weights = weights_of(parameters.get("qf") or parameters.get("df"))
    if not weights:
        raise Refused("Neither qf, df are present.")
    for name in weights:
        meaning.schema.field(name)
    fields = Fields(weights, float(parameters.get("tie", "0")), parameters.integer("qs", 0))
    minimum = parameters.get("mm") or ("100%" if meaning.every else "0%")
    parse = dismax if kind == "dismax" else edismax
    if text.strip() == "*:*" and kind == "edismax":
        main: Query = queries.Everything()
    else:
        main = parse(text, meaning, fields, minimum)
    extra = [*_phrases(text, parameters, meaning, fields), *_boosts(parameters, meaning)]
    return queries.Boolean((main,), tuple(extra), ()) if extra else main


def _phrases(text: str, parameters: Parameters, meaning: Meaning, fields: Fields) -> list[Query]:
    """Queries that raise the score if all words form a phrase (`pf`)."""
    words = re.findall(r"\w[\w\-]*", text)
    if not parameters.get("pf") or len(words) < 2:
        return []
    found: list[Query] = []
    for name, weight in weights_of(parameters.get("pf")).items():
        target = meaning.schema.field(name)
        one = meaning.text(target, " ".join(words), phrase=True, slop=parameters.integer("ps", 0))
        if one is not None:
            found.append(queries.Weighted(one, weight))
    return [queries.Best(tuple(found), fields.tie)] if found else []


def _boosts(parameters: Parameters, meaning: Meaning) -> list[Query]:
    """Boosts: queries that raise the score of matches (`bq`), and functions of numbers (`bf`)."""
    found: list[Query] = [meaning.whole(syntax.parse(one, every=meaning.every)) for one in parameters.all("bq")]
    for text, weight in (one for each in parameters.all("bf") for one in functions.split(each)):
        functions.check(text, meaning.schema)
        found.append(functions.Added(text, weight))
    return found


def _within(text: str, parameters: Parameters, schema: Schema) -> Query:
    """The documents for which a function is between `l` and `u`."""
    functions.check(text, schema)
    both = parameters.get("incl", "true"), parameters.get("incu", "true")
    try:
        low, high = (float(given) if (given := parameters.get(name)) else None for name in ("l", "u"))
    except ValueError:
        raise Refused(f"{{!frange}}: {parameters.get('l')} and {parameters.get('u')} are no bounds") from None
    return functions.Within(text, low, high, both[0] == "true", both[1] == "true")


def _combined(parameters: Parameters, schema: Schema, now: datetime) -> Query:
    """A query whose clauses are local parameters: `{!bool must=... must_not=...}`."""
    parts = {
        name: tuple(parse_query(one, parameters, schema, now) for one in parameters.all(name))
        for name in ("must", "filter", "should", "must_not")
    }
    unscored = tuple(queries.Weighted(one, 0.0, constant=True) for one in parts["filter"])
    must = parts["must"] + unscored
    if not must and not parts["should"] and parts["must_not"]:
        must = (queries.Everything(),)
    return queries.Boolean(must, parts["should"], parts["must_not"])


def _single(kind: str, text: str, schema: Schema, name: str, meaning: Meaning) -> Query:
    target = schema.field(name)
    if kind == "prefix":
        return queries.Like(target.name, re.compile(re.escape(text) + ".*", re.DOTALL))
    if kind == "field":
        return meaning.text(target, text, phrase=True) or queries.Nothing()
    if target.kind == "text":
        return queries.Term(target.name, text, target.type.norms)
    return meaning.text(target, text) or queries.Nothing()
