"""`tuckan audit`."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import counted
from tuckan.cli import completion, jobs
from tuckan.cli.arguments import Age, several_names
from tuckan.cli.command import Group
from tuckan.cli.commands.bulk import How, bulk_options, finish
from tuckan.cli.commands.copying import source_of
from tuckan.cli.failures import BELOW
from tuckan.cli.session import Session, output_command, portal_command, say
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tuckan.audit import Audit
    from tuckan.cli.output import Output

_FILE = click.Path(dir_okay=False, path_type=Path)
_SHOWN = 10


_LINKS = (
    click.option("--links", is_flag=True, help="Check links, on other hosts too; they are sent nothing secret."),
    click.option(
        "--broken-after",
        type=Age(),
        default="24h",
        show_default=True,
        metavar="AGE",
        help="Call a link broken when it has failed for so long.",
    ),
    click.option("--recheck", is_flag=True, help="Ask all links again, even those checked lately."),
    click.option("--allow-private-addresses", is_flag=True, help="Check links to private addresses too."),
    click.option("--links-state", type=_FILE, metavar="FILE", help="Keep what links answer here."),
)


def _link_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command with `--links` and what belongs to it, passed as `links`."""

    @functools.wraps(function)
    def command(*args: Any, **options: Any) -> Any:
        names = ("broken_after", "recheck", "allow_private_addresses")
        given = {name: options.pop(name) for name in names}
        state, wanted = options.pop("links_state"), options.pop("links")
        from tuckan.audit import LinkOptions  # noqa: PLC0415 - needed by these commands alone

        return function(*args, links=wanted and LinkOptions(state, **given), **options)

    for option in reversed(_LINKS):
        command = option(command)
    return command


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--from",
    "source",
    metavar="FROM",
    shell_complete=completion.profiles,
    help="A mirror, a dump, a workbook or another portal.",
)
@click.option("--config", type=_FILE, metavar="FILE", help="Levels, thresholds and ignored findings [audit.toml].")
@click.option("--html", type=_FILE, metavar="FILE", help="Write a report to look at.")
@click.option("--jsonl", type=_FILE, metavar="FILE", help="Write all findings as JSON lines.")
@click.option(
    "--sheet", type=_FILE, metavar="FILE", help="Write a workbook of the datasets to mend by hand, with comments."
)
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write all findings as SARIF, for code scanning.")
@click.option(
    "--history", type=_FILE, metavar="FILE", help="Keep the scores of each run here; the report shows the trend."
)
@click.option(
    "--fail-on",
    metavar="CONDITION,...",
    help="Exit with 10 if one is met, such as 'mqa<221,error>0,metadata/schema>2%'.",
)
@click.option("-y", "--yes", is_flag=True, hidden=True, expose_value=False, help="This command never asks.")
@click.option("--tables", is_flag=True, help="Compare tables of the DataStore with their files, and look at loaders.")
@click.option("--users", is_flag=True, help="Look at the tokens of all users; needs a system administrator.")
@click.option("--include-private", is_flag=True, help="Include private datasets and drafts of the portal.")
@_link_options
@portal_command
@click.pass_context
def audit(context: click.Context, /, session: Session, links: Any, **options: Any) -> int:
    """Find what is wrong with a portal, and what to fix first.

    Scores are those of the MQA of data.europa.eu. Without --links, no host but the portal is asked.

    \b
    tuckan audit --html report.html
    tuckan audit --from mirror.db --links --jsonl findings.jsonl
    tuckan audit --fail-on 'mqa<221,error>0'
    """
    if context.invoked_subcommand is not None:
        return 0
    from tuckan.audit.conditions import conditions  # noqa: PLC0415 - needed by these commands alone
    from tuckan.audit.configuration import Configuration  # noqa: PLC0415 - as above

    config = options["config"] or (Path("audit.toml") if Path("audit.toml").exists() else None)
    configuration = Configuration.read(config) if config else Configuration()
    wanted = conditions(options["fail_on"], list(configuration.rules())) if options["fail_on"] else []
    if not links and (unknown := next((one for one in wanted if one.needs_links), None)):
        raise InvalidArgument(f"{unknown} says nothing without --links.", hint="Add --links.")
    with ExitStack() as stack:
        there: Any
        if _is_workbook(options["source"]):
            there, options["workbook"] = stack.enter_context(session.client()), options["source"]
        elif options["source"]:
            there = source_of(session, options["source"], stack)
        else:
            there = stack.enter_context(session.client())
        done = _audited(there, configuration, links, options)
        if options["sheet"]:
            _write_sheet(there, done, options["sheet"])
    _write(done, options)
    _show(session.output, done)
    met = [said for one in wanted if (said := one.met(done))]
    for one in met:
        say(f"{one}.", color="red")
    return BELOW if met else 0


def _audited(there: Any, configuration: Any, links: Any, options: dict[str, Any]) -> Audit:
    from tuckan.audit import Audit  # noqa: PLC0415 - as above
    from tuckan.client import Client  # noqa: PLC0415 - as above

    if isinstance(there, Client):
        names = ("tables", "users", "include_private", "workbook")
        of_portal = {name: options[name] for name in names if name in options}
        return there.audit(configuration, links=links, **of_portal)
    if options["users"]:
        raise InvalidArgument("--users looks at a portal, and FROM is none.", hint="Leave out --users.")
    return Audit.of(there, configuration, links=links, tables=options["tables"])


def _is_workbook(source: str | None) -> bool:
    return source is not None and source.lower().endswith((".xlsx", ".ods", ".xls")) and Path(source).exists()


def _write_sheet(there: Any, done: Audit, path: Path) -> None:
    from tuckan.client import Client  # noqa: PLC0415 - as above

    if not isinstance(there, Client):
        raise InvalidArgument("--sheet needs a portal, and FROM is none.", hint="Leave out --from, or --sheet.")
    number = there.sheets.write_findings(path, done)
    say(f"{path} written: {counted(number, 'dataset')}." if number else "No dataset has to be mended by hand.")


def _write(done: Audit, options: dict[str, Any]) -> None:
    from tuckan.audit.report import as_html, history  # noqa: PLC0415 - as above
    from tuckan.audit.sarif import as_sarif  # noqa: PLC0415 - as above
    from tuckan.transport.durable import replacing  # noqa: PLC0415 - as above

    earlier = history(options["history"], done) if options["history"] else []
    if options["jsonl"]:
        with replacing(options["jsonl"]) as file:
            file.writelines(done.lines())
    if options["sarif"]:
        with replacing(options["sarif"]) as file:
            file.writelines(piece.encode() for piece in as_sarif(done))
    if options["html"]:
        with replacing(options["html"]) as file:
            file.write(as_html(done, earlier, full=str(options["jsonl"] or "")).encode(errors="replace"))
    for name in ("jsonl", "sarif", "html"):
        if options[name]:
            say(f"{options[name]} written.")


def _show(output: Output, done: Audit) -> None:
    if output.form in ("json", "jsonl"):
        if output.chosen:
            output.record(done.as_dict())
    else:
        output.records(_rows(done), columns=("gains", "level", "number", "title", "rule"), ids="rule")
    say(f"{done}.")
    if done.links:
        numbers = ", ".join(f"{number:,} {name}" for name, number in done.link_verdicts.items())
        say(f"{counted(sum(done.link_verdicts.values()), 'link')}{': ' if numbers else ''}{numbers}.")
    for note in done.notes:
        say(f"{note}.")
    if done.ignored:
        say(f"{counted(done.ignored, 'finding')} ignored by the configuration.")


def _rows(done: Audit) -> Iterable[dict[str, Any]]:
    for one in done.to_fix_first():
        yield {**one, "gains": f"+{one['gains']:.1f}" if one["gains"] else ""}


@audit.command()
@click.argument("pattern", required=False)
@output_command
def rules(output: Output, *, pattern: str | None) -> None:
    """List the rules, those of installed packages among them.

    \b
    tuckan audit rules
    tuckan audit rules 'mqa/*'
    """
    from fnmatch import fnmatchcase  # noqa: PLC0415 - as above

    from tuckan.audit.rules import all_rules  # noqa: PLC0415 - as above

    found = [one for id_, one in all_rules().items() if pattern is None or fnmatchcase(id_, pattern)]
    rows = (
        {"id": one.id, "level": one.level, "subject": one.subject, "title": one.title, "fix": one.fix} for one in found
    )
    output.records(rows, columns=("id", "level", "title"), ids="id")


@audit.command()
@click.option("--rule", "wanted", multiple=True, metavar="RULE,...", help="Only these rules, such as 'formats/*'.")
@click.option("--config", type=_FILE, metavar="FILE", help="Levels, thresholds and ignored findings [audit.toml].")
@click.option("--include-private", is_flag=True, help="Include private datasets and drafts.")
@_link_options
@bulk_options
@portal_command
def fix(
    session: Session, *, wanted: tuple[str, ...], config: Path | None, links: Any, include_private: bool, how: How
) -> int:
    """Mend what can be mended in only one way, as a job.

    These are spaces around values, broken characters, unusual spellings of formats, media types and ids of licenses; with
    --links also addresses that moved permanently. A
    dataset that somebody changes in the meantime is left alone. `tuckan job undo last` takes everything back.

    \b
    tuckan audit fix --diff --dry-run
    tuckan audit fix --rule 'formats/*,texts/untrimmed'
    tuckan audit fix --links --rule links/moved
    """
    given = config or (Path("audit.toml") if Path("audit.toml").exists() else None)
    with session.client() as ckan:
        job = ckan.jobs.fix(
            several_names(wanted),
            configuration=given,
            links=links,
            include_private=include_private,
            dry_run=how.dry_run,
        )
        with jobs.planned(job):
            return finish(session, job, how, question="Change them?")


@audit.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@output_command
def diff(output: Output, *, old: Path, new: Path) -> None:
    """Show what is new and what is mended since an earlier audit.

    OLD and NEW are findings as `--jsonl` writes them, or scores as `--format json` does.

    \b
    tuckan audit diff october.jsonl november.jsonl
    """
    from tuckan.audit.comparing import compared  # noqa: PLC0415 - as above

    output.records(compared(old, new))
