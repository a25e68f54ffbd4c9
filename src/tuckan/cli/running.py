"""From arguments to an exit code, whatever happens in between."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING

import click

from tuckan.cli.failures import FAILED, INTERRUPTED, USAGE, explain
from tuckan.cli.root import NotForClick, ReaderGone, tuckan
from tuckan.cli.terminal import discard, reader_may_leave, say, saying
from tuckan.errors import TuckanError, TuckanWarning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: the arguments after `tuckan`.

    Returns:
        The exit code: 0 done, 1 some operations failed, 2 usage, 3 configuration or not authorized, 4 not found,
        5 the portal or the network, 130 interrupted.
    """
    _write_any_text(sys.stdout)
    with warnings.catch_warnings():
        warnings.simplefilter("always", TuckanWarning)
        warnings.showwarning = _show_warning
        try:
            return _run(arguments)
        finally:
            if logging := sys.modules.get("logging"):  # `--help` needs none
                # A program that runs this in its own process may replace stderr later.
                logging.getLogger("tuckan").handlers.clear()


def _run(arguments: Sequence[str]) -> int:
    try:
        result = tuckan.main(args=[_text(one) for one in arguments], prog_name="tuckan", standalone_mode=False)
        # The work was done, even if nothing reads the output.
        with reader_may_leave(sys.stdout):
            pass
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        pass  # said below: as long as the exception lives, so do the frames whose requests end first
    except click.ClickException as error:
        with saying():
            error.show()
        return USAGE
    except SystemExit:  # click exits this way if its help has no reader
        discard(sys.stdout)
        return 0
    except TuckanError as error:
        return explain(error)
    except (ReaderGone, BrokenPipeError):
        # Whoever read us has read enough; Python would complain once more while it ends.
        discard(sys.stdout)
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence
        return _explain_other(error.__cause__ if isinstance(error, NotForClick) else error)
    else:
        return result if isinstance(result, int) else 0
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()  # a pool that was interrupted while it began a thread does not wait for it
    say("Interrupted.")
    return INTERRUPTED


def _explain_other(error: BaseException | None) -> int:
    return _explain_system(error) if isinstance(error, OSError) else _explain_defect(error)


def _text(argument: str) -> str:
    """An argument as text; bytes that Python could not read in the terminal's own encoding are read as UTF-8."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(argument).decode()
        except UnicodeError:
            raise click.UsageError(f"{argument!a} is not text in UTF-8.") from None
    return argument


def _write_any_text(stream: TextIO) -> None:
    """Data is always UTF-8, and characters that a terminal cannot show are escaped there."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty():
        reconfigure(errors="backslashreplace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")


def _explain_system(error: OSError) -> int:
    if sys.stdout is not None:
        discard(sys.stdout)
    where = f"{error.filename}: " if error.filename else ""
    say(f"{where}{error.strerror or error}.", color="red")
    say("Check that the file or folder exists, is accessible, and has room.")
    return FAILED


def _explain_defect(error: BaseException | None) -> int:
    import logging  # noqa: PLC0415 - as above

    logging.getLogger("tuckan.cli").debug("Where it happened:", exc_info=error)
    say(f"This is a bug in tuckan: {type(error).__name__}: {error}", color="red")
    say("Please report it, with the output of the same command and -vv.")
    return FAILED


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    say(f"Note: {message}")
