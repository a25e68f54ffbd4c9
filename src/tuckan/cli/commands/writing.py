"""What commands that write share: fields as arguments, plans that are shown before anything is sent, outcomes."""

from __future__ import annotations

import functools
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion
from tuckan.cli.arguments import parameters
from tuckan.cli.failures import FAILED
from tuckan.cli.options import input_option
from tuckan.cli.session import place, say
from tuckan.cli.terminal import ask, reader_may_leave, require_consent
from tuckan.errors import NotAuthorized, NotFound, TuckanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tuckan.cli.session import Session
    from tuckan.client import Client
    from tuckan.shapes import Record
    from tuckan.snapshot import Loss

SHOWN = 20
_METAVAR = "[KEY=TEXT | KEY:JSON | KEY@FILE]..."

dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would change; send nothing.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")


def fields(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with fields, passed as `given`, from `--input` and from arguments, which take precedence."""

    @click.argument("arguments", nargs=-1, metavar=_METAVAR, shell_complete=completion.record_fields)
    @input_option("file", "fields")
    @functools.wraps(function)
    def command(*args: Any, arguments: tuple[str, ...], file: IO[bytes] | None, **options: Any) -> Any:
        return function(*args, given={**(record_in(file) if file else {}), **values_of(arguments)}, **options)

    return command


def values_of(arguments: tuple[str, ...]) -> dict[str, Any]:
    """Fields as `key=text`, `key:json`, or `key@file` for the content of a file."""
    values, files = parameters(arguments)
    return {**values, **{key: _text(key, path) for key, path in files.items()}}


def _text(key: str, path: Path) -> str:
    """The content of a file, as the value of a field."""
    if key.endswith("upload"):
        raise click.UsageError(
            f"{key!r} is a file to send: use `tuckan resource upload`, or `tuckan call ACTION {key}@...`."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.UsageError(f"{key}@{path}: it is not UTF-8 text.") from None


def record_in(file: IO[bytes]) -> dict[str, Any]:
    """The one record that a file of JSON holds."""
    name = getattr(file, "name", "The input")
    try:
        found = json.load(file)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{name} must hold one object: the fields of one record.")
    return found


def wrote(session: Session, record: Mapping[str, Any], sentence: str, *, ids: str = "name") -> None:
    """Report what was done; write the record to stdout, except on a terminal without an explicit format."""
    if session.output.chosen or not session.output.for_people:
        with reader_may_leave(sys.stdout):
            session.output.record(dict(record), ids=ids)
    say(sentence)


def tell_differences(name: str, there: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Show what a change would do to a record, without sending it."""
    from tuckan.cli.changes import lines  # noqa: PLC0415 - a dry run alone needs it
    from tuckan.snapshot import differing, merged  # noqa: PLC0415 - as above

    fields = differing(there, merged(there, changes))
    told = list(lines({field: (there.get(field), value) for field, value in fields.items()}))
    say(f"{name}:" if told else f"{name} is unchanged: it has these values already.")
    for line in told:
        say(f"  {line}")
    say("Nothing was sent.")


def require_consent_to_losses(ckan: Client, there: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Ask before a change that loses something, showing what would be lost.

    Args:
        ckan: the portal.
        there: the current record.
        changes: the fields to set.

    Raises:
        Cancelled: when the person does not agree.
    """
    gone = losses_of(there, changes)
    if not gone:
        return
    show_first(f"{there.get('name') or there.get('id')} would lose", [{"name": str(one)} for one in gone])
    require_consent(f"Change it on {place(ckan)}?")


def losses_of(there: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Loss]:
    """What would go from a record: items of its lists, and keys of its nested values."""
    from tuckan.snapshot import differing, losses, merged  # noqa: PLC0415 - only for what may lose something

    fields = differing(there, merged(there, changes))
    owner = (there.get("organization") or {}).get("name")
    was = {**there, "owner_org": owner} if owner else there
    return list(losses({name: (was.get(name), value) for name, value in fields.items()}))


def may_lose(changes: Mapping[str, Any]) -> bool:
    """Whether a change may lose something: lists and nested values replace the whole value, and visibility may change."""
    from tuckan.snapshot import SINGLE  # noqa: PLC0415 - `--help` needs none

    return any(name in SINGLE or isinstance(value, (list, dict)) for name, value in changes.items())


def patch_losing(
    session: Session, ckan: Client, kind: str, there: Record, given: Mapping[str, Any], *, yes: bool
) -> int:
    """Change a record that loses something, as a job: the loss is shown and confirmed, and can be undone.

    Args:
        session: where the record goes.
        ckan: the portal.
        kind: `dataset`, `organization` or `group`.
        there: the current record.
        given: the fields to set.
        yes: do not ask.

    Returns:
        The exit code.
    """
    from tuckan.cli import jobs  # noqa: PLC0415 - only for what loses something
    from tuckan.jobs.operation import Operation, Planned  # noqa: PLC0415

    data = {"id": there["id"], "fields": dict(given)}
    operation = Operation(str(there["id"]), f"{kind}.patch", f"{kind} {there['name']}", data, before=there)
    with jobs.planned(ckan.jobs.planned(f"patch {kind} {there['name']}", [Planned(operation)])) as job:
        code = jobs.run(job, yes=yes, question="Change it?", diff=True)
    if session.output.chosen or not session.output.for_people:
        with suppress(NotFound, NotAuthorized), reader_may_leave(sys.stdout):  # it may be deleted now
            session.output.record(getattr(ckan, f"{kind}s").get(str(there["id"])))
    return code


@dataclass(frozen=True, slots=True)
class Removal:
    """Things to remove, and how.

    Attributes:
        what: the name of the kind.
        show: reads one, to be shown before it goes.
        remove: removes one.
        verb: what happens to it.
    """

    what: str
    show: Callable[[str], Mapping[str, Any]]
    remove: Callable[[str], Any]
    verb: str = "delete"


def remove_each(
    session: Session, ckan: Client, names: Sequence[str], removal: Removal, *, dry_run: bool, yes: bool
) -> int:
    """Show what would be removed and what does not exist, ask, and remove one by one; a failure does not stop the rest."""
    found, missing = _found(names, removal)
    show_missing(missing)
    what = counted(len(found), removal.what)
    if dry_run:
        session.output.records([_row(one) for one in found.values()], columns=("id", "name", "title"))
        say(f"To {removal.verb}: {what}; nothing was sent.")
        return FAILED if missing else 0
    if not yes:
        show_first(f"To {removal.verb} on {place(ckan)}: {what}", [_row(one) for one in found.values()])
        require_consent(f"Really {removal.verb}?", "Nothing was sent.")
    outcomes = [{"name": name, "outcome": "failed", "reason": reason} for name, reason in missing.items()]
    outcomes += [_outcome(name, removal) for name in found]
    with reader_may_leave(sys.stdout):
        session.output.records(outcomes)
    return FAILED if any(one["outcome"] == "failed" for one in outcomes) else 0


def _found(names: Sequence[str], removal: Removal) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """What is there, by the names given, and why the others are not.

    Raises:
        NotFound: when none of them exists.
    """
    found: dict[str, Mapping[str, Any]] = {}
    missing: dict[str, str] = {}
    for name in dict.fromkeys(names):
        try:
            found[name] = removal.show(name)
        except NotFound as error:
            if len(missing) + 1 == len(set(names)):
                raise
            missing[name] = error.message
    return found, missing


def show_missing(missing: Mapping[str, str]) -> None:
    """Report unknown names before anything is done with the others."""
    for name, reason in missing.items():
        say(f"  {name}: {reason}", color="red")


def _outcome(name: str, removal: Removal) -> dict[str, str]:
    try:
        removal.remove(name)
    except TuckanError as error:
        return {"name": name, "outcome": "failed", "reason": error.message}
    return {"name": name, "outcome": "done", "reason": ""}


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": one.get("id"), "name": one.get("name"), "title": one.get("title") or one.get("fullname")}


def show_first(heading: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Report the selected records, the first ones by name."""
    several = list(records)
    say(f"{heading}:")
    for one in several[:SHOWN]:
        say(f"  {one.get('name') or one.get('id')}  {one.get('title') or ''}".rstrip())
    if len(several) > SHOWN:
        say(f"  ... and {len(several) - SHOWN:,} more; --dry-run shows all of them")


def typed_name(ckan: Client, record: Mapping[str, Any], what: str) -> str:
    """The name typed to confirm a permanent removal."""
    title = record.get("title") or record.get("id")
    say(f"The {what} {record.get('name')} ({title}) on {place(ckan)} would be removed permanently.")
    return ask(
        f"Type {record.get('name')} to continue: ",
        otherwise="In a script, add --yes; --dry-run shows what would be removed.",
    )


def purge_one(
    session: Session, ckan: Client, name: str, namespace: Any, what: str, *, dry_run: bool, yes: bool
) -> None:
    """Purge one thing, once its name was typed."""
    if dry_run:
        session.output.records([_row(namespace.get(name))], columns=("id", "name", "title"))
        say(f"The {what} would be removed permanently; nothing was sent.")
        return
    namespace.purge(name, confirm=lambda record: yes or typed_name(ckan, record, what))
    say(f"The {what} {name} was removed permanently.")
