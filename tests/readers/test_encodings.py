"""Every codec of Python, and names of none: text, or an error that says what to give."""

from __future__ import annotations

import encodings
import pkgutil
from typing import TYPE_CHECKING

import pytest

from tuckan import ReadOptions, errors
from tuckan.jobs.records.fields import FIELDS
from tuckan.readers.reading import Reading, read_rows
from tuckan.tables.sources import incoming

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [one.name for one in pkgutil.iter_modules(encodings.__path__)]
FILES = {
    "a.csv": b"name,title\nx,\xe4\xff\ny,z\n",
    "b.jsonl": b'{"name":"x\xe4"}\n{"name":"y"}\n',
    "c.csv": b"\x00n\x00a\n",
}


@pytest.mark.parametrize(
    "name", ["rot13", "hex", "base64", "zip", "", "a\0b", "undefined", "idna", "\ud800", "é", "../os"]
)
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(errors.InvalidArgument, match="is not an encoding of text") as caught:
        ReadOptions(encoding=name)
    str(caught.value).encode()


def test_each_encoding_reads_or_says_where_it_cannot(tmp_path: Path) -> None:
    read = 0
    for file, data in FILES.items():
        path = tmp_path / file
        path.write_bytes(data)
        for name in NAMES:
            try:
                options = ReadOptions(encoding=name)
                read += len(list(read_rows(str(path), Reading(FIELDS["dataset"], options=options))))
                table = incoming(str(path), options, {})
                read += sum(batch.num_rows for batch in table.batches(table.types({}, {})))
            except errors.TuckanError:
                continue
    assert read > 2 * len(NAMES)
