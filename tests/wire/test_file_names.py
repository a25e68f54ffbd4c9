"""Names of files: safe on every file system, whatever a portal says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuckan.wire.file_names import LONGEST, distinct, file_name, folded, from_disposition, is_munged, safe

ANYTHING = st.text() | st.text(alphabet='./\\ \x00\x1f:*?"<>|CONconaux~%é\u202e\U0001f600', max_size=400)


def is_safe(name: str) -> bool:
    return (
        len(name.encode()) <= LONGEST
        and not re.search(r'[/\\:*?"<>|\x00-\x1f\x7f]', name)
        and name == name.strip(" .")
        and name.partition(".")[0].strip().lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    )


@given(ANYTHING)
def test_every_name_is_made_safe_and_stays_as_it_is_the_second_time(name: str) -> None:
    made = safe(name)
    assert is_safe(made)
    assert safe(made) == made


@given(ANYTHING, ANYTHING, ANYTHING, st.sampled_from(["", "CSV", "text/csv", "GeoJSON", "Web page"]))
def test_whatever_a_portal_says_there_is_a_safe_name(name: str, segment: str, said: str, written: str) -> None:
    made = file_name(
        {"name": name, "format": written}, f"https://example.org/{segment}", f'attachment; filename="{said}"'
    )
    assert made
    assert is_safe(made)


@given(st.lists(ANYTHING.map(safe).filter(bool), max_size=8))
def test_names_in_one_folder_differ_whatever_the_case(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        made = distinct(name, taken, "1f9ab2c3")
        assert folded(made) not in taken
        assert is_safe(made)
        taken.add(folded(made))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", ""),
        ("inline", ""),
        ("attachment; filename=data.csv", "data.csv"),
        ('attachment; filename="my data; 2.csv"', "my data; 2.csv"),
        ("attachment; filename=\"x.csv\"; filename*=UTF-8''%E2%82%AC.csv", "€.csv"),
        ("attachment; filename*=iso-8859-1'en'%A3.csv", "£.csv"),
        ("attachment; filename*=utf-16''x.csv; filename=y.csv", "y.csv"),
        ("ATTACHMENT;FILENAME = a.csv", "a.csv"),
        ('attachment; filename="unfinished', '"unfinished'),
    ],
)
def test_content_disposition(header: str, name: str) -> None:
    assert from_disposition(header) == name


@pytest.mark.parametrize(
    ("resource", "url", "said", "name"),
    [
        ({"url_type": "upload"}, "https://example.org/dataset/d/resource/r/download/a.csv", "inline; filename=b.csv", "a.csv"),
        ({}, "https://example.org/a.csv", "inline; filename=b.csv", "b.csv"),
        ({}, "https://example.org/z%C3%BCrich%20x.csv?download=1#top", "", "zürich x.csv"),
        ({"name": "Rain", "format": "XLSX"}, "https://example.org/export/", "", "Rain.xlsx"),
        ({"name": "rain.CSV", "format": "csv"}, "https://example.org/export", "", "rain.CSV"),
        ({"name": ""}, "https://example.org/export", "", "export"),
        ({}, "https://example.org/", "", "file"),
        ({}, "https://example.org/..%2f..%2fetc%2fpasswd", "", "_.._etc_passwd"),
        ({}, "https://example.org/x", 'attachment; filename="C:\\\\temp\\\\a.csv"', "C__temp_a.csv"),
    ],
)  # fmt: skip
def test_where_a_name_comes_from(resource: dict[str, str], url: str, said: str, name: str) -> None:
    assert file_name(resource, url, said) == name


def test_long_names_keep_their_ending() -> None:
    made = safe("ä" * 300 + ".geojson.gz")
    assert made.endswith(".geojson.gz")
    assert len(made.encode()) in range(LONGEST - 2, LONGEST + 1)


@pytest.mark.parametrize(
    ("there", "name", "same"),
    [
        ("flow-rates.csv", "Flow rates.csv", True),
        ("flow_rates.csv", "flow (rates).csv", True),
        ("_.csv", "数据.csv", True),
        ("a" * 96 + ".csv", "A" * 150 + ".csv", True),
        ("b" * 96 + ".csv", "a" * 150 + ".csv", False),
        ("flow.csv", "flow.txt", False),
        ("flow.csv", "flow2.csv", False),
        ("", "flow.csv", False),
        ("flow.csv", "größe.csv", False),
    ],
)
def test_the_name_that_a_portal_makes_of_a_files(there: str, name: str, same: bool) -> None:
    assert is_munged(there, name) is same
