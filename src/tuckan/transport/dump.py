"""A dump as a catalogue: a file of JSON lines, or a folder with one for each kind of record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.errors import Hint, InvalidArgument
from tuckan.snapshot import KINDS, defect
from tuckan.transport.json_lines import DAMAGED, ENDINGS, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tuckan.snapshot import EntityKind


class Dump:
    """A dump as a catalogue: JSON lines as `client.dump` and `ckanapi dump` write them.

    Args:
        path: a file, or a folder of files that are named after their content: `datasets.jsonl`, `groups.jsonl.gz`.
            A file with another name is taken for one of datasets.

    Raises:
        InvalidArgument: when there is no such file, or nothing in the folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     size = Path(folder, "groups.jsonl").write_text('{"name": "nature"}')
        ...     print(Dump(folder).kinds)
        ('groups',)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = _path_of(path)
        self._files = _in_folder(self.path) if self.path.is_dir() else _alone(self.path)
        if not self._files:
            raise InvalidArgument(
                f"There is no dump in {self.path}.",
                hint="Its files are named after their content, such as datasets.jsonl or groups.jsonl.gz.",
            )

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of records that it contains."""
        return tuple(kind for kind in KINDS if kind in self._files)

    def records(self, kind: EntityKind) -> Iterator[dict[str, Any]]:
        """Iterate over the records of a kind, in the order of the file.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.

        Yields:
            Records as plain dicts; none of a kind that the dump does not have.

        Raises:
            InvalidArgument: when a line is not a JSON object, or the file is truncated or damaged; the message has the line.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> with TemporaryDirectory() as folder:
            ...     size = Path(folder, "groups.jsonl").write_text('{"name": "nature"}')
            ...     print([one["name"] for one in Dump(folder).records("groups")])
            ['nature']
        """
        if kind not in self._files:
            return
        path, number = self._files[kind], 0
        lines: dict[str, int] = {}
        try:
            for number, line in read_lines(path):
                record = _record(line, f"{path}, line {number}")
                for told in _told_by(record):
                    if (first := lines.setdefault(told, number)) != number:
                        raise InvalidArgument(
                            f"{path}, line {number}: the record with the {told} is already in line {first}.",
                            hint="Remove one of the two lines.",
                        )
                yield record
        except DAMAGED as error:
            raise InvalidArgument(
                f"{path} is damaged after line {number}: {error}.",
                hint="Create the dump again, or fetch the file again.",
            ) from error
        except OSError as error:
            raise InvalidArgument(f"{path} can't be read: {error.strerror or error}.") from error

    def __repr__(self) -> str:
        return f"Dump({str(self.path)!r})"


def _path_of(given: object) -> Path:
    if not isinstance(given, (str, Path)) or not str(given).strip():
        raise InvalidArgument(
            f"{given!r} is not the path of a dump.",
            hint="Give the path of a file, or of a folder with a file for each kind.",
        )
    return Path(given)


def _in_folder(folder: Path) -> dict[EntityKind, Path]:
    found: dict[EntityKind, Path] = {}
    for kind in KINDS:
        path = next((one for ending in ENDINGS if (one := folder / f"{kind}{ending}").is_file()), None)
        if path is not None:
            found[kind] = path
    return found


def _alone(file: Path) -> dict[EntityKind, Path]:
    named = file.name.partition(".")[0]
    if not file.is_file():
        return {}
    for kind in KINDS:
        if kind == named:
            return {kind: file}
    return {"datasets": file}


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidArgument(
            f"{where}: this is not a record: {error}.", hint="Each line of a dump is one JSON object."
        ) from error
    if wrong := defect(found):
        raise InvalidArgument(
            f"{where}: this is not a CKAN record: {wrong}.",
            hint="Each line of a dump is one record as CKAN returns it. To load your own records, use "
            + Hint("jobs.load.", "tuckan load."),
        )
    return found


def _told_by(record: Mapping[str, Any]) -> Iterator[str]:
    """The unique keys of a record: its id, and its name unless it is deleted, since another may have that name."""
    if record.get("id"):
        yield f"id {record['id']}"
    if record.get("name") and record.get("state") != "deleted":
        yield f"name {record['name']}"
