"""Searches and updates run in several threads at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tuckan.sandbox.search.schema import Schema

from .conftest import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTERS = "bcdfglmnprst"
WORDS = [
    f"{one}{vowel}{two}{end}"
    for one in LETTERS
    for vowel in "aeiou"
    for two in LETTERS
    for end in ("icities", "ization", "fulness", "ousness")
]


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("impatient_threads")
def test_words_are_stemmed_alike_in_every_thread() -> None:
    alone, shared = (Schema(SCHEMA).field("text").type.at_index for _ in range(2))
    expected = [alone(word) for word in WORDS]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(shared, WORDS))
    assert found == expected
