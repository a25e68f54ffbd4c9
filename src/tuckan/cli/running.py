"""From arguments to an exit code, whatever happens in between."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

import click

from tuckan.cli.failures import INTERRUPTED, USAGE, explain
from tuckan.cli.root import tuckan
from tuckan.errors import TuckanError, TuckanWarning

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: what stands after `tuckan`.

    Returns:
        The exit code: 0 done, 1 some operations failed, 2 usage, 3 configuration or not authorized, 4 not found,
        5 the portal or the network, 130 interrupted.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", TuckanWarning)
        warnings.showwarning = _show_warning
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        result = tuckan.main(args=list(arguments), prog_name="tuckan", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE
    except BrokenPipeError:
        # Whoever read us has read enough; Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TuckanError as error:
        return explain(error)
    return result if isinstance(result, int) else 0


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"Note: {message}", err=True)
