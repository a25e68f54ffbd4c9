"""The search engine, without the protocol: changes wait for a commit, queries see what was committed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.sandbox.search.documents import Given, prepared
from tuckan.sandbox.search.facets import facet_counts
from tuckan.sandbox.search.index import Doc, Index, Scores
from tuckan.sandbox.search.parameters import Parameters
from tuckan.sandbox.search.parsers import parse_query
from tuckan.sandbox.search.queries import Everything
from tuckan.sandbox.search.sorting import ordered, parse_sort
from tuckan.sandbox.search.store import DOCUMENTS, Store
from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuckan.sandbox.search.documents import Document
    from tuckan.sandbox.search.queries import Query
    from tuckan.sandbox.search.schema import Schema

_FILTERS_KEPT = 500
_NOT_HERE = ("hl", "group", "mlt", "stats", "spellcheck", "terms", "collapse")


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a search.

    Attributes:
        count: how many documents match.
        start: how many were skipped.
        docs: their stored fields, with `score` if requested.
        highest: the highest score, if scores were requested.
        facets: the counts, if requested.
    """

    count: int
    start: int
    docs: list[dict[str, Any]]
    highest: float | None
    facets: dict[str, Any] | None


class Engine:
    """One collection of documents. Threads may share it."""

    def __init__(self, schema: Schema, data: Path, seeds: Path | None = None) -> None:
        self.schema = schema
        self._seeds = seeds
        self._lock = threading.RLock()
        self._store = Store(data / DOCUMENTS)
        self._waiting: list[Callable[[], None]] = []
        self._filters: dict[str, Scores] = {}
        self._load()

    def _load(self) -> None:
        self._index = Index(self.schema)
        self._numbers: dict[str, Doc] = {}
        self._filters.clear()
        for number, key, indexed in self._store.everything():
            self._numbers[key] = number
            self._index.add(number, indexed)

    def add(self, given: Given) -> None:
        """Add a document, or replace the one with its key, at the next commit."""
        document = prepared(given, self.schema, time.time_ns() // 1000)
        with self._lock:
            self._waiting.append(partial(self._add, document))

    def delete_keys(self, keys: list[str]) -> None:
        """Delete documents by key, at the next commit."""
        with self._lock:
            self._waiting.append(partial(self._remove_keys, keys))

    def delete_matching(self, text: str) -> None:
        """Delete documents by a query, at the next commit."""
        query = self._parse(text, Parameters({}), datetime.now(UTC))
        with self._lock:
            self._waiting.append(partial(self._remove_matching, query))

    def restore(self) -> None:
        """Restore the initial documents, immediately."""
        with self._lock:
            self._waiting.clear()
            if self._seeds and self._seeds.exists():
                self._store.take(self._seeds)
            else:
                with self._store.transaction():
                    self._store.clear()
            self._load()

    def rollback(self) -> None:
        """Discard uncommitted changes."""
        with self._lock:
            self._waiting.clear()

    def commit(self) -> None:
        """Make all changes visible and durable."""
        with self._lock:
            if not self._waiting:
                return
            changes, self._waiting = self._waiting, []
            self._filters.clear()
            try:
                with self._store.transaction():
                    for change in changes:
                        change()
            except BaseException:
                self._load()  # the state on disk is authoritative
                raise

    def _add(self, document: Document) -> None:
        self._remove_keys([document.key])
        number = self._store.add(document)
        self._numbers[document.key] = number
        self._index.add(number, document.indexed)

    def _remove_keys(self, keys: list[str]) -> None:
        found = {key: number for key in keys if (number := self._numbers.get(key)) is not None}
        for key, number in found.items():
            self._index.remove(number, self._store.indexed(number))
            del self._numbers[key]
        self._store.remove(found.values())

    def _remove_matching(self, query: Query) -> None:
        if isinstance(query, Everything):
            self._store.clear()
            self._index = Index(self.schema)
            self._numbers.clear()
            return
        found = query.scores(self._index)
        self._remove_keys([key for key, number in self._numbers.items() if number in found])

    def _parse(self, text: str, parameters: Parameters, now: datetime, parser: str = "lucene") -> Query:
        return parse_query(text, parameters, self.schema, now, parser)

    def search(self, parameters: Parameters) -> Answer:
        """Search what was committed.

        Raises:
            Refused: when part of the request is not understood, or not implemented.
        """
        for name in _NOT_HERE:
            if parameters.on(name):
                raise Refused(f"{name} is not had here")
        now = datetime.now(UTC)
        start, rows = parameters.natural("start", 0), parameters.natural("rows", 10)
        query = self._parse(parameters.get("q"), parameters, now, parameters.get("defType", "lucene"))
        order = parse_sort(parameters.get("sort"), self.schema)
        with self._lock:
            found = self._filtered(query.scores(self._index), parameters, now)
            facets = self._facets(found, parameters, now) if parameters.on("facet") else None
            page = ordered(found, order, self._index, start + rows)[start:] if rows else []
            docs = self._store.stored(page)
        return Answer(len(found), start, *_shown(docs, page, found, parameters), facets)

    def _filtered(self, found: Scores, parameters: Parameters, now: datetime) -> Scores:
        for text in parameters.all("fq"):
            # Also where nothing is left: a filter that is wrong has to be told.
            allowed = self._filter(text, parameters, now)
            if len(allowed) < len(found) // 4:
                found = {doc: found[doc] for doc in allowed if doc in found}
            elif not found.keys() <= allowed.keys():
                found = {doc: score for doc, score in found.items() if doc in allowed}
        return found

    def _filter(self, text: str, parameters: Parameters, now: datetime) -> Scores:
        """The documents that match a filter, cached until the next commit unless they depend on the time."""
        key = "\0".join((text, parameters.get("df"), parameters.get("q.op")))
        if key not in self._filters:
            scores = self._parse(text, parameters, now).scores(self._index)
            if "NOW" in text or "$" in text:
                return scores
            if len(self._filters) >= _FILTERS_KEPT:
                self._filters.clear()
            self._filters[key] = scores
        return self._filters[key]

    def _facets(self, found: Scores, parameters: Parameters, now: datetime) -> dict[str, Any]:
        def count(text: str) -> int:
            return len(found.keys() & self._filter(text, parameters, now).keys())

        return facet_counts(found, parameters, self._index, count)

    @property
    def size(self) -> int:
        """The number of visible documents."""
        return len(self._numbers)

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._store.close()


def _shown(
    docs: list[dict[str, Any]], page: list[Doc], found: Scores, parameters: Parameters
) -> tuple[list[dict[str, Any]], float | None]:
    """The requested fields (`fl`) of each document, and the highest score."""
    wanted = [name for text in parameters.all("fl") for name in text.replace(",", " ").split()] or ["*"]
    for name in wanted:
        if not name.replace("*", "").replace("_", "").replace("-", "").replace(".", "").isalnum() and name != "*":
            raise Refused(f"fl: {name} is no name of a field")
    if wanted != ["*"]:
        keep = _keeper(wanted)
        docs = [{name: value for name, value in doc.items() if keep(name)} for doc in docs]
    if "score" not in wanted:
        return docs, None
    scored = [{**doc, "score": found[number]} for doc, number in zip(docs, page, strict=True)]
    return scored, max(found.values(), default=0.0)


def _keeper(wanted: list[str]) -> Callable[[str], bool]:
    names = {name for name in wanted if "*" not in name}
    starts = tuple(name[:-1] for name in wanted if name.endswith("*"))
    ends = tuple(name[1:] for name in wanted if name.startswith("*"))
    return lambda name: name in names or name.startswith(starts) or name.endswith(ends)
