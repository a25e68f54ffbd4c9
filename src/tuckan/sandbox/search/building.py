"""From a syntax tree to queries: the meaning of each clause for its field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuckan.sandbox.search import queries, syntax
from tuckan.sandbox.search.syntax import Refused
from tuckan.sandbox.search.values import parse_value

if TYPE_CHECKING:
    from tuckan.sandbox.search.analysis import SubstringAnalyzer
    from tuckan.sandbox.search.queries import Query
    from tuckan.sandbox.search.schema import Field, Schema
    from tuckan.sandbox.search.values import Value

_WILD = re.compile(r"(\\.)|([*?])", re.DOTALL)
_LONGEST_FUZZY = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """The context in which a query is interpreted.

    Attributes:
        schema: the fields.
        default_field: the field of clauses that name none.
        every: whether all words of a text must match.
        now: the value of `NOW`, the same throughout a request.
    """

    schema: Schema
    default_field: str | None
    every: bool
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def whole(self, group: syntax.Group) -> Query:
        """The query of a whole request; one that has only exclusions excludes from all documents."""
        if not group.clauses:
            return queries.Nothing()
        query = self.of(group)
        if isinstance(query, queries.Boolean) and not query.must and not query.should and query.must_not:
            return queries.Boolean((queries.Everything(),), (), query.must_not)
        return query

    def of(self, node: syntax.Node) -> Query:
        """The query of a node."""
        found = self.of_or_none(node)
        return found if found is not None else queries.Nothing()

    def of_or_none(self, node: syntax.Node) -> Query | None:
        """The query of a node; None if its text has no terms, so that it neither finds nor excludes anything."""
        if isinstance(node, syntax.Group):
            return self._group(node)
        if isinstance(node, syntax.Boosted):
            inner = self.of_or_none(node.node)
            return None if inner is None else queries.Weighted(inner, node.factor, node.constant)
        if isinstance(node, syntax.Words):
            return self._words(node)
        if isinstance(node, syntax.Phrase):
            return self.text(self._field(node.field), node.text, phrase=True, slop=node.slop)
        if isinstance(node, syntax.Range):
            return self._range(node)
        return self._pattern(node)

    def _group(self, group: syntax.Group) -> Query | None:
        parts: dict[syntax.Occur, list[Query]] = {"must": [], "should": [], "must_not": []}
        for clause in group.clauses:
            query = self.of_or_none(clause.node)
            if query is not None:
                parts[clause.occur].append(query)
        if not any(parts.values()):
            return None
        if len(group.clauses) == 1 and not parts["must_not"]:
            return (parts["must"] + parts["should"])[0]
        return queries.Boolean(tuple(parts["must"]), tuple(parts["should"]), tuple(parts["must_not"]))

    def _field(self, name: str | None) -> Field:
        wanted = name or self.default_field
        if not wanted:
            raise Refused("no field name specified in query and no default specified via 'df' param")
        if wanted in ("_query_", "_val_"):
            raise Refused(f"the magic field {wanted} is not had here")
        found = self.schema.field(wanted)
        if not found.indexed:
            raise Refused(f"can not search on a field that is not indexed: {wanted}")
        return found

    def _words(self, node: syntax.Words) -> Query | None:
        if node.field == "*" and node.raw == "*":
            return queries.Everything()
        target = self._field(node.field)
        if node.raw == "*":
            return queries.Between(target.name, None, None, with_low=True, with_high=True)
        if node.fuzzy is not None:
            return self._similar(target, node)
        if _is_wild(node.raw):
            return queries.Like(target.name, self._wild(target, node.raw))
        return self.text(target, syntax.unescaped(node.raw))

    def _wild(self, target: Field, raw: str) -> re.Pattern[str]:
        if target.kind not in ("text", "string"):
            raise Refused(f"Can't run a wildcard query on field {target.name}")
        plain = target.type.at_query.plain
        pattern = ""
        at = 0
        for found in _WILD.finditer(raw):
            pattern += re.escape(plain(raw[at : found.start()]))
            pattern += {"*": ".*", "?": "."}.get(found[2], "") if found[2] else re.escape(plain(found[1][1:]))
            at = found.end()
        return re.compile(pattern + re.escape(plain(raw[at:])), re.DOTALL)

    def _similar(self, target: Field, node: syntax.Words) -> Query:
        if target.kind not in ("text", "string"):
            raise Refused(f"Can't run a fuzzy query on field {target.name}")
        term = target.type.at_query.plain(syntax.unescaped(node.raw))
        given = float(node.fuzzy) if node.fuzzy else float(_LONGEST_FUZZY)
        edits = int(given) if given >= 1 or given == 0 else int((1 - given) * len(term))  # a similarity, the old form
        return queries.Similar(target.name, term, min(edits, _LONGEST_FUZZY))

    def text(self, target: Field, text: str, *, phrase: bool = False, slop: int = 0) -> Query | None:
        """The query for a text in a field; None if the text has no terms."""
        if target.kind == "substring":
            return self._pieces(target, text)
        if target.kind != "text":
            return queries.Exact(target.name, parse_value(target, text, self.now))
        tokens = target.type.at_query(text)
        if not tokens:
            return None
        norms = target.type.norms
        if len(tokens) == 1:
            return queries.Term(target.name, tokens[0][0], norms)
        if phrase:
            first = tokens[0][1]
            return queries.Sequence(target.name, tuple((t, at - first) for t, at in tokens), slop, norms)
        terms = tuple(queries.Term(target.name, term, norms) for term, _ in tokens)
        return queries.Boolean(terms, (), ()) if self.every else queries.Boolean((), terms, ())

    def _pieces(self, target: Field, text: str) -> Query | None:
        analyzer = target.type.at_index
        shortest, longest = _sizes(analyzer)
        pieces = [term for term, _ in target.type.at_query(text)]
        found: list[Query] = [
            queries.Piece(target.name, one) if shortest <= len(one) <= longest else queries.Nothing() for one in pieces
        ]
        if len(found) <= 1:
            return found[0] if found else None
        return queries.Boolean(tuple(found), (), ()) if self.every else queries.Boolean((), tuple(found), ())

    def _range(self, node: syntax.Range) -> Query:
        target = self._field(node.field)
        if target.kind not in ("text", "string", "integer", "float", "date", "boolean"):
            raise Refused(f"Can't run a range query on field {target.name}")

        def bound(text: str | None) -> Value | None:
            if text is None:
                return None
            if target.kind == "text":
                return target.type.at_query.plain(text)
            return parse_value(target, text, self.now)

        return queries.Between(target.name, bound(node.low), bound(node.high), node.with_low, node.with_high)

    def _pattern(self, node: syntax.Pattern) -> Query:
        target = self._field(node.field)
        if target.kind not in ("text", "string"):
            raise Refused(f"Can't run a regex query on field {target.name}")
        # These operators of Lucene are not supported here; Python's (?...) and back-references do not exist in Lucene.
        if re.search(r"(?<!\\)[~@&#<>]|\(\?|\\\d", node.text):
            raise Refused(f"the regular expression /{node.text}/ uses an operator that this service does not have")
        try:
            return queries.Like(target.name, re.compile(node.text, re.DOTALL))
        except re.error as error:
            raise Refused(f"the regular expression /{node.text}/ is none: {error}") from None


def _is_wild(raw: str) -> bool:
    return any(found[2] for found in _WILD.finditer(raw))


def _sizes(analyzer: object) -> tuple[int, int]:
    grams: SubstringAnalyzer = analyzer  # type: ignore[assignment]
    return grams.shortest, grams.longest
