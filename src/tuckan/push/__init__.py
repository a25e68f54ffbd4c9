"""Writing a table to the DataStore: batches on disk, the write-ahead log, and a backup of the previous table."""

from tuckan.push.copying import CopyTable
from tuckan.push.loader import LoadTable
from tuckan.push.operations import BackUpTable, FillTable, FinishTable, MakeTable
from tuckan.push.undoing import RemoveTable, RestoreTable

KINDS = (
    BackUpTable(),
    MakeTable(),
    FillTable(),
    LoadTable(),
    FinishTable(),
    RestoreTable(),
    RemoveTable(),
    CopyTable(),
)
"""The kinds of operations on tables."""
