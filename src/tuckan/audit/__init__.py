"""Audits of catalogues: rules, findings, scores and reports. It knows no portal; the client feeds it."""

from tuckan.audit.configuration import Configuration, Ignore
from tuckan.audit.findings import Finding, Found
from tuckan.audit.mqa import METRICS, Metric, Score
from tuckan.audit.results import Audit
from tuckan.audit.rules import Context, Rule, all_rules
from tuckan.links.checker import LinkOptions

__all__ = [
    "METRICS",
    "Audit",
    "Configuration",
    "Context",
    "Finding",
    "Found",
    "Ignore",
    "LinkOptions",
    "Metric",
    "Rule",
    "Score",
    "all_rules",
]
