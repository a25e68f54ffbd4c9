"""Where downloaded files go, and what is known of them from the runs before.

Beside the files there is a folder `.tuckan` with a note for each resource: the version that was fetched, its hash, and while
it is not whole yet, its part. It may be deleted at any time; then everything is fetched anew.
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
    """The place of one resource's file.

    Args:
        resource: the resource.
        root: the folder whose notes tell what is there.
        folder: the folder for the file, or None when `path` is given.
        path: the file itself.
        own: whether the folder is for this resource alone.

    Attributes:
        part: the file while it is coming.
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
        """Hold the place, so that no other process writes to the same part.

        Raises:
            BlockingIOError: when another does.
        """
        path = self.part.with_suffix(".lock")
        with ExitStack() as stack:
            stack.enter_context(kept_if_used(path.parent))
            try:
                stack.enter_context(locked(path))
            except BlockingIOError as error:
                raise BlockingIOError(error.errno, "another process is downloading it", str(path)) from error
            yield

    def look(self, *, anew: bool = False) -> tuple[PartialFile, Validators]:
        """The part that is there, and the version that is there whole and as it came."""
        if anew:
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
        """Whether the file is there, where it shall be and as it was written down, byte for byte."""
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
        """The file that is there, its size and its hash."""
        known = self._known()
        return self._root / str(known.get("file")), int(known.get("size") or 0), str(known.get("sha256") or "")

    def discard(self) -> None:
        """Remove what was begun."""
        discard(self.part)

    def settle(self, got: DownloadResult) -> Path:
        """Move what came to its place, in one step, and write down what it is."""
        before = read_note(self._note)
        target = self._path or self._folder / self._name(got, before)
        settle(self.part, target)
        old = self._file_of(before)
        if self._own and old is not None and old != target and old.parent == target.parent:
            old.unlink(missing_ok=True)  # the file has a new name on the portal
        if self._path is not None and not got.version:
            self._note.unlink(missing_ok=True)  # nothing can be asked with it, and the name is given
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
    """The place for one file that goes to a path, or into a folder.

    Args:
        resource: the resource.
        to: a folder that is there, or written with a slash at its end; otherwise the path of the file.

    Raises:
        InvalidArgument: when it is neither.
    """
    path = Path(to).expanduser()
    if path.is_dir() or str(to).endswith(("/", "\\")):
        return Place(resource, path, own=False)
    if not path.name or (path.exists() and not path.is_file()):
        raise InvalidArgument(f"{str(to)!r} is no place for a file.", hint="Give a folder, or the path of a file.")
    return Place(resource, path.parent, path=path, own=False)


def folder_of(to: str | Path) -> Path:
    """The folder for many files.

    Raises:
        InvalidArgument: when something else is there.
    """
    path = Path(to).expanduser()
    if path.exists() and not path.is_dir():
        raise InvalidArgument(f"{str(to)!r} is no folder.", hint="Give a folder; it is made when it is not there.")
    return path


def place_within(resource: Mapping[str, Any], dataset: str, to: Path) -> Place:
    """The place of a file among many: a folder for each dataset, and in it one for each resource."""
    folder = to / (safe(dataset, 120) or "dataset") / (safe(str(resource.get("id") or ""), 80) or "resource")
    return Place(resource, to, folder=folder, own=True)


@contextmanager
def kept_if_used(folder: Path) -> Generator[None]:
    """Make a folder, and leave behind neither it nor those made around it unless something is in them."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # something is in it
            for one in dict.fromkeys((folder, *made)):
                one.rmdir()


class Lines:
    """A file of JSON lines that is written once, then read as often as wanted: memory stays the same.

    Used as a context, it is removed when that ends with an error.

    Args:
        path: where it is.
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
        """Close it and move it to its place."""
        self._file.close()
        self.path.replace(path)
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if error is not None:
            self.path.unlink(missing_ok=True)
