"""A file to download: the local version, the request, and the result."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tuckan.wire.content_encoding import codings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECONDS_OF_A_STRONG_DATE = 60.0
"""Since `Last-Modified` has whole seconds, it identifies a version only if it is well before the answer."""


class Validators(msgspec.Struct, frozen=True):
    """The version of a file: a strong validator, or nothing.

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
        """Serialize it."""
        return {
            "etag": self.etag,
            "last_modified": self.modified,
            **({"coding": self.coding} if self.coding else {}),
        }

    @classmethod
    def noted(cls, note: Mapping[str, Any]) -> Validators:
        """Deserialize it."""
        return cls(*(str(note.get(name) or "") for name in ("etag", "last_modified", "coding")))


def _is_strong(headers: Mapping[str, str]) -> bool:
    try:
        age = parsedate_to_datetime(headers["date"]) - parsedate_to_datetime(headers["last-modified"])
    except (KeyError, ValueError, TypeError):
        return False
    return age.total_seconds() >= SECONDS_OF_A_STRONG_DATE


class PartialFile(msgspec.Struct, frozen=True):
    """A partial download.

    Attributes:
        size: its bytes.
        version: the version it belongs to.
    """

    size: int = 0
    version: Validators = msgspec.field(default_factory=Validators)

    def __bool__(self) -> bool:
        return self.size > 0 and bool(self.version)


class DownloadRequest(msgspec.Struct, frozen=True):
    """A file to download.

    Attributes:
        resource: the resource whose file it is.
        into: the path to write to.
        there: the partial download that exists.
        have: the version of the complete local copy.
        most: the maximum size in bytes, or None.
        check: whether to verify that the answer is the file.
        hashes: the hashes to compute.
        tell: called with the size of each chunk received.
        called: what messages call it; the resource without.
        otherwise: the format that it should have where the resource does not tell.
    """

    resource: Mapping[str, Any]
    into: str
    there: PartialFile = msgspec.field(default_factory=PartialFile)
    have: Validators = msgspec.field(default_factory=Validators)
    most: int | None = None
    check: bool = True
    hashes: tuple[str, ...] = ("sha256",)
    tell: Callable[[int], object] = bool
    called: str = ""
    otherwise: str = ""

    @property
    def about(self) -> str:
        """The resource, for messages."""
        if self.called:
            return self.called
        name = self.resource.get("name")
        return f"resource {self.resource.get('id')}" + (f" ({name})" if name else "")


class DownloadResult(msgspec.Struct, frozen=True):
    """The result of a download.

    Attributes:
        outcome: `fetched`; `unchanged` if the local version is current; `too large` if it exceeds the limit.
        url: its final address, after redirects.
        headers: the answer's headers.
        size: its bytes.
        hashes: names with hashes.
        resumed: the bytes that an earlier attempt had downloaded.
    """

    outcome: Literal["fetched", "unchanged", "too large"]
    url: str
    headers: Mapping[str, str]
    size: int = 0
    hashes: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    resumed: int = 0

    @property
    def version(self) -> Validators:
        """Its version."""
        return Validators.of(self.headers)
