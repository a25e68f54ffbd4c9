"""The inverted index, in memory: for each field, the documents with each term, and its positions there."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tuckan.sandbox.search.documents import Indexed
    from tuckan.sandbox.search.schema import Schema
    from tuckan.sandbox.search.values import Value

Doc: TypeAlias = int
"""A document's number, which is never reused."""

Scores: TypeAlias = dict[Doc, float]

_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75  # Lucene's k1 and b of BM25


class TextField:
    """The terms of an analyzed field."""

    def __init__(self) -> None:
        self.postings: dict[str, dict[Doc, list[int]]] = defaultdict(dict)
        self.lengths: dict[Doc, int] = {}
        self._total = 0
        self._norms: dict[Doc, float] = {}

    def add(self, doc: Doc, terms: Mapping[str, list[int]]) -> None:
        """Add the terms of a document with their positions."""
        length = 0
        for term, positions in terms.items():
            self.postings[term][doc] = positions
            length += len(positions)
        self.lengths[doc] = length
        self._total += length
        self._norms = {}

    def remove(self, doc: Doc, terms: Mapping[str, list[int]]) -> None:
        """Remove a document."""
        for term in terms:
            holders = self.postings[term]
            del holders[doc]
            if not holders:
                del self.postings[term]
        self._total -= self.lengths.pop(doc)
        self._norms = {}

    def with_term(self, term: str) -> Mapping[Doc, list[int]]:
        """The documents with a term, with its positions."""
        return self.postings.get(term, {})

    def scored(self, frequencies: Mapping[Doc, int], *, norms: bool) -> Scores:
        """BM25 scores of documents, by the number of occurrences."""
        rarity = inverse_frequency(len(frequencies), len(self.lengths))
        if not norms or not self._total:
            return {doc: rarity * n / (n + _SATURATION) for doc, n in frequencies.items()}
        norm = self._norms or self._computed_norms()
        return {doc: rarity * n / (n + norm[doc]) for doc, n in frequencies.items()}

    def scored_term(self, term: str, *, norms: bool) -> Scores:
        """BM25 scores of the documents with a term."""
        holders = self.with_term(term)
        if not norms or not self._total:
            return self.scored({doc: len(at) for doc, at in holders.items()}, norms=norms)
        rarity, norm = inverse_frequency(len(holders), len(self.lengths)), self._norms or self._computed_norms()
        return {doc: rarity * (n := len(at)) / (n + norm[doc]) for doc, at in holders.items()}

    def _computed_norms(self) -> dict[Doc, float]:
        """The contribution of a document's length to the denominator; cached until the next change."""
        per_word = _SATURATION * _LENGTH_WEIGHT * len(self.lengths) / self._total
        short = _SATURATION * (1 - _LENGTH_WEIGHT)
        self._norms = {doc: short + per_word * length for doc, length in self.lengths.items()}
        return self._norms


class ExactField:
    """The values of a field that is not analyzed."""

    def __init__(self) -> None:
        self.values: dict[Doc, list[Value]] = {}
        self.holders: dict[Value, set[Doc]] = defaultdict(set)

    def add(self, doc: Doc, values: list[Value]) -> None:
        """Add the values of a document; repeated ones count once."""
        self.values[doc] = values = list(dict.fromkeys(values))
        for value in values:
            self.holders[value].add(doc)

    def remove(self, doc: Doc, values: list[Value]) -> None:
        """Remove a document."""
        for value in set(values):
            self.holders[value].discard(doc)
            if not self.holders[value]:
                del self.holders[value]
        del self.values[doc]

    def scored(self, docs: Iterable[Doc], holders: int) -> Scores:
        """Scores of documents with a value, regardless of how often and beside how many others."""
        score = inverse_frequency(holders, len(self.values)) / (1 + _SATURATION)
        return dict.fromkeys(docs, score)


class SubstringField:
    """The lower-case texts of a field that is searched by substring."""

    def __init__(self) -> None:
        self.texts: dict[Doc, str] = {}

    def add(self, doc: Doc, texts: list[str]) -> None:
        """Add the texts of a document."""
        self.texts[doc] = "\n".join(texts)

    def remove(self, doc: Doc, texts: list[str]) -> None:  # noqa: ARG002 - same signature as its siblings
        """Remove a document."""
        del self.texts[doc]

    def with_piece(self, piece: str) -> dict[Doc, int]:
        """The documents whose text contains this substring, and how often."""
        return {doc: text.count(piece) for doc, text in self.texts.items() if piece in text}


AnyField: TypeAlias = TextField | ExactField | SubstringField


class Index:
    """All fields of all documents."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.docs: set[Doc] = set()
        self._text: dict[str, TextField] = {}
        self._exact: dict[str, ExactField] = {}
        self._pieces: dict[str, SubstringField] = {}

    def add(self, doc: Doc, document: Indexed) -> None:
        """Add a document."""
        self.docs.add(doc)
        for name, terms in document.text.items():
            self.text(name).add(doc, terms)
        for name, values in document.exact.items():
            self.exact(name).add(doc, values)
        for name, texts in document.pieces.items():
            self.pieces(name).add(doc, texts)

    def remove(self, doc: Doc, document: Indexed) -> None:
        """Remove a document."""
        self.docs.discard(doc)
        for name, terms in document.text.items():
            self.text(name).remove(doc, terms)
        for name, values in document.exact.items():
            self.exact(name).remove(doc, values)
        for name, texts in document.pieces.items():
            self.pieces(name).remove(doc, texts)

    def text(self, name: str) -> TextField:
        """An analyzed field; empty if no document has it."""
        return self._text.setdefault(name, TextField())

    def exact(self, name: str) -> ExactField:
        """A field that is not analyzed; empty if no document has it."""
        return self._exact.setdefault(name, ExactField())

    def pieces(self, name: str) -> SubstringField:
        """A field searched by substring; empty if no document has it."""
        return self._pieces.setdefault(name, SubstringField())

    def holders(self, name: str) -> set[Doc]:
        """The documents that have any value of a field."""
        if name in self._text:
            return {doc for doc, length in self._text[name].lengths.items() if length}
        if name in self._exact:
            return set(self._exact[name].values)
        return set(self._pieces[name].texts) if name in self._pieces else set()

    def terms(self, name: str) -> Iterator[tuple[Value, Iterable[Doc]]]:
        """The terms of a field, with the documents of each."""
        if name in self._text:
            yield from self._text[name].postings.items()
        elif name in self._exact:
            yield from self._exact[name].holders.items()


def inverse_frequency(holders: int, documents: int) -> float:
    """The inverse document frequency, as in Lucene."""
    return math.log(1 + (documents - holders + 0.5) / (holders + 0.5))
