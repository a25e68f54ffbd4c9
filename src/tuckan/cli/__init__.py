"""The command line: it parses, calls one function of the library, and shows what came back."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run `tuckan` and end the process with its exit code."""
    import gc  # noqa: PLC0415 - nothing but what is needed before --help
    import sys  # noqa: PLC0415

    # Modules and results are kept: looking for garbage among them would take a tenth of the time of a short command.
    gc.set_threshold(50_000)

    from tuckan.cli.signals import (  # noqa: PLC0415
        INTERRUPTED,
        end_soon_on_interrupt,
        exit_with,
        open_closed_streams,
        say_interrupted,
    )

    try:
        end_soon_on_interrupt()
        open_closed_streams()
        from tuckan.cli.running import run  # noqa: PLC0415
    except KeyboardInterrupt:  # Ctrl-C while modules are imported, which takes most of a short command's time
        say_interrupted()
        exit_with(INTERRUPTED)
    exit_with(run(sys.argv[1:]))
