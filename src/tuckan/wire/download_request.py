"""A file to download: which version of it is there, what is wanted of it, and what came."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

from tuckan.wire.content_encoding import codings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECONDS_OF_A_STRONG_DATE = 60.0
"""A `Last-Modified` of whole seconds tells two versions apart only when it is well before the answer."""


@dataclass(frozen=True, slots=True)
class Validators:
    """Which version of a file was seen: a validator that changes with every byte, or nothing.

    Attributes:
        etag: a strong `ETag`.
        modified: a `Last-Modified` well before the answer.
        coding: the `Content-Encoding` of its bytes, which some servers give no `ETag` of its own.
    """

    etag: str = ""
    modified: str = ""
    coding: str = ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.modified)

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Read it from an answer."""
        etag = headers.get("etag", "").strip()
        modified = headers.get("last-modified", "").strip()
        return cls(
            etag if etag.startswith('"') and len(etag) > 2 else "",
            modified if _is_strong(headers) else "",
            ",".join(codings_of(headers)),
        )

    def note(self) -> dict[str, str]:
        """It as a note to keep."""
        return {
            "etag": self.etag,
            "last_modified": self.modified,
            **({"coding": self.coding} if self.coding else {}),
        }

    @classmethod
    def noted(cls, note: Mapping[str, Any]) -> Validators:
        """It from a note."""
        return cls(*(str(note.get(name) or "") for name in ("etag", "last_modified", "coding")))


def _is_strong(headers: Mapping[str, str]) -> bool:
    try:
        age = parsedate_to_datetime(headers["date"]) - parsedate_to_datetime(headers["last-modified"])
    except (KeyError, ValueError, TypeError):
        return False
    return age.total_seconds() >= SECONDS_OF_A_STRONG_DATE


@dataclass(frozen=True, slots=True)
class PartialFile:
    """What is there of a file.

    Attributes:
        size: its bytes.
        version: the version it belongs to.
    """

    size: int = 0
    version: Validators = field(default_factory=Validators)

    def __bool__(self) -> bool:
        return self.size > 0 and bool(self.version)


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """A file to download.

    Attributes:
        resource: the resource whose file it is.
        into: where to write it.
        there: the part of it that is there.
        have: the version of it that is there whole.
        most: bytes that it may have at most, or None.
        check: whether to look at what comes.
        hashes: the hashes to take.
        tell: is told of every piece that came.
    """

    resource: Mapping[str, Any]
    into: str
    there: PartialFile = field(default_factory=PartialFile)
    have: Validators = field(default_factory=Validators)
    most: int | None = None
    check: bool = True
    hashes: tuple[str, ...] = ("sha256",)
    tell: Callable[[int], object] = field(default=bool, repr=False)

    @property
    def about(self) -> str:
        """The resource in words."""
        name = self.resource.get("name")
        return f"resource {self.resource.get('id')}" + (f" ({name})" if name else "")


@dataclass(frozen=True, slots=True)
class DownloadResult:
    """What came of a download.

    Attributes:
        outcome: `fetched`; `unchanged` when the version that is there is the portal's; `too large` when it was left off.
        url: where it came from, after redirects.
        headers: the answer's headers.
        size: its bytes.
        hashes: names with hashes.
        resumed: the bytes that were there already and needed not be sent.
    """

    outcome: Literal["fetched", "unchanged", "too large"]
    url: str
    headers: Mapping[str, str]
    size: int = 0
    hashes: Mapping[str, str] = field(default_factory=dict[str, str])
    resumed: int = 0

    @property
    def version(self) -> Validators:
        """Its version."""
        return Validators.of(self.headers)
