"""A portal whose datasets change and go: `python -m benchmarks.mirror_portal 1000` prints its port and serves.

Its datasets are made when they are asked for, each from its number, so that there can be a million. Words are as frequent as
in a language, so that a full-text search has something to rank. The action `change` changes every hundredth dataset, `remove`
removes the last five, and `requests` tells how many requests there were.
"""

from __future__ import annotations

import json
import random
import re
import sys
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import portal, records

if TYPE_CHECKING:
    from collections.abc import Sequence

REMOVED = 5
VOCABULARY = [f"{one}{two:04}" for one in ("aqua", "terra", "urb", "vent", "silv") for two in range(2000)]
_FREQUENCIES = [1 / (number + 1) for number in range(len(VOCABULARY))]
"""The n-th most frequent word of a language is about a n-th as frequent as the first."""

_IDS = re.compile(r"[0-9a-f]{8}-0000-4000-8000-000000000000")
_ABSENT = b'{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}}'


VARIANTS = 5000
"""Different datasets; others differ from them in their ids and names."""

_NUMBER = "numbered"
"""What stands in a variant for the number of a dataset."""


class MirrorPortal(portal.Portal):
    """A portal of so many datasets."""

    changed = 0
    requests = 0

    def __init__(self, count: int) -> None:
        super().__init__(0, 0, 0)
        self.count = count
        chance = random.Random(7)
        self.variants = [_variant(chance) for _ in range(min(count, VARIANTS))]

    def _record(self, n: int) -> bytes:
        number = b"%08x" % n
        raw = b'{"id": "%s-0000-4000-8000-000000000000", "name": "dataset-%07d", ' % (number, n)
        raw += number.join(self.variants[n % VARIANTS])
        if self.changed and n % 100 == 0:
            raw = raw.replace(b'"metadata_modified": "2024', b'"metadata_modified": "%04d' % (2024 + self.changed))
            raw = raw.replace(b'"title": "', b'"title": "%d ' % self.changed, 1)
        return raw

    def answer(self, action: str, params: dict[str, Any], body: bytes) -> Sequence[bytes | memoryview]:
        """The answer of an action, which is counted."""
        self.requests += 1
        if action == "package_show" and (n := _number(str(params.get("id")))) is not None and n >= self.count:
            return [_ABSENT]
        return super().answer(action, params, body)

    def on_package_show(self, params: dict[str, Any], body: bytes) -> bytes | memoryview:
        """One of them, by its name or id."""
        n = _number(str(params.get("id")))
        return super().on_package_show(params, body) if n is None else self._record(n)

    def on_package_search(self, params: dict[str, Any], _: bytes) -> list[bytes | memoryview]:
        """A page of whole datasets, of some fields, or of those with some ids."""
        if ids := _IDS.findall(str(params.get("fq") or "")):
            numbers = [n for n in (int(one[:8], 16) for one in ids) if n < self.count]
            found = b", ".join(map(self._record, numbers))
            return [b'{"count": %d, "results": [' % len(numbers), found, b"]}"]
        start = int(params.get("start") or 0)
        rows = range(start, min(start + min(int(params.get("rows") or 10), portal.MOST_ROWS), self.count))
        found = (
            b", ".join(map(self._record, rows))
            if not params.get("fl")
            else b", ".join(
                b'{"id": "%08x-0000-4000-8000-000000000000", "metadata_modified": "%04d-03-06T00:43:54.909777"}'
                % (n, 2024 + (self.changed if n % 100 == 0 else 0))
                for n in rows
            )
        )
        return [b'{"count": %d, "results": [' % self.count, found, b"]}"]

    def on_organization_list(self, *_: Any) -> bytes:
        """None."""
        return b"[]"

    on_group_list = on_organization_list

    def on_change(self, *_: Any) -> bytes:
        """Change every hundredth dataset."""
        self.changed += 1
        return b"true"

    def on_remove(self, *_: Any) -> bytes:
        """Remove the last datasets."""
        self.count -= REMOVED
        return b"true"

    def on_requests(self, *_: Any) -> bytes:
        """How many requests there were."""
        return b"%d" % self.requests


def _variant(chance: random.Random) -> list[bytes]:
    """A dataset as JSON without its id and name, cut where the number of a dataset stands in the ids of its resources."""
    fields = records._fields(chance)
    for one in fields["resources"]:
        one["id"] = _NUMBER + one["id"][8:]
    return json.dumps(fields, ensure_ascii=False)[1:].encode().split(_NUMBER.encode())


def _number(name: str) -> int | None:
    """The number of a dataset, by its id or name."""
    if _IDS.fullmatch(name):
        return int(name[:8], 16)
    return int(name[8:]) if name.startswith("dataset-") else None


def main() -> None:
    """Serve."""
    records._text = lambda chance, words: " ".join(chance.choices(VOCABULARY, _FREQUENCIES, k=words))  # noqa: SLF001
    uvloop.run(portal.serve(MirrorPortal(int(sys.argv[1])), 0.0))


if __name__ == "__main__":
    main()
