"""A mirror as files that other programs read: JSON lines, a folder of JSON, Parquet, BagIt; each with a manifest."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan._optional import load
from tuckan.errors import InvalidArgument
from tuckan.transport.download_writer import hash_of
from tuckan.transport.json_lines import line_writer
from tuckan.transport.locks import locked
from tuckan.version import __version__
from tuckan.wire.file_names import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tuckan.mirror.reading import Form, MirrorReader

MANIFEST = "manifest.json"
_ROWS = 10_000
_FLAT = {
    "datasets": "SELECT id, name, title, notes, tags, organization_title, formats, type, private, license_id, url, version,"
    " metadata_created, metadata_modified FROM datasets WHERE status = 'there' ORDER BY key",
    "resources": "SELECT r.id, d.id AS dataset_id, d.name AS dataset, position, r.name, r.description, r.format, r.mimetype,"
    " r.url, r.url_type, r.size, r.hash, r.last_modified, r.datastore_active FROM resources r"
    " JOIN datasets d ON d.key = r.dataset WHERE d.status = 'there' ORDER BY r.dataset, position",
    "organizations": "SELECT id, name, title, description, type FROM organizations WHERE status = 'there' ORDER BY name",
    "groups": "SELECT id, name, title, description, type FROM groups WHERE status = 'there' ORDER BY name",
}


def export(mirror: MirrorReader, to: Path, form: Form) -> dict[str, int]:
    """Write a mirror to a folder, which appears once it is whole.

    Args:
        mirror: the mirror.
        to: the folder; one that an export made before is replaced.
        form: the format.

    Returns:
        How many records were written, by kind.

    Raises:
        InvalidArgument: when the folder holds something else.
    """
    to = Path(os.path.realpath(to))
    if not to.exists() and _replaced(to).exists():
        _replaced(to).rename(to)  # a process was killed between the two renames
    before = _manifest_of(to)
    writers: dict[Form, Callable[[MirrorReader, Path], dict[str, int]]] = {
        "jsonl": _json_lines,
        "folder": _folder,
        "parquet": _parquet,
        "bagit": _bag,
    }
    with _place_beside(to) as part:
        if mirror.status()["private"]:
            part.chmod(0o700)
        counts = writers[form](mirror, part)
        _write_manifest(mirror, part, form, counts, before)
        if before:
            to.rename(_replaced(to))
        part.rename(to)
    return counts


@contextmanager
def _place_beside(to: Path) -> Generator[Path]:
    """A folder beside another in which its next content is written; what a process that was killed left there is removed.

    Raises:
        InvalidArgument: when another process is writing to it.
    """
    part = to.with_name(f".{to.name}.part")
    try:
        with locked(to.with_name(f".{to.name}.lock")):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            try:
                yield part
            finally:
                if _replaced(to).exists() and not to.exists():
                    _replaced(to).rename(to)
                for one in (part, _replaced(to)):
                    shutil.rmtree(one, ignore_errors=True)
    except BlockingIOError as error:
        raise InvalidArgument(
            f"Another process is writing an export to {to}.", hint="Wait until it is done."
        ) from error


def _replaced(to: Path) -> Path:
    """Where the previous export is for the moment between the two renames."""
    return to.with_name(f".{to.name}.old")


def _manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of the export that is in a folder, which the new one replaces; empty if there is no folder.

    Raises:
        InvalidArgument: when anything else is there, or files beside those of the export.
    """
    if not folder.exists():
        return {}
    found: Any = None
    with suppress(OSError, ValueError):
        found = json.loads((folder / MANIFEST).read_bytes())
    if not isinstance(found, dict) or not {"tuckan", "format", "sha256"} <= found.keys():
        raise InvalidArgument(
            f"{folder} exists, and is no export of a mirror.", hint="Name a folder that does not exist."
        )
    own = {*found["sha256"], MANIFEST}
    others = [path for path in _files(folder) if path.relative_to(folder).as_posix() not in own]
    if others:
        raise InvalidArgument(
            f"{others[0]} does not belong to the export in {folder}, which would be replaced.",
            hint="Move it away, or name another folder.",
        )
    return found


def _write_manifest(
    mirror: MirrorReader, folder: Path, form: str, counts: dict[str, int], before: dict[str, Any]
) -> None:
    status = mirror.status()
    since = before.get("last_run")
    manifest = {
        "portal": status["portal"],
        "last_run": status["last_run"],
        "tuckan": __version__,
        "format": form,
        "counts": counts,
        "changes_since_last_export": sum(1 for _ in mirror.changes(since=since)) if since else None,
        "sha256": {path.relative_to(folder).as_posix(): hash_of(path) for path in _files(folder)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _json_lines(mirror: MirrorReader, folder: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in mirror.kinds:
        counts[kind] = 0
        with line_writer(folder / f"{kind}.jsonl") as write:
            for record in mirror.records(kind):
                write([msgspec.json.encode(record)])
                counts[kind] += 1
    return counts


def _folder(mirror: MirrorReader, folder: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in mirror.kinds:
        (folder / kind).mkdir()
        counts[kind] = 0
        for record in mirror.records(kind):
            name = safe(str(record.get("name") or ""), 150) or str(record["id"])
            path = folder / kind / f"{name}.json"
            if path.exists():
                path = folder / kind / f"{name}.{record['id']}.json"
            path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
            counts[kind] += 1
    return counts


def _parquet(mirror: MirrorReader, folder: Path) -> dict[str, int]:
    """Flat tables, and one of whole datasets in which lists are lists."""
    arrow: Any = load("pyarrow", extra="arrow", purpose="write Parquet")
    parquet: Any = load("pyarrow.parquet", extra="arrow", purpose="write Parquet")
    counts: dict[str, int] = {}
    for name, query in _FLAT.items():
        counts[name] = _write_table(
            parquet, folder / f"{name}.parquet", mirror.sql(query), arrow, _flat_schema(arrow, query)
        )
    nested = map(_nested, mirror.datasets)
    _write_table(parquet, folder / "datasets-nested.parquet", nested, arrow, _nested_schema(arrow))
    return counts


def to_arrow(mirror: MirrorReader, name: str) -> Any:
    """A flat table of a mirror; `Mirror.to_arrow` describes it.

    Raises:
        InvalidArgument: when there is no such table.
    """
    arrow: Any = load("pyarrow", extra="arrow", purpose="read a mirror into Arrow")
    if name not in _FLAT:
        raise InvalidArgument(f"There is no table {name!r}.", hint=f"Use one of: {', '.join(_FLAT)}.")
    schema, rows = _flat_schema(arrow, _FLAT[name]), mirror.sql(_FLAT[name])
    batches: list[Any] = []
    while some := [row for row, _ in zip(rows, range(_ROWS), strict=False)]:
        batches.append(arrow.RecordBatch.from_pylist(some, schema=schema))
    return arrow.Table.from_batches(batches, schema=schema)


def _write_table(parquet: Any, path: Path, rows: Iterator[dict[str, Any]], arrow: Any, schema: Any) -> int:
    written = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := [row for row, _ in zip(rows, range(_ROWS), strict=False)]:
            writer.write_table(arrow.Table.from_pylist(some, schema=schema))
            written += len(some)
    return written


def _flat_schema(arrow: Any, query: str) -> Any:
    numbers = {"position", "size", "private", "datastore_active"}
    columns = query.partition(" FROM ")[0].removeprefix("SELECT ").split(", ")
    names = [one.rpartition(" ")[2].rpartition(".")[2] for one in columns]
    return arrow.schema([(one, arrow.int64() if one in numbers else arrow.string()) for one in names])


_DATASET_TEXTS = (
    "id",
    "name",
    "title",
    "notes",
    "type",
    "license_id",
    "url",
    "version",
    "metadata_created",
    "metadata_modified",
)
_RESOURCE_TEXTS = ("id", "name", "description", "format", "mimetype", "url", "url_type", "hash", "last_modified")


def _nested_schema(arrow: Any) -> Any:
    text = arrow.string()
    resource = arrow.struct([(one, text) for one in _RESOURCE_TEXTS])
    extra = arrow.struct([("key", text), ("value", text)])
    lists = [("tags", text), ("groups", text), ("extras", extra), ("resources", resource)]
    columns = [(one, text) for one in _DATASET_TEXTS]
    return arrow.schema(
        [
            *columns,
            ("private", arrow.bool_()),
            ("organization", text),
            *((name, arrow.list_(kind)) for name, kind in lists),
        ]
    )


def _nested(record: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: _text(record.get(name)) for name in _DATASET_TEXTS},
        "private": bool(record.get("private")),
        "organization": (record.get("organization") or {}).get("name"),
        "tags": [str(one.get("name")) for one in record.get("tags") or ()],
        "groups": [str(one.get("name")) for one in record.get("groups") or ()],
        "extras": [
            {"key": _text(one.get("key")), "value": _text(one.get("value"))} for one in record.get("extras") or ()
        ],
        "resources": [
            {name: _text(one.get(name)) for name in _RESOURCE_TEXTS} for one in record.get("resources") or ()
        ],
    }


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bag(mirror: MirrorReader, folder: Path) -> dict[str, int]:
    """BagIt 1.0 (RFC 8493): the records as JSON lines, with their hashes."""
    data = folder / "data"
    data.mkdir()
    counts = _json_lines(mirror, data)
    paths = list(_files(data))
    lines = [f"{hash_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    (folder / "manifest-sha256.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", encoding="utf-8")
    status = mirror.status()
    oxum = f"{sum(path.stat().st_size for path in paths)}.{len(paths)}"
    info = {
        "Source-Organization": status["portal"],
        "Bagging-Date": (status["last_run"] or "")[:10],
        "Payload-Oxum": oxum,
    }
    (folder / "bag-info.txt").write_text("".join(f"{k}: {v}\n" for k, v in info.items() if v), encoding="utf-8")
    return counts
