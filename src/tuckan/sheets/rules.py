"""The rules of a `sheet.toml`: default values, values taken from groups, and vocabularies."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tuckan._text import choices as offered_instead
from tuckan._text import counted
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.sheets.layout import Layout

SHEET_TOML = "sheet.toml"
ORGANIZATION = "organization"
_TABLES = ("default", "fill", "resolve")
_OF_FILL = ("from", "keep", "fields")
_HEADER = ("cell", "value")

Vocabulary = dict[str, str]


@dataclass(frozen=True, slots=True)
class Fill:
    """A column whose cells name groups, and what is taken from these.

    Attributes:
        type: the type of the groups, or `organization`.
        keep: the field of the group that the column keeps.
        fields: columns of the same sheet, each with the group's field that it takes.
    """

    type: str
    keep: str = "title"
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Rules:
    """What a workbook leaves to rules, by the paths of columns.

    Attributes:
        named: the file, for messages; empty when there are no rules.
        defaults: what new records have in a column without a value of their own, as a cell would say it.
        fills: columns that name groups.
        vocabularies: what cells say, with the values that they stand for.
    """

    named: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fills: Mapping[str, Fill] = field(default_factory=dict[str, Fill])
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict[str, Vocabulary])

    @property
    def types(self) -> set[str]:
        """The types of the groups that columns name, with `organization`."""
        return {one.type for one in self.fills.values()}


def rules_beside(workbook: Path) -> Path | None:
    """The `sheet.toml` in the folder of a workbook; None when there is none."""
    path = workbook.with_name(SHEET_TOML)
    return path if path.is_file() else None


def read_rules(path: Path) -> Rules:
    """Read the rules of a file.

    Args:
        path: a TOML file; vocabularies that it names are relative to it.

    Raises:
        InvalidArgument: when it can't be read, or says something else than rules.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidArgument(f"{path} can't be read: {reason}.", hint="It is a TOML file in UTF-8.") from None
    return rules_of(data, path.name, path.parent)


def rules_of(data: Mapping[str, Any], named: str = "the rules", folder: Path | None = None) -> Rules:
    """The rules that a mapping says.

    Args:
        data: the tables `default`, `fill` and `resolve`.
        named: what it is called in messages.
        folder: the folder of the vocabularies that it names; the current one by default.

    Raises:
        InvalidArgument: when it says something else.

    Example:
        >>> rules = rules_of({"fill": {"maker.name": {"from": "party", "fields": {"ror": "identifier"}}}})
        >>> rules.fills["maker.name"]
        Fill(type='party', keep='title', fields={'ror': 'identifier'})
    """
    _require_known(named, "table", data, _TABLES)
    tables = {name: _table(named, name, data.get(name, {})) for name in _TABLES}
    defaults = {path: _default(named, path, one) for path, one in tables["default"].items()}
    fills = {path: _fill(named, path, one) for path, one in tables["fill"].items()}
    vocabularies = {path: _vocabulary(named, path, one, folder or Path()) for path, one in tables["resolve"].items()}
    return Rules(named, defaults, fills, vocabularies)


def require_columns(rules: Rules, layout: Layout) -> None:
    """Check that the columns that rules name exist.

    Raises:
        InvalidArgument: when one does not.
    """
    paths = [one.path for one in layout.columns()]
    for path in (*rules.defaults, *rules.fills, *rules.vocabularies):
        _require_known(rules.named, "column", [path], paths, what=f"The type {layout.schema.type!r} has")
    for path, fill in rules.fills.items():
        table = next(
            one for one in (layout.main, *layout.tables.values()) if any(path == each.path for each in one.columns)
        )
        names = [one.name for one in table.columns if one.path != path]
        _require_known(rules.named, "column", fill.fields, names, what=f"Beside {path!r} there is")


def _require_known(named: str, kind: str, given: Iterable[str], known: Iterable[str], what: str = "It has") -> None:
    listed = list(known)
    for one in given:
        if one not in listed:
            raise InvalidArgument(f"{named}: there is no {kind} {one!r}.", hint=offered_instead(one, listed, what=what))


def _table(named: str, name: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidArgument(f"{named}: {name} is no table.", hint=f"Write [{name}], and the columns below it.")
    return cast("Mapping[str, Any]", given)


def _default(named: str, path: str, given: Any) -> Any:
    if isinstance(given, Mapping):
        raise InvalidArgument(
            f"{named}: the default of {path!r} is a table.",
            hint=f'Quote the path of a column: "{path}.NAME" = "VALUE".',
        )
    return "; ".join(map(str, given)) if isinstance(given, list) else given


def _fill(named: str, path: str, given: Any) -> Fill:
    usage = f'Write [fill."{path}"], from = "TYPE OF GROUP", and fields = {{ COLUMN = "FIELD OF THE GROUP" }}.'
    if not isinstance(given, Mapping) or not isinstance(given.get("from"), str) or not given["from"]:
        raise InvalidArgument(f"{named}: fill.{path} does not say which groups its cells name.", hint=usage)
    _require_known(named, f"setting of fill.{path}", given, _OF_FILL)
    fields, keep = given.get("fields", {}), given.get("keep", "title")
    if (
        not isinstance(keep, str)
        or not isinstance(fields, Mapping)
        or not all(isinstance(one, str) for one in fields.values())
    ):
        raise InvalidArgument(f"{named}: fill.{path} names fields by something else than texts.", hint=usage)
    return Fill(given["from"], keep, dict(fields))


# -- vocabularies --


def _vocabulary(named: str, path: str, given: Any, folder: Path) -> Vocabulary:
    if isinstance(given, str):
        return dict(_read_vocabulary(named, path, folder / given))
    if isinstance(given, Mapping) and all(isinstance(one, (str, int, float)) for one in given.values()):
        return {str(cell): str(value) for cell, value in given.items()}
    raise InvalidArgument(
        f"{named}: resolve.{path} is no vocabulary.",
        hint=f'Name a CSV file with the columns cell and value, or write [resolve."{path}"] and "CELL" = "VALUE" below it.',
    )


def _read_vocabulary(named: str, path: str, file: Path) -> Iterator[tuple[str, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = [
            (number, row) for number, row in enumerate(csv.reader(text.splitlines()), 1) if any(map(str.strip, row))
        ]
    except (OSError, UnicodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidArgument(
            f"{named}: the vocabulary {file} of {path} can't be read: {reason}.", hint="It is a CSV file in UTF-8."
        ) from None
    for number, row in rows:
        cells = [one.strip() for one in row]
        if len(cells) < len(_HEADER):
            raise InvalidArgument(
                f"{named}: row {number} of the vocabulary {file.name} has {counted(len(cells), 'cell')}.",
                hint="Each row has what cells say, and the value that it stands for.",
            )
        if tuple(one.lower() for one in cells[:2]) != _HEADER:
            yield cells[0], cells[1]
