"""`audit.toml`: levels, thresholds, ignored findings, and which fields give the properties of DCAT."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import did_you_mean
from tuckan.audit.dcat import OF_DATASETS, OF_RESOURCES, FieldMapping
from tuckan.audit.findings import LEVELS
from tuckan.audit.rules import THRESHOLDS, all_rules
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.audit.findings import Level
    from tuckan.audit.mqa import Folding
    from tuckan.audit.rules import Rule


@dataclass(frozen=True, slots=True)
class Ignore:
    """Findings that are left out, with the reason, until a date.

    Attributes:
        rule: the id of the rule; `*` stands for any characters, as in `mqa/*`.
        record: the name of the record, likewise.
        reason: why.
        until: the last day on which they are left out.
    """

    rule: str
    record: str
    reason: str
    until: date

    def covers(self, rule: str, record: str) -> bool:
        """Whether the findings of a rule are left out for a record."""
        return fnmatchcase(rule, self.rule) and fnmatchcase(record, self.record)


@dataclass(frozen=True, slots=True)
class Configuration:
    """How an audit is done.

    Attributes:
        levels: the level of rules by pattern of their ids, or `off`; the last one that matches counts.
        thresholds: the numbers that rules compare with.
        ignores: findings that are left out.
        folding: how the distributions of a dataset are folded: `best` or `share`; see `tuckan.audit.mqa`.
        mapping: which fields give the properties of DCAT.

    Example:
        >>> Configuration(levels={"mqa/*": "off"}).rules()["metadata/title-missing"].level
        'error'
    """

    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    thresholds: Mapping[str, int] = field(default_factory=dict[str, int])
    ignores: tuple[Ignore, ...] = ()
    folding: Folding = "best"
    mapping: FieldMapping = field(default_factory=FieldMapping)

    @classmethod
    def read(cls, path: str | Path) -> Configuration:
        r"""Read a file.

        Args:
            path: the path of an `audit.toml`.

        Raises:
            InvalidArgument: when it is not TOML, or a key or a value in it is not known.

        Example:
            >>> from pathlib import Path
            >>> size = Path("audit.toml").write_text('[levels]\n"mqa/*" = "note"\n')
            >>> dict(Configuration.read("audit.toml").levels)
            {'mqa/*': 'note'}
        """
        try:
            given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidArgument(f"{path} can't be read: {error.strerror or error}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidArgument(f"{path} is not TOML: {error}.") from error
        return _Reader(str(path)).configuration(given)

    def rules(self) -> dict[str, Rule]:
        """The rules that are on, by their ids, each with its level."""
        found: dict[str, Rule] = {}
        for id_, one in all_rules().items():
            level: str = one.level
            for pattern, other in self.levels.items():
                if fnmatchcase(id_, pattern):
                    level = other
            if level != "off":
                found[id_] = replace(one, level=_level(level))
        return found


def _level(text: str) -> Level:
    return next(one for one in LEVELS if one == text)


@dataclass(frozen=True, slots=True)
class _Reader:
    path: str

    def configuration(self, given: Mapping[str, Any]) -> Configuration:
        self._known(given, ("levels", "thresholds", "mqa", "dcat", "ignore"), "")
        mqa, dcat = (self._table(given, name) for name in ("mqa", "dcat"))
        self._known(mqa, ("distributions",), "mqa.")
        folding = mqa.get("distributions", "best")
        if folding not in ("best", "share"):
            raise self._wrong(f"mqa.distributions is {folding!r}", "It is best or share.")
        ignores = given.get("ignore", [])
        if not isinstance(ignores, list):
            raise self._wrong("ignore is not a list", "Write [[ignore]] before each.")
        return Configuration(
            self._levels(self._table(given, "levels")),
            self._thresholds(self._table(given, "thresholds")),
            tuple(self._ignore(one, number) for number, one in enumerate(ignores, 1)),
            "share" if folding == "share" else "best",
            self._mapping(dcat),
        )

    def _levels(self, given: Mapping[str, Any]) -> dict[str, str]:
        rules = all_rules()
        for pattern, level in given.items():
            if not any(fnmatchcase(id_, pattern) for id_ in rules):
                raise self._wrong(f"no rule is called {pattern!r}", did_you_mean(pattern, rules) or _LIST)
            if level not in (*LEVELS, "off"):
                raise self._wrong(f"the level of {pattern} is {level!r}", "It is error, warning, note or off.")
        return dict(given)

    def _thresholds(self, given: Mapping[str, Any]) -> dict[str, int]:
        self._known(given, THRESHOLDS, "thresholds.")
        for name, value in given.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise self._wrong(f"thresholds.{name} is {value!r}", "It is a whole number.")
        return dict(given)

    def _ignore(self, given: Any, number: int) -> Ignore:
        where = f"ignore number {number}"
        if not isinstance(given, dict):
            raise self._wrong(f"{where} is not a table", "Write [[ignore]] before it.")
        self._known(given, ("rule", "record", "reason", "until"), f"{where}: ")
        rule, reason, until = given.get("rule"), given.get("reason"), given.get("until")
        if not isinstance(rule, str) or not any(fnmatchcase(id_, rule) for id_ in all_rules()):
            raise self._wrong(f"{where}: no rule is called {rule!r}", did_you_mean(str(rule), all_rules()) or _LIST)
        if not isinstance(reason, str) or not reason.strip():
            raise self._wrong(f"{where} has no reason", 'Say why, such as reason = "archived in 2019".')
        if isinstance(until, datetime):
            until = until.date()
        if not isinstance(until, date):
            raise self._wrong(f"{where} has no date", "Say until when, such as until = 2027-12-31.")
        record = given.get("record", "*")
        if not isinstance(record, str):
            raise self._wrong(f"{where}: record is {record!r}", 'It is a name, such as record = "rain-*".')
        return Ignore(rule, record, reason.strip(), until)

    def _mapping(self, given: Mapping[str, Any]) -> FieldMapping:
        self._known(given, ("inherit_license", "datasets", "resources"), "dcat.")
        inherit = given.get("inherit_license", False)
        if not isinstance(inherit, bool):
            raise self._wrong(f"dcat.inherit_license is {inherit!r}", "It is true or false.")
        found: list[dict[str, tuple[str, ...]]] = []
        told: dict[str, str] = {}
        for name, documented in (("datasets", OF_DATASETS), ("resources", OF_RESOURCES)):
            own = self._table(given, name, f"dcat.{name}")
            self._known(own, documented, f"dcat.{name}.")
            found.append(dict(documented))
            for prop, fields in own.items():
                names = (fields,) if isinstance(fields, str) else tuple(fields) if isinstance(fields, list) else ()
                if not names or not all(isinstance(one, str) for one in names):
                    raise self._wrong(
                        f"dcat.{name}.{prop} is {fields!r}", "It is the name of a field, or a list of names."
                    )
                found[-1][prop] = names
                told[prop] = ", ".join(names)
        return FieldMapping(found[0], found[1], inherit, told)

    def _table(self, given: Mapping[str, Any], name: str, shown: str = "") -> Mapping[str, Any]:
        found = given.get(name, {})
        if not isinstance(found, dict):
            raise self._wrong(f"{shown or name} is not a table", f"Write [{shown or name}] before it.")
        return found

    def _known(self, given: Iterable[str], known: Iterable[str], prefix: str) -> None:
        names = tuple(known)
        for one in given:
            if one not in names:
                raise self._wrong(
                    f"{prefix}{one} is not known", did_you_mean(one, names) or f"Known are {', '.join(names)}."
                )

    def _wrong(self, what: str, hint: str) -> InvalidArgument:
        return InvalidArgument(f"{self.path}: {what}.", hint=hint)


_LIST = "`tuckan audit rules` lists them."
