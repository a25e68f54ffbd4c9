"""`tuckan demo`: the main things tuckan does, done for real on the sandbox, each with the line that does it."""

from __future__ import annotations

import time
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tuckan._optional import load
from tuckan._text import counted
from tuckan.cli.command import Command
from tuckan.errors import MissingDependency

if TYPE_CHECKING:
    from rich.console import Console

    from tuckan.client import Client

FORGOTTEN_FOR = timedelta(days=90)


@click.command(cls=Command)
@click.option("--name", default="default", metavar="NAME", help="The sandbox's name, to have several of one version.")
@click.option("--ckan", default="2.12", metavar="VERSION", help="2.12, 2.11 or 2.10 [2.12].")
def demo(*, name: str, ckan: str) -> None:
    """Take a guided tour of the sandbox.

    It fills a real CKAN with about 300 datasets and 2,000 API tokens, which takes a minute or two. No questions are asked.

    \b
    tuckan demo
    """
    from rich.console import Console  # noqa: PLC0415 - `--help` needs none

    load("psutil", extra="sandbox", purpose="run a sandbox")
    from tuckan.sandbox import Sandbox  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=False)
    sandbox = Sandbox(name, ckan)
    _prepare(console, sandbox)
    with sandbox.client() as client:
        for step in (_status, _list, _search, _by_title, _table, _tokens):
            step(console, client)
    _put_back(console, sandbox)
    _farewell(console, sandbox)


def _prepare(console: Console, sandbox: Any) -> None:
    from tuckan.sandbox.demo import load_demo  # noqa: PLC0415 - as above

    _heading(console, "A real CKAN on this machine", "tuckan sandbox up", "tuckan sandbox load-demo")
    begun = time.monotonic()

    def tell(text: str) -> None:
        console.print(f"  {time.monotonic() - begun:5.1f} s  {text}")

    sandbox.up(tell)
    tell(f"CKAN {sandbox.ckan} answers at {sandbox.url}")
    made = load_demo(sandbox, tell)
    tell(f"{counted(made.datasets, 'dataset')} and {counted(made.tokens, 'token')} made")


def _status(console: Console, ckan: Client) -> None:
    _heading(console, "The portal, and who we are on it", "ckan.portal.capabilities()", typed="tuckan status")
    able = ckan.portal.capabilities()
    console.print(f"  CKAN {able.version}, loaders: {', '.join(able.loader)}")
    console.print(f"  we are {able.user}, a system administrator")


def _list(console: Console, ckan: Client) -> None:
    _heading(
        console,
        "Every dataset, with the proof that none is missing",
        "everything = ckan.datasets.list(include_private=True, include_drafts=True)",
        "print(everything.proof)",
        typed="tuckan dataset list --private --drafts",
    )
    begun = time.monotonic()
    everything = ckan.datasets.list(include_private=True, include_drafts=True)
    console.print(f"  {everything.proof}  ({time.monotonic() - begun:.2f} s)")
    private = sum(bool(one["private"]) for one in everything)
    drafts = sum(one["state"] == "draft" for one in everything)
    console.print(f"  {private} of them private, {counted(drafts, 'draft')}: a list without them would not say so")


def _search(console: Console, ckan: Client) -> None:
    _heading(
        console,
        "Search, and count the answers",
        'found = ckan.datasets.search("population", facets=["tags"],',
        '                             filters={"organization": "census"})',
        typed="tuckan search population --facet tags --filter organization=census",
    )
    found = ckan.datasets.search("population", facets=["tags"], filters={"organization": "census"}, rows=3)
    tags = found["search_facets"]["tags"]["items"]
    counts = {one["name"]: one["count"] for one in tags if one["name"] in ("growing", "shrinking")}
    console.print(
        f"  {counted(found['count'], 'dataset')}; states that are growing: {counts['growing']}, shrinking: {counts['shrinking']}"
    )
    for one in found["results"]:
        console.print(f"    {one['title']}: {one['notes']}", overflow="ellipsis", no_wrap=True)


def _by_title(console: Console, ckan: Client) -> None:
    _heading(
        console,
        "One dataset by its title, whatever the case",
        'ckan.datasets.by_title("the PLANET mars")',
        typed='tuckan dataset by-title "the PLANET mars"',
    )
    found = ckan.datasets.by_title("the PLANET mars")
    console.print(f"  {found['name']}: {found['notes']}")


def _table(console: Console, ckan: Client) -> None:
    _heading(
        console,
        "A CSV through DataPusher into a DataFrame",
        'resource = ckan.resources.list("planets")[0]["id"]',
        "ckan.datapusher.submit(resource)",
        "ckan.datapusher.wait(resource)",
        'columns = ["planet", "diameter_km", "gravity_m_s2"]',
        "pd.DataFrame(ckan.datastore.iter(resource, fields=columns))",
        typed="tuckan datapusher submit RESOURCE --wait",
    )
    resource = ckan.resources.list("planets")[0]["id"]
    ckan.datapusher.wait(resource)  # the portal submits new files by itself; this one may be at work still
    ckan.datapusher.submit(resource)
    status = ckan.datapusher.wait(resource, interval=0.2)["status"]
    rows = list(ckan.datastore.iter(resource, fields=["planet", "diameter_km", "gravity_m_s2"]))
    console.print(f"  DataPusher: {status}, {counted(len(rows), 'row')}\n")
    console.print("\n".join("  " + line for line in _framed(rows).splitlines()))


def _framed(rows: list[dict[str, Any]]) -> str:
    """Rows as pandas shows them, or without pandas nearly so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas' warnings about its own dependencies are not relevant here
            pandas = load("pandas", extra="pandas", purpose="show a DataFrame")
    except MissingDependency:
        return "\n".join("  ".join(str(value).rjust(12) for value in one.values()) for one in rows)
    return str(pandas.DataFrame(rows).set_index("_id").to_string())


def _tokens(console: Console, ckan: Client) -> None:
    from tuckan.sandbox.demo.loading import ROBOT  # noqa: PLC0415 - as above

    _heading(
        console,
        "API tokens that are no longer used: preview, then revoke",
        "forgotten = timedelta(days=90)",
        f'plan = ckan.tokens.revoke("{ROBOT}", unused_since=forgotten, dry_run=True)',
        f'done = ckan.tokens.revoke("{ROBOT}", unused_since=forgotten)',
        typed=f"tuckan token revoke {ROBOT} --unused-since 90d --dry-run",
    )
    plan = ckan.tokens.revoke(ROBOT, unused_since=FORGOTTEN_FOR, dry_run=True)
    console.print(f"  dry run: {len(plan.selected):,} of {counted(plan.found, 'token')} would go, nothing was sent")
    begun = time.monotonic()
    done = ckan.tokens.revoke(ROBOT, unused_since=FORGOTTEN_FOR)
    seconds = time.monotonic() - begun
    console.print(
        f"  revoked: {done.done.get('revoked', 0):,} in {seconds:.1f} s, {done.failed} failed; verified by listing again"
    )
    console.print(f"  left: {len(ckan.tokens.list(ROBOT)):,}")


def _put_back(console: Console, sandbox: Any) -> None:
    """Create the revoked tokens again, so that the documentation's examples work after the tour as well."""
    from tuckan.sandbox.demo.loading import make_tokens  # noqa: PLC0415 - as above

    console.print(f"  created again, for you to try: {make_tokens(sandbox):,}")


def _farewell(console: Console, sandbox: Any) -> None:
    user, password = sandbox.administrator
    console.print("\n[bold]Where to go next[/bold]")
    console.print(f"  {sandbox.url}   in a browser: user {user}, password {password}")
    status = f"tuckan status --profile {sandbox.profile}"
    console.print(f"  {status:<40} the same portal at a shell")
    console.print("  tuckan --help                            all commands")
    console.print("  docs/tutorial.md, docs/notebooks/        the same, step by step")
    console.print(f"  {sandbox.typed('down'):<40} stops it; `destroy` removes it")


def _heading(console: Console, title: str, *lines: str, typed: str = "") -> None:
    """What comes now, and the lines that do it."""
    console.print(f"\n[bold]{title}[/bold]")
    for line in lines:
        command = line.startswith("tuckan")
        console.print(f"  $ {line}" if command else f"  {line}", style="green" if command else "cyan", markup=False)
    if typed:
        console.print(f"  $ {typed}", style="green", markup=False)
