"""The reference pages, made from what the code says of itself; `docs/conf.py` writes them at each build."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

import click
from reference_actions import action_pages
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring
from sphinx.util.inspect import stringify_signature

from tuckan import Client, config, connect, errors, shapes, show
from tuckan.cli import failures
from tuckan.cli.root import tuckan
from tuckan.client import Job, PushJob
from tuckan.client._sync.client import NAMESPACES
from tuckan.config.settings import VARIABLES
from tuckan.jobs.entries import Entry
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.report import Plan, Report
from tuckan.jobs.shelf import JobSummary
from tuckan.sandbox import Sandbox, pytest_plugin
from tuckan.wire.paging import Proof
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAPOLEON: Any = Config(napoleon_use_param=True, napoleon_use_rtype=False, napoleon_use_ivar=True)
_UNDERLINES = "=-~^"


def pages() -> dict[str, str]:
    """Every page by its name, as reStructuredText."""
    made = {
        "client": _client(),
        **action_pages(),
        "commands": _commands(),
        "errors": _errors(),
        "settings": _settings(),
        "exit-codes": _exit_codes(),
        "sandbox": _sandbox(),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def namespaces() -> dict[str, Any]:
    """The namespaces of a client, by the names that people type."""
    client = Client("https://example.org", "")
    every = {name: getattr(client, name) for name in (*vars(client), *NAMESPACES)}
    return {name: one for name, one in every.items() if _is_namespace(name, one)}


def methods(namespace: Any) -> dict[str, Any]:
    """The public methods of a namespace, in the order of the code."""
    names = dict.fromkeys(name for kind in reversed(type(namespace).__mro__) for name in vars(kind))
    public = {name: getattr(namespace, name) for name in names if not name.startswith("_")}
    return {name: one for name, one in public.items() if inspect.ismethod(one)}


def commands(
    command: click.Command = tuckan, path: tuple[str, ...] = ("tuckan",)
) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, the root first."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from commands(found, (*path, name))


def _is_namespace(name: str, value: Any) -> bool:
    return not name.startswith("_") and type(value).__module__.startswith("tuckan.client.") and bool(methods(value))


def _client() -> list[str]:
    lines = [
        *_title("The client", 0),
        "``Client`` is for blocking code, ``AsyncClient`` for asynchronous code. Both have the same namespaces and methods;",
        "on an ``AsyncClient`` each is awaited, and those that iterate are for ``async for``.",
        "Here ``ckan`` is a client: ``with connect() as ckan: ...``",
        "",
        *_described("class", "tuckan.Client", Client),
        *_described("function", "tuckan.connect", connect),
        *_described("function", "tuckan.show", show),
        *_described("method", "ckan.call", Client("https://example.org", "").call),
        ".. py:method:: ckan.action.NAME(**params)",
        "",
        "   The same with the action as a method, with signature, types and help: ``ckan.action.package_show(id='rivers')``.",
        "   See :doc:`actions`.",
        "",
    ]
    for name, namespace in namespaces().items():
        lines += [*_title(f"ckan.{name}", 1), *_rst(inspect.getdoc(type(namespace))), ""]
        for method, function in methods(namespace).items():
            lines += _described("method", f"ckan.{name}.{method}", function)
    lines += [*_title("A job", 1), *_described("class", "tuckan.client.Job", Job)]
    for name, member in vars(Job).items():
        if not name.startswith("_"):
            thing = member.fget if isinstance(member, property) else member
            lines += _described("attribute" if isinstance(member, property) else "method", f"job.{name}", thing)
    lines += _described("class", "tuckan.client.PushJob", PushJob)
    for part in (Plan, Report, JobSummary, Entry, Planned, Operation):
        lines += _described("class", part.__name__, part, module=part.__module__)
    lines += _title("What comes back", 1)
    lines += [".. py:data:: Record", "", "   Anything CKAN describes, as a plain dict; unknown keys stay.", ""]
    results = (shapes.BulkResult, shapes.Downloads, shapes.Revocation, shapes.TokenOutcome)
    for shape in (shapes.Listing, Proof, *results, shapes.Capabilities, RetryPolicy):
        lines += _described("class", shape.__name__, shape, module=shape.__module__)
    return lines


def _errors() -> list[str]:
    tree = re.search(r"```\n(.*?)```", errors.__doc__ or "", re.DOTALL)
    lines = [*_title("Errors", 0), "All of them are in ``tuckan.errors``.", "", ".. code-block:: text", ""]
    lines += textwrap.indent(tree[1] if tree else "", "   ").splitlines()
    lines += ["", "The data is on the error, the sentence for people in ``str()``, what to do next in ``hint``.", ""]
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and kind.__module__ == errors.__name__:
            lines += _described("exception", name, kind)
    return lines


def _commands() -> list[str]:
    context = click.Context(tuckan)
    shared = tuckan.get_params(context)
    known = [_told(one) for one in shared]
    lines = [*_title("The command line", 0), *_rst(tuckan.epilog), ""]
    lines += [*_title("Options that commands share", 1), ".. program:: tuckan", ""]
    lines += [
        "They may stand before the command as well; those behind it count first. Commands that talk to no portal take",
        "``--format`` and ``--verbose`` alone.",
        "",
    ]
    lines += _options(shared, context)
    for path, command in commands():
        if path == "tuckan":
            continue
        depth = min(path.count(" "), len(_UNDERLINES) - 1)
        context = click.Context(command, info_name=path)
        lines += [*_title(path, depth), f".. program:: {path}", ""]
        if not isinstance(command, click.Group):
            lines += [".. code-block:: text", "", f"   {' '.join(command.get_usage(context).split()[1:])}", ""]
        lines += [*_help(command.help or ""), ""]
        lines += _options([one for one in command.get_params(context) if _told(one) not in known], context)
    return lines


def _options(params: list[click.Parameter], context: click.Context) -> list[str]:
    lines: list[str] = []
    for one in params:
        record = one.get_help_record(context)
        if record and isinstance(one, click.Option) and "--help" not in one.opts:
            lines += [f".. option:: {record[0]}", "", *_indented(_rst(_plain(record[1]))), ""]
    return lines


def _told(param: click.Parameter) -> tuple[list[str], str | None]:
    """What the command line tells of an option, by which the same option of two commands is known."""
    return param.opts, getattr(param, "help", None)


def _help(text: str) -> list[str]:
    """A command's help; what click must not wrap is an example."""
    lines: list[str] = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            lines += [".. code-block:: text", "", *_indented(paragraph.splitlines()[1:]), ""]
        else:
            lines += [*_rst(_plain(paragraph)), ""]
    return lines


def _plain(text: str) -> str:
    """Text of the command line, in which an asterisk stands for any name and is no markup."""
    return text.replace("*", r"\*")


def _settings() -> list[str]:
    resolve = inspect.getdoc(config.resolve) or ""
    lines = [*_title("Settings", 0), *_rst(config.__doc__), "", *_rst(resolve.split("\n\n")[1]), ""]
    lines += [*_title("Variables of the environment", 1), ".. list-table::", "   :widths: 40 60", ""]
    for name, meaning in VARIABLES.items():
        shown = ", ".join(f"``{one}``" for one in name.split(", "))
        lines += [f"   * - {shown}", f"     - {' '.join(_rst(meaning))}"]
    lines += ["", *_title("Arguments of a client", 1), "See :py:class:`tuckan.Client`.", ""]
    lines += [*_title("Options of the command line", 1), "See :doc:`commands`.", ""]
    return lines


def _exit_codes() -> list[str]:
    lines = [*_title("Exit codes", 0), "For an error the first line that fits counts.", ""]
    lines += [".. list-table::", "   :header-rows: 1", "   :widths: 10 35 55", ""]
    lines += ["   * - code", "     - meaning", "     - errors"]
    for code, meaning in failures.MEANINGS.items():
        kinds = [kind.__name__ for kind, found in failures.EXIT_CODES if found == code]
        shown = ", ".join(f":py:exc:`{one}`" for one in kinds)
        lines += [f"   * - ``{code}``", f"     - {meaning}", f"     - {shown}"]
    return [*lines, ""]


def _sandbox() -> list[str]:
    lines = [*_title("The sandbox and the pytest plugin", 0), *_described("class", "tuckan.sandbox.Sandbox", Sandbox)]
    for name, member in vars(Sandbox).items():
        if isinstance(member, property) and not name.startswith("_"):
            lines += _described("attribute", f"Sandbox.{name}", member.fget)
        elif inspect.isfunction(member) and not name.startswith("_"):
            lines += _described("method", f"Sandbox.{name}", member)
    lines += [*_title("Fixtures", 1), "They come with tuckan, with nothing to import.", ""]
    for name in ("ckan_sandbox", "clean_portal", "ckan_client"):
        fixture = getattr(pytest_plugin, name)
        lines += _described("function", name, inspect.unwrap(getattr(fixture, "_fixture_function", fixture)), bare=True)
    return [*lines, "``pytest --ckan-version 2.11,2.12`` runs the tests on each of these versions.", ""]


def _described(kind: Any, name: str, thing: Any, *, module: str = "", bare: bool = False) -> list[str]:
    """A thing with its signature and its docstring."""
    signature = "" if bare or kind in ("attribute", "exception") else _signature(thing, kind)
    napoleon = GoogleDocstring(inspect.getdoc(thing) or "", _NAPOLEON, what=kind)
    text = _escaped("\n".join(napoleon.lines())).splitlines()
    where = [f"From ``{module}``.", ""] if module else []
    return [f".. py:{kind}:: {name}{signature}", "", *_indented([*text, "", *where]), ""]


def _signature(thing: Any, kind: str) -> str:
    signature = inspect.signature(thing)
    kept = [_readable(one) for one in signature.parameters.values() if one.name != "self"]
    # A class with a method `list` has to call the built-in one by its full name.
    returns = inspect.Signature.empty if kind == "class" else str(signature.return_annotation).replace("builtins.", "")
    return stringify_signature(signature.replace(parameters=kept, return_annotation=returns))


class _Elided:
    def __repr__(self) -> str:
        return "..."


def _readable(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter whose default tells nothing of our insides."""
    shown = inspect.isfunction(parameter.default) or parameter.name == "user_agent"
    return parameter.replace(default=_Elided()) if shown else parameter


def _title(text: str, depth: int) -> list[str]:
    return ["", text, _UNDERLINES[depth] * len(text), ""]


def _rst(text: str | None) -> list[str]:
    return _escaped(inspect.cleandoc(text or "")).splitlines()


def _escaped(text: str) -> str:
    """Words that end in an underscore, and options that begin with dashes, are no markup."""
    return re.sub(r"(?<=\w)_(?=[\s,.;:)])", r"\\_", text)


def _indented(lines: list[str]) -> list[str]:
    return textwrap.indent("\n".join(lines), "   ").splitlines()
