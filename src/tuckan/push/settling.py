"""The flow that finds out, by counting, which rows of a push have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import Hint, InDoubt
from tuckan.wire.flow import Wait
from tuckan.wire.rows import Selection, counting

if TYPE_CHECKING:
    from tuckan.push.ledger import Ledger
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import Memory

BETWEEN_LOOKS = 0.25
LEAST_LOOKED = 2.0
"""Seconds to look before it is said that a number fits nothing."""


def settling(ledger: Ledger, resource: str, memory: Memory) -> Flow[None]:
    """Wait until nothing is under way that is not in doubt, then count until the number stays, and note what it tells.

    One of all that wait does it; for the others a moment passes.

    Raises:
        InDoubt: when the number of rows can't be explained by what was sent.
    """
    if ledger.broken:
        raise InDoubt(ledger.broken, action="datastore_upsert", hint=_WHAT_TO_DO)
    if not ledger.claim():
        yield Wait(BETWEEN_LOOKS / 5)
        return
    try:
        yield from _counting(ledger, resource, memory)
    finally:
        ledger.release()


def _counting(ledger: Ledger, resource: str, memory: Memory) -> Flow[None]:
    last, unchanged = -1, 0.0
    while True:
        counted = (yield from counting(Selection(resource), memory)).rows
        unchanged = unchanged + BETWEEN_LOOKS if counted == last else 0.0
        last = counted
        least, most = ledger.expected()
        all_arrived = counted == most
        if (all_arrived or unchanged >= ledger.calm()) and ledger.settle(counted):
            return
        if unchanged >= max(LEAST_LOOKED, ledger.calm()):
            ledger.broken = (
                f"The table {resource} has {counted:,} rows, and {least:,} to {most:,} were expected: somebody else writes to"
                " it, so that it can't be told which of the rows that were sent last have arrived. Nothing was sent again."
            )
            raise InDoubt(ledger.broken, action="datastore_upsert", hint=_WHAT_TO_DO)
        yield Wait(BETWEEN_LOOKS)


_WHAT_TO_DO = Hint(
    "When nobody else writes to it, push anew with mode='replace', or with key=[...] and mode='upsert', which may be repeated.",
    "When nobody else writes to it, push anew with --mode replace, or with --key COLUMN and --mode upsert, which may be"
    " repeated.",
)
