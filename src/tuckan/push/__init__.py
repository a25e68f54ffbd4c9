"""A table on its way into the DataStore: batches on disk, the log of what was sent, and a backup of what was there."""

from tuckan.push.copying import CopyTable
from tuckan.push.operations import BackUpTable, FillTable, FinishTable, MakeTable
from tuckan.push.undoing import RemoveTable, RestoreTable

KINDS = (BackUpTable(), MakeTable(), FillTable(), FinishTable(), RestoreTable(), RemoveTable(), CopyTable())
"""The kinds of operations on tables."""
