"""A search service in this process, with a schema like CKAN's own: the kinds of fields that CKAN's schema has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tuckan.sandbox.search.documents import texts_of
from tuckan.sandbox.search.engine import Answer, Engine
from tuckan.sandbox.search.parameters import Parameters
from tuckan.sandbox.search.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SCHEMA = (HERE / "schema.xml").read_text(encoding="utf-8")
DATASETS: list[dict[str, Any]] = json.loads((HERE / "datasets.json").read_text(encoding="utf-8"))


class Collection:
    """An engine with short ways to ask it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, *documents: dict[str, Any], commit: bool = True) -> None:
        for one in documents:
            self.engine.add(texts_of(one))
        if commit:
            self.engine.commit()

    def ask(self, q: str = "*:*", **parameters: Any) -> Answer:
        given = {"q": [q], "df": ["text"], "q.op": ["AND"]}
        for name, value in parameters.items():
            given[name.replace("__", ".")] = [str(one) for one in (value if isinstance(value, list) else [value])]
        return self.engine.search(Parameters(given))

    def ids(self, q: str = "*:*", **parameters: Any) -> list[str]:
        return [one["id"] for one in self.ask(q, **parameters).docs]

    def typed(self, q: str, **parameters: Any) -> list[str]:
        """As CKAN asks for what somebody typed."""
        usual = {"defType": "dismax", "qf": "name^4 title^4 tags^2 text", "tie": "0.1", "mm": "2<-1 5<80%"}
        return self.ids(q, **{**usual, **parameters})


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Collection]:
    engine = Engine(Schema(SCHEMA), tmp_path)
    yield Collection(engine)
    engine.close()


@pytest.fixture
def collection(empty: Collection) -> Collection:
    empty.add(*DATASETS)
    return empty
