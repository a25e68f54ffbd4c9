# Generated from src/tuckan/client/_async/bulk/downloads.py by scripts/unasync.py: change that file, then run `make fix`.
"""Downloads: one file, or thousands concurrently, with one progress bar and an outcome for each."""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import asdict
from fnmatch import fnmatch
from functools import partial
from typing import TYPE_CHECKING, Any

from tuckan.errors import ConfigurationError, PortalError, TransportError
from tuckan.shapes import Downloaded, Downloads
from tuckan.transport.download_folder import NOTES, Lines, folder_of, kept_if_used, place_within
from tuckan.wire.download_request import DownloadRequest
from tuckan.wire.downloading import downloading
from tuckan.wire.formats import same_format
from tuckan.wire.uploading import algorithm_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.client._sync.connection import Connection
    from tuckan.shapes import Record
    from tuckan.transport.download_folder import Place
    from tuckan.transport.host_limits import HostLimits

_NEEDED = ("id", "name", "url", "url_type", "format", "mimetype", "size", "hash")
_NOTHING_HELPS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Downloading:
    """Downloads over one connection.

    Args:
        connection: the connection to the portal.
        check: whether to verify answers, so that no page or error is saved.
        max_bytes: the maximum size of a file in bytes, or None.
        again: fetch everything, regardless of existing files.
        limits: how fast each host may be asked; as fast as it answers without.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        check: bool = True,
        max_bytes: int | None = None,
        again: bool = False,
        limits: HostLimits | None = None,
    ) -> None:
        self._limits = limits
        self._connection = connection
        self._check, self._max_bytes, self._again = check, max_bytes, again

    def one(
        self, resource: Mapping[str, Any], place: Place, *, dataset: str = "", tell: Callable[[int], object] = bool
    ) -> Downloaded:
        """Download one file to its place."""
        with place.held():
            return self._one(resource, place, dataset, tell)

    def _one(
        self, resource: Mapping[str, Any], place: Place, dataset: str, tell: Callable[[int], object]
    ) -> Downloaded:
        there, have = self._connection.to_thread(partial(place.look, again=self._again))
        recorded = algorithm_of(resource.get("hash"))
        wanted = DownloadRequest(
            resource,
            str(place.part),
            there,
            have,
            self._max_bytes,
            self._check,
            tuple(dict.fromkeys(("sha256", *(recorded or ())[:1]))),
            tell,
        )
        flow = downloading(wanted, self._connection.portal_state)
        got = self._connection.run(self._limits.politely(flow) if self._limits else flow)
        told = partial(_told, resource, dataset)
        if got.outcome == "unchanged":
            path, size, sha256 = place.known()
            return told("unchanged", path=path, size=size, sha256=sha256)
        if got.outcome == "too large":
            self._connection.to_thread(place.discard)
            return told("too large", size=got.size or None)
        path = self._connection.to_thread(place.settle, got)
        as_recorded = got.hashes[recorded[0]] == recorded[1] if recorded else None
        return told(
            "fetched",
            path=path,
            size=got.size,
            sha256=got.hashes["sha256"],
            resumed=got.resumed,
            as_recorded=as_recorded,
        )

    def many(
        self,
        datasets: Iterator[Record],
        to: str | Path,
        *,
        formats: Sequence[str] = (),
        names: Sequence[str] = (),
        dry_run: bool = False,
    ) -> Downloads:
        """Download the files of datasets, each into its own folder; a failure does not stop the others.

        Args:
            datasets: whole datasets.
            to: the folder.
            formats: only resources of these formats.
            names: only resources whose name, or whose file's name, matches one of these patterns.
            dry_run: only record what would be fetched.
        """
        folder = folder_of(to)
        notes, run = folder / NOTES, f"{os.getpid()}.jsonl"
        with (
            kept_if_used(notes),
            Lines(notes / f"plan-{run}") as plan,
            Lines(notes / f"manifest-{run}") as manifest,
        ):
            for dataset in datasets:
                for resource in dataset.get("resources") or ():
                    if _is_wanted(resource, formats, names):
                        plan.add({"dataset": dataset.get("name"), **{name: resource.get(name) for name in _NEEDED}})
            counts: Counter[str] = Counter()
            reasons: Counter[str] = Counter()
            size = 0
            with self._connection.progress("downloading", total=plan.number, unit="files") as progress:
                for one in self._outcomes(plan, folder, dry_run=dry_run):
                    counts[one.outcome] += 1
                    reasons.update([one.reason.partition(": ")[0]] if one.outcome == "failed" else [])
                    size += (one.size or 0) if one.outcome != "too large" else 0
                    manifest.add(_line(one, folder))
                    progress.step()
            plan.path.unlink()
            manifest.move(notes / "planned.jsonl" if dry_run else folder / "manifest.jsonl")
        return Downloads(folder, dict(counts), size, dict(reasons.most_common()), manifest.path)

    def _outcomes(self, plan: Iterable[Record], folder: Path, *, dry_run: bool) -> Iterator[Downloaded]:
        if dry_run:
            for one in plan:
                yield self._planned(one)
            return
        work = self._pieces(plan, folder)
        for outcome in self._connection.as_done(work, self._connection.portal_state, alike=False):
            yield outcome

    def _planned(self, resource: Record) -> Downloaded:
        size = size_told(resource)
        too_large = self._max_bytes is not None and (size or 0) > self._max_bytes
        return _told(resource, resource["dataset"], "too large" if too_large else "planned", size=size)

    def _pieces(self, plan: Iterable[Record], folder: Path) -> Iterator[tuple[str, Callable[[], Downloaded]]]:
        for resource in plan:
            place = place_within(resource, str(resource["dataset"]), folder)
            yield str(resource["id"]), partial(self.attempt, resource, place)

    def attempt(self, resource: Record, place: Place) -> Downloaded:
        """Download one file of many to its place; what fails is an outcome, unless nothing else could succeed either."""
        planned = self._planned(resource)
        if planned.outcome == "too large":
            return planned
        dataset = str(resource["dataset"])
        try:
            return self.one(resource, place, dataset=dataset)
        except ConfigurationError:
            raise
        except (PortalError, TransportError) as error:
            status = f" (status {error.status})" if isinstance(error, PortalError) and error.status else ""
            return _told(resource, dataset, "failed", reason=f"{type(error).__name__}{status}: {error.message}")
        except OSError as error:
            if error.errno in _NOTHING_HELPS:
                raise
            return _told(resource, dataset, "failed", reason=f"OSError: {error.strerror or error}")


def _told(resource: Mapping[str, Any], dataset: str, outcome: Any, **more: Any) -> Downloaded:
    about = [str(resource.get(name) or "") for name in ("id", "name", "url")]
    return Downloaded(about[0], dataset, about[1], about[2], outcome, **more)


def _line(one: Downloaded, folder: Path) -> dict[str, Any]:
    path = one.path.relative_to(folder).as_posix() if one.path else None
    return {**asdict(one), "path": path}


def size_told(resource: Mapping[str, Any]) -> int | None:
    """The size of a resource according to the portal, which may be a number, text, or missing."""
    try:
        return int(str(resource.get("size") or "").strip()) or None
    except ValueError:
        return None


def _is_wanted(resource: Record, formats: Sequence[str], names: Sequence[str]) -> bool:
    called = [str(resource.get("name") or ""), str(resource.get("url") or "").rpartition("/")[2]]
    right_format = not formats or any(same_format(str(resource.get("format") or ""), one) for one in formats)
    right_name = not names or any(fnmatch(one.lower(), pattern.lower()) for one in called for pattern in names)
    return right_format and right_name
