"""What selects the datasets of a job: nothing that is empty, and all of them only on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from tuckan import Client
from tuckan.errors import InvalidArgument, NotFound
from tuckan.jobs.folder import path_of
from tuckan.jobs.selection import query_for

EMPTY: list[dict[str, Any]] = [
    {"q": ""},
    {"q": " \t"},
    {"fq": ""},
    {"fq": ["tags:rain", " "]},
    {"filters": {"organization": ""}},
    {"filters": {"organization": []}},
    {"filters": {"organization": ["city", " "]}},
    {"q": "tags:rain", "filters": {"organization": None}},
]
ALL: list[dict[str, Any]] = [{}, {"fq": []}, {"filters": {}}, {"q": "*:*"}, {"q": " * "}, {"fq": ["*:*"]}]


@pytest.mark.parametrize("choice", [*EMPTY, *ALL], ids=str)
def test_what_is_empty_never_means_all(choice: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match=r"is empty|must be explicit") as refused:
        query_for(**{"q": None, "fq": None, "filters": None, **choice}, everything=False)
    assert "everything=True" in refused.value.hint
    with Client("http://127.0.0.1:9") as ckan:
        for plan in (lambda: ckan.jobs.patch({"notes": "x"}, **choice), lambda: ckan.jobs.delete(**choice)):
            with pytest.raises(InvalidArgument):
                plan()
        with pytest.raises(InvalidArgument):
            ckan.xloader.submit_all(**choice)


def test_all_has_a_word_of_its_own() -> None:
    assert query_for(None, None, None, everything=True) == "*:*"
    assert query_for("*:*", "tags:rain", None, everything=False) == "*:*"
    with pytest.raises(InvalidArgument, match="mutually exclusive"):
        query_for(None, "tags:rain", None, everything=True)


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_a_job_without_a_name_is_none(name: str) -> None:
    with pytest.raises(NotFound):
        path_of("last")
    with pytest.raises(InvalidArgument, match="empty"):
        path_of(name)
