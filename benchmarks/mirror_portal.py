"""A portal whose datasets change and go: `python -m benchmarks.mirror_portal 1000` prints its port and serves.

Words are as frequent as in a language, so that a full-text search has something to rank. The action `change` changes every
hundredth dataset, `remove` removes the last five, and `requests` tells how many requests there were.
"""

from __future__ import annotations

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


class MirrorPortal(portal.Portal):
    """A portal of so many datasets."""

    changed = 0
    requests = 0

    def _record(self, n: int) -> bytes:
        raw = bytes(self.view[self.offsets[n] : self.offsets[n + 1] - 2])
        if self.changed and n % 100 == 0:
            raw = raw.replace(b'"metadata_modified": "2024', b'"metadata_modified": "%04d' % (2024 + self.changed))
            raw = raw.replace(b'"title": "', b'"title": "%d ' % self.changed, 1)
        return raw

    def answer(self, action: str, params: dict[str, Any], body: bytes) -> Sequence[bytes | memoryview]:
        """The answer of an action, which is counted."""
        self.requests += 1
        if action == "package_show" and (n := _number(str(params.get("id")))) is not None:
            if n >= self.count:
                return [_ABSENT]
            params = {"id": f"dataset-{n:07}"}
        return super().answer(action, params, body)

    def on_package_search(self, params: dict[str, Any], body: bytes) -> list[bytes | memoryview]:
        """A page of whole datasets, of some fields, or of those with some ids."""
        if ids := _IDS.findall(str(params.get("fq") or "")):
            numbers = [n for n in (int(one[:8], 16) for one in ids) if n < self.count]
            found = b", ".join(map(self._record, numbers))
            return [b'{"count": %d, "results": [' % len(numbers), found, b"]}"]
        if not params.get("fl"):
            return super().on_package_search(params, body)
        start = int(params.get("start") or 0)
        rows = range(start, min(start + int(params["rows"]), self.count))
        found = b", ".join(
            b'{"id": "%08x-0000-4000-8000-000000000000", "metadata_modified": "%04d-03-06T00:43:54.909777"}'
            % (n, 2024 + (self.changed if n % 100 == 0 else 0))
            for n in rows
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


def _number(name: str) -> int | None:
    """The number of a dataset, by its id or name."""
    if _IDS.fullmatch(name):
        return int(name[:8], 16)
    return int(name[8:]) if name.startswith("dataset-") else None


def main() -> None:
    """Serve."""
    records.VARIANTS = 5000
    records._text = lambda chance, words: " ".join(chance.choices(VOCABULARY, _FREQUENCIES, k=words))  # noqa: SLF001
    uvloop.run(portal.serve(MirrorPortal(int(sys.argv[1]), 0, 0), 0.0))


if __name__ == "__main__":
    main()
