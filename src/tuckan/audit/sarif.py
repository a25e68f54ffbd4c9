"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tuckan.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.audit.findings import Finding
    from tuckan.audit.results import Audit

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(audit: Audit) -> Iterator[str]:
    """The findings of an audit, as pieces of one JSON text.

    Each is at the page of its record on the portal, or at its kind and name where the portal is not known.

    Args:
        audit: the audit.
    """
    rules = list(audit.counts)
    numbers = {rule: number for number, rule in enumerate(rules)}
    driver = {"name": "tuckan", "semanticVersion": __version__, "rules": [_rule(audit, one) for one in rules]}
    yield f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{"tool": {{"driver": {json.dumps(driver)}}}, "results": ['
    comma = ""
    for one in audit.findings():
        yield f"{comma}\n{json.dumps(_result(one, numbers[one.rule]))}"
        comma = ","
    yield "\n]}]}\n"


def _rule(audit: Audit, id_: str) -> dict[str, Any]:
    rule = audit.rules.get(id_)
    return {
        "id": id_,
        "shortDescription": {"text": rule.title if rule else "Rules that failed"},
        "help": {"text": rule.fix if rule else "Report it to the rule's author."},
        "defaultConfiguration": {"level": audit.level(id_)},
    }


def _result(finding: Finding, number: int) -> dict[str, Any]:
    message = " ".join(filter(None, (f"{finding.where}: {finding.message}", finding.fix)))
    where = finding.url or f"{finding.kind}/{quote(finding.name)}"
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": where}}}
    if finding.name:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.where, "kind": finding.kind}]
    key = "/".join((finding.rule, finding.kind, finding.id or finding.name, finding.resource, finding.field))
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.level,
        "message": {"text": message},
        "locations": [location],
        "partialFingerprints": {"record/v1": key},
    }
    if finding.evidence:
        found["properties"] = {"evidence": finding.evidence}
    return found
