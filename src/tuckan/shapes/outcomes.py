"""What tuckan itself tells of what it did, and the names for plain records."""

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
"""Anything CKAN describes: a dataset, an organization, a token. Unknown keys stay."""


Records: TypeAlias = list[Record]
"""Several of them."""

Names: TypeAlias = list[str]
"""Names or ids."""


_SHOWN_WHOLE = 20
"""Records of a list that is shown whole: the text of 100,000 datasets has a gigabyte, and a notebook that gets it ends."""


class Listing(list[T], Generic[T]):
    """A list that was read completely, with the proof that it was; otherwise a list like any other.

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
    """What became of one API token.

    Attributes:
        id: the token's id (`jti`), which is no secret.
        name: its name.
        outcome: `revoked`, `kept` (a dry run, or a limit), `failed`, or `still there` when the list read afterwards has it.
        reason: why, when it was not revoked.
    """

    id: str
    name: str
    outcome: Literal["revoked", "kept", "failed", "still there"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a revocation of tokens did, or would do.

    Attributes:
        user: whose tokens.
        found: how many tokens the user has.
        selected: the tokens that were chosen, as CKAN lists them.
        outcomes: one for each selected token.
        dry_run: whether nothing was sent.
        current_kept: whether the token in use meets the conditions too, and is left alone.

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
        """How many tokens needed nothing: none."""
        return 0

    @property
    def failed(self) -> int:
        """How many tokens could not be revoked, or are in the list that was read afterwards."""
        return self._number("failed", "still there")

    @property
    def skipped(self) -> int:
        """How many selected tokens were kept, as in a dry run."""
        return self._number("kept")

    @property
    def reasons(self) -> dict[str, int]:
        """Why some failed, with how many for each reason."""
        failed = (one.reason for one in self.outcomes if one.outcome in ("failed", "still there"))
        return dict(Counter(failed).most_common())

    @property
    def complete(self) -> bool:
        """Whether everything that was to go is gone."""
        return not self.failed

    def _number(self, *outcomes: str) -> int:
        return sum(one.outcome in outcomes for one in self.outcomes)


def _without_none(numbers: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was written.

    Attributes:
        kind: `organizations`, `groups`, `users` or `datasets`.
        records: how many, without duplicates.
        proof: how they were read, in a sentence; nothing for users, who come all at once.
    """

    kind: str
    records: int
    proof: str = ""

    def __str__(self) -> str:
        return self.proof or f"{counted(self.records, self.kind.removesuffix('s'))}, complete, no duplicates"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a file that was to be uploaded.

    Attributes:
        outcome: `uploaded` as a new resource, `replaced` in one that was there, `unchanged` when the portal had it already.
        resource: the resource as the portal has it.
        size: the file's bytes.
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
    """What became of a resource's file that was to be downloaded.

    Attributes:
        id: the resource's id.
        dataset: its dataset's name.
        name: the resource's name.
        url: its address.
        outcome: `fetched`; `unchanged` when the file that is there is still the portal's; `too large` when it was left off;
            `planned` in a dry run; `failed`.
        path: where the file is, or None.
        size: its bytes, as far as they are known.
        sha256: its SHA-256.
        resumed: bytes that were there from before and needed not come again.
        as_recorded: whether it has the hash that the portal records; None when it records none.
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
    """What became of many downloads.

    Attributes:
        folder: where the files are.
        counts: how many ended how, by `outcome`.
        size: bytes of all files that are there (of those planned, in a dry run), as far as they are known.
        reasons: why some failed, with how many for each reason.
        manifest: a file of JSON lines, one for each resource.

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
        """How many files there were."""
        return sum(self.counts.values())

    @property
    def done(self) -> dict[str, int]:
        """How many files were fetched, as `fetched`."""
        return _without_none({"fetched": self._number("fetched")})

    @property
    def unchanged(self) -> int:
        """How many files were there already, as the portal has them."""
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
        """How many files a run that is not a dry run would fetch."""
        return self._number("planned")

    @property
    def complete(self) -> bool:
        """Whether none failed."""
        return not self.failed

    def _number(self, outcome: str) -> int:
        return self.counts.get(outcome, 0)

    def __iter__(self) -> Iterator[Record]:
        """What became of each, read from the manifest."""
        with self.manifest.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


@dataclass(frozen=True, slots=True)
class Upserted(Generic[Written]):
    """What an upsert did.

    Attributes:
        outcome: `created`, `changed`, `restored` (it had been deleted) or `unchanged`.
        record: the dataset, organization or group as it is now.
        changes: the fields that were sent; none when it was so already.
    """

    outcome: Literal["created", "changed", "restored", "unchanged"]
    record: Written = field(repr=False)
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user that was made.

    Attributes:
        record: the user, as CKAN knows them.
        password: the password, when it was made here; it is kept nowhere else.
    """

    record: User
    password: Secret | None = None
