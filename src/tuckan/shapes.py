"""The shapes of what comes back, as types: plain dicts that keep every key a portal sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

Record: TypeAlias = dict[str, Any]
"""Anything CKAN describes: a dataset, an organization, a token. Unknown keys stay."""


Records: TypeAlias = list[Record]
"""Several of them."""

Names: TypeAlias = list[str]
"""Names or ids."""


class Listing(list[T], Generic[T]):
    """A list that was read whole, with the proof that it is; otherwise a list like any other.

    Attributes:
        proof: how it was read; `str(proof)` is a sentence.
    """

    def __init__(self, records: Iterable[T], proof: object) -> None:
        super().__init__(records)
        self.proof = proof


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
    """

    user: str
    found: int
    selected: list[Record] = field(repr=False)
    outcomes: list[TokenOutcome] = field(repr=False)
    dry_run: bool

    def count(self, outcome: str) -> int:
        """How many ended so."""
        return sum(one.outcome == outcome for one in self.outcomes)

    @property
    def complete(self) -> bool:
        """Whether everything that was to go is gone."""
        return not self.count("failed") and not self.count("still there")


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was written.

    Attributes:
        kind: `organizations`, `groups`, `users` or `datasets`.
        records: how many, each once.
        proof: how datasets were read, in a sentence.
    """

    kind: str
    records: int
    proof: str = ""

    def __str__(self) -> str:
        return self.proof or f"{self.records:,} {self.kind}, each once"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a portal can do, as far as it tells.

    Attributes:
        version: CKAN's version, or None where the portal hides it.
        extensions: the plugins that are on.
        actions_at: the address of its actions.
        rows_max: how many datasets a page may have at most, or None when the portal has too few to tell.
        datastore: whether there is a DataStore.
        datastore_rows_max: how many rows of a table come at once at most, or None where no table was at hand to ask.
        datastore_sql: whether SQL may be sent, or None without a DataStore.
        loader: `datapusher`, `xloader`, both or neither.
        activities: whether activities are kept.
        token_header: the header in which the portal reads the token, or None without a token.
        user: the name of the token's user, or None without a token.
        sysadmin: whether that user may do everything.
    """

    version: str | None
    extensions: tuple[str, ...]
    actions_at: str
    rows_max: int | None
    datastore: bool
    datastore_rows_max: int | None
    datastore_sql: bool | None
    loader: tuple[str, ...]
    activities: bool
    token_header: str | None
    user: str | None
    sysadmin: bool
