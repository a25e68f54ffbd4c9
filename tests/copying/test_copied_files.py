"""Files that are copied under names that somebody else chose."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tuckan.jobs.kinds.copied_files import CopyFile
from tuckan.jobs.operation import Operation, Portals
from tuckan.wire.address import Address
from tuckan.wire.flow import Brought, Fetch, Fetched, Outcome, Reply
from tuckan.wire.portal_state import Memory

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def portal(site: str) -> Memory:
    known = Memory(Address.parse(site))
    known.action_base = f"{site}/api/3/action"
    return known


def copied(file: str) -> tuple[Any, list[Path], str]:
    """Copy a file of this name: what came of it, where it was written meanwhile, and what the portal is to call it."""
    resource = {"id": "r", "url": f"https://a.example.org/download/{file}", "url_type": "upload", "format": "CSV"}
    data = {"resource": "r", "file": file, "source": resource, "told": {}, "new": True}
    portals = Portals(portal("https://b.example.org"), portal("https://a.example.org"))
    made = {"id": "r", "package_id": "d", "hash": f"sha256:{SHA256}", "size": len(CONTENT), "url": "x"}
    written: list[Path] = []
    named = ""
    flow = CopyFile().do(Operation("r", "copy.file", "dataset d", data), portals)
    brought: Any = None
    try:
        while True:
            step: Any = flow.send(brought)
            if isinstance(step, Fetch):
                reply = Reply(200, {"content-type": "text/csv"}, CONTENT)
                assert step.keep(reply) is not None
                written.append(Path(step.into))
                written[-1].write_bytes(CONTENT)
                brought = Brought(Fetched(200, {}, len(CONTENT), {"sha256": SHA256}, None, False, CONTENT), 0.1)
            else:
                uploads = getattr(step.request.body, "files", None)
                if uploads:
                    named = uploads["upload"].name
                result = made if uploads else {"id": "r"}
                body = msgspec.json.encode({"success": True, "result": result})
                brought = Outcome(Reply(200, {}, body), 0.1)
    except StopIteration as end:
        return end.value, written, named


@pytest.mark.parametrize(
    ("file", "own"),
    [
        ("rain.csv", "rain.csv"),
        ("../../x", "x"),
        ("/etc/passwd", "passwd"),
        (r"C:\Windows\system32\rain.csv", "rain.csv"),
        (r"\\server\share\..\rain.csv", "rain.csv"),
        (r"..\../rain .csv", "rain .csv"),
        ("rain/", "file"),
        ("", "file"),
        ("..", "file"),
        (".", "file"),
        ("C:rain.csv", "rain.csv"),
        ("rain\0\r\n.csv", "rain.csv"),
    ],
)
def test_a_hostile_name_leads_nowhere(file: str, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended, written, named = copied(file)
    assert ended.what == "created"
    assert [(one.parent.parent, one.name) for one in written] == [(tmp_path, "file")]
    assert list(tmp_path.iterdir()) == [], "nothing is left of it"
    assert named == own
