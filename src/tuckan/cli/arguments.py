"""Command-line arguments: `key=text key:json key@file`, `field=value`, `90d`, `2024-01-31`."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_AGO = 100_000
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def _meant_by(argument: str) -> str:
    """What may be meant by an argument that is no parameter: records in a file, or a name."""
    if re.search(r"\.\w+$", argument):
        return f" To load records from a file: tuckan load datasets {argument}"
    return f" Did you mean name={argument}?" if re.fullmatch(r"[a-z0-9_-]{2,100}", argument) else ""


def parameters(arguments: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Path]]:
    """Parameters and files of an action.

    Args:
        arguments: `key=text`, `key:json` or `key@file`; the first of the three marks counts.

    Raises:
        UsageError: when one of them has another form.
    """
    values: dict[str, Any] = {}
    files: dict[str, Path] = {}
    for argument in arguments:
        found = re.match(r"([^=:@]+)([=:@])(.*)", argument, re.DOTALL)
        if not found:
            raise click.UsageError(f"{argument!r} is not key=text, key:json or key@file.{_meant_by(argument)}")
        key, mark, rest = found.groups()
        if key in values or key in files:
            raise click.UsageError(f"{key!r} is given twice.")
        if mark == "=":
            values[key] = rest
        elif mark == ":":
            values[key] = _json(rest, argument)
        else:
            files[key] = _file(rest, argument)
    return values, files


def _json(text: str, argument: str) -> Any:
    import json  # noqa: PLC0415 - `--help` needs none

    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{argument!r}: the text after the colon is not valid JSON ({error}).") from None


def _file(text: str, argument: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # "~somebody" who is not there
        path = Path(text)
    if not path.is_file():
        raise click.UsageError(f"{argument!r}: there is no file {text}.")
    return path


def filters(given: tuple[str, ...]) -> dict[str, str | list[str]] | None:
    """Fields with their values; a field given several times may have any of them."""
    found: dict[str, list[str]] = {}
    for one in given:
        field, mark, value = one.partition("=")
        if not mark or not field:
            raise click.UsageError(f"{one!r} is not field=value.")
        found.setdefault(field, []).append(value)
    return {field: values if len(values) > 1 else values[0] for field, values in found.items()} or None


def several_names(given: Sequence[str]) -> tuple[str, ...]:
    """Names from an option that may be repeated or contain commas.

    A name that contains a comma is written in double quotes, as in CSV.

    Example:
        >>> several_names(["name,title", '"a, b"'])
        ('name', 'title', 'a, b')
    """
    import csv  # noqa: PLC0415 - only for such an option

    names = [name.strip() for row in csv.reader(given, skipinitialspace=True) for name in row]
    if not all(names):
        raise click.UsageError(f"There is an empty name in {', '.join(given)!r}.")
    return tuple(dict.fromkeys(names))


def refuse_pattern(name: str, hint: str = "") -> None:
    """Refuse a pattern where names are expected: no name contains * or ?.

    Args:
        name: the name.
        hint: what to do, if there is a better way than piping names in.
    """
    if any(one in name for one in "*?[") and "://" not in name:
        hint = (
            hint or "List them, select, and pipe their ids in with -: tuckan ... list -f ids | grep ... | tuckan ... -"
        )
        raise click.UsageError(f"{name!r} is a pattern; only exact names are accepted. {hint}")


def given_lines(arguments: Sequence[str], *, instead_of_patterns: str = "") -> list[str]:
    """Unique arguments, with `-` replaced by the lines of standard input.

    Args:
        arguments: the arguments.
        instead_of_patterns: how to select by a pattern, if possible.
    """
    found: dict[str, None] = {}
    for one in arguments:
        if not one.strip():
            raise click.UsageError("A name or id is empty. Is a variable unset?")
        refuse_pattern(one, instead_of_patterns)
        lines = sys.stdin if one == "-" else [one]
        found.update((line.strip(), None) for line in lines if line.strip())
    if not found:
        raise click.UsageError("Standard input contains no ids.")
    return list(found)


class Moment(click.ParamType[datetime | timedelta]):
    """A date such as `2024-01-31`, or an age such as `90d`, `12h`, `4w`."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | timedelta:
        """The time in UTC, or the age."""
        if isinstance(value, (datetime, timedelta)):
            return value
        age = re.fullmatch(r"(\d+)([hdw])", value)
        if age:
            return self._age(int(age[1]), _UNITS[age[2]], param, ctx)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a date such as 2024-01-31 nor an age such as 90d.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _age(self, number: int, unit: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if number > LONGEST_AGO:
            self.fail(f"{number} {unit} is too long ago.", param, ctx)
        return timedelta(**{unit: number})


class Age(click.ParamType[timedelta]):
    """A length of time such as `24h`, `3d` or `2w`."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The time."""
        if isinstance(value, timedelta):
            return value
        age = re.fullmatch(r"(\d{1,6})([hdw])", str(value))
        if not age or int(age[1]) > LONGEST_AGO:
            self.fail(f"{value!r} is not a length of time such as 24h or 3d.", param, ctx)
        return timedelta(**{_UNITS[age[2]]: int(age[1])})


class Size(click.ParamType[int]):
    """A size such as `10MB`, `1.5 GiB` or `2000` (bytes)."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", str(value).strip().lower())
        if not found or (found[3] and not found[2]):
            self.fail(f"{value!r} is not a size such as 10MB.", param, ctx)
        return int(float(found[1]) * (1024 if found[3] else 1000) ** " kmgt".index(found[2] or " "))
