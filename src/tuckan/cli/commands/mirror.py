"""`tuckan mirror`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted, listed
from tuckan.cli.arguments import several_names
from tuckan.cli.command import Group
from tuckan.cli.failures import FAILED
from tuckan.cli.session import Session, output_command, portal_command, say
from tuckan.errors import InvalidArgument, for_shell

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from tuckan.cli.output import Output
    from tuckan.mirror import Mirror

_FILE = click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE]")
_FORMS = ("jsonl", "parquet", "folder", "bagit")


@click.group(cls=Group)
def mirror() -> None:
    """Keep a portal's metadata in one SQLite file: search it offline, see what changed, export it, restore it.

    FILE is mirror.db in this folder if it is left out. `tuckan copy FILE TO` copies a mirror to a portal.
    """


def _open(file: Path | None) -> Mirror:
    from tuckan.mirror import Mirror  # noqa: PLC0415 - needed by these commands alone

    return Mirror(file or Path("mirror.db"))


@contextmanager
def _reading(file: Path | None) -> Generator[Mirror]:
    """A mirror to be read; one that never was complete says so."""
    with _open(file) as found:
        if not found.status()["last_run"]:
            say(
                f"The first synchronization of {found} did not finish: datasets are missing. Finish it: tuckan mirror sync",
                color="red",
            )
        yield found


def _split(words: tuple[str, ...], what: str) -> tuple[Path | None, tuple[str, ...]]:
    """The mirror's file, if the first word names one, and the other words."""
    from tuckan.mirror import is_database  # noqa: PLC0415 - as above

    is_file = words[0].lower().endswith((".db", ".sqlite")) or is_database(Path(words[0]))
    file, rest = (Path(words[0]), words[1:]) if is_file else (None, words)
    if not rest:
        raise click.UsageError(f"Give {what} after {words[0]}.")
    return file, rest


@mirror.command()
@_FILE
@click.option("--private", is_flag=True, help="Include private datasets and drafts; needs a token.")
@click.option("--full", is_flag=True, help="Compare the content of every dataset, not only its date.")
@click.option("--accept-deletions", is_flag=True, help="Believe the portal even when much is gone at once.")
@click.option("--files", is_flag=True, help="Fetch files too, to FILE.files; unchanged ones are not fetched again.")
@click.option("--formats", multiple=True, metavar="FORMAT,...", help="Only files of these formats.")
@click.option("--tables", is_flag=True, help="Fetch tables of the DataStore too, as Parquet.")
@click.option("--views", is_flag=True, help="Read the views of resources too: one request for each.")
@portal_command
def sync(session: Session, *, file: Path | None, private: bool, formats: tuple[str, ...], **options: Any) -> int:
    """Bring a mirror up to date with its portal, or create it.

    What the portal lists is compared with the mirror, and only what differs is fetched. If more than 20 % of the datasets,
    or more than 1,000, are gone at once, none of them is marked as gone, and the command fails.

    \b
    tuckan mirror sync
    tuckan mirror sync archive.db --private
    """
    with session.client() as ckan, _open(file) as found:
        done = found.sync(ckan, private=private or None, formats=several_names(formats), **options)
        if session.output.chosen:
            counts = {name: getattr(done, name) for name in ("read", "groups", "new", "changed", "gone", "back")}
            session.output.record({**counts, **({"files": dict(done.files)} if done.files else {})})
        say(f"{done}.")
        for note in done.notes:
            say(f"{note}.")
        if found.status()["private"]:
            say(f"{found.path} holds private records; only you can read it.")
        for line in _files(done.files):
            say(f"{line}.")
    return FAILED if any("failed" in outcome for outcome in done.files) else 0


def _files(counts: Mapping[str, int]) -> Iterator[str]:
    """What was done with files, tables and views, a line for each."""
    lines: dict[str, list[str]] = {}
    for told, number in counts.items():
        kind, _, outcome = told.rpartition(" ") if told.startswith(("table ", "views ")) else ("", "", told)
        lines.setdefault({"": "Files", "table": "Tables", "views": "Views"}[kind], []).append(f"{number:,} {outcome}")
    return (f"{heading}: {', '.join(several)}" for heading, several in lines.items())


@mirror.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--in", "file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="The mirror [mirror.db]."
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, metavar="N", help="The maximum number of results [20]."
)
@output_command
def search(output: Output, *, words: tuple[str, ...], file: Path | None, limit: int) -> None:
    """Search datasets offline, best matches first.

    WORDS may begin with the mirror's FILE.

    \b
    tuckan mirror search water quality
    tuckan mirror search archive.db water
    """
    if file is None:
        file, words = _split(words, "words to search for")
    with _reading(file) as found:
        output.records(found.search(" ".join(words), limit=limit), columns=("name", "title", "organization", "formats"))


@mirror.command()
@click.argument("words", nargs=-1, required=True, metavar="[FILE] NAME")
@output_command
def show(output: Output, *, words: tuple[str, ...]) -> None:
    """Show a dataset as it was last seen, even if it is gone.

    \b
    tuckan mirror show rain-2024
    tuckan mirror show archive.db rain-2024
    """
    file, names = _split(words, "the name of a dataset")
    name, *more = names
    if more:
        raise click.UsageError("Name one dataset.")
    with _reading(file) as found:
        output.record(found.get(name))


@mirror.command()
@_FILE
@click.option("--since", metavar="WHEN", help="An age such as 7d, 12h or 2w, or a date.")
@click.option("--markdown", is_flag=True, help="As Markdown.")
@click.option("--atom", is_flag=True, help="As an Atom feed.")
@click.option("--html", is_flag=True, help="As a page of HTML.")
@output_command
def changes(output: Output, *, file: Path | None, since: str | None, **pages: bool) -> None:
    """Show what is new, changed, gone and back.

    What changed is shown field by field.

    \b
    tuckan mirror changes --since 7d
    tuckan mirror changes archive.db --since 7d --html > changes.html
    """
    from dataclasses import asdict  # noqa: PLC0415 - as above

    from tuckan.mirror import reports  # noqa: PLC0415 - as above

    chosen = [name for name, is_asked in pages.items() if is_asked]
    if len(chosen) > 1:
        raise click.UsageError(f"Give only one of {', '.join(f'--{name}' for name in sorted(chosen))}.")
    with _reading(file) as found:
        if not chosen:
            rows = (_row(one) if output.for_people else asdict(one) for one in found.changes(since=since))
            output.records(rows, columns=("at", "change", "name", "what"))
            return
        some = list(found.changes(since=since))
        writers = {"markdown": reports.as_markdown, "atom": reports.as_atom, "html": reports.as_html}
        sys.stdout.write(writers[chosen[0]](some, str(found.status()["portal"])))


def _row(change: Any) -> dict[str, str]:
    from tuckan.mirror.reports import field_changes, reason  # noqa: PLC0415 - as above

    fields = field_changes(change) if change.change in ("changed", "back") else ()
    what = "; ".join(f"{name}: {old} → {new}" for name, old, new in fields) or reason(change)
    return {"at": change.at, "change": change.change, "name": change.name, "what": what}


@mirror.command()
@_FILE
@output_command
def status(output: Output, *, file: Path | None) -> None:
    """Show what a mirror holds, and when it was brought up to date.

    \b
    tuckan mirror status
    """
    with _reading(file) as found:
        output.record(found.status())


@mirror.command()
@_FILE
@click.option(
    "-o",
    "--output",
    "to",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The folder to write.",
)
@click.option("--as", "layout", type=click.Choice(_FORMS), default="jsonl", help="The format [jsonl].")
@output_command
def export(output: Output, *, file: Path | None, to: Path, layout: Any) -> None:
    """Write a mirror as JSON lines, Parquet, JSON or BagIt.

    FOLDER appears once it is whole, with a manifest of counts, hashes and versions. `--as folder` writes one JSON file for
    each record.

    \b
    tuckan mirror export -o open-data --as parquet
    """
    with _open(file) as found:
        counts = found.export(to, layout)
    if output.chosen:
        output.record(counts)
    say(f"{listed([counted(number, kind.removesuffix('s')) for kind, number in counts.items()])} written to {to}.")


@mirror.command()
@_FILE
@click.option("--before", metavar="WHEN", help="Only what is gone for longer than this, such as 90d.")
@output_command
def prune(output: Output, *, file: Path | None, before: str | None) -> None:
    """Remove datasets that are gone and files no longer used.

    What changed stays in the mirror.

    \b
    tuckan mirror prune --before 90d
    """
    del output
    with _open(file) as found:
        say(f"{found.prune(before=before):,} removed.")


@mirror.command()
@_FILE
@output_command
def verify(output: Output, *, file: Path | None) -> int:
    """Check that a mirror is undamaged and each record is readable.

    \b
    tuckan mirror verify
    """
    del output
    with _reading(file) as found:
        try:
            number = found.verify()
            [files] = found.sql("SELECT count(DISTINCT path) AS number FROM files WHERE path IS NOT NULL")
        except InvalidArgument as error:
            say(error.message, color="red")
            say(for_shell(error.hint))
            return FAILED
    beside = f" and {counted(files['number'], 'file')}" if files["number"] else ""
    say(f"{counted(number, 'record')}{beside} read; nothing is damaged.")
    return 0


@mirror.command()
@_FILE
@click.option("--port", type=click.IntRange(1, 65535), default=8001, metavar="N", help="The port [8001].")
@output_command
def serve(output: Output, *, file: Path | None, port: int) -> int:
    """Look at a mirror in the browser, on this machine alone.

    Datasette shows tables, facets, full-text search and ready queries, read-only. Ctrl-C ends it.

    \b
    tuckan mirror serve
    """
    from tuckan.mirror.serving import serve as run  # noqa: PLC0415 - as above

    del output
    with _reading(file) as found:
        return run(found, port)
