"""Concurrent work: limits, order of results, and progress."""

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
