"""Measure a check of links: `python scripts/measure_links.py 10000 300` checks so many links on so many loopback hosts, twice.

Printed are seconds, processor time, the peak of memory, verdicts by the kind of link, and what the servers counted: requests, the most at once
and in any second to one host. Of the links 15 % refuse HEAD, 5 % are gone, 2 % slow, 3 % answer 429 first, 2 % are soft 404s, and 2 % of the
hosts are dead. The servers run in a process of their own. Linux answers on all of 127.0.0.0/8; macOS does not.
"""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.audit.link_hosts import urls

from tuckan.links.checker import Checker, LinkOptions
from tuckan.links.store import Store

ROOT = Path(__file__).parent.parent
SOFT = ("soft", "softpage", "softroot")
GOOD = ("good", "gets", "slow", "busy", "moved", "page")


def main() -> None:
    """Check the links twice, with one file of answers."""
    links, hosts = (int(one) for one in (sys.argv[1:] or ["10000", "300"]))
    command = [sys.executable, "-m", "tests.audit.link_hosts", "2"]
    with (
        socket.socket() as closed,
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as servers,
    ):
        assert servers.stdin is not None  # noqa: S101 - it was asked for
        assert servers.stdout is not None  # noqa: S101
        closed.bind(("127.0.0.1", 0))
        kinds = dict(urls(hosts, links, int(servers.stdout.readline()), closed.getsockname()[1]))
        wanted = {url: not url.endswith(".html") for url in kinds}
        before = 0
        for run in ("first", "second"):
            begun, used = time.perf_counter(), time.process_time()
            with Store(Path(folder, "links.db")) as store:
                found = Checker(store, LinkOptions(allow_private_addresses=True)).check(wanted)
            seconds, cpu = time.perf_counter() - begun, time.process_time() - used
            servers.stdin.write("\n")
            servers.stdin.flush()
            counted = json.loads(servers.stdout.readline())
            print(f"{run} run: {seconds:.1f} s, {cpu:.1f} s of processor time, {peak()} MB", flush=True)
            print(f"  requests {counted['requests'] - before:,}, at most {counted['at once']} at once and"
                  f" {counted['in a second']} in a second to one host")  # fmt: skip
            before = counted["requests"]
            verdicts = Counter((kinds[url], one.verdict) for url, one in found.items())
            for (kind, verdict), number in sorted(verdicts.items()):
                print(f"  {kind:>9} {verdict:<10} {number:>6,}")
            wrong = [url for url, one in found.items() if kinds[url] in GOOD and one.verdict in ("broken", "suspected")]
            soft = [found[url].soft for url in found if kinds[url] in SOFT]
            print(
                f"  good ones that count as failed: {len(wrong)}; soft 404s found: {sum(soft)} of {len(soft)}",
                flush=True,
            )
        servers.stdin.close()


def peak() -> int:
    """The peak of memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
