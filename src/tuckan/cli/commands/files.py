"""Commands that move files: `resource upload` and `download`, `dataset download`, and `download` for many datasets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.arguments import Size, given_lines, parameters
from tuckan.cli.command import Command
from tuckan.cli.commands.choosing import of, organization_option
from tuckan.cli.failures import FAILED
from tuckan.cli.options import file_format, where_option
from tuckan.cli.session import Session, portal_command, say
from tuckan.errors import ConfigurationError, InvalidToken, PortalError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tuckan.client import Client
    from tuckan.shapes import Downloads

_UPLOADED = ("id", "outcome", "name", "size", "url")
_DOWNLOADED = ("outcome", "dataset", "name", "size", "path", "reason")

_CHOOSING = (
    file_format("formats", "Only files of this format, such as csv; several with commas, or repeated.", multiple=True),
    click.option(
        "--named",
        "names",
        multiple=True,
        metavar="PATTERN",
        help="Only files whose name matches a pattern, such as '*2024*'; may be repeated.",
    ),
    click.option(
        "--to",
        default=".",
        metavar="FOLDER",
        type=click.Path(path_type=Path, file_okay=False),
        help="Target folder [the current one].",
    ),
)
_FETCHING = (
    click.option(
        "--max-size", "max_bytes", type=Size(), metavar="SIZE", help="Skip files larger than this, such as 10MB."
    ),
    click.option("--again", is_flag=True, help="Download files again even if they have not changed."),
    click.option("--unchecked", is_flag=True, help="Save the response even if it is a web page and not data."),
)
_DRY_RUN = (click.option("--dry-run", is_flag=True, help="Show what would be downloaded."),)


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.command(cls=Command)
@click.argument("dataset", shell_complete=completion.datasets)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option("--id", "resource", metavar="ID", help="The resource whose file is replaced.")
@click.option("--name", metavar="NAME", help="The resource's name [the file's].")
@file_format("file_format", "The resource's format, such as csv [from the file's name].")
@click.option("--description", metavar="TEXT", help="The resource's description.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="KEY=TEXT",
    help="A further field, KEY=TEXT or KEY:JSON; may be repeated.",
)
@click.option("--again", is_flag=True, help="Send the file even if the portal already has it.")
@click.option("--verify", is_flag=True, help="Verify the upload by downloading the file again.")
@portal_command
def upload(
    session: Session,
    *,
    dataset: str,
    files: tuple[Path, ...],
    resource: str | None,
    name: str | None,
    file_format: str | None,
    description: str | None,
    fields: tuple[str, ...],
    again: bool,
    verify: bool,
) -> None:
    """Upload each FILE to DATASET.

    Each file becomes a new resource, or with --id replaces the file of an existing one. Files that the portal already has are
    not sent again. Several files are sent as one change: all of them or none.

    \b
    tuckan resource upload rivers flow.csv --description 'Daily means'
    tuckan resource upload rivers flow.csv --id 3f2a... --field 'columns:["day", "flow"]'
    tuckan resource upload rivers data/*.csv
    """
    if len(files) > 1 and (resource or name):
        raise click.UsageError("--id and --name are for one file.")
    more, others = parameters(fields)
    if others:
        raise click.UsageError("--field takes KEY=TEXT and KEY:JSON; pass the file as an argument.")
    given = {"id": resource, "name": name, "format": file_format, "description": description, **more}
    about = {key: value for key, value in given.items() if value is not None}
    options: dict[str, Any] = {"again": again, "verify": "download" if verify else "size"}
    with session.client() as ckan:
        if len(files) == 1:
            done = [ckan.resources.upload(dataset, files[0], **about, **options)]
        else:
            done = ckan.resources.upload_many(dataset, [{"file": one, **about} for one in files], **options)
    rows = [{**one.resource, "outcome": one.outcome} for one in done]
    session.output.records(rows, columns=_UPLOADED, ids="id")
    had = sum(one.outcome == "unchanged" for one in done)
    already = f"; the portal had {had:,} already" if had else ""
    say(f"{len(done) - had:,} of {counted(len(done), 'file')} sent{already}.")


@click.command("download", cls=Command)
@click.argument("resources", nargs=-1, required=True, metavar="ID...")
@click.option("--to", default=".", metavar="PATH", help="Target folder or file [the current folder].")
@_with(*_FETCHING)
@portal_command
def download_resource(
    session: Session, *, resources: tuple[str, ...], to: str, max_bytes: int | None, again: bool, unchecked: bool
) -> int:
    """Download the file of each resource, by its ID.

    Use - to read ids from standard input. Partial downloads are resumed; unchanged files are not
    downloaded again.

    \b
    tuckan resource download 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43
    tuckan resource download 3f2a9c1e-7d60-4b1f-8a51-0c9d2e6b7f43 --to rain.csv
    """
    ids = given_lines(resources)
    if len(ids) > 1:
        to = f"{to.rstrip('/')}/"
    failed = 0

    def outcomes(ckan: Client) -> Iterator[dict[str, Any]]:
        nonlocal failed
        for one in ids:
            try:
                done = ckan.resources.download(one, to, max_bytes=max_bytes, check=not unchecked, again=again)
                yield {"id": one, "outcome": done.outcome, "size": done.size, "path": done.path, "sha256": done.sha256}
                failed += done.outcome == "too large"
            except (ConfigurationError, InvalidToken):
                raise
            except (PortalError, TransportError) as error:
                if len(ids) == 1:
                    raise
                failed += 1
                yield {"id": one, "outcome": "failed", "reason": error.message}

    with session.client() as ckan:
        session.output.records(outcomes(ckan), columns=("id", "outcome", "size", "path", "reason"), ids="path")
    return FAILED if failed else 0


@click.command("download", cls=Command)
@click.argument("name", shell_complete=completion.datasets)
@_with(*_CHOOSING, *_FETCHING, *_DRY_RUN)
@portal_command
def download_dataset(session: Session, *, name: str, to: Path, unchecked: bool, **options: Any) -> int:
    """Download all files of the dataset NAME.

    \b
    tuckan dataset download rivers --to data
    tuckan dataset download rivers --file-format csv --dry-run
    """
    with session.client() as ckan:
        done = ckan.datasets.download(name, to, check=not unchecked, **options)
    return _show(session, done, to, f"`tuckan resource list {name}` lists its resources.")


@click.command(cls=Command)
@click.argument("words", nargs=-1)
@organization_option
@where_option("fq", "Only datasets that match a query in Solr's syntax, such as tags:rain; may be repeated.")
@click.option(
    "--filter",
    "wanted",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Only datasets with this exact value in a field; may be repeated.",
)
@click.option("--private", "include_private", is_flag=True, help="Include private datasets (needs a token).")
@_with(*_CHOOSING, *_FETCHING, *_DRY_RUN)
@portal_command
def download(
    session: Session,
    *,
    words: tuple[str, ...],
    organization: str | None,
    fq: tuple[str, ...],
    wanted: tuple[str, ...],
    to: Path,
    unchecked: bool,
    **options: Any,
) -> int:
    """Download the files of many datasets.

    Without WORDS or a filter, the files of all datasets are downloaded, each to DATASET/RESOURCE-ID/FILE. manifest.jsonl
    records the outcome of each. Run the command again to resume, or to download what has changed.

    \b
    tuckan download water --file-format csv --to data --dry-run
    tuckan download --organization city --max-size 10MB --to data
    """
    with session.client() as ckan:
        done = ckan.resources.download_all(
            to,
            " ".join(words) if words else None,
            fq=list(fq) or None,
            filters=of(organization, wanted),
            check=not unchecked,
            **options,
        )
    return _show(session, done, to, "`tuckan search` shows which datasets match.")


def _show(session: Session, done: Downloads, to: Path, instead: str) -> int:
    output = session.output
    # Tables show only failures; machine-readable formats contain everything.
    rows = (one for one in done if not output.for_people or one["outcome"] not in ("fetched", "unchanged"))
    if not output.for_people or done.failed + done.skipped + done.left:
        output.records(rows, columns=_DOWNLOADED, ids="id" if done.left else "path")
    if not done.total:
        say(f"No file matches. {instead}")
        return 0
    counts = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(done.counts.items()))
    where = f" in {to}" if done.done else ""
    say(f"{counted(done.total, 'file')}: {counts}{where}; {readable(done.size)} in all.")
    for reason, number in done.reasons.items():
        say(f"  {number:,} failed: {reason}")
    return 0 if done.complete else FAILED


def readable(size: int) -> str:
    """A size in bytes for people.

    Example:
        >>> readable(999), readable(12_345_678), readable(0)
        ('999 bytes', '12.3 MB', '0 bytes')
    """
    if size < 1000:
        return f"{size} bytes"
    power = min(len(f"{size}") - 1, 14) // 3
    return f"{size / 1000**power:.1f} {'kMGT'[power - 1]}B"
