# Generated from src/tuckan/client/_async/bulk/fixing.py by scripts/unasync.py: change that file, then run `make fix`.
"""Planning to mend what an audit finds, where there is only one way to mend it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tuckan.client._sync.bulk.job import Job
from tuckan.client._sync.bulk.job_journal import begun_journal
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument
from tuckan.jobs.folder import new_path
from tuckan.jobs.operation import Operation, Planned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tuckan.audit import Configuration
    from tuckan.audit.rules import Rule
    from tuckan.links.checker import LinkOptions


class FixJobs(Namespace):
    """Jobs that mend what an audit finds."""

    def fix(
        self,
        rules: str | Sequence[str] = (),
        *,
        configuration: Configuration | str | Path | None = None,
        links: LinkOptions | bool = False,
        include_private: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Plan to mend what an audit finds, where there is only one way to mend it.

        This covers spaces around values, broken characters, unusual spellings of formats, media types, and ids of licenses;
        with `links` also addresses that moved permanently.

        Args:
            rules: the ids of rules, or patterns of them, such as `formats/*`; all if omitted.
            configuration: levels, thresholds and ignored findings, or the path of an `audit.toml`.
            links: check the links, and how; what is known of them is not asked again.
            include_private: include private datasets and drafts, as far as the token shows them.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet. A dataset that somebody changes in the meantime is a conflict, and is left alone.

        Raises:
            InvalidArgument: when no rule has such an id, or the configuration is wrong.
            Incomplete: when the portal cannot be read completely.

        Example:
            >>> with ckan.jobs.fix("texts/untrimmed", dry_run=True) as job:
            ...     print(job.plan().total)
            0
        """
        from tuckan.audit.fixing import mended  # noqa: PLC0415 - only fixes need rules
        from tuckan.client._sync.namespaces.portal_records import PortalRecords  # noqa: PLC0415 - which needs this class's client

        records = PortalRecords(self._connection)
        auditor = records.auditor(configuration)
        patterns = [rules] if isinstance(rules, str) else list(rules)
        chosen = _chosen(auditor.audit.rules, patterns)
        journal = begun_journal(self._connection, "fix", None if dry_run else new_path("fix"))
        with journal.planning() as add:
            for there in records.audited(auditor, links=links, include_private=include_private):
                some = [one for one in chosen if not auditor.ignores(one.id, str(there.get("name")))]
                fields, used = mended(there, some, auditor.context)
                if fields:
                    data = {"id": there["id"], "fields": fields, "expected": {name: there.get(name) for name in fields}}
                    subject, origin = f"dataset {there['name']}", ", ".join(used)
                    add(
                        Planned(
                            Operation(str(there["id"]), "dataset.patch", subject, data, origin=origin, before=there)
                        )
                    )
        return Job(self._connection, journal)


def _chosen(rules: dict[str, Rule], patterns: list[str]) -> list[Rule]:
    for pattern in patterns:
        if not any(fnmatchcase(id_, pattern) for id_ in rules):
            raise InvalidArgument(f"No rule is called {pattern!r}.", hint="`tuckan audit rules` lists them.")
    return [
        one
        for id_, one in rules.items()
        if one.subject == "dataset" and (not patterns or any(fnmatchcase(id_, pattern) for pattern in patterns))
    ]
