"""`tuckan batch`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tuckan.cli import jobs
from tuckan.cli.command import Command
from tuckan.cli.commands.bulk import bulk_options, finish
from tuckan.cli.session import Session, portal_command

if TYPE_CHECKING:
    from tuckan.cli.commands.bulk import How


@click.command(cls=Command)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "-I", "-i", "--input", "inputs", multiple=True, hidden=True, metavar="FILE", help="A file; the same as FILE."
)
@click.option("--any-order", is_flag=True, help="Call actions concurrently instead of in the order given.")
@click.option("-z", "--gzip", is_flag=True, hidden=True, help="Packed files are noticed by themselves.")
@bulk_options
@portal_command
def batch(
    session: Session,
    *,
    files: tuple[str, ...],
    inputs: tuple[str, ...],
    any_order: bool,
    gzip: bool,  # noqa: ARG001 - ckanapi's users may give it
    how: How,
) -> int:
    """Call many actions, read from FILEs of JSON lines.

    A line is {"action": "...", "data": {...}, "files": {"upload": "path"}}; the file - is standard input.

    \b
    tuckan batch calls.jsonl
    tuckan batch calls.jsonl --any-order --dry-run
    """
    if not files and not inputs and sys.stdin is not None and sys.stdin.isatty():
        raise click.UsageError("Give a file, or - for standard input.")
    with session.client() as ckan:
        job = ckan.jobs.batch([*inputs, *files] or ["-"], in_order=not any_order, dry_run=how.dry_run)
        with jobs.planned(job):
            return finish(session, job, how, question="Call them?")
