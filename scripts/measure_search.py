"""Measure the search service with 20,000 datasets: `python scripts/measure_search.py`; it prints a table of medians."""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from tuckan.sandbox.environment import environment

DATASETS = 20_000
WORDS = 8_000
ROUNDS = 15


def word(number: int) -> str:
    """The word of a rank."""
    return "".join(
        "bcdfghklmnprstvw"[(number * 7 + i * 5) % 16] + "aeiou"[(number // (i + 1)) % 5] for i in range(3)
    ) + str(number % 9)


VOCABULARY = [word(rank) for rank in range(WORDS)]
FREQUENCIES = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(WORDS)))
"""Zipf's law, with Mandelbrot's shift: as in any language, the commonest word is every twenty-second."""


def words(chance: random.Random, count: int) -> list[str]:
    """Words as a text has them."""
    return chance.choices(VOCABULARY, cum_weights=FREQUENCIES, k=count)


def dataset(number: int, chance: random.Random) -> dict[str, Any]:
    """A dataset as CKAN sends it to be indexed."""
    title, notes = " ".join(words(chance, 7)), " ".join(words(chance, 90))
    whole = json.dumps({"title": title, "notes": notes, "filler": "x" * 3000})
    return {
        "index_id": f"{number:032x}", "id": f"id-{number}", "site_id": "measure", "entity_type": "package", "state": "active",
        "name": f"dataset-{number}", "title": title, "title_string": title, "notes": notes, "dataset_type": "dataset",
        "organization": f"org-{number % 40}", "groups": [f"group-{number % 12}"], "license_id": f"license-{number % 9}",
        "tags": [f"tag-{chance.randrange(900)}" for _ in range(4)], "res_format": [chance.choice(["CSV", "JSON", "PDF"])],
        "res_name": words(chance, 2), "permission_labels": ["public"], "extras_theme": words(chance, 1)[0],
        "metadata_created": "2020-01-01T00:00:00Z", "metadata_modified": f"20{10 + number % 15}-05-01T00:00:00Z",
        "data_dict": whole, "validated_data_dict": whole,
    }  # fmt: skip


class Service:
    """The service as a process."""

    def __init__(self, folder: Path) -> None:
        ready = folder / "ready"
        ready.unlink(missing_ok=True)
        schema = environment("2.12", print).schema
        options = ["--schema", str(schema), "--data", str(folder), "--ready-file", str(ready)]
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tuckan.sandbox.search", *options], stderr=subprocess.DEVNULL
        )
        while not ready.exists():
            time.sleep(0.01)
        self.seconds = time.monotonic() - begun
        self.url = f"http://127.0.0.1:{int(ready.read_text())}/solr/ckan"

    def post(self, body: Any) -> None:
        """Send changes."""
        request = urllib.request.Request(
            f"{self.url}/update", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request).close()

    def ask(self, **parameters: Any) -> int:
        """Search, and give how many there are."""
        given = {
            "df": "text",
            "q.op": "AND",
            "fq": ["+site_id:measure", "+state:active", "+permission_labels:(public)"],
        }
        data = urllib.parse.urlencode({**given, **parameters}, doseq=True).encode()
        with urllib.request.urlopen(f"{self.url}/select", data) as answer:
            found: int = json.load(answer)["response"]["numFound"]
        return found

    def end(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


def median_ms(work: Any) -> float:
    """The median of some rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def main() -> None:
    """Fill, restart, ask."""
    chance = random.Random(7)
    facets = ["organization", "groups", "tags", "res_format", "license_id"]
    typed = {"defType": "dismax", "qf": "name^4 title^4 tags^2 groups^2 text", "tie": "0.1", "mm": "2<-1 5<80%"}
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        begun = time.monotonic()
        for start in range(0, DATASETS, 500):
            service.post([dataset(number, chance) for number in range(start, start + 500)])
            service.post({"commit": {}})
        rows = [("fill with 20,000 datasets", f"{time.monotonic() - begun:.1f} s")]
        service.end()
        service = Service(Path(folder))
        rows.append(("start with 20,000 datasets", f"{service.seconds:.1f} s"))
        rows.append(("memory", f"{psutil.Process(service.process.pid).memory_info().rss / 1e6:.0f} MB"))
        common = {"facet": "true", "facet.field": facets, "facet.limit": 50, "facet.mincount": 1, "rows": 20}
        pair = f"{VOCABULARY[0]} {VOCABULARY[1]}"
        for name, query in {
            "everything, newest first, 5 facets": {"q": "*:*", "sort": "metadata_modified desc", **common},
            "a word, 5 facets": {"q": VOCABULARY[3], **typed, **common},
            "two words, 5 facets": {"q": pair, **typed, **common},
            "a phrase": {"q": f'"{pair}"', **typed},
            "part of a title (autocomplete)": {"q": f"title_ngram:{VOCABULARY[5][:4]}"},
            "1,000 datasets by id": {"q": "*:*", "sort": "id asc", "rows": 1000, "fl": "id data_dict"},
        }.items():
            rows.append((name, f"{median_ms(lambda query=query: service.ask(**query)):.0f} ms"))
        one = dataset(77, chance)

        def change() -> None:
            service.post([one])
            service.post({"commit": {}})

        rows.append(("change one and commit", f"{median_ms(change):.1f} ms"))
        service.end()
    print("\n".join(f"{name:40} {value:>10}" for name, value in rows))


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main()
