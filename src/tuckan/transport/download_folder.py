"""The locations of downloaded files, and what previous runs recorded about them.

Beside the files, a folder `.tuckan` has a note for each resource: the version that was downloaded, its hash and, while
it is incomplete, its partial file. It may be deleted at any time; then everything is fetched again.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tuckan.errors import InvalidArgument
from tuckan.transport.download_writer import discard, hash_of, note_of, read_note, settle, size_of, write_note
from tuckan.transport.locks import locked
from tuckan.wire.download_request import PartialFile, Validators
from tuckan.wire.file_names import distinct, file_name, folded, safe

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from tuckan.wire.download_request import DownloadResult

NOTES = ".tuckan"


class Place:
    """The location of one resource's file.

    Args:
        resource: the resource.
        root: the folder with the notes.
        folder: the folder for the file, or None when `path` is given.
        path: the file itself.
        own: whether the folder is only for this resource.

    Attributes:
        part: the partial file.
    """

    def __init__(
        self,
        resource: Mapping[str, Any],
        root: Path,
        *,
        folder: Path | None = None,
        path: Path | None = None,
        own: bool,
    ) -> None:
        self._resource, self._root, self._own = resource, root, own
        self._folder, self._path = folder or root, path
        key = safe(str(resource.get("id") or ""), 80) or "resource"
        self.part = root / NOTES / f"{key}.part"
        self._note = note_of(root / NOTES / key)

    @property
    def _url(self) -> str:
        return str(self._resource.get("url") or "")

    @contextmanager
    def held(self) -> Generator[None]:
        """Lock the location, so that no other process writes to the same partial file.

        Raises:
            BlockingIOError: when another process has locked it.
        """
        path = self.part.with_suffix(".lock")
        with ExitStack() as stack:
            stack.enter_context(kept_if_used(path.parent))
            try:
                stack.enter_context(locked(path))
            except BlockingIOError as error:
                raise BlockingIOError(error.errno, "another process is downloading it", str(path)) from error
            yield

    def look(self, *, again: bool = False) -> tuple[PartialFile, Validators]:
        """The partial file, and the version of a complete, unmodified file."""
        if again:
            discard(self.part)
            return PartialFile(), Validators()
        begun = read_note(note_of(self.part))
        part = (
            PartialFile(size_of(self.part), Validators.noted(begun)) if begun.get("url") == self._url else PartialFile()
        )
        return part, Validators.noted(self._known()) if self._is_there() else Validators()

    def _known(self) -> dict[str, Any]:
        known = read_note(self._note)
        return known if known.get("url") == self._url else {}

    def _is_there(self) -> bool:
        """Whether the file exists at its location, and matches its note byte for byte."""
        known = self._known()
        path = self._file_of(known)
        if path is None or not path.is_file() or path.stat().st_size != known.get("size"):
            return False
        if path != (self._path or path) or path.parent != self._folder:
            return False
        return path.stat().st_mtime_ns == known.get("written") or hash_of(path) == known.get("sha256")

    def _file_of(self, known: Mapping[str, Any]) -> Path | None:
        return self._root / str(known["file"]) if known.get("file") else None

    def known(self) -> tuple[Path, int, str]:
        """The existing file, its size and its hash."""
        known = self._known()
        return self._root / str(known.get("file")), int(known.get("size") or 0), str(known.get("sha256") or "")

    def discard(self) -> None:
        """Remove the partial file."""
        discard(self.part)

    def settle(self, got: DownloadResult) -> Path:
        """Move the downloaded file to its location atomically, and write its note."""
        before = read_note(self._note)
        target = self._path or self._folder / self._name(got, before)
        settle(self.part, target)
        old = self._file_of(before)
        if self._own and old is not None and old != target and old.parent == target.parent:
            old.unlink(missing_ok=True)  # the file has a new name on the portal
        if self._path is not None and not got.version:
            self._note.unlink(missing_ok=True)  # the version has no validator, and the name is fixed
            return target
        write_note(self._note, {
            "url": self._url,
            "file": target.relative_to(self._root).as_posix(),
            "size": got.size,
            "written": target.stat().st_mtime_ns,
            "sha256": got.hashes.get("sha256"),
            **got.version.note(),
        })  # fmt: skip
        return target

    def _name(self, got: DownloadResult, before: Mapping[str, Any]) -> str:
        name = file_name(self._resource, got.url, got.headers.get("content-disposition", ""))
        if self._own or not self._folder.is_dir():
            return name
        mine = Path(str(before.get("file") or "")).name
        taken = {folded(one.name) for one in self._folder.iterdir() if one.name != mine}
        return distinct(name, taken, safe(str(self._resource.get("id")), 8))


def place_of(resource: Mapping[str, Any], to: str | Path) -> Place:
    """The location for one file, given a path or a folder.

    Args:
        resource: the resource.
        to: an existing folder, or one written with a trailing slash; otherwise the path of the file.

    Raises:
        InvalidArgument: when it is neither.
    """
    path = Path(to).expanduser()
    if path.is_dir() or str(to).endswith(("/", "\\")):
        return Place(resource, path, own=False)
    if not path.name or (path.exists() and not path.is_file()):
        raise InvalidArgument(f"{str(to)!r} is not a place for a file.", hint="Give a folder, or the path of a file.")
    return Place(resource, path.parent, path=path, own=False)


class ObjectPlace(Place):
    """The place of a file that is called after its SHA-256, so that equal files are kept once and no version is lost."""

    def _name(self, got: DownloadResult, before: Mapping[str, Any]) -> str:
        del before
        return got.hashes["sha256"]


def folder_of(to: str | Path) -> Path:
    """The folder for many files.

    Raises:
        InvalidArgument: when the path is not a folder.
    """
    path = Path(to).expanduser()
    if path.exists() and not path.is_dir():
        raise InvalidArgument(
            f"{str(to)!r} is not a folder.", hint="Give a folder; it is created if it does not exist."
        )
    return path


def place_within(resource: Mapping[str, Any], dataset: str, to: Path) -> Place:
    """The location of a file among many: a folder for each dataset, and in it one for each resource."""
    folder = to / (safe(dataset, 120) or "dataset") / (safe(str(resource.get("id") or ""), 80) or "resource")
    return Place(resource, to, folder=folder, own=True)


@contextmanager
def kept_if_used(folder: Path) -> Generator[None]:
    """Create a folder, and remove it and its new parents afterwards if they are empty."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # it is not empty
            for one in dict.fromkeys((folder, *made)):
                one.rmdir()


class Lines:
    """A file of JSON lines that is written once and read repeatedly, in constant memory.

    As a context manager, it is removed if the block raises.

    Args:
        path: its path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")
        self.number = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a line."""
        self._file.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
        self.number += 1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.flush()
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def move(self, path: Path) -> None:
        """Close it and move it to its final path."""
        self._file.close()
        self.path.replace(path)
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if error is not None:
            self.path.unlink(missing_ok=True)
