"""Every work, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.works import calls, dumps, files, lists, mirrors, portals, start, tables, tokens

if TYPE_CHECKING:
    from benchmarks.work import Work

FAMILIES: dict[str, tuple[Work, ...]] = {
    "list": lists.WORKS,
    "dump": dumps.WORKS,
    "mirror": mirrors.WORKS,
    "revoke": tokens.WORKS,
    "calls": calls.WORKS,
    "sandbox": portals.WORKS,
    "tables": tables.WORKS,
    "files": files.WORKS,
    "start": start.WORKS,
}
WORKS = {work.name: work for works in FAMILIES.values() for work in works}
