"""The rules of an audit: small pure functions from a record and its context to what they find, registered by their ids."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan.audit.dcat import FieldMapping
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tuckan.audit.findings import Found, Level
    from tuckan.links.answers import Link
    from tuckan.schemas import Schema

Subject: TypeAlias = Literal["dataset", "organization", "group", "user", "portal"]
Check: TypeAlias = "Callable[[Any, Context], Iterable[Found]]"

THRESHOLDS: dict[str, int] = {
    "description_length": 40,
    "title_length": 4,
    "overdue_factor": 2,
    "stale_days": 730,
    "many_tags": 40,
    "many_tokens": 20,
    "unused_token_days": 365,
}
"""The numbers that rules compare with, and what they are unless `audit.toml` says otherwise."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of a resource's table in the DataStore.

    Attributes:
        rows: how many rows it has; None if that is not known.
        file_rows: how many its file has, likewise.
        exists: whether it exists, if the portal says that the resource has one.
        loader_error: why the last loading failed; empty if it did not.
    """

    rows: int | None = None
    file_rows: int | None = None
    exists: bool = True
    loader_error: str = ""


NOTHING: tuple[Found, ...] = ()


@dataclass(slots=True)
class Context:
    """What a rule knows besides the record.

    Attributes:
        portal: the portal's address; empty if it is not known.
        today: the date of the audit.
        thresholds: see `THRESHOLDS`.
        schemas: the schema of each type of datasets, as far as they are known.
        mapping: which fields give the properties of DCAT.
        organizations: the number of datasets of each organization, by name, as far as they were read.
        groups: the same of groups.
        licenses: the ids of the licences that the portal offers; empty if they are not known.
        memory: what a rule remembers between records, by the name that it chooses.
        links: whether the links were checked.
        known_links: what is known of them, by their text in the records.
        changed: when the data of datasets last changed, by their ids, as far as a mirror noted it.
        tables: what is known of tables in the DataStore, by the id of the resource, if they were looked at.
    """

    portal: str = ""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    thresholds: dict[str, int] = field(default_factory=lambda: dict(THRESHOLDS))
    schemas: Mapping[str, Schema] = field(default_factory=dict[str, "Schema"])
    mapping: FieldMapping = field(default_factory=FieldMapping)
    organizations: dict[str, int] = field(default_factory=dict[str, int])
    groups: dict[str, int] = field(default_factory=dict[str, int])
    licenses: frozenset[str] = frozenset()
    memory: dict[str, Any] = field(default_factory=dict[str, Any])
    links: bool = False
    known_links: Mapping[str, Link] = field(default_factory=dict[str, "Link"])
    changed: Mapping[str, date] = field(default_factory=dict[str, date])
    tables: Mapping[str, TableFacts] = field(default_factory=dict[str, TableFacts])

    def remembered(self, name: str) -> dict[Any, Any]:
        """What a rule remembers under a name: a dict, empty at first."""
        found: dict[Any, Any] = self.memory.setdefault(name, {})
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        id: its id, the family before a slash.
        level: the level of its findings, unless `audit.toml` says otherwise.
        title: what it finds, in a few words.
        fix: what to do about a finding.
        subject: the kind of record that it looks at.
        check: the function.

    Example:
        >>> from tuckan.audit import Found, Rule
        >>> def shouting(dataset, context):
        ...     if dataset.text("title").isupper():
        ...         yield Found("The title is in capitals.", dataset.text("title"), "title")
        >>> Rule("house/capitals", "note", "Titles in capitals", "Write it in lower case.", "dataset", shouting).family
        'house'
    """

    id: str
    level: Level
    title: str
    fix: str
    subject: Subject
    check: Check

    @property
    def family(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]


REGISTRY: dict[str, Rule] = {}
_FAMILIES = ("mqa_rules", "metadata", "texts", "formats", "links", "freshness", "duplicates", "portal", "tokens")


def rule(id: str, level: Level, title: str, fix: str, subject: Subject = "dataset") -> Callable[[Check], Check]:  # noqa: A002 - a rule's own word
    """Register a function as a rule.

    Args:
        id: its id, such as `metadata/title-missing`.
        level: the level of its findings.
        title: what it finds, in a few words.
        fix: what to do about a finding.
        subject: the kind of record that it looks at.
    """

    def registered(check: Check) -> Check:
        REGISTRY[id] = Rule(id, level, title, fix, subject, check)
        return check

    return registered


def all_rules() -> dict[str, Rule]:
    """All rules by their ids: ours, and those that installed packages offer as entry points of the group `tuckan.audit`.

    An entry point names a `Rule`, or a list of them.

    Raises:
        InvalidArgument: when an entry point is no rule, or has the id of another one.

    Example:
        >>> all_rules()["metadata/title-missing"].level
        'error'
    """
    for family in _FAMILIES:
        importlib.import_module(f"tuckan.audit.rules.{family}")
    found = dict(REGISTRY)
    from importlib.metadata import entry_points  # noqa: PLC0415 - reads the installed packages

    for point in entry_points(group="tuckan.audit"):
        loaded = point.load()
        for one in loaded if isinstance(loaded, (list, tuple)) else (loaded,):
            if not isinstance(one, Rule):
                raise InvalidArgument(
                    f"The entry point {point.name!r} of tuckan.audit is no rule: {one!r}.",
                    hint="It names a tuckan.audit.Rule, or a list of them.",
                )
            if one.id in found:
                raise InvalidArgument(f"The entry point {point.name!r} has the id of another rule: {one.id}.")
            found[one.id] = one
    return found
