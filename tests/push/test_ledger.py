"""Which rows of a push have arrived, told by a count alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tuckan.push.batches import LANES, read_chunk, write_chunks
from tuckan.push.ledger import Ledger, are_distinct

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@given(wanted=st.lists(st.integers(1, 300), min_size=1, max_size=8), data=st.data())
def test_a_count_tells_what_has_arrived(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(data.draw(st.integers(0, 1000)))
    sent = {str(n): ledger.send(str(n), rows) for n, rows in enumerate(wanted)}
    sent = {key: rows for key, rows in sent.items() if rows}
    assert are_distinct(sent.values())
    arrived = data.draw(st.sets(st.sampled_from(sorted(sent))))
    again = Ledger(path)  # as another process finds it
    assert again.in_doubt()
    assert again.send("new", 5) == 0, "nothing goes while there is doubt"
    assert again.claim()
    assert not again.claim()
    assert again.settle((ledger.base or 0) + sum(sent[key] for key in arrived))
    assert {key for key in sent if again.arrived(key)} == arrived
    assert not Ledger(path).in_doubt()
    assert Ledger(path).total == sum(sent[key] for key in arrived)


def test_a_count_that_fits_nothing_is_not_explained_away(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.ledger")
    ledger.begin(10)
    assert (ledger.send("a", 5), ledger.send("b", 5), ledger.send("c", 1)) == (5, 4, 0), "9 + 1 would be 5 + ... too"
    ledger.end("a", arrived=True)
    ledger.doubt("b", over=False)
    assert ledger.expected() == (15, 19)
    assert not ledger.settle(17)
    assert ledger.in_doubt("b")
    assert ledger.settle(19)
    ledger.less(100)
    assert ledger.send("d", 500) == 50


def test_a_last_line_that_was_cut_is_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(0)
    ledger.send("a", 5)
    path.write_bytes(path.read_bytes() + b'["arrived", "a')
    again = Ledger(path)
    assert again.settle(5)
    assert Ledger(path).arrived("a") == 5


def test_a_ledger_of_another_run_is_compared_with_the_table_before_anything_is_sent(tmp_path: Path) -> None:
    """Whichever whole lines a crash of the machine takes from its end, no row is sent that may be there."""
    path = tmp_path / "a.ledger"
    ledger = Ledger(path)
    ledger.begin(10)
    for key, rows in (("a", 5), ("b", 6)):
        ledger.send(key, rows)
        ledger.end(key, arrived=True)
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 6
    for kept in range(2, 7):
        path.write_bytes(b"".join(lines[:kept]))
        again = Ledger(path)
        assert again.send("c", 7) == 0, "it is counted first"
        assert again.claim()
        assert again.settle(21) == (kept >= 5), "the number of rows explains what is in doubt, and nothing else"
        again.release()
        assert again.send("c", 7) == (7 if kept >= 5 else 0)
    path.write_bytes(b"".join(lines[:1]))
    assert Ledger(path).base is None


def test_rows_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    rows = [f'{{"n":{n}}}'.encode() for n in range(23_456)]
    path = tmp_path / "a.rows"
    chunks = list(write_chunks(path, (rows[start : start + 1000] for start in range(0, len(rows), 1000))))
    assert [row for one in chunks for row in read_chunk(path, one.at, one.size)] == rows
    assert [one.lane for one in chunks] == [n % LANES for n in range(len(chunks))]
    assert are_distinct([one.rows for one in chunks])
    assert list(write_chunks(path, [])) == []
