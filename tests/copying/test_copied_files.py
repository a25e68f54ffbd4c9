"""Files that are copied under names that somebody else chose, and views that are put back."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flows import done_here

from tuckan.jobs.kinds.copied_files import CopyFile
from tuckan.jobs.kinds.copied_views import CopyViews
from tuckan.jobs.operation import Operation, Portals
from tuckan.snapshot.canonical import normal_view
from tuckan.wire.address import Address
from tuckan.wire.flow import Fetch, Fetched, FetchOutcome, Outcome, Reply
from tuckan.wire.portal_state import PortalState

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def portal(site: str) -> PortalState:
    known = PortalState(Address.parse(site))
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
    flow = done_here(CopyFile().do(Operation("r", "copy.file", "dataset d", data), portals))
    brought: Any = None
    try:
        while True:
            step: Any = flow.send(brought)
            if isinstance(step, Fetch):
                reply = Reply(200, {"content-type": "text/csv"}, CONTENT)
                assert step.keep(reply) is not None
                written.append(Path(step.into))
                written[-1].write_bytes(CONTENT)
                brought = FetchOutcome(Fetched(200, {}, len(CONTENT), {"sha256": SHA256}, None, False, CONTENT), 0.1)
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


def views_after(left: list[Any] | None, there: list[Any], wanted: list[Any]) -> list[str]:
    """Give a resource the views that are wanted, and tell the titles of those that it has then."""
    portals = Portals(portal("https://b.example.org"))
    data = {"resources": {"r": wanted}} | ({} if left is None else {"left": {"r": left}})
    views = {one["id"]: one for one in there}

    def answer(request: Any) -> Any:
        action, asked = request.url.rpartition("/")[2], msgspec.json.decode(request.body)
        if action == "resource_view_delete":
            del views[asked["id"]]
        elif action == "resource_view_create":
            views[asked["title"]] = {**asked, "id": asked["title"]}
            return views[asked["title"]]
        return list(views.values())

    flow = CopyViews().do(Operation("v", "copy.views", "dataset d", data), portals)
    brought: Any = None
    with contextlib.suppress(StopIteration):
        while True:
            step: Any = flow.send(brought)
            result = msgspec.json.encode({"success": True, "result": answer(step.request)})
            brought = Outcome(Reply(200, {}, result), 0.1)
    return [one["title"] for one in views.values()]


def test_undoing_copied_views_leaves_those_of_others() -> None:
    def view(title: str, **more: Any) -> dict[str, Any]:
        return {"id": title, "view_type": "text_view", "title": title, "description": "", **more}

    ours, theirs, edited = view("ours"), view("theirs"), view("ours", description="Edited by somebody.")
    normal = [normal_view(ours)]
    assert views_after(None, [ours, theirs], normal) == ["ours"], "a copy makes them as they are on the source"
    assert views_after(normal, [ours], []) == []
    assert views_after(normal, [ours, theirs], []) == ["theirs"]
    assert views_after(normal, [edited, theirs], []) == ["ours", "theirs"]
    assert views_after([], [theirs], normal) == ["theirs", "ours"], "what the copy removed is back"
