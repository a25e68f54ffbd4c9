"""Commands and groups of the command line: help, suggestions, and hidden aliases."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import click

from tuckan._text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALIASES = {"ls": "list", "get": "show", "show": "info"}
"""Names that users try, with the command that they mean."""

PLACES_NAMED = 4
"""Commands of other groups that are named at most, where a group has none of that name."""

OPTIONS, COMMON = "Options", "Common options"

_RANGE = re.compile(r"\s*\[(?:\d+<=?)?x(?:[<>]=?\d+)?\]")
"""The range that click adds to the help of numbers; omitted, since negative counts make no sense."""

_EXAMPLES = "\b\n"


class Option(click.Option):
    """An option with hidden aliases and its own section in the help.

    Args:
        also: the hidden aliases.
        section: its heading.
    """

    def __init__(
        self,
        param_decls: Sequence[str] | None = None,
        *,
        also: Sequence[str] = (),
        section: str = OPTIONS,
        **rest: Any,
    ) -> None:
        super().__init__(param_decls, **rest)
        self.also = tuple(also)
        self.section = section

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Add the option under all its names."""
        shown = self.opts
        self.opts = [*shown, *self.also]
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.opts = shown


def examples(command: click.Command) -> list[str]:
    """The lines of the examples in a command's help."""
    return [line for part in _parts(command)[1] for line in part.removeprefix(_EXAMPLES).splitlines()]


def summary(command: click.Command) -> str:
    """The first sentence of a command's help, not truncated."""
    text, _ = _parts(command)
    first = " ".join(text[0].split()) if text else ""
    sentence, stop, _ = first.partition(". ")
    return sentence + stop.rstrip() or first


def _parts(command: click.Command) -> tuple[list[str], list[str]]:
    """The paragraphs of a command's help, and its examples."""
    parts = inspect.cleandoc(command.help or "").split("\n\n")
    return [one for one in parts if not one.startswith(_EXAMPLES)], [one for one in parts if one.startswith(_EXAMPLES)]


class _Helped(click.Command):
    """The help sections that commands and groups share."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; for an unknown option, suggest similar ones."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            options = [one for one in self.get_params(ctx) if isinstance(one, click.Option) and not one.hidden]
            near = did_you_mean(error.option_name, [name for one in options for name in one.opts])
            ctx.fail(f"There is no option {error.option_name}. {near or f'`{ctx.command_path} --help` lists them.'}")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write its description, then examples."""
        del ctx
        text, _ = _parts(self)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(text))
        if lines := examples(self):
            with formatter.section("Examples"):
                for line in lines:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then each section; shared options come last."""
        sections: dict[str, list[tuple[str, str]]] = {OPTIONS: []}
        for param in self.get_params(ctx):
            if (record := param.get_help_record(ctx)) and not isinstance(param, click.Argument):
                otherwise = COMMON if COMMON in sections and "--help" in param.opts else OPTIONS
                section = sections.setdefault(getattr(param, "section", otherwise), [])
                section.append((record[0], _RANGE.sub("", record[1])))
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        common = sections.pop(COMMON, [])
        for title, records in (*sections.items(), (COMMON, common)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_Helped):
    """A command. Each accepts `--yes`, even if it never asks, so that scripts can always pass it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not {"-y", "--yes"} & {name for one in self.params for name in one.opts}:
            said = "This command never asks for confirmation."
            self.params.append(click.Option(["-y", "--yes"], is_flag=True, hidden=True, expose_value=False, help=said))


def _is_there(group: click.Group, ctx: click.Context, names: list[str]) -> bool:
    """Whether a group has a command, by its path, that is not hidden."""
    command: click.Command | None = group
    for name in names:
        command = command.get_command(ctx, name) if isinstance(command, click.Group) else None
    return command is not None and not command.hidden and command.name == names[-1]


class Group(_Helped, click.Group):
    """A group of commands.

    Args:
        more: adds further commands to it. It is called when a command is not among the others, or all are listed, so that
            running one of those does not import the rest.
    """

    command_class = Command

    def __init__(self, *args: Any, more: Callable[[Group], object] | None = None, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._more = more

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name or an alias."""
        if cmd_name not in self.commands:
            self._complete()
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, ALIASES.get(cmd_name, cmd_name))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        self._complete()
        return super().list_commands(ctx)

    def _complete(self) -> None:
        if self._more:
            more, self._more = self._more, None
            more(self)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest similar ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            known = [name for name in self.list_commands(ctx) if not self._is_hidden(name)]
            near = did_you_mean(args[0], known) or self._elsewhere(ctx, args[0])
            ctx.fail(f"There is no command {args[0]!r}. {near}")

    def _elsewhere(self, ctx: click.Context, name: str) -> str:
        """Where a command of that name is, or how this group shows one thing; and how to see all commands."""
        root = ctx.find_root()
        places = [] if ctx is root else [[name]]
        every = root.command
        if isinstance(every, click.Group):
            places += [[one, name] for one in every.list_commands(root)]
            found = [" ".join(one) for one in places if _is_there(every, root, one)]
            if found:
                more = " and more" if len(found) > PLACES_NAMED else ""
                return "There is " + ", ".join(f"`{root.info_name} {one}`" for one in found[:PLACES_NAMED]) + f"{more}."
        shows = f"To show it: `{ctx.command_path} show {name}`. " if "show" in self.commands else ""
        return f"{shows}`{ctx.command_path} --help` lists the commands."

    def _is_hidden(self, name: str) -> bool:
        return self.commands[name].hidden

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the first sentence of its help."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, summary(one)) for name, one in found if one is not None and not one.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def name_kind(self, kind: str) -> None:
        """Replace the word KIND in the help of commands that several groups share."""
        for command in self.commands.values():
            command.help = (command.help or "").replace("KIND", kind)
