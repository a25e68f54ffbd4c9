"""Flows that delete, once: where the answer was lost, they look whether the thing is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.wire.calling import calling
from tuckan.wire.writing import given_up, reading_if_there, stepping_aside

if TYPE_CHECKING:
    from tuckan.wire.call import Call
    from tuckan.wire.flow import Flow
    from tuckan.wire.memory import Memory


def removing(call: Call, look: Call, memory: Memory) -> Flow[None]:
    """Send a delete, once.

    Args:
        call: the delete.
        look: reads the thing; it is gone when there is nothing, or when it is marked as deleted.
        memory: the portal.

    Raises:
        NotFound: when there was nothing to delete.
        InDoubt: when answers are lost again and again.
    """
    doubts = 0
    while True:
        try:
            yield from calling(call, memory)
        except errors.NotFound:
            if not doubts:
                raise
            return
        except errors.InDoubt as error:
            found = yield from reading_if_there(look, memory)
            if found is None or (found.get("state") == "deleted" and not call.action.endswith("_purge")):
                return
            doubts += 1
            if doubts >= memory.policy.attempts:
                raise given_up(error) from None
            yield stepping_aside(doubts, memory)
        else:
            return
