"""What an audit finds: a finding says which rule, where, what is wrong, by which evidence, and what to do."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Level: TypeAlias = Literal["error", "warning", "note"]
Kind: TypeAlias = Literal["dataset", "organization", "group", "user", "portal"]

LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""The levels, the most serious first."""


class Found(msgspec.Struct, frozen=True):
    """What a rule says about a record; the rule's name, its level and the record are added to it.

    Attributes:
        message: what is wrong, in one sentence.
        evidence: the value that shows it.
        field: the field that holds it.
        resource: the id of the resource that holds it; empty for one of the record itself.
        patch: the fields that mend it, when there is only one way to mend it; those of the resource if there is one.
        points: the points of the MQA that the dataset gains once it is mended.
        fix: what to do, if the rule's own words do not say it.
    """

    message: str
    evidence: str = ""
    field: str = ""
    resource: str = ""
    patch: dict[str, Any] | None = None
    points: float = 0.0
    fix: str = ""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a record.

    Attributes:
        rule: the rule's id, such as `metadata/title-missing`.
        level: `error`, `warning` or `note`.
        kind: what the record is: `dataset`, `organization`, `group`, `user` or `portal`.
        name: the record's name.
        message: what is wrong, in one sentence.
        evidence: the value that shows it.
        fix: what to do.
        field: the field that holds it.
        resource: the id of the resource that holds it.
        id: the record's id.
        organization: the name of the record's organization.
        url: the record's page on the portal.
        patch: the fields that mend it, when there is only one way to mend it.
        points: the points of the MQA that the dataset gains once it is mended.

    Example:
        >>> finding = Finding("metadata/title-missing", "error", "dataset", "rain", "It has no title.")
        >>> print(finding)
        error metadata/title-missing dataset rain: It has no title.
    """

    rule: str
    level: Level
    kind: Kind
    name: str
    message: str
    evidence: str = ""
    fix: str = ""
    field: str = ""
    resource: str = ""
    id: str = ""
    organization: str = ""
    url: str = ""
    patch: dict[str, Any] | None = None
    points: float = 0.0

    @property
    def where(self) -> str:
        """The record, its resource and the field, in words."""
        resource = f", resource {self.resource}" if self.resource else ""
        return f"{self.kind} {self.name}{resource}" + (f", {self.field}" if self.field else "")

    def __str__(self) -> str:
        return f"{self.level} {self.rule} {self.where}: {self.message}"
