"""Many operations: how many at once, in which order their results come, and how far they are."""

from tuckan.jobs.lanes import as_done, async_as_done, async_in_order, in_order
from tuckan.jobs.pace import Pace
from tuckan.jobs.progress import Progress

__all__ = ["Pace", "Progress", "as_done", "async_as_done", "async_in_order", "in_order"]
