"""`tuckan completion`."""

from __future__ import annotations

import click

_LINES = {
    "bash": 'eval "$(_TUCKAN_COMPLETE=bash_source tuckan)"',
    "zsh": 'eval "$(_TUCKAN_COMPLETE=zsh_source tuckan)"',
    "fish": "_TUCKAN_COMPLETE=fish_source tuckan | source",
}


@click.command()
@click.argument("shell", type=click.Choice(list(_LINES)))
def completion(shell: str) -> None:
    """The line that completes tuckan's commands and options in your SHELL; add it to the file that the shell reads.

    \b
    tuckan completion bash >> ~/.bashrc
    """
    click.echo(_LINES[shell])
