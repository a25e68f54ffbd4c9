"""Values other than text: booleans, numbers, and dates with Solr's date arithmetic."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from tuckan.sandbox.search.syntax import Refused

if TYPE_CHECKING:
    from tuckan.sandbox.search.schema import Field

Value: TypeAlias = "str | int | float | bool"
"""A value as it is compared and sorted; a date is milliseconds since 1970."""

_MOMENT = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))")
_STEP = re.compile(r"/([A-Z]+)|([+-]\d+)([A-Z]+)")
_UNITS = {
    **dict.fromkeys(("YEAR", "YEARS"), "year"),
    **dict.fromkeys(("MONTH", "MONTHS"), "month"),
    **dict.fromkeys(("DAY", "DAYS", "DATE"), "day"),
    **dict.fromkeys(("HOUR", "HOURS"), "hour"),
    **dict.fromkeys(("MINUTE", "MINUTES"), "minute"),
    **dict.fromkeys(("SECOND", "SECONDS"), "second"),
    **dict.fromkeys(("MILLI", "MILLIS", "MILLISECOND", "MILLISECONDS"), "milli"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_value(field: Field, text: str, now: datetime | None = None) -> Value:
    """A value of a field, from its text.

    Raises:
        Refused: when the text is not such a value.
    """
    if field.kind == "boolean":
        return text[:1] in ("t", "T", "1")
    if field.kind == "date":
        return millis(parse_date(text, now))
    if field.kind in ("integer", "float"):
        try:
            return int(text) if field.kind == "integer" else float(text)
        except ValueError:
            raise Refused(f"Invalid Number: {text} for field {field.name}") from None
    return text


def shown(field: Field, value: Value) -> Value:
    """A value as shown in answers."""
    if field.kind != "date" or not isinstance(value, int):
        return value
    moment = _EPOCH + timedelta(milliseconds=value)
    fraction = f".{value % 1000:03d}" if value % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + "Z"


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, truncated."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_date(text: str, now: datetime | None = None) -> datetime:
    """A point in time, with Solr's arithmetic: `NOW-1MONTH/DAY`, `2024-02-29T00:00:00Z+1YEAR`.

    Args:
        text: the point in time, and steps from there.
        now: the value of `NOW`.

    Raises:
        Refused: when it is not a date.

    Example:
        >>> parse_date("2024-01-31T13:45:00Z+1MONTH/DAY").isoformat()
        '2024-02-29T00:00:00+00:00'
    """
    if text.startswith("NOW"):
        moment, steps = now or datetime.now(UTC), text[3:]
    else:
        found = _MOMENT.match(text)
        if not found:
            raise Refused(f"Invalid Date String:'{text}'")
        moment, steps = _moment(found, text), text[found.end() :]
    at = 0
    for step in _STEP.finditer(steps):
        if step.start() != at:
            break
        at = step.end()
        moment = _stepped(moment, step, text)
    if at != len(steps):
        raise Refused(f"Invalid Date in Date Math String:'{text}'")
    return moment


def _moment(found: re.Match[str], text: str) -> datetime:
    year, month, day, hour, minute, second = (int(one) for one in found.groups()[:6])
    micros = int((found[7] or "0")[:6].ljust(6, "0"))
    away = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    try:
        there = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
        return there + away if found[8] == "-" else there - away
    except (ValueError, OverflowError):
        raise Refused(f"Invalid Date String:'{text}'") from None


def _stepped(moment: datetime, step: re.Match[str], text: str) -> datetime:
    unit = _UNITS.get(step[1] or step[3])
    if unit is None:
        raise Refused(f"Unit not recognized: {step[1] or step[3]} in Date Math String:'{text}'")
    try:
        if step[1]:
            return _begun(moment, unit)
        return _moved(moment, int(step[2]), unit)
    except (ValueError, OverflowError):
        raise Refused(f"Invalid Date in Date Math String:'{text}'") from None


def _begun(moment: datetime, unit: str) -> datetime:
    """The beginning of the year, the month, ... of a point in time."""
    if unit in ("year", "month"):
        return datetime(moment.year, 1 if unit == "year" else moment.month, 1, tzinfo=UTC)
    units = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
    size = units.get(unit, timedelta(seconds=1) if unit == "second" else timedelta(milliseconds=1))
    return moment - (moment - _EPOCH) % size


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("year", "month"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, _days_in(year, month + 1)))
    if unit == "milli":
        return moment + timedelta(milliseconds=count)
    return moment + timedelta(**{unit + "s": count})


def _days_in(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - timedelta(days=1)).day
