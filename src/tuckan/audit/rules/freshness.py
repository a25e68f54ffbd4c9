"""Whether data are as recent as their frequency promises, by what really changed: the files, not the record."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tuckan._text import counted
from tuckan.audit import vocabularies
from tuckan.audit.dcat import texts
from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context


@rule("freshness/overdue", "warning", "Data older than their frequency promises", "Update the data, or the frequency.")
def _overdue(dataset: Described, context: Context) -> Iterable[Found]:
    promised = _frequency(dataset)
    days = vocabularies.period(promised)
    changed = last_change(dataset, context)
    if not days or changed is None:
        return NOTHING
    age, allowed = (context.today - changed).days, days * context.thresholds["overdue_factor"]
    if age <= allowed:
        return NOTHING
    message = f"It is updated {_words(promised)}, and its data have not changed for {counted(age, 'day')}."
    return (Found(message, changed.isoformat(), "frequency"),)


@rule("freshness/stale", "note", "Old data without a frequency", "Update them, or set `frequency`.")
def _stale(dataset: Described, context: Context) -> Iterable[Found]:
    changed = last_change(dataset, context)
    if changed is None or "dct:accrualPeriodicity" in dataset.properties:
        return NOTHING
    age = (context.today - changed).days
    if age <= context.thresholds["stale_days"]:
        return NOTHING
    return (
        Found(f"It names no frequency, and its data have not changed for {counted(age, 'day')}.", changed.isoformat()),
    )


@rule(
    "freshness/frequency-unknown", "note", "Unknown frequencies", "Use a code of the EU's frequencies, such as MONTHLY."
)
def _frequency_unknown(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for value in texts(dataset.properties.get("dct:accrualPeriodicity")):
        if not vocabularies.frequency(value):
            yield Found(f"{value[:60]!r} is not a known frequency.", value[:120], "frequency")


@rule("freshness/future", "warning", "Dates in the future", "Correct the date.")
def _future(dataset: Described, context: Context) -> Iterator[Found]:
    today = context.today.isoformat()
    for name in ("issued", "modified"):
        value = dataset.text(name).strip()
        if value[:4].isdigit() and value[:10] > today and _date(value):
            yield Found(f"{name} is {value[:10]}, after today.", value, name)


def last_change(dataset: Described, context: Context) -> date | None:
    """When the data of a dataset last changed, as far as its resources and the mirror tell; None if they don't.

    A link has no date of its own file: CKAN sets `last_modified` only for uploads, and when somebody sets it.

    Args:
        dataset: the dataset.
        context: what a mirror noted.
    """
    latest = context.changed.get(str(dataset.record.get("id")))
    for one in dataset.distributions:
        told = str(one.resource.get("last_modified") or one.resource.get("created") or "")
        found = _date(told) if told else None
        if found and (latest is None or found > latest):
            latest = found
    return latest


def _frequency(dataset: Described) -> str:
    found = (vocabularies.frequency(value) for value in texts(dataset.properties.get("dct:accrualPeriodicity")))
    return next(filter(None, found), "")


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _words(code: str) -> str:
    return {"ANNUAL": "yearly", "CONT": "continuously", "UPDATE_CONT": "continuously"}.get(
        code, code.replace("_", " ").lower()
    )
