"""Findings that can be mended in only one way, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.audit.dcat import described
from tuckan.audit.rules.mqa_rules import measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.audit.dcat import Described
    from tuckan.audit.findings import Found
    from tuckan.audit.rules import Context, Rule

_ROUNDS = 5
"""How often a record is looked at again: a format that was trimmed may then be written in the usual way."""


def mended(record: Mapping[str, Any], rules: Sequence[Rule], context: Context) -> tuple[dict[str, Any], list[str]]:
    """The fields of a dataset that rules would change, with their new values, and the ids of these rules.

    Args:
        record: the dataset.
        rules: rules of datasets.
        context: what the rules know.

    Example:
        >>> from tuckan.audit.rules import Context, all_rules
        >>> mended({"name": "rain", "title": " Rain "}, [all_rules()["texts/untrimmed"]], Context())
        ({'title': 'Rain'}, ['texts/untrimmed'])
    """
    there = dict(record)
    used: dict[str, None] = {}
    for _ in range(_ROUNDS):
        dataset = described(there, context.mapping)
        measured(dataset, context)
        found = [(one, rule.id) for rule in rules for one in _found(dataset, rule, context) if one.patch]
        touched: set[tuple[str, str]] = set()
        for one, rule_id in found:
            names = {(one.resource, name) for name in one.patch or ()}
            if not names & touched and _apply(there, one):
                touched |= names
                used[rule_id] = None
        if not touched:
            break
    return {name: value for name, value in there.items() if value != record.get(name)}, list(used)


def _found(dataset: Described, rule: Rule, context: Context) -> list[Found]:
    try:
        return list(rule.check(dataset, context))
    except Exception:  # noqa: BLE001 - a rule of somebody else's; an audit tells that it fails
        return []


def _apply(there: dict[str, Any], one: Found) -> bool:
    patch = one.patch or {}
    if not one.resource:
        there.update(patch)
        return True
    resources = there.get("resources") or []
    if not any(resource.get("id") == one.resource for resource in resources):
        return False
    there["resources"] = [
        {**resource, **patch} if resource.get("id") == one.resource else resource for resource in resources
    ]
    return True
