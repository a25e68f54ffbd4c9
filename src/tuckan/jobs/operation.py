"""One step of a job: what to do, how to tell whether it was done, and what would undo it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan.shapes import without_secrets
from tuckan.snapshot import verify

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

Record: TypeAlias = "dict[str, Any]"
What: TypeAlias = Literal[
    "created",
    "changed",
    "unchanged",
    "deleted",
    "restored",
    "submitted",
    "loaded",
    "uploaded",
    "backed up",
    "verified",
    "done",
]
"""What an operation did."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a job, as data, so that a journal can keep it and another process can go on.

    Attributes:
        key: tells it from all others of its job.
        kind: the name of its `Kind`.
        subject: what it changes, such as `dataset rain`; no two of one subject are ever under way at once.
        data: what its kind needs to know, as JSON.
        stage: those of a lower stage are all done before it begins.
        origin: where it comes from, such as `datasets.jsonl, line 7`.
        before: what it changes, as it was when the job was planned.
        needs: the keys of operations of lower stages that it builds on; it is skipped unless these were done.
    """

    key: str
    kind: str
    subject: str
    data: Any = field(default=None, repr=False)
    stage: int = 0
    origin: str = ""
    before: Record | None = field(default=None, repr=False)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What an operation did.

    Attributes:
        what: what it did.
        id: the id of what it did it to.
        before: that, as it was just before; None when it was not there.
        after: that, as it was afterwards; None when it is gone.
    """

    what: What
    id: str = ""
    before: Record | None = field(default=None, repr=False)
    after: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Intent:
    """What an operation is to do, for people who are asked whether it may.

    Attributes:
        what: what it will do.
        fields: the fields that it will change, each with its old and new value.
        notes: what will not be as it was all the same, in sentences without a full stop.
    """

    what: What
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation as planning leaves it: to be done, not needed, or refused.

    Attributes:
        operation: what is to be done.
        refused: why it can't be, or nothing; a `Hint` where it names options.
        unchanged: whether there is nothing to do, as all is so already.
    """

    operation: Operation
    refused: str = ""
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Portals:
    """The portals that a job talks to.

    Attributes:
        target: the one that is changed.
        source: the one that is read from, for jobs that copy.
        journal: the path of the job's journal, beside which its other files are.
        shared: what operations of one run keep for each other.
        kept_as: how many records were read again that have a field in another form than it was sent, by the field.
    """

    target: PortalState
    source: PortalState | None = None
    journal: Path | None = None
    shared: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    kept_as: Counter[str] = field(default_factory=Counter[str], repr=False)

    def beside(self, ending: str) -> Path:
        """The path of a file of the job's own, which lies beside its journal; a job that runs has one."""
        assert self.journal is not None  # noqa: S101
        return self.journal.with_suffix(ending)

    def has(self, kind: str, sent: Mapping[str, Any], there: Record | None) -> bool:
        """Whether a record that was to be created is there, as a portal keeps what it is sent; what is in the bin is not."""
        if there is None or there.get("state") == "deleted" != sent.get("state"):
            return False
        return not verify(kind, sent, there, new=True).lost

    def shortfall(
        self,
        kind: str,
        sent: Mapping[str, Any],
        there: Record | None,
        ended: Ended,
        *,
        adding: Collection[str] = (),
    ) -> str:
        """Why a record that was read again is not what was sent; nothing when it is.

        Args:
            kind: `dataset`, `organization`, `group` or `user`.
            sent: the fields that were sent.
            there: the record, or None when there is none.
            ended: what the operation did to it.
            adding: names of lists to which was added, so that they may hold more than was sent.
        """
        if there is None:
            return "it is not there"
        new = ended.what == "created"
        verification = verify(kind, sent, there, before=ended.before, new=new, adding=adding)
        if not verification.lost:
            self.kept_as.update({re.sub(r"\[\d+\]", "", one.path) for one in verification.kept_as})
        return verification.reason()


def public(operation: Operation) -> Any:
    """The data of an operation without secrets, which only users and calls have; the same object when it has none."""
    return without_secrets(operation.data) if operation.kind.partition(".")[0] in ("user", "call") else operation.data


class Kind(ABC):
    """How operations of one kind are done, checked, verified and undone.

    Attributes:
        name: the name that operations carry.
        intended: what its operations are to do, where that is the same for all of them.
        not_undone: why its operations can't be undone; nothing where another operation's undoing is enough.
    """

    name: str
    intended: What = "done"
    not_undone: str = ""

    def intent(self, operation: Operation) -> Intent:
        """What it is to do, as far as that is known before."""
        del operation
        return Intent(self.intended)

    @abstractmethod
    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Do it."""

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Look whether it was done; None when it was not, or when doing it again does no harm."""
        del operation, portals
        yield from ()
        return None

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Read again what operations did: the keys of those that are not so, each with what is wrong."""
        wrong: dict[str, str] = {}
        for operation, one in ended:
            if reason := (yield from self.wrong_with(operation, one, portals)):
                wrong[operation.key] = reason
        return wrong

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Read again what one operation did, and give what is wrong with it; nothing where another operation proves it."""
        del operation, ended, portals
        yield from ()
        return ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """The operation that undoes it, or why none can; nothing where another operation's undoing is enough."""
        del operation, ended
        return self.not_undone


def performing(kind: Kind, operation: Operation, portals: Portals, *, doubtful: bool) -> Flow[Ended]:
    """Do an operation exactly once.

    Args:
        kind: how it is done; where an answer is lost, it looks up what it did before it sends anything again.
        operation: what to do.
        portals: where.
        doubtful: whether it may have been done before, by a process that did not live to say so.

    Raises:
        TuckanError: whatever keeps it from being done.
    """
    if doubtful and (found := (yield from kind.check(operation, portals))) is not None:
        return found
    return (yield from kind.do(operation, portals))
