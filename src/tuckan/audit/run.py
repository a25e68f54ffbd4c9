"""Making an audit: one pass over the records, in constant memory except for the names and points of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tuckan._text import counted
from tuckan.audit.configuration import Configuration
from tuckan.audit.dcat import described
from tuckan.audit.findings import Finding
from tuckan.audit.mqa import Tally
from tuckan.audit.results import Audit
from tuckan.audit.rules import THRESHOLDS, Context
from tuckan.audit.rules.freshness import last_change
from tuckan.audit.rules.mqa_rules import measured
from tuckan.wire.redaction import without_user_info

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tuckan.audit.dcat import Described
    from tuckan.audit.findings import Found, Kind
    from tuckan.audit.linking import FoundLinks
    from tuckan.audit.rules import Rule
    from tuckan.schemas import Schema

_KINDS: dict[str, Kind] = {"organizations": "organization", "groups": "group"}


class Auditor:
    """Audits records as they come: organizations and groups, then datasets, then `end`.

    Args:
        configuration: levels, thresholds and ignored findings, or the path of an `audit.toml`.
        portal: the address of the portal, for links.

    Attributes:
        audit: the audit so far.
        context: what rules know.
    """

    def __init__(self, configuration: Configuration | str | None = None, *, portal: str = "") -> None:
        if isinstance(configuration, str):
            configuration = Configuration.read(configuration)
        self.audit = Audit(configuration, portal=portal)
        given = self.audit.configuration
        self.context = Context(self.audit.portal, thresholds={**THRESHOLDS, **given.thresholds}, mapping=given.mapping)
        self._of_datasets = [one for one in self.audit.rules.values() if one.subject == "dataset"]
        self._ignores = [one for one in given.ignores if one.until >= self.context.today]
        if expired := len(given.ignores) - len(self._ignores):
            self.audit.notes.append(f"{counted(expired, 'ignore')} of the configuration expired")
        self._groups: list[tuple[Kind, Mapping[str, Any]]] = []

    def ignores(self, rule: str, record: str) -> bool:
        """Whether the configuration leaves the findings of a rule out for a record.

        Args:
            rule: the id of the rule.
            record: the name of the record.
        """
        return any(one.covers(rule, record) for one in self._ignores)

    def know(self, schemas: Mapping[str, Schema], licenses: Iterable[str] = ()) -> None:
        """Tell what the portal's records may hold, before the first of them.

        Args:
            schemas: the schema of each type of datasets.
            licenses: the ids of its licences.
        """
        mapping = self.context.mapping
        for schema in schemas.values():
            mapping = mapping.with_schema(schema)
        self.context.schemas, self.context.mapping = schemas, mapping
        self.context.licenses = frozenset(licenses)
        self.audit.notes += [f"{prop} is read from {name}" for prop, name in mapping.found.items()]

    def know_links(self, found: FoundLinks) -> None:
        """Tell what is known of the links, before the first dataset.

        Args:
            found: what a check of them found.
        """
        self.context.links, self.context.known_links = True, found.links
        self.context.memory["answers"] = found.statuses()
        self.audit.links, self.audit.link_verdicts, self.audit.link_hosts = True, dict(found.verdicts), found.hosts
        if number := found.verdicts.get("unchecked"):
            self.audit.notes.append(f"{counted(number, 'link')} could not be checked: run again to check the rest")

    def group(self, kind: str, record: Mapping[str, Any]) -> None:
        """Add an organization or a group, before the datasets.

        Args:
            kind: `organizations` or `groups`.
            record: the record.
        """
        name = str(record.get("name") or record.get("id") or "")
        if kind == "organizations":
            self.audit.administrators[name] = _administrators(record)
            self.audit.titles[name] = str(record.get("title") or record.get("display_name") or name)
        self._groups.append((_KINDS[kind], record))

    def user(self, record: Mapping[str, Any]) -> None:
        """Add a user with its tokens, before `end`.

        Args:
            record: the user, with `tokens`.
        """
        self._groups.append(("user", record))

    def portal(self, record: Mapping[str, Any]) -> None:
        """Add what is known of the portal itself, before `end`.

        Args:
            record: with `orphaned_tables`, the names of tables of the DataStore without a resource.
        """
        self._groups.append(("portal", {"name": self.audit.portal, **record}))

    def dataset(self, record: Mapping[str, Any]) -> None:
        """Audit a dataset.

        Args:
            record: the dataset as a portal returns it.
        """
        context, audit = self.context, self.audit
        one = described(record, context.mapping)
        organization = one.organization
        context.organizations[organization] = context.organizations.get(organization, 0) + 1
        groups = record.get("groups")
        for group in groups if isinstance(groups, list) else ():
            if isinstance(group, dict) and (name := str(group.get("name") or "")):
                context.groups[name] = context.groups.get(name, 0) + 1
        facts, points = measured(one, context)
        if organization not in audit.tallies:
            audit.tallies[organization] = Tally()
            audit.titles.setdefault(organization, _title_of(record, organization))
        for tally in (audit.tally, audit.tallies[organization]):
            tally.add(facts, points)
        audit.store.measured(one.name, sum(points), facts.stars)
        if (changed := last_change(one, context)) is not None:
            years = max(0, (context.today - changed).days) // 365
            audit.ages[years] = audit.ages.get(years, 0) + 1
        self._look(self._of_datasets, "dataset", one, one.record, organization)

    def end(self) -> Audit:
        """Audit what only all datasets tell, once they were all added.

        Returns:
            The audit.
        """
        for kind, record in self._groups:
            rules = [one for one in self.audit.rules.values() if one.subject == kind]
            self._look(rules, kind, record, record, "")
        self._groups.clear()
        self.audit.store.flush()
        return self.audit

    def _look(
        self,
        rules: Sequence[Rule],
        kind: Kind,
        subject: Described | Mapping[str, Any],
        record: Mapping[str, Any],
        organization: str,
    ) -> None:
        for rule in rules:
            try:
                for found in rule.check(subject, self.context):
                    self._add(rule, kind, record, organization, found)
            except Exception as error:  # noqa: BLE001 - a rule of somebody else's fails on one record, not the audit
                name = str(record.get("name") or record.get("id") or "")
                message = f"The rule {rule.id} failed: {type(error).__name__}: {error}"
                self._keep(
                    Finding("audit/rule-failed", "error", kind, name, message, fix="Report it to the rule's author.")
                )

    def _add(self, rule: Rule, kind: Kind, record: Mapping[str, Any], organization: str, found: Found) -> None:
        name, id_ = str(record.get("name") or record.get("id") or ""), str(record.get("id") or "")
        message, evidence = found.message, found.evidence
        if "@" in evidence or "@" in message:
            message, evidence = without_user_info(message), without_user_info(evidence)
        self._keep(
            Finding(
                rule.id,
                rule.level,
                kind,
                name,
                message,
                evidence,
                found.fix or rule.fix,
                found.field,
                found.resource,
                id_,
                organization,
                self._page(kind, name, found.resource),
                found.patch,
                found.points,
            )
        )

    def _page(self, kind: Kind, name: str, resource: str) -> str:
        if not self.audit.portal:
            return ""
        if kind == "portal":
            return self.audit.portal
        page = f"{self.audit.portal}/{kind}/{quote(name, errors='replace')}"
        return f"{page}/resource/{quote(resource, errors='replace')}" if len(resource) == 36 else page

    def _keep(self, finding: Finding) -> None:
        if self.ignores(finding.rule, finding.name):
            self.audit.ignored += 1
        else:
            self.audit.store.keep(finding)


def _administrators(record: Mapping[str, Any]) -> list[str]:
    """The names of an organization's administrators, if its members are known."""
    users = record.get("users")
    return [
        str(one.get("name"))
        for one in (users if isinstance(users, list) else ())
        if isinstance(one, dict) and one.get("capacity") == "admin" and one.get("state", "active") == "active"
    ]


def _title_of(record: Mapping[str, Any], name: str) -> str:
    there = record.get("organization")
    return str(there.get("title") or name) if isinstance(there, dict) else "no organization"
