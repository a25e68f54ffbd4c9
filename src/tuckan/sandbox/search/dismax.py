"""The parsers for user input: dismax, which understands quotes, + and -, and edismax, which also understands Lucene's syntax."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuckan.sandbox.search import queries, syntax
from tuckan.sandbox.search.building import Meaning
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.sandbox.search.queries import Query

_WEIGHT = re.compile(r"([^\s^]+)(?:\^([\d.]+))?(?:\s+|$)")
_STRAY_OPERATORS = re.compile(r"\s+[-+\s]+$|\s+[-+](?:\s*[-+]+)+")
"""Signs that nothing follows, and several in a row; at the very beginning they are an error, as in Solr."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields to search, and their weights.

    Attributes:
        weights: fields with their weights.
        tie: the weight of fields other than the best one.
        slop: how far the words of a phrase may be moved (`qs`).
    """

    weights: Mapping[str, float]
    tie: float = 0.0
    slop: int = 0


def weights_of(text: str) -> dict[str, float]:
    """Fields with weights, as in `qf`.

    Example:
        >>> weights_of("name^4 text")
        {'name': 4.0, 'text': 1.0}
    """
    at = len(text) - len(text.lstrip())
    weights: dict[str, float] = {}
    while at < len(text):
        found = _WEIGHT.match(text, at)
        if not found:
            raise Refused(f"org.apache.solr.search.SyntaxError: the fields {text!r} are not name^weight ...")
        weights[found[1]] = float(found[2] or 1)
        at = found.end()
    return weights


def dismax(text: str, meaning: Meaning, fields: Fields, minimum: str) -> Query:
    """Parse user input: words, phrases in quotes, + and -; everything else is literal text."""
    typed = _STRAY_OPERATORS.sub(" ", text)
    if typed.count('"') % 2:
        typed = typed.replace('"', " ")
    typed = re.sub(r"[\\!():^\[\]{}~*?/|&]", lambda found: "\\" + found[0], typed)
    typed = re.sub(r"^\s*(?:(?:AND|OR)\s+)+|(?:\s+(?:AND|OR|NOT))+\s*$", " ", typed)
    return _over(syntax.parse(typed, every=False), meaning, fields, minimum)


def edismax(text: str, meaning: Meaning, fields: Fields, minimum: str) -> Query:
    """Parse Lucene's syntax, or as plain user input if it is not valid in that."""
    try:
        group = syntax.parse(text, every=False)
        return _over(group, meaning, fields, minimum)
    except Refused:
        return _over(syntax.parse(_escaped(text), every=False), meaning, fields, minimum)


def _escaped(text: str) -> str:
    words = (re.sub(r"[^\w\s]", lambda found: "\\" + found[0], word) for word in text.split())
    return " ".join(word.lower() if word in ("AND", "OR", "NOT") else word for word in words)


def _parts(group: syntax.Group, meaning: Meaning, fields: Fields) -> dict[syntax.Occur, list[Query]]:
    """The clauses of a group, by whether they are required, optional or forbidden."""
    parts: dict[syntax.Occur, list[Query]] = {"must": [], "should": [], "must_not": []}
    for clause in group.clauses:
        query = _clause(clause.node, meaning, fields)
        if query is not None:
            parts[clause.occur].append(query)
    return parts


def _over(group: syntax.Group, meaning: Meaning, fields: Fields, minimum: str) -> Query:
    """The clauses over all fields; as many optional ones must match as `mm` requires."""
    parts = _parts(group, meaning, fields)
    if not any(parts.values()):
        return queries.Nothing()
    least = at_least(minimum, len(parts["should"]))
    must = parts["must"]
    if not must and not parts["should"]:
        must = [queries.Everything()]
    return queries.Boolean(tuple(must), tuple(parts["should"]), tuple(parts["must_not"]), least)


def _clause(node: syntax.Node, meaning: Meaning, fields: Fields) -> Query | None:
    if isinstance(node, syntax.Boosted):
        inner = _clause(node.node, meaning, fields)
        return None if inner is None else queries.Weighted(inner, node.factor, node.constant)
    if isinstance(node, syntax.Group):
        return _group(node, meaning, fields)
    if node.field is not None:
        return meaning.of_or_none(node)
    found = [
        query for name, weight in fields.weights.items() if (query := _in_field(node, name, weight, meaning, fields))
    ]
    return queries.Best(tuple(found), fields.tie) if found else None


def _group(group: syntax.Group, meaning: Meaning, fields: Fields) -> Query | None:
    parts = _parts(group, meaning, fields)
    if not any(parts.values()):
        return None
    return queries.Boolean(tuple(parts["must"]), tuple(parts["should"]), tuple(parts["must_not"]))


def _in_field(node: syntax.Node, name: str, weight: float, meaning: Meaning, fields: Fields) -> Query | None:
    there = Meaning(meaning.schema, name, meaning.every, meaning.now)
    if isinstance(node, syntax.Phrase):
        node = syntax.Phrase(None, node.text, node.slop or fields.slop)
    try:
        found = there.of_or_none(node)
    except Refused:
        if meaning.schema.field(name).kind in ("text", "string", "substring"):
            raise
        return None  # words are not numbers or dates; such a field does not match
    return found if found is None or weight == 1 else queries.Weighted(found, weight)


def at_least(minimum: str, optional: int) -> int:
    """The number of optional clauses that must match according to `mm`.

    Example:
        >>> [at_least("2<-1 5<80%", n) for n in (1, 2, 3, 5, 10)]
        [1, 2, 2, 4, 8]
    """
    rule = minimum.strip() or "0"
    if "<" in rule:
        result = optional
        for condition in re.sub(r"\s*<\s*", "<", rule).split():
            bound, _, then = condition.partition("<")
            if optional <= _whole(bound, minimum):
                break
            result = at_least(then, optional)
        return result
    percent = rule.endswith("%")
    number = _whole(rule.removesuffix("%"), minimum)
    part = int(optional * number / 100) if percent else number
    return max(0, min(optional, optional + part if number < 0 else part))


def _whole(text: str, minimum: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refused(f"mm={minimum!r} is no rule for how many clauses must match") from None
