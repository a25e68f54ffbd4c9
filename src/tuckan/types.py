"""The types of what tuckan returns, for annotations: `from tuckan.types import Dataset`.

Records are plain dicts. Type checkers know the usual keys of each and their types; any other key, such as a field of a portal's own
schema, is `Any`. At run time nothing is converted or checked, and `isinstance(record, dict)` is all that can be asked.

Example:
    >>> from tuckan.types import Dataset
    >>> def formats(dataset: Dataset) -> set[str]:
    ...     return {resource["format"] for resource in dataset["resources"]}
    >>> formats({"resources": [{"format": "CSV"}]})
    {'CSV'}
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tuckan.shapes import (
    Activity,
    ActivityCounts,
    ActivityDifference,
    BackgroundJob,
    BulkResult,
    Capabilities,
    Collaboration,
    Collaborator,
    Column,
    ColumnInfo,
    Dataset,
    DatastoreInfo,
    DatastoreResult,
    DatastoreWritten,
    Downloaded,
    Downloads,
    Dumped,
    Extra,
    Facet,
    FacetItem,
    File,
    FileScan,
    Followee,
    Following,
    Group,
    License,
    Listing,
    LoaderState,
    LoaderStatus,
    Match,
    Member,
    Membership,
    Message,
    Names,
    NewToken,
    NewUser,
    OfDataset,
    Organization,
    Record,
    Records,
    Relationship,
    Resource,
    ResourceOrder,
    ResourceSearch,
    Response,
    Revised,
    Revocation,
    Role,
    SearchResult,
    Secret,
    SiteUser,
    Status,
    Success,
    TableFacts,
    Tag,
    TagSearch,
    Task,
    Tasks,
    Token,
    TokenOutcome,
    Translation,
    Uploaded,
    Upserted,
    User,
    View,
    ViewOrder,
    Vocabulary,
)

if TYPE_CHECKING:
    from tuckan.client._async.bulk.job import Job as AsyncJob
    from tuckan.client._async.bulk.pull import Pull as AsyncPull
    from tuckan.client._async.bulk.push import PushJob as AsyncPushJob
    from tuckan.client._async.bulk.whole_table import TableProof as AsyncTableProof
    from tuckan.client._sync.bulk.job import Job
    from tuckan.client._sync.bulk.pull import Pull
    from tuckan.client._sync.bulk.push import PushJob
    from tuckan.client._sync.bulk.whole_table import TableProof
    from tuckan.jobs.entries import Entry
    from tuckan.jobs.report import Plan, Report
    from tuckan.jobs.shelf import JobSummary
    from tuckan.schemas.schema import Schema
    from tuckan.sheets.problems import SheetCheck, SheetProblem
    from tuckan.wire.paging import Proof

__all__ = [
    "Activity",
    "ActivityCounts",
    "ActivityDifference",
    "AsyncJob",
    "AsyncPull",
    "AsyncPushJob",
    "AsyncTableProof",
    "BackgroundJob",
    "BulkResult",
    "Capabilities",
    "Collaboration",
    "Collaborator",
    "Column",
    "ColumnInfo",
    "Dataset",
    "DatastoreInfo",
    "DatastoreResult",
    "DatastoreWritten",
    "Downloaded",
    "Downloads",
    "Dumped",
    "Entry",
    "Extra",
    "Facet",
    "FacetItem",
    "File",
    "FileScan",
    "Followee",
    "Following",
    "Group",
    "Job",
    "JobSummary",
    "License",
    "Listing",
    "LoaderState",
    "LoaderStatus",
    "Match",
    "Member",
    "Membership",
    "Message",
    "Names",
    "NewToken",
    "NewUser",
    "OfDataset",
    "Organization",
    "Plan",
    "Proof",
    "Pull",
    "PushJob",
    "Record",
    "Records",
    "Relationship",
    "Report",
    "Resource",
    "ResourceOrder",
    "ResourceSearch",
    "Response",
    "Revised",
    "Revocation",
    "Role",
    "Schema",
    "SearchResult",
    "Secret",
    "SheetCheck",
    "SheetProblem",
    "SiteUser",
    "Status",
    "Success",
    "TableFacts",
    "TableProof",
    "Tag",
    "TagSearch",
    "Task",
    "Tasks",
    "Token",
    "TokenOutcome",
    "Translation",
    "Uploaded",
    "Upserted",
    "User",
    "View",
    "ViewOrder",
    "Vocabulary",
]

_HOMES = {
    "AsyncJob": ("client._async.bulk.job", "Job"),
    "AsyncPull": ("client._async.bulk.pull", "Pull"),
    "AsyncPushJob": ("client._async.bulk.push", "PushJob"),
    "AsyncTableProof": ("client._async.bulk.whole_table", "TableProof"),
    "Entry": ("jobs.entries", "Entry"),
    "JobSummary": ("jobs.shelf", "JobSummary"),
    "Schema": ("schemas.schema", "Schema"),
    "SheetCheck": ("sheets.problems", "SheetCheck"),
    "SheetProblem": ("sheets.problems", "SheetProblem"),
    "Job": ("client._sync.bulk.job", "Job"),
    "Plan": ("jobs.report", "Plan"),
    "Proof": ("wire.paging", "Proof"),
    "Pull": ("client._sync.bulk.pull", "Pull"),
    "PushJob": ("client._sync.bulk.push", "PushJob"),
    "Report": ("jobs.report", "Report"),
    "TableProof": ("client._sync.bulk.whole_table", "TableProof"),
}


if not TYPE_CHECKING:  # for type checkers, a name that is not above is an error

    def __getattr__(name: str) -> Any:
        # Loaded when first used: a record's type costs no client.
        if name not in _HOMES:
            raise AttributeError(f"module 'tuckan.types' has no attribute {name!r}")
        module, original = _HOMES[name]
        value = getattr(importlib.import_module(f"tuckan.{module}"), original)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
