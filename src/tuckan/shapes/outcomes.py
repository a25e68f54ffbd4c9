"""Result types of tuckan's own methods, and short names for plain records."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from tuckan._text import counted
from tuckan.shapes.records import Resource, Token, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tuckan.shapes.secrets import Secret

Written = TypeVar("Written")
"""The record that was written."""
T = TypeVar("T")

Record: TypeAlias = dict[str, Any]
"""Any record of CKAN: a dataset, an organization, a token. Unknown keys are kept."""


Records: TypeAlias = list[Record]
"""Several records."""

Names: TypeAlias = list[str]
"""Names or ids."""


_SHOWN_WHOLE = 20
"""The number of records up to which `repr` shows a list in full: the text of 100,000 datasets takes a gigabyte, which crashes a notebook."""


class Listing(list[T], Generic[T]):
    """A list that was read completely, with the proof of it; otherwise an ordinary list.

    With more than 20 records, `repr` shows the proof instead of the records: `repr` is what a notebook's last line and
    `asyncio.run` show.

    Attributes:
        proof: how it was read; `str(proof)` is a sentence.

    Example:
        >>> listing = Listing([{"name": "rain"}], "1 of 1 read in 1 page, complete, no duplicates")
        >>> len(listing), listing[0]["name"], listing.proof
        (1, 'rain', '1 of 1 read in 1 page, complete, no duplicates')
    """

    def __init__(self, records: Iterable[T], proof: object) -> None:
        super().__init__(records)
        self.proof = proof

    def __repr__(self) -> str:
        return (
            super().__repr__()
            if len(self) <= _SHOWN_WHOLE
            else f"<Listing of {counted(len(self), 'record')}: {self.proof}>"
        )


class BulkResult(Protocol):
    """What all results of bulk work have: `Report`, `Downloads` and `Revocation`.

    Attributes:
        done: how many were done, by outcome, such as `created`, `fetched` or `revoked`.
        unchanged: how many were already as they should be.
        failed: how many could not be done.
        skipped: how many were left out, such as files that are too large.
        reasons: the most frequent reasons of failures, with how many failed for each.
        complete: whether nothing is left to do or failed.

    Example:
        >>> def summary(result: BulkResult) -> str:
        ...     return f"{sum(result.done.values())} done, {result.failed} failed"
        >>> summary(Revocation("ann", 1, [], [TokenOutcome("5d", "laptop", "revoked")], dry_run=False))
        '1 done, 0 failed'
    """

    @property
    def done(self) -> Mapping[str, int]:
        """How many were done, by outcome."""
        ...

    @property
    def unchanged(self) -> int:
        """How many were already as they should be."""
        ...

    @property
    def failed(self) -> int:
        """How many could not be done."""
        ...

    @property
    def skipped(self) -> int:
        """How many were left out."""
        ...

    @property
    def reasons(self) -> Mapping[str, int]:
        """The most frequent reasons of failures."""
        ...

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do or failed."""
        ...


@dataclass(frozen=True, slots=True)
class TokenOutcome:
    """The outcome for one API token.

    Attributes:
        id: the token's id (`jti`), which is not secret.
        name: its name.
        outcome: `revoked`, `kept` (a dry run, or a limit), `failed`, or `still there` if the token is still listed afterwards.
        reason: why it was not revoked.
    """

    id: str
    name: str
    outcome: Literal["revoked", "kept", "failed", "still there"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """The result of revoking tokens, or of a dry run.

    Attributes:
        user: the owner of the tokens.
        found: how many tokens the user has.
        selected: the selected tokens, as CKAN lists them.
        outcomes: the outcome for each selected token.
        dry_run: whether nothing was sent.
        current_kept: whether the token in use also matched, and was kept.

    Example:
        >>> outcomes = [TokenOutcome("5d", "laptop", "revoked"), TokenOutcome("7a", "server", "kept")]
        >>> result = Revocation("ann", 2, [], outcomes, dry_run=False)
        >>> result.done, result.skipped, result.complete
        ({'revoked': 1}, 1, True)
    """

    user: str
    found: int
    selected: list[Token] = field(repr=False)
    outcomes: list[TokenOutcome] = field(repr=False)
    dry_run: bool
    current_kept: bool = False

    @property
    def done(self) -> dict[str, int]:
        """How many tokens were revoked, as `revoked`."""
        return _without_none({"revoked": self._number("revoked")})

    @property
    def unchanged(self) -> int:
        """How many tokens needed no change: always none."""
        return 0

    @property
    def failed(self) -> int:
        """How many tokens could not be revoked, or are still listed afterwards."""
        return self._number("failed", "still there")

    @property
    def skipped(self) -> int:
        """How many selected tokens were kept, as in a dry run."""
        return self._number("kept")

    @property
    def reasons(self) -> dict[str, int]:
        """The reasons of failures, with how many failed for each."""
        failed = (one.reason for one in self.outcomes if one.outcome in ("failed", "still there"))
        return dict(Counter(failed).most_common())

    @property
    def complete(self) -> bool:
        """Whether every selected token was revoked."""
        return not self.failed

    def _number(self, *outcomes: str) -> int:
        return sum(one.outcome in outcomes for one in self.outcomes)


def _without_none(numbers: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}


@dataclass(frozen=True, slots=True)
class Dumped:
    """The result of a dump.

    Attributes:
        kind: `organizations`, `groups`, `users` or `datasets`.
        records: the number of records, without duplicates.
        proof: how they were read, as a sentence; empty for users, who are returned all at once.
    """

    kind: str
    records: int
    proof: str = ""

    def __str__(self) -> str:
        return self.proof or f"{counted(self.records, self.kind.removesuffix('s'))}, complete, no duplicates"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The outcome of an upload.

    Attributes:
        outcome: `uploaded` as a new resource, `replaced` in an existing one, or `unchanged` if the portal already had the file.
        resource: the resource as the portal has it.
        size: the file's size in bytes.
        sha256: its SHA-256.
    """

    outcome: Literal["uploaded", "replaced", "unchanged"]
    resource: Resource = field(repr=False)
    size: int
    sha256: str

    @property
    def id(self) -> str:
        """The resource's id."""
        return str(self.resource.get("id"))


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The outcome of downloading one resource's file.

    Attributes:
        id: the resource's id.
        dataset: its dataset's name.
        name: the resource's name.
        url: its address.
        outcome: `fetched`; `unchanged` if the existing file is up to date; `too large` if it was skipped;
            `planned` in a dry run; `failed`.
        path: where the file is, or None.
        size: its size in bytes, if known.
        sha256: its SHA-256.
        resumed: how many bytes an earlier run had already downloaded.
        as_recorded: whether its hash is the one that the portal records; None if the portal records none.
        reason: why it failed.
    """

    id: str
    dataset: str
    name: str
    url: str
    outcome: Literal["fetched", "unchanged", "too large", "planned", "failed"]
    path: Path | None = None
    size: int | None = None
    sha256: str = ""
    resumed: int = 0
    as_recorded: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Downloads:
    """The result of many downloads.

    Attributes:
        folder: where the files are.
        counts: the number of files by `outcome`.
        size: the total size in bytes of the files (in a dry run, of the planned ones), as far as known.
        reasons: the reasons of failures, with how many failed for each.
        manifest: a JSON lines file with one line for each resource.

    Example:
        >>> from pathlib import Path
        >>> result = Downloads(Path("files"), {"fetched": 12, "unchanged": 3}, 90_000, {}, Path("files/manifest.jsonl"))
        >>> result.done, result.unchanged, result.total, result.complete
        ({'fetched': 12}, 3, 15, True)
    """

    folder: Path
    counts: Mapping[str, int]
    size: int
    reasons: Mapping[str, int]
    manifest: Path

    @property
    def total(self) -> int:
        """How many files were considered."""
        return sum(self.counts.values())

    @property
    def done(self) -> dict[str, int]:
        """How many files were fetched, as `fetched`."""
        return _without_none({"fetched": self._number("fetched")})

    @property
    def unchanged(self) -> int:
        """How many files were already up to date."""
        return self._number("unchanged")

    @property
    def failed(self) -> int:
        """How many files could not be fetched."""
        return self._number("failed")

    @property
    def skipped(self) -> int:
        """How many files were left out because they are too large."""
        return self._number("too large")

    @property
    def left(self) -> int:
        """How many files an actual run would fetch."""
        return self._number("planned")

    @property
    def complete(self) -> bool:
        """Whether no download failed."""
        return not self.failed

    def _number(self, outcome: str) -> int:
        return self.counts.get(outcome, 0)

    def __iter__(self) -> Iterator[Record]:
        """The outcome of each, read from the manifest."""
        with self.manifest.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


@dataclass(frozen=True, slots=True)
class Upserted(Generic[Written]):
    """The result of an upsert.

    Attributes:
        outcome: `created`, `changed`, `restored` (from deleted) or `unchanged`.
        record: the dataset, organization or group as it is now.
        changes: the fields that were sent; empty if nothing had to change.
    """

    outcome: Literal["created", "changed", "restored", "unchanged"]
    record: Written = field(repr=False)
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user that was created.

    Attributes:
        record: the user.
        password: the password, if tuckan generated it; it is stored nowhere else.
    """

    record: User
    password: Secret | None = None
