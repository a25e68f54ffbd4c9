"""`tuckan search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.command import Command, Option
from tuckan.cli.commands.choosing import choosing, write_all, write_datasets
from tuckan.cli.options import offset_option
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from tuckan.cli.output import Output


@click.command(cls=Command)
@click.argument("words", nargs=-1)
@click.option(
    "--facet",
    "facets",
    multiple=True,
    metavar="FIELD",
    shell_complete=completion.search_fields,
    help="Count datasets by the values of a field; may be repeated.",
)
@click.option(
    "--facet-limit",
    type=click.IntRange(min=-1),
    default=10,
    metavar="N",
    help="Maximum number of values per facet; -1 for all [10].",
)
@click.option(
    "-n",
    "--limit",
    "rows",
    cls=Option,
    also=["--rows"],
    type=click.IntRange(min=0),
    default=20,
    metavar="N",
    help="Maximum number of results [20].",
)
@offset_option("Number of results to skip [0].")
@click.option("--sort", metavar="ORDER", help="Sort order, such as 'metadata_modified desc'.")
@click.option("--all", "everything", is_flag=True, hidden=True, help="All results; the same as `tuckan dataset list`.")
@choosing
@portal_command
def search(
    session: Session,
    *,
    words: tuple[str, ...],
    facets: tuple[str, ...],
    facet_limit: int,
    rows: int,
    start: int,
    sort: str | None,
    everything: bool,
    choice: dict[str, Any],
) -> None:
    """Search datasets by WORDS, or in Solr's syntax.

    Results are sorted by relevance. `tuckan dataset list WORDS` lists every match.

    With --facet, JSON output is the whole result with its facets; other formats have the datasets only.

    \b
    tuckan search water quality --facet organization --facet tags
    tuckan search 'title:rain AND res_format:CSV' --sort 'metadata_modified desc'
    tuckan search --filter organization=city --format ids
    """
    query = " ".join(words) if words else None
    if everything:
        if facets or sort:
            raise click.UsageError("--all lists datasets in order of id: it cannot be combined with --facet or --sort.")
        write_all(session, query, start=start, **choice)
        return
    with session.client() as ckan:
        asked: dict[str, Any] = {
            "facets": list(facets),
            "facet_limit": facet_limit,
            "rows": rows,
            "start": start,
            "sort": sort,
        }
        found = ckan.datasets.search(query, **asked, **choice)
    output = session.output
    if facets and output.form in ("json", "jsonl"):
        output.record(found)
        return
    datasets = found.get("results", [])
    write_datasets(output, datasets, choice["fields"])
    if datasets or found.get("count"):
        say(f"{start + 1 if datasets else 0:,} to {start + len(datasets):,} of {found.get('count', 0):,}")
    if output.for_people:
        for name, facet in found.get("search_facets", {}).items():
            say(f"\n{facet.get('title') or name}")
            _show_facet(output, sorted(facet.get("items", []), key=_most), facet_limit)


def _show_facet(output: Output, items: list[dict[str, Any]], limit: int) -> None:
    titled = any(one.get("display_name") != one.get("name") for one in items)
    output.records(items, columns=("name", "display_name", "count") if titled else ("name", "count"))
    if items and len(items) == limit:
        say(f"The {counted(len(items), 'most frequent value')}; --facet-limit -1 shows all.")


def _most(item: dict[str, Any]) -> tuple[int, str]:
    return -int(item.get("count", 0)), str(item.get("name"))
