"""A table is removed only once its backup, and the note that it is about to go, are whole and on the disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.flows import done_here

from tuckan.jobs.operation import Operation, Portals
from tuckan.push.backup import BACKUP, read_backup
from tuckan.push.ledger import LEDGER, Ledger
from tuckan.push.operations import BackUpTable
from tuckan.wire.address import Address
from tuckan.wire.flow import Outcome, Reply, Send
from tuckan.wire.portal_state import PortalState

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The numbers of the files and folders that were written to the disk."""
    found: set[int] = set()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        found.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_backup_and_ledger_are_on_the_disk_before_the_table_is_removed(tmp_path: Path, synced: set[int]) -> None:
    backup, ledger = ((tmp_path / "job.sqlite").with_suffix(ending) for ending in (BACKUP, LEDGER))
    removed: list[bool] = []
    columns = [{"id": "_id", "type": "int"}, {"id": "n", "type": "int4"}]

    def answer(action: str, asked: dict[str, Any]) -> Any:
        if action == "datastore_info":
            return {"fields": columns, "meta": {}}
        if action == "datastore_search":
            last = asked["sort"].endswith("desc")
            return {"fields": columns, "records": "3\n" if last else "1,7\n2,8\n3,9\n", "total": 3, "limit": 20_000}
        assert action == "datastore_delete"
        assert read_backup(backup).count.rows == 3
        assert Ledger(ledger).removal == "begun"
        assert {one.stat().st_ino for one in (backup, ledger, tmp_path)} <= synced
        removed.append(True)
        return None

    portal_state = PortalState(Address.parse("https://example.org"), action_base="https://example.org/api/3/action")
    operation = Operation("k", "table.back_up", "table r", {"resource": "r", "rows": 3, "job": "job"})
    flow = done_here(BackUpTable().do(operation, Portals(portal_state, journal=tmp_path / "job.sqlite")))
    outcome: Outcome | None = None
    while (step := next_step(flow, outcome)) is not None:
        result = answer(step.request.url.rpartition("/")[2], json.loads(bytes(step.request.body)))
        outcome = Outcome(Reply(200, {}, json.dumps({"success": True, "result": result}).encode()), 0.1)
    assert removed == [True]


def next_step(flow: Any, outcome: Outcome | None) -> Any:
    """What a flow wants next; None at its end."""
    try:
        step = flow.send(outcome)
    except StopIteration:
        return None
    assert isinstance(step, Send)
    return step
