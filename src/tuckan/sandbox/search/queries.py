"""Queries on fields: which documents match, and with which score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

    from tuckan.sandbox.search.index import Doc, Index, Scores
    from tuckan.sandbox.search.values import Value

_FEW = 30
"""Up to this many positions, a linear search is faster than building a set."""


class Query(Protocol):
    """A query."""

    def scores(self, index: Index) -> Scores:
        """The documents that match, with their scores."""
        ...


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""

    def scores(self, index: Index) -> Scores:
        return dict.fromkeys(index.docs, 1.0)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""

    def scores(self, index: Index) -> Scores:  # noqa: ARG002 - part of the protocol
        return {}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of an analyzed field."""

    field: str
    term: str
    norms: bool

    def scores(self, index: Index) -> Scores:
        return index.text(self.field).scored_term(self.term, norms=self.norms)


@dataclass(frozen=True, slots=True)
class Exact:
    """A value of a field that is not analyzed."""

    field: str
    value: Value

    def scores(self, index: Index) -> Scores:
        field = index.exact(self.field)
        holders = field.holders.get(self.value, set())
        return field.scored(holders, len(holders))


@dataclass(frozen=True, slots=True)
class Piece:
    """A substring of a field that is searched by substring."""

    field: str
    piece: str

    def scores(self, index: Index) -> Scores:
        return {doc: count / (count + 1.2) for doc, count in index.pieces(self.field).with_piece(self.piece).items()}


@dataclass(frozen=True, slots=True)
class Sequence:
    """A phrase: consecutive terms of an analyzed field, or nearly so.

    Attributes:
        terms: each with its distance from the first.
        slop: how far they may be moved to fit.
    """

    field: str
    terms: tuple[tuple[str, int], ...]
    slop: int
    norms: bool

    def scores(self, index: Index) -> Scores:
        field = index.text(self.field)
        holders = [field.with_term(term) for term, _ in self.terms]
        rarest = min(holders, key=len)
        common = set(rarest).intersection(*holders)
        counts = self._counts_near(common, holders) if self.slop else self._counts(common, holders)
        return field.scored(counts, norms=self.norms)

    def _counts(self, docs: set[Doc], holders: list[Mapping[Doc, list[int]]]) -> dict[Doc, int]:
        """The number of exact occurrences of the phrase, by document."""
        first, begin = holders[0], self.terms[0][1]
        others = [(holder, offset - begin) for holder, (_, offset) in zip(holders[1:], self.terms[1:], strict=True)]
        counts: dict[Doc, int] = {}
        for doc in docs:
            places = first[doc]
            for holder, step in others:
                there = holder[doc]
                wanted = set(there) if len(there) > _FEW else there
                places = [at for at in places if at + step in wanted]
                if not places:
                    break
            else:
                counts[doc] = len(places)
        return counts

    def _counts_near(self, docs: set[Doc], holders: list[Mapping[Doc, list[int]]]) -> dict[Doc, int]:
        """The number of occurrences within the slop, by document."""
        counts = {doc: self._count_near([one[doc] for one in holders]) for doc in docs}
        return {doc: times for doc, times in counts.items() if times}

    def _count_near(self, positions: list[list[int]]) -> int:
        """The number of occurrences within the slop."""
        shifted = [[at - offset for at in one] for one, (_, offset) in zip(positions, self.terms, strict=True)]
        return sum(self._fits(at, shifted[1:]) for at in shifted[0])

    def _fits(self, at: int, others: list[list[int]]) -> bool:
        """Whether the other terms lie within the slop, given this position of the first."""
        return any(
            all(any(low <= place <= low + self.slop for place in places) for places in others)
            for low in range(at - self.slop, at + 1)
        )


@dataclass(frozen=True, slots=True)
class Between:
    """Values within bounds; None for an open end."""

    field: str
    low: Value | None
    high: Value | None
    with_low: bool
    with_high: bool

    def scores(self, index: Index) -> Scores:
        if self.low is None and self.high is None:
            return dict.fromkeys(index.holders(self.field), 1.0)
        inside = self._inside
        found: Scores = {}
        for term, docs in index.terms(self.field):
            if inside(term):
                found.update(dict.fromkeys(docs, 1.0))
        return found

    def _inside(self, value: Value) -> bool:
        low, high = self.low, self.high
        above = low is None or value > low or (self.with_low and value == low)  # type: ignore[operator]
        return above and (high is None or value < high or (self.with_high and value == high))  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Like:
    """Terms that match a pattern."""

    field: str
    pattern: re.Pattern[str]

    def scores(self, index: Index) -> Scores:
        matches = self.pattern.fullmatch
        found: Scores = {}
        for term, docs in index.terms(self.field):
            if matches(str(term)):
                found.update(dict.fromkeys(docs, 1.0))
        return found


@dataclass(frozen=True, slots=True)
class Similar:
    """Terms that differ in a few letters."""

    field: str
    term: str
    edits: int

    def scores(self, index: Index) -> Scores:
        found: Scores = {}
        for term, docs in index.terms(self.field):
            edits = distance(str(term), self.term, self.edits)
            if edits <= self.edits:
                score = 1.0 - edits / max(1, min(len(str(term)), len(self.term)))
                found.update(dict.fromkeys(docs, score))
        return found


def distance(one: str, other: str, most: int) -> int:
    """The edit distance: letters added, removed, changed or swapped. Distances above `most` are not computed exactly.

    Example:
        >>> distance("water", "wtaer", 2), distance("water", "fire", 2)
        (1, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


@dataclass(frozen=True, slots=True)
class Boolean:
    """Queries of which all, some or none must match.

    Attributes:
        must: all of these.
        should: at least `least` of these.
        must_not: none of these.
        least: the minimum number of optional matches; at least one unless there are required ones.
    """

    must: tuple[Query, ...]
    should: tuple[Query, ...]
    must_not: tuple[Query, ...]
    least: int = 0

    def scores(self, index: Index) -> Scores:
        found = _all_of([one.scores(index) for one in self.must]) if self.must else None
        least = self.least if self.must else max(1, self.least)
        if self.should:
            found = _some_of([one.scores(index) for one in self.should], least, found)
        found = found or {}
        for one in self.must_not:
            unwanted = one.scores(index)
            if not unwanted.keys().isdisjoint(found):
                found = {doc: score for doc, score in found.items() if doc not in unwanted}
        return found


def _all_of(parts: list[Scores]) -> Scores:
    parts.sort(key=len)
    found = parts[0]
    for part in parts[1:]:
        found = {doc: score + part[doc] for doc, score in found.items() if doc in part}
    return found


def _some_of(parts: list[Scores], least: int, within: Scores | None) -> Scores:
    if within is None and len(parts) == least:
        return _all_of(parts)
    counts: dict[Doc, int] = {}
    sums: Scores = {}
    for part in parts:
        for doc, score in part.items():
            counts[doc] = counts.get(doc, 0) + 1
            sums[doc] = sums.get(doc, 0.0) + score
    if within is None:
        return {doc: score for doc, score in sums.items() if counts[doc] >= least}
    return {doc: score + sums.get(doc, 0.0) for doc, score in within.items() if counts.get(doc, 0) >= least}


@dataclass(frozen=True, slots=True)
class Best:
    """Queries of which the best match counts, and the others with the weight `tie`."""

    queries: tuple[Query, ...]
    tie: float

    def scores(self, index: Index) -> Scores:
        parts = sorted((found for one in self.queries if (found := one.scores(index))), key=len, reverse=True)
        if len(parts) < 2:
            return parts[0] if parts else {}
        found = dict(parts[0])
        best: Scores = {}
        total: Scores = {}
        for part in parts[1:]:  # the lower ones; the score of a single field does not change
            for doc, score in part.items():
                before = total.get(doc) or found.get(doc, 0.0)
                total[doc] = before + score
                best[doc] = max(best.get(doc, before), score)
        rest, tie = 1 - self.tie, self.tie
        found.update((doc, rest * score + tie * total[doc]) for doc, score in best.items())
        return found


@dataclass(frozen=True, slots=True)
class Weighted:
    """A query whose score is multiplied, or fixed."""

    query: Query
    factor: float
    constant: bool = False

    def scores(self, index: Index) -> Scores:
        found = self.query.scores(index)
        if self.constant:
            return dict.fromkeys(found, self.factor)
        return {doc: score * self.factor for doc, score in found.items()}


def any_of(queries: Iterable[Query]) -> Query:
    """One query for several alternatives."""
    several = tuple(queries)
    return several[0] if len(several) == 1 else Boolean((), several, ())
