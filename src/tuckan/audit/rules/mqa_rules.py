"""What a dataset lacks by the metrics of the MQA: one rule for each metric; two of them need the links checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.audit.dcat_ap import violations
from tuckan.audit.findings import Found
from tuckan.audit.mqa import BY_ID, METRICS, OF_LINKS, WEIGHTS, facts
from tuckan.audit.rules import NOTHING, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tuckan.audit.dcat import Described
    from tuckan.audit.mqa import Facts, Metric
    from tuckan.audit.rules import Check, Context

NEEDS = {
    BY_ID["license_vocabulary"]: BY_ID["license"],
    BY_ID["access_rights_vocabulary"]: BY_ID["access_rights"],
    BY_ID["download_url_status"]: BY_ID["download_url"],
}
"""Metrics that say nothing new of a dataset which lacks what they look at."""


def measured(dataset: Described, context: Context) -> tuple[Facts, list[float]]:
    """What a dataset fulfils, and its points; measured once for all rules."""
    kept = context.memory.get("mqa")
    if kept is None or kept[0] is not dataset:
        found = facts(dataset, context.memory.get("answers"))
        kept = context.memory["mqa"] = (dataset, found, found.points())
    return kept[1], kept[2]


def _lacks(metric: Metric, place: int) -> Check:
    vocabulary = NEEDS.get(place)

    def check(dataset: Described, context: Context) -> Iterable[Found]:
        if place in OF_LINKS and not context.links:
            return NOTHING
        measure, points = measured(dataset, context)
        gained = WEIGHTS[place] - points[place]
        if gained < 0.005 or (vocabulary is not None and points[vocabulary] == 0):
            return NOTHING
        if metric.of == "dataset":
            return (_of_dataset(dataset, metric, place, gained),)
        if not dataset.distributions:
            return NOTHING  # which has a rule of its own
        without = [
            one for one, has in zip(dataset.distributions, measure.distributions, strict=True) if place not in has
        ]
        number = len(dataset.distributions)
        many = "Its resource lacks" if number == 1 else f"{len(without)} of its {number} resources lack"
        values = (str(one.properties.get(name) or "") for one in without for name in metric.property.split(", "))
        shown = ", ".join(dict.fromkeys(filter(None, values)))[:200]
        return (
            Found(
                f"{many} {metric.lacking}.", shown, metric.property, points=round(gained, 2), fix=_fix(dataset, metric)
            ),
        )

    return check


def _of_dataset(dataset: Described, metric: Metric, place: int, gained: float) -> Found:
    if place == BY_ID["dcat_ap"]:
        wrong = [f"{what}{f' (resource {resource})' if resource else ''}" for what, _, resource in violations(dataset)]
        more = f", and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
        return Found("It breaks DCAT-AP.", "; ".join(wrong[:5]) + more, points=gained)
    value = str(dataset.properties.get(metric.property) or "")[:200]
    return Found(f"It lacks {metric.lacking}.", value, metric.property, points=gained)


def _fix(dataset: Described, metric: Metric) -> str:
    there = dataset.text("license_id")
    if metric.id != "license" or not there:
        return ""
    return (
        f"The dataset has the licence {there!r}, which ckanext-dcat does not give to distributions by default: set `license` of"
        " each resource to its address, or ckanext.dcat.resource.inherit.license on the portal, and then inherit_license in"
        " audit.toml."
    )


for _place, _metric in enumerate(METRICS):
    rule(
        f"mqa/{_metric.id.replace('_', '-')}",
        "warning" if _metric.weight >= 20 else "note",
        f"No {_metric.lacking.removeprefix('a ').removeprefix('an ')} (MQA, {_metric.weight} points)",
        _metric.fix,
    )(_lacks(_metric, _place))
