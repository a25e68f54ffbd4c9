"""One step of a job: how to perform it, check it, and undo it."""

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
    """One step of a job, as data, so that a journal can store it and another process can resume it.

    Attributes:
        key: unique within its job.
        kind: the name of its `Kind`.
        subject: what it changes, such as `dataset rain`; operations with the same subject never run concurrently.
        data: the data of its kind, as JSON.
        stage: all operations of lower stages finish before it starts.
        origin: its source, such as `datasets.jsonl, line 7`.
        before: the record that it changes, as of planning.
        needs: the keys of operations of lower stages that it depends on; it is skipped unless these were done.
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
        id: the id of the record.
        before: the record just before; None if it did not exist.
        after: the record afterwards; None if it is gone.
    """

    what: What
    id: str = ""
    before: Record | None = field(default=None, repr=False)
    after: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Intent:
    """The intent of an operation, shown when confirmation is asked.

    Attributes:
        what: what it will do.
        fields: the fields that it will change, each with its old and new value.
        notes: side effects, in sentences without a full stop.
    """

    what: What
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned operation: to be done, not needed, or refused.

    Attributes:
        operation: the operation.
        refused: why it is refused, or empty; a `Hint` if it names options.
        unchanged: whether the record already has these values, so there is nothing to do.
    """

    operation: Operation
    refused: str = ""
    unchanged: bool = False


TOLD = "told"
"""In what a run shares: sentences about what was done in another way than planned."""


@dataclass(frozen=True, slots=True)
class Portals:
    """The portals that a job uses.

    Attributes:
        target: the one that is changed.
        source: the one that is read from, for jobs that copy.
        journal: the path of the job's journal; its other files are beside it.
        shared: state that the operations of one run share.
        kept_as: how many verified records store a field in another form than sent, by field.
    """

    target: PortalState
    source: PortalState | None = None
    journal: Path | None = None
    shared: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    kept_as: Counter[str] = field(default_factory=Counter[str], repr=False)

    def beside(self, ending: str) -> Path:
        """The path of a file beside the job's journal."""
        assert self.journal is not None  # noqa: S101
        return self.journal.with_suffix(ending)

    def has(self, kind: str, sent: Mapping[str, Any], there: Record | None) -> bool:
        """Whether a record that was to be created exists with the values that were sent; a deleted one does not count."""
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
        """Why a record that was read again differs from what was sent; empty if it does not.

        Args:
            kind: `dataset`, `organization`, `group` or `user`.
            sent: the fields that were sent.
            there: the record, or None when there is none.
            ended: the outcome of the operation.
            adding: names of lists that were extended, so they may contain more than was sent.
        """
        if there is None:
            return "it is not there"
        new = ended.what == "created"
        verification = verify(kind, sent, there, before=ended.before, new=new, adding=adding)
        if not verification.lost:
            self.kept_as.update({re.sub(r"\[\d+\]", "", one.path) for one in verification.kept_as})
        return verification.reason()


def public(operation: Operation) -> Any:
    """The data of an operation without secrets, which only users and calls have; the same object if it has none."""
    return without_secrets(operation.data) if operation.kind.partition(".")[0] in ("user", "call") else operation.data


class Kind(ABC):
    """How operations of one kind are performed, checked, verified and undone.

    Attributes:
        name: the name that operations carry.
        intended: what its operations are to do, if it is the same for all of them.
        not_undone: why its operations can't be undone; empty if undoing another operation is enough.
    """

    name: str
    intended: What = "done"
    not_undone: str = ""

    def intent(self, operation: Operation) -> Intent:
        """What it is to do, as far as is known beforehand."""
        del operation
        return Intent(self.intended)

    @abstractmethod
    def do(self, operation: Operation, portals: Portals) -> Flow[Ended]:
        """Do it."""

    def check(self, operation: Operation, portals: Portals) -> Flow[Ended | None]:
        """Check whether it was done; None if it was not, or if repeating it does no harm."""
        del operation, portals
        yield from ()
        return None

    def wrong(self, ended: Sequence[tuple[Operation, Ended]], portals: Portals) -> Flow[Mapping[str, str]]:
        """Verify operations by reading again: the keys of those that differ, each with what is wrong."""
        wrong: dict[str, str] = {}
        for operation, one in ended:
            if reason := (yield from self.wrong_with(operation, one, portals)):
                wrong[operation.key] = reason
        return wrong

    def wrong_with(self, operation: Operation, ended: Ended, portals: Portals) -> Flow[str]:
        """Verify one operation by reading again, and return what is wrong; empty if another operation proves it."""
        del operation, ended, portals
        yield from ()
        return ""

    def undo(self, operation: Operation, ended: Ended) -> Operation | str:
        """The operation that undoes it, or why none can; empty if undoing another operation is enough."""
        del operation, ended
        return self.not_undone


def performing(kind: Kind, operation: Operation, portals: Portals, *, doubtful: bool) -> Flow[Ended]:
    """Perform an operation exactly once.

    Args:
        kind: its kind; if an answer is lost, it looks up the result before it sends anything again.
        operation: what to do.
        portals: where.
        doubtful: whether it may have been done before, by a process that died.

    Raises:
        TuckanError: when it cannot be done.
    """
    if doubtful and (found := (yield from kind.check(operation, portals))) is not None:
        return found
    return (yield from kind.do(operation, portals))
