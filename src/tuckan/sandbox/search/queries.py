"""Queries that know their fields: which documents match, and with what score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

    from tuckan.sandbox.search.index import Doc, Index, Scores
    from tuckan.sandbox.search.values import Value

_FEW = 30
"""So many places are looked through faster than a set of them is made."""


class Query(Protocol):
    """Something to look for."""

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

    def scores(self, index: Index) -> Scores:  # noqa: ARG002 - as the protocol has it
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
    """Part of the text of a field that is searched by pieces."""

    field: str
    piece: str

    def scores(self, index: Index) -> Scores:
        return {doc: count / (count + 1.2) for doc, count in index.pieces(self.field).with_piece(self.piece).items()}


@dataclass(frozen=True, slots=True)
class Sequence:
    """Terms of an analyzed field one after the other, or nearly so.

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
        """How often the terms stand one after the other in each document that has them so."""
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
        """How often the terms are near enough to their places, in each document where they are."""
        counts = {doc: self._count_near([one[doc] for one in holders]) for doc in docs}
        return {doc: times for doc, times in counts.items() if times}

    def _count_near(self, positions: list[list[int]]) -> int:
        """How often the terms are near enough to their places."""
        shifted = [[at - offset for at in one] for one, (_, offset) in zip(positions, self.terms, strict=True)]
        return sum(self._fits(at, shifted[1:]) for at in shifted[0])

    def _fits(self, at: int, others: list[list[int]]) -> bool:
        """Whether the other terms lie, with this place of the first, within one window as wide as the slop."""
        return any(
            all(any(low <= place <= low + self.slop for place in places) for places in others)
            for low in range(at - self.slop, at + 1)
        )


@dataclass(frozen=True, slots=True)
class Between:
    """Values within bounds; None is no bound."""

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
    """How many letters must be added, left out, changed or swapped; more than `most` is not counted out.

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
        least: how many; at least one where nothing else is asked for.
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
    """Queries of which the best counts, and the others a little (`tie`)."""

    queries: tuple[Query, ...]
    tie: float

    def scores(self, index: Index) -> Scores:
        parts = sorted((found for one in self.queries if (found := one.scores(index))), key=len, reverse=True)
        if len(parts) < 2:
            return parts[0] if parts else {}
        found = dict(parts[0])
        best: Scores = {}
        total: Scores = {}
        for part in parts[1:]:  # they are the smaller ones, and the score of one field alone stays as it is
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
    """One query for several, of which any may match."""
    several = tuple(queries)
    return several[0] if len(several) == 1 else Boolean((), several, ())
