"""Work side by side: how much at once, in which order results come, and how far it is."""

from tuckan.concurrency.adaptive_limit import AdaptiveLimit
from tuckan.concurrency.progress import Progress, Waiting, at_a_terminal
from tuckan.concurrency.side_by_side import as_done, async_as_done, async_in_order, in_order

__all__ = [
    "AdaptiveLimit",
    "Progress",
    "Waiting",
    "as_done",
    "async_as_done",
    "async_in_order",
    "at_a_terminal",
    "in_order",
]
