"""What an audit found: scores, counts, and all findings in a file of their own."""

from __future__ import annotations

import json
import tempfile
import weakref
from array import array
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from tuckan._text import counted
from tuckan.audit.configuration import Configuration
from tuckan.audit.findings import LEVELS, Finding
from tuckan.audit.mqa import METRICS, WEIGHTS, Score, Tally
from tuckan.audit.rules import TableFacts
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tuckan.audit.rules import Rule
    from tuckan.links.checker import LinkOptions
    from tuckan.schemas import Schema
    from tuckan.snapshot import Catalogue

EXAMPLES = 20
"""How many findings of each rule an audit keeps at hand."""


@runtime_checkable
class HasHistory(Protocol):
    """A catalogue that knows when data changed, such as a mirror."""

    def data_changes(self) -> dict[str, date]:
        """When the data of datasets last changed, by their ids."""
        ...


@runtime_checkable
class HasTables(Protocol):
    """A catalogue with tables of the DataStore, such as a mirror."""

    def row_counts(self) -> Iterator[tuple[str, int, int | None]]:
        """The ids of resources with the rows of their tables and files."""
        ...


class Store:
    """The findings of an audit in a temporary file, with their numbers and the first of each rule, and the points of datasets.

    Attributes:
        counts: how many findings each rule has.
        points: the sum of the points of each rule's findings.
        examples: the first findings of each rule.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.points: dict[str, float] = {}
        self.examples: dict[str, list[Finding]] = {}
        self._names: list[str] = []
        self._points_of_datasets = array("f")
        self._stars_of_datasets = array("b")
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="tuckan-audit-")  # noqa: SIM115 - closed with the store
        weakref.finalize(self, self._file.close)
        self._encode = msgspec.json.Encoder().encode
        self._waiting: list[bytes] = []

    def measured(self, name: str, points: float, stars: int) -> None:
        """Add the points and stars of a dataset."""
        self._names.append(name)
        self._points_of_datasets.append(points)
        self._stars_of_datasets.append(stars)

    def keep(self, finding: Finding) -> None:
        """Add a finding."""
        rule = finding.rule
        number = self.counts[rule] = self.counts.get(rule, 0) + 1
        if number == 1:
            self.examples[rule] = []
        if number <= EXAMPLES:
            self.examples[rule].append(finding)
        if finding.points:
            self.points[rule] = self.points.get(rule, 0.0) + finding.points
        try:
            line = self._encode(finding)
        except UnicodeEncodeError:  # a portal's JSON may hold half a character
            line = json.dumps(msgspec.to_builtins(finding), ensure_ascii=False).encode(errors="replace")
        self._waiting.append(line)
        if len(self._waiting) >= 2000:
            self.flush()

    def flush(self) -> None:
        """Write what waits to the file."""
        if self._waiting:
            self._file.seek(0, 2)
            self._file.write(b"\n".join(self._waiting) + b"\n")
            self._waiting.clear()

    def lines(self) -> Iterator[bytes]:
        """Iterate over all findings as lines of JSON."""
        self.flush()
        position = 0
        while True:
            self._file.seek(position)
            lines = self._file.readlines(1 << 20)
            position = self._file.tell()
            if not lines:
                return
            yield from lines

    def datasets(self) -> Iterator[tuple[str, float, int]]:
        """The name, the points and the stars of each dataset."""
        return zip(self._names, self._points_of_datasets, self._stars_of_datasets, strict=True)


def _tables_of(catalogue: Catalogue) -> dict[str, TableFacts]:
    """The rows of the tables and files that a catalogue keeps.

    Raises:
        InvalidArgument: when it keeps none.
    """
    rows = catalogue.row_counts() if isinstance(catalogue, HasTables) else ()
    found = {id_: TableFacts(number, of_file) for id_, number, of_file in rows}
    if not found:
        raise InvalidArgument(
            "There are no tables to compare with their files.",
            hint="Audit a portal, or a mirror with files and tables: tuckan mirror sync --files --tables",
        )
    return found


class Audit:
    """The findings and scores of a catalogue.

    `Audit.of(catalogue)` audits a mirror, a dump or anything else that has records; `client.audit()` a portal.

    Attributes:
        configuration: how it was done.
        portal: the address of the portal; empty if it is not known.
        at: when the audit was done, in UTC.
        score: the points of the MQA and the rating.
        organizations: the same of each organization, by name; datasets without one are under an empty name.
        titles: the titles of organizations, by name.
        administrators: the names of the administrators of organizations, as far as their members are known.
        tally: what the score is made of, added up; `tallies` has the same of each organization.
        ages: how many datasets changed so many years ago, as far as their resources tell.
        links: whether the links were checked.
        link_verdicts: how many addresses `works`, are `refused`, `suspected`, `broken`, `private` or `unchecked`.
        link_hosts: the hosts with dead links, those with most first.
        counts: how many findings each rule has.
        points: how many points the portal would gain if all findings of a rule were mended; of rules of the MQA.
        examples: the first findings of each rule.
        ignored: how many findings `audit.toml` left out.
        notes: what the reader of the audit should know.
        store: where the findings are.

    Example:
        >>> from pathlib import Path
        >>> from tuckan import Audit, Dump
        >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain", "notes": "Rain by day."}')
        >>> audit = Audit.of(Dump("datasets.jsonl"))
        >>> audit.counts["metadata/no-resources"], audit.score.measured
        (1, 325)
    """

    def __init__(self, configuration: Configuration | None = None, *, portal: str = "") -> None:
        self.configuration = configuration or Configuration()
        self.portal = portal.rstrip("/")
        self.at = datetime.now(UTC).replace(microsecond=0)
        self.rules: dict[str, Rule] = self.configuration.rules()
        self.titles: dict[str, str] = {}
        self.administrators: dict[str, list[str]] = {}
        self.ignored = 0
        self.notes: list[str] = []
        self.tally = Tally()
        self.tallies: dict[str, Tally] = {}
        self.ages: dict[int, int] = {}
        self.links = False
        self.link_verdicts: dict[str, int] = {}
        self.link_hosts: list[dict[str, Any]] = []
        self.store = Store()
        self.counts, self.points, self.examples = self.store.counts, self.store.points, self.store.examples

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        configuration: Configuration | str | None = None,
        *,
        schemas: Mapping[str, Schema] | None = None,
        links: LinkOptions | bool = False,
        tables: bool = False,
    ) -> Audit:
        """Audit a catalogue, such as a `Mirror` or a `Dump`.

        Args:
            catalogue: what to read.
            configuration: levels, thresholds and ignored findings, or the path of an `audit.toml`.
            schemas: the schema of each type of datasets, if the portal has schemas of its own.
            links: check the links, and how. What they answer is kept in the mirror, or in a file of the user.
            tables: compare the numbers of rows of the tables and CSV files that a mirror keeps.

        Returns:
            The audit.

        Raises:
            Incomplete: when the catalogue cannot be read completely.
            InvalidArgument: when the configuration is wrong, or there are no tables and they are to be compared.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> print(Audit.of(Dump("datasets.jsonl")).score.rating)
            bad
        """
        from tuckan.audit.linking import checked  # noqa: PLC0415 - only checks of links need it
        from tuckan.audit.run import Auditor  # noqa: PLC0415 - which makes audits
        from tuckan.links.checker import LinkOptions  # noqa: PLC0415 - as above

        portal = str(getattr(catalogue, "site", "") or getattr(catalogue, "base_url", ""))
        auditor = Auditor(configuration, portal=portal)
        auditor.know(schemas or {})
        if isinstance(catalogue, HasHistory):
            auditor.context.changed = catalogue.data_changes()
        if tables:
            auditor.context.tables = _tables_of(catalogue)
        if links:
            options = LinkOptions() if links is True else links
            state = getattr(catalogue, "links_state", None)
            auditor.know_links(checked(catalogue.records("datasets"), options, portal=portal, state=state))
        for kind in ("organizations", "groups"):
            if kind in catalogue.kinds:
                for record in catalogue.records(kind):
                    auditor.group(kind, record)
        for record in catalogue.records("datasets"):
            auditor.dataset(record)
        return auditor.end()

    def findings(self) -> Iterator[Finding]:
        """Iterate over all findings, in the order in which the records were read.

        Yields:
            The findings.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> [one.rule for one in Audit.of(Dump("datasets.jsonl")).findings() if one.level == "error"]
            ['metadata/description-missing', 'metadata/license-missing']
        """
        decode = msgspec.json.Decoder(Finding).decode
        for line in self.lines():
            yield decode(line)

    def lines(self) -> Iterator[bytes]:
        """Iterate over all findings as lines of JSON.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> next(Audit.of(Dump("datasets.jsonl")).lines())[:20]
            b'{"rule":"mqa/keyword'
        """
        return self.store.lines()

    @property
    def score(self) -> Score:
        """The points of the MQA of all datasets."""
        return self.tally.score(self.configuration.folding, links=self.links)

    @property
    def organizations(self) -> dict[str, Score]:
        """The points of each organization."""
        return {
            name: tally.score(self.configuration.folding, links=self.links)
            for name, tally in sorted(self.tallies.items())
        }

    def datasets(self) -> Iterator[tuple[str, float, int]]:
        """Iterate over the datasets with their points and stars.

        Yields:
            The name, the points of the MQA, and the stars from 0 to 4 of five-star open data.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> list(Audit.of(Dump("datasets.jsonl")).datasets())
            [('rain', 0.0, 0)]
        """
        return self.store.datasets()

    def of_level(self, level: str) -> int:
        """How many findings have a level.

        Args:
            level: `error`, `warning` or `note`.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> Audit.of(Dump("datasets.jsonl")).of_level("error")
            2
        """
        return sum(number for rule, number in self.counts.items() if self.level(rule) == level)

    def level(self, rule: str) -> str:
        """The level of a rule.

        Args:
            rule: its id.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> Audit.of(Dump("datasets.jsonl")).level("metadata/title-missing")
            'error'
        """
        return self.rules[rule].level if rule in self.rules else "error"

    def to_fix_first(self) -> list[dict[str, Any]]:
        """What to fix first: the rules with findings, those first that gain the portal most points, then by level and number.

        Returns:
            Dicts with `rule`, `title`, `level`, `number` of findings, `gains` (points of the portal's score if all are
            mended; 0 for rules outside the MQA) and `fix`.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> Audit.of(Dump("datasets.jsonl")).to_fix_first()[0]["title"]
            'No category (MQA, 30 points)'
        """
        rows = [
            {
                "rule": rule,
                "title": self.rules[rule].title if rule in self.rules else "Rules that failed",
                "level": self.level(rule),
                "number": number,
                "gains": round(self._gains(rule), 2),
                "fix": self.rules[rule].fix if rule in self.rules else "Report it to the rule's author.",
            }
            for rule, number in self.counts.items()
        ]
        return sorted(rows, key=lambda one: (-one["gains"], LEVELS.index(one["level"]), -one["number"], one["rule"]))

    def _gains(self, rule: str) -> float:
        if not self.tally.datasets or rule not in self.points:
            return 0.0
        if self.configuration.folding == "best":
            return self.points[rule] / self.tally.datasets
        place = next((place for place, one in enumerate(METRICS) if f"mqa/{one.id.replace('_', '-')}" == rule), None)
        return 0.0 if place is None else WEIGHTS[place] - self.score.metrics[place]

    def as_dict(self, *, datasets: bool = True) -> dict[str, Any]:
        """The scores as JSON.

        Args:
            datasets: include the points of each dataset.

        Returns:
            A dict with `portal`, `at`, `datasets`, `distributions`, `score`, `stars`, `findings`, `rules`, `ignored`,
            `notes`, `organizations` and `scores` of datasets; `links` and `hosts` if links were checked.

        Example:
            >>> from pathlib import Path
            >>> from tuckan import Audit, Dump
            >>> size = Path("datasets.jsonl").write_text('{"name": "rain", "title": "Rain"}')
            >>> Audit.of(Dump("datasets.jsonl")).as_dict()["findings"]["error"]
            2
        """
        found: dict[str, Any] = {
            "portal": self.portal,
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "datasets": self.tally.datasets,
            "distributions": self.tally.distributions,
            "folding": self.configuration.folding,
            "score": self.score.as_dict(),
            "stars": self.tally.stars,
            "findings": {level: self.of_level(level) for level in LEVELS},
            "rules": dict(sorted(self.counts.items())),
            "ignored": self.ignored,
            "notes": self.notes,
            **({"links": self.link_verdicts, "hosts": self.link_hosts} if self.links else {}),
            "organizations": [
                {
                    "name": name,
                    "title": self.titles.get(name, name),
                    "administrators": self.administrators.get(name),
                    "datasets": self.tallies[name].datasets,
                    "stars": self.tallies[name].stars,
                    **score.as_dict(),
                }
                for name, score in self.organizations.items()
            ],
        }
        if datasets:
            found["scores"] = [
                {"name": name, "points": round(points, 2), "stars": stars} for name, points, stars in self.datasets()
            ]
        return found

    def __repr__(self) -> str:
        return f"Audit({self.portal!r}, {counted(self.tally.datasets, 'dataset')}, {counted(sum(self.counts.values()), 'finding')})"

    def __str__(self) -> str:
        number = sum(self.counts.values())
        return (
            f"{counted(self.tally.datasets, 'dataset')}: {self.score.points:.1f} of {self.score.measured} points of the MQA"
            f" ({self.score.rating}), {counted(number, 'finding')}"
        )
