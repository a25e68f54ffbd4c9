"""The folder of journals, their names, and their locks."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan._text import counted, did_you_mean
from tuckan.errors import CannotWrite, ConfigurationError, InvalidArgument, NotFound
from tuckan.transport.durable import private_folder
from tuckan.transport.locks import locked

if TYPE_CHECKING:
    from collections.abc import Generator

_MARKS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Unambiguous letters and digits, in order."""

_SECOND = len("20240131-120000")


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """The error for a job's file that can't be written: nothing more is sent, and the job can be resumed later."""
    return CannotWrite(
        f"The file {path} can't be written: {error.strerror or error}.",
        hint=f"Nothing more was sent. Free some space, then resume it: tuckan job resume {path.stem}",
    )


def folder() -> Path:
    """The folder of journals: `TUCKAN_JOBS_DIR`, or one in the user's state folder. Only its owner can open it.

    Raises:
        ConfigurationError: when it can't be created.
    """
    import platformdirs  # noqa: PLC0415 - only wanted when there are jobs

    given = os.environ.get("TUCKAN_JOBS_DIR")
    place = Path(given) if given else Path(platformdirs.user_state_dir("tuckan", appauthor=False)) / "jobs"
    try:
        private_folder(place)
    except OSError as error:
        raise _unusable(place, error) from error
    return place


def _unusable(place: Path, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"The folder for jobs, {place}, can't be used: {error.strerror}.",
        hint="A job needs a journal: fix the folder, or set TUCKAN_JOBS_DIR to another.",
    )


def new_path(title: str) -> Path:
    """The path of a new job's journal, named after time and title."""
    word = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:30] or "job"
    begun = datetime.now(UTC)
    newest = max((one.stem[:_SECOND] for one in paths()), default="")
    if newest > f"{begun:%Y%m%d-%H%M%S}":  # the clock was set back: the newest job must still be `last`
        with suppress(ValueError):
            begun = datetime.strptime(newest, "%Y%m%d-%H%M%S").replace(tzinfo=UTC) + timedelta(seconds=1)
    return folder() / f"{begun:%Y%m%d-%H%M%S}-{word}-{_mark(begun.microsecond)}.sqlite"


def _mark(microsecond: int) -> str:
    """A suffix that distinguishes jobs of the same second, in order.

    Example:
        >>> _mark(0), _mark(999_999)
        ('222', 'zzz')
    """
    base = len(_MARKS)
    part = microsecond * base**3 // 1_000_000
    return _MARKS[part // base**2] + _MARKS[part // base % base] + _MARKS[part % base]


def path_of(job: str) -> Path:
    """The journal of a job by its name, the end of its name, or `last` for the newest.

    Raises:
        NotFound: when there is no such job.
        InvalidArgument: when the name is empty or ambiguous.
    """
    job = job.strip()
    if not job:
        raise InvalidArgument(
            "The name of the job is empty.", hint="Give a name from `tuckan job list`, or `last` for the newest."
        )
    every = paths()
    found = [one for one in every if one.is_file()][-1:] if job == "last" else [one for one in every if one.stem == job]
    found = found or [one for one in every if one.stem.endswith(job)]
    if not found:
        hint = " ".join(filter(None, [did_you_mean(job, [one.stem for one in every]), "`tuckan job list` lists all."]))
        raise NotFound(f"There is no job {job!r}.", hint=hint)
    if len(found) > 1:
        raise InvalidArgument(f"{counted(len(found), 'job')} end in {job!r}.", hint="Give more of its name.")
    return found[0]


def paths() -> list[Path]:
    """All journals, the oldest first."""
    return sorted(folder().glob("*.sqlite"), key=lambda path: (path.stem[:_SECOND], path.stem[-3:]))


def files_of(path: Path) -> list[Path]:
    """The files of a job: its journal, and those beside it."""
    return sorted(path.parent.glob(f"{path.stem}.*"))


@contextmanager
def held(path: Path) -> Generator[None]:
    """Lock a job, so that no other process works on it; the lock is released if the process dies.

    Raises:
        ConfigurationError: when another process holds it.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path.with_suffix(".lock")))
        except BlockingIOError as error:
            raise ConfigurationError(
                f"Another process is working on the job {path.stem}.", hint="Wait for it, or end it first."
            ) from error
        except OSError as error:
            raise _unusable(path.parent, error) from error
        yield
