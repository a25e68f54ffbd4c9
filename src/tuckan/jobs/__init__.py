"""Many operations: how many at once, in which order their results come, and how far they are."""

from tuckan.jobs.lanes import as_done, async_as_done, async_in_order, in_order
from tuckan.jobs.pace import Pace
from tuckan.jobs.progress import Progress, Waiting, at_a_terminal

__all__ = ["Pace", "Progress", "Waiting", "as_done", "async_as_done", "async_in_order", "at_a_terminal", "in_order"]
