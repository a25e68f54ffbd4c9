"""`tuckan dump`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan.cli.command import Command
from tuckan.cli.commands.choosing import choosing_whole
from tuckan.cli.session import Session, portal_command, say

if TYPE_CHECKING:
    from tuckan.snapshot import EntityKind


@click.command(cls=Command)
@click.argument("kind", type=click.Choice(["datasets", "organizations", "groups", "users"]))
@click.argument("words", nargs=-1)
@click.option(
    "-o",
    "--output",
    "to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Output file [stdout]; compressed if the name ends in .gz or .zst.",
)
@click.option("--views", is_flag=True, help="Include the views of each resource; one more request per resource.")
@click.option("--sort-keys", is_flag=True, help="Sort keys, so that dumps can be compared.")
@click.option("--page-size", type=click.IntRange(min=1), default=1000, metavar="N", help="Records per request [1000].")
@choosing_whole
@portal_command
def dump(
    session: Session,
    *,
    kind: EntityKind,
    words: tuple[str, ...],
    to: Path | None,
    choice: dict[str, Any],
    **options: Any,
) -> None:
    """Write all records of a KIND as JSON lines.

    The dump is complete, or the command fails and writes no file. WORDS and the options select datasets; other
    kinds are written whole.

    \b
    tuckan dump datasets -o datasets.jsonl.gz --private --drafts
    tuckan dump organizations > organizations.jsonl
    """
    narrowed = bool(words) or any(choice.values()) or options["views"]
    if kind != "datasets" and narrowed:
        raise click.UsageError(f"Only datasets can be selected; {kind} are always dumped as a whole.")
    with session.client() as ckan:
        written = ckan.dump(kind, to or sys.stdout.buffer, q=" ".join(words) if words else None, **choice, **options)
    sys.stdout.flush()
    say(f"{written}.")
