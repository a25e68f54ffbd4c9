"""What CKAN can do: its actions with their parameters, which change nothing, and which may be sent twice."""

from tuckan.actions.catalogue import Action, Parameter, catalogue, find_action, like, matching
from tuckan.actions.checking import mistakes, why_absent
from tuckan.actions.facts import call_for, is_idempotent, is_read_only

__all__ = [
    "Action",
    "Parameter",
    "call_for",
    "catalogue",
    "find_action",
    "is_idempotent",
    "is_read_only",
    "like",
    "matching",
    "mistakes",
    "why_absent",
]
