"""`tuckan completion`."""

from __future__ import annotations

import click

from tuckan.cli.command import Command

_LINES = {
    "bash": 'eval "$(_TUCKAN_COMPLETE=bash_source tuckan)"',
    "zsh": 'eval "$(_TUCKAN_COMPLETE=zsh_source tuckan)"',
    "fish": "_TUCKAN_COMPLETE=fish_source tuckan | source",
}


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(list(_LINES)))
def completion(shell: str) -> None:
    """Print the line that enables completion in your shell.

    Add it to the shell's startup file. Completion covers commands, options, profiles, jobs, actions, fields, and
    the names of datasets, organizations and groups.

    \b
    tuckan completion bash >> ~/.bashrc
    tuckan completion zsh >> ~/.zshrc
    tuckan completion fish > ~/.config/fish/completions/tuckan.fish
    """
    click.echo(_LINES[shell])
