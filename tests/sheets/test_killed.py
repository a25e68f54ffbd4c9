"""A process that applies a workbook is killed again and again: in the end everything is there once, and can be undone.

With the environment variable `SHEET_TESTS`, the workbook has three hundred records with files and ten processes are killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

from tuckan import Client
from tuckan.snapshot import normal

from .conftest import put

if TYPE_CHECKING:
    from pathlib import Path

    from tuckan.sandbox import Sandbox

NEW, THERE, KILLED_AT = (
    (240, 60, [1, 40, 2, 75, 60, 3, 25, 90, 50, 12]) if "SHEET_TESTS" in os.environ else (10, 6, [2, 4, 1, 3, 5])
)
"""How many records are new, and how many are there; the number of writes after which each process is killed, before it hears
of the last one."""
WRITES = {"package_create", "package_revise", "package_patch", "resource_create", "resource_patch", "resource_update"}
APPLYING = """
import os, sys, warnings
from tuckan import Client, errors
warnings.simplefilter("ignore", errors.NoFilter)
with Client(os.environ["PORTAL"], os.environ["TOKEN"], progress=False, concurrency=2) as ckan:
    with ckan.sheets.apply(sys.argv[1]) if sys.argv[1:] else ckan.jobs.open("last") as job:
        job.run()
"""


def said(record: Any) -> Any:
    return normal("datasets", record)


def prepared(ckan: Client, office: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """A workbook with new records, and with changes of some that are there; and these as they are before."""
    there = [f"{office}-there-{one}" for one in range(THERE)]
    for name in there:
        (folder / "old.txt").write_text(f"old {name}\n")
        ckan.datasets.create(name=name, owner_org=office, title="Before", tags=[{"name": "rain"}])
        ckan.resources.upload(name, folder / "old.txt")
    path = folder / "book.xlsx"
    ckan.sheets.export(path, there)
    rows: list[tuple[str, int, dict[str, Any]]] = [("dataset", 3, {"title": "After"}), ("dataset", 4, {"tags": "snow"})]
    (folder / "old.txt").write_text("another text\n")
    rows += [("resources", 3, {"upload": "old.txt"}), ("resources", 5, {"description": "Changed"})]
    (folder / "more.txt").write_text("more\n")
    rows.append(("resources", 3 + THERE, {"record": there[3], "upload": "more.txt"}))
    for one in range(NEW):
        (folder / f"{one}.txt").write_text(f"new {one}\n")
        rows.append(("dataset", 3 + THERE + one, {"record": str(one), "name": f"{office}-{one}", "owner_org": office}))
        rows.append(("resources", 4 + THERE + one, {"record": str(one), "upload": f"{one}.txt"}))
    put(path, *rows)
    return path, {name: ckan.datasets.get(name) for name in there}


def killed(proxy: Any, variables: dict[str, str], after: int, *arguments: str) -> None:
    """Start a process, and kill it when the portal has done so many of its writes."""
    process = subprocess.Popen([sys.executable, "-c", APPLYING, *arguments], env=variables)
    number = count(1)

    def kill(seen: Any, passed_on: Any) -> Any:
        answer = passed_on()
        if seen.action in WRITES and next(number) >= after:
            process.kill()
        return answer

    proxy.always(kill)
    assert process.wait(timeout=600) == -signal.SIGKILL, "it is killed in mid-job"
    proxy.always(None)


def test_killed_again_and_again(ckan_sandbox: Sandbox, ckan: Client, proxy: Any, office: str, tmp_path: Path) -> None:
    variables = {**os.environ, "PORTAL": proxy.url, "TOKEN": ckan_sandbox.token()}
    with Client(proxy.url, ckan_sandbox.token(), progress=False) as through:
        path, before = prepared(through, office, tmp_path)
        first, *others = KILLED_AT
        killed(proxy, variables, first, str(path))
        for after in others:
            killed(proxy, variables, after)
        with through.jobs.open("last") as job:
            report = job.run()
            assert report.complete, [one.reason for one in job.failures()]
            after = {one["name"]: one for one in ckan.datasets.list(filters={"organization": office})}
            assert sorted(after) == sorted([*before, *(f"{office}-{one}" for one in range(NEW))])
            for one in range(NEW):
                [file] = after[f"{office}-{one}"]["resources"]
                assert (file["name"], file["url_type"], str(file["size"])) == (
                    f"{one}.txt",
                    "upload",
                    str(5 + len(str(one))),
                )
            changed = [after[name] for name in before]
            assert [len(one["resources"]) for one in changed] == [1, 1, 1, 2, *[1] * (THERE - 4)]
            assert (changed[0]["title"], changed[1]["tags"][0]["name"]) == ("After", "snow")
            assert changed[2]["resources"][0]["description"] == "Changed"
            assert changed[0]["resources"][0]["size"] == len("another text\n")
            with job.undo() as undo:
                [lost] = undo.entries("refused")
                assert lost.operation.subject == f"dataset {office}-there-0"
                assert "the previous file was not saved" in lost.reason
                undo.run()
    there = {one["name"]: one for one in ckan.datasets.list(filters={"organization": office})}
    assert sorted(there) == sorted(before)
    for name, one in there.items():
        if name == f"{office}-there-0":
            one["resources"] = before[name]["resources"]  # whose file cannot be put back, as was said
        assert said(one) == said(before[name])
