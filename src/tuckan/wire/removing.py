"""Flows that delete, once: where the answer was lost, they look whether the thing is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.calling import calling
from tuckan.wire.writing import Edit, before_repeating, dataset, looking_up, reading, reading_if_there

if TYPE_CHECKING:
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
            found = yield from looking_up(lambda: reading_if_there(look, memory), error)
            if found is None or (found.get("state") == "deleted" and not call.action.endswith("_purge")):
                return
            doubts += 1
            yield before_repeating(error, doubts, memory)
        else:
            return


def deleting(id: str, memory: Memory, *, purge: bool = False) -> Flow[Edit]:  # noqa: A002 - CKAN's own word
    """Delete a dataset (it stays in the portal's bin), or purge it (nothing stays).

    Args:
        id: its name or id.
        memory: the portal.
        purge: remove it for good, which only an administrator of the system may.

    Returns:
        A flow whose value is the edit: the dataset as it was before, and None.

    Raises:
        NotFound: when there is no such dataset.
    """
    there = yield from reading(dataset(id), memory)
    if there.get("state") == "deleted" and not purge:
        return Edit(there, there)

    call = Call("dataset_purge" if purge else "package_delete", {"id": there["id"]})
    yield from removing(call, dataset(str(there["id"])), memory)
    return Edit(there, None)
