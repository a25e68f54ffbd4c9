# Generated from src/tuckan/client/_async/namespaces/sheets.py by scripts/unasync.py: change that file, then run `make fix`.
"""Workbooks of records: templates, export, check, and the changes of a workbook as a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.client._sync.bulk.sheet_export import SheetExport
from tuckan.client._sync.bulk.sheet_write_back import SheetWriteBack
from tuckan.client._sync.bulk.sheets import SheetJobs
from tuckan.client._sync.bulk.workbooks import Workbooks
from tuckan.client._sync.namespaces.jobs import Jobs
from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import InvalidArgument
from tuckan.sheets import (
    SheetCheck,
    as_html,
    mark,
    write_html,
)
from tuckan.transport import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuckan.audit import Audit
    from tuckan.client._sync.bulk.job import Job
    from tuckan.client._sync.bulk.workbooks import GivenRules
    from tuckan.client._sync.namespaces.datasets import Filters
    from tuckan.schemas import Entity
    from tuckan.sheets import Style
    from tuckan.sheets.filling import Resolve


class Sheets(Namespace):
    """Workbooks for people who edit records in a spreadsheet program.

    A workbook has a main sheet with a row for each record, and a sheet for each field with several items, such as
    `resources`. It remembers in a hidden sheet what was exported, so that only what was changed since is sent, and what
    others changed meanwhile is kept. Needs `pip install 'tuckan[sheets]'`.
    """

    def template(
        self,
        path: str | Path,
        type: str | None = None,  # noqa: A002 - CKAN's own word
        *,
        entity: Entity = "dataset",
        layout: Style = "sheets",
        fields: Sequence[str] = (),
        groups: str | None = None,
        rules: GivenRules = None,
    ) -> None:
        """Write an empty workbook for records of a type, with help, dropdowns and marks on required columns.

        Args:
            path: the file to write, which ends in `.xlsx`; an existing one is replaced.
            type: the type of the records, such as `instrument`; by default that of the entity, or the only one.
            entity: `dataset`, `organization` or `group`.
            layout: `sheets` for a sheet for each list of items; `rows` for one sheet, with several rows for a record.
            fields: the fields to show; all by default. A field that the portal adds to datasets, such as `doi`, can be shown
                as well, for `write_back`.
            groups: the type of the groups that the dropdowns offer; all types by default.
            rules: the path of a TOML file with rules, or these as a mapping, whose groups and words dropdowns offer;
                without it the `sheet.toml` beside the workbook, if there is one.

        Raises:
            InvalidArgument: when the portal has no such type, or the type no such field.
            MissingDependency: when openpyxl is not installed.

        Example:
            >>> ckan.sheets.template("new.xlsx")
        """
        SheetExport(self._connection, Path(path), entity, layout, fields, rules).template(type, groups)

    def export(
        self,
        path: str | Path,
        source: str | Sequence[str] | None = None,
        *,
        q: str | None = None,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        everything: bool = False,
        type: str | None = None,  # noqa: A002 - CKAN's own word
        entity: Entity = "dataset",
        layout: Style = "sheets",
        fields: Sequence[str] = (),
        include_private: bool = False,
        include_drafts: bool = False,
        rules: GivenRules = None,
    ) -> int:
        """Write records of one type into a workbook, to be edited and applied again.

        Args:
            path: the file to write, which ends in `.xlsx`; an existing one is replaced.
            source: the names or ids of the records.
            q: instead of `source`, a query for datasets, in words or Solr's syntax.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            everything: all records of the type, instead of a selection.
            type: the type of the records; by default that of the first one named, or the only type there is.
            entity: `dataset`, `organization` or `group`.
            layout: `sheets` or `rows`, as in `template`.
            fields: the fields to show, also those that the portal adds to records, such as `doi`; all but those that the
                portal computes by default.
            include_private: include private datasets in a search, as far as the token allows.
            include_drafts: include drafts, in the same way.
            rules: the rules whose groups and words dropdowns offer, as in `template`.

        Returns:
            How many records were written.

        Raises:
            InvalidArgument: when nothing is selected, or a record is of another type.
            NotFound: when there is no such record, or none matches; nothing is written then.

        Example:
            >>> ckan.sheets.export("planets.xlsx", ["planet-mars", "planet-venus"])
            2
        """
        export = SheetExport(self._connection, Path(path), entity, layout, fields, rules)
        if source is None:
            seen = {"include_private": include_private, "include_drafts": include_drafts}
            return export.found(q, fq, filters, everything=everything, type=type, seen=seen)
        if everything or q is not None or fq or filters:
            raise InvalidArgument("Names and a search are mutually exclusive.", hint="Give one of the two.")
        return export.named(_several(source), type)

    def check(
        self,
        path: str | Path,
        *,
        type: str | None = None,  # noqa: A002 - CKAN's own word
        entity: Entity | None = None,
        key: str | Sequence[str] = (),
        leave_out: str | Sequence[str] = (),
        rules: GivenRules = None,
        resolve: Resolve | None = None,
        mark_in: str | Path | None = None,
    ) -> SheetCheck:
        """Find everything that is wrong with a workbook; nothing is sent.

        Args:
            path: a workbook (xlsx, ods and other spreadsheets) or a CSV file.
            type: the type of the records, unless the workbook tells.
            entity: `dataset`, `organization` or `group`, unless the workbook tells.
            key: the fields by which records are told apart, so that no two have the same.
            leave_out: fields that are neither checked nor sent.
            rules: the path of a TOML file with rules, or these as a mapping; without it the `sheet.toml` beside the
                workbook, if there is one.
            resolve: functions that turn what a cell says into the value of a field, by the paths of columns, such as
                `{"instrument_type": lookup}`; one that raises `ValueError` makes a problem of the cell.
            mark_in: write a copy of the workbook, in which the cells with problems are coloured and commented.

        Returns:
            `problems`, each with its sheet, cell and message; `ok` when there are none.

        Raises:
            InvalidArgument: when the file cannot be read, or belongs to another portal's type.

        Example:
            >>> print(ckan.sheets.check("planets.xlsx"))
            2 records, 0 problems
        """
        workbooks = Workbooks(self._connection)
        checked = workbooks.checked(
            Path(path), type, entity, key=_several(key), left_out=_several(leave_out), rules=rules, resolve=resolve
        )
        if addresses := checked.addresses():
            workbooks.notes.append(
                f"Whether {counted(len(addresses), 'file')} can be fetched is seen when the job is planned."
            )
        if mark_in is not None:
            self._connection.to_thread(mark, Path(path), Path(mark_in), checked.problems)
        return SheetCheck(len(checked.edits), tuple(checked.problems), (*checked.notes, *workbooks.notes))

    def apply(
        self,
        path: str | Path,
        *,
        type: str | None = None,  # noqa: A002 - CKAN's own word
        entity: Entity | None = None,
        key: str | Sequence[str] = (),
        leave_out: str | Sequence[str] = (),
        create: bool = True,
        update: bool = True,
        remove_files: bool = False,
        public: bool = False,
        rules: GivenRules = None,
        resolve: Resolve | None = None,
        dry_run: bool = False,
    ) -> Job:
        """Plan to bring the changes of a workbook to the portal.

        Exported records are found by their ids, others by `key`, or else by their names. Only what was changed since the
        export is sent. A value that was changed on the portal too is a conflict, and its record is refused; so is a
        record with a problem. An empty cell leaves its field alone, `(empty)` empties it.

        Args:
            path: a workbook (xlsx, ods and other spreadsheets) or a CSV file.
            type: the type of the records, unless the workbook tells.
            entity: `dataset`, `organization` or `group`, unless the workbook tells.
            key: the field or fields that match records on the portal, instead of the name, such as `title`. All records
                of the portal are read for this.
            leave_out: fields that are not sent.
            create: whether to create records that do not exist; they are refused otherwise.
            update: whether to change existing records; they are left as they are otherwise.
            remove_files: whether exported resources whose rows were removed are deleted; they stay otherwise.
            public: whether to make the datasets public, once everything else is there.
            rules: what is filled in where cells say nothing, as in `check`.
            resolve: functions that turn what a cell says into the value of a field, as in `check`.
            dry_run: plan only; the job can be inspected, and not run.

        Returns:
            The job, with nothing changed yet: look at `job.plan()` and `job.notes`, then `job.run()`.

        Raises:
            InvalidArgument: when a sheet, a column or a label is wrong; nothing is planned then.

        Example:
            >>> with ckan.sheets.apply("planets.xlsx", dry_run=True) as job:
            ...     print(job.plan())
            2 unchanged
        """
        planning = SheetJobs(self._connection, create=create, update=update, remove_files=remove_files, public=public)
        keys, left_out = _several(key), _several(leave_out)
        # Taken before it is read: one that is saved meanwhile is another.
        sha256 = self._connection.to_thread(Source(Path(path)).hash, "sha256")
        checked = planning.checked(Path(path), type, entity, key=keys, left_out=left_out, rules=rules, resolve=resolve)
        planned = planning.plan(checked, keys, left_out)
        workbook = {"sha256": sha256, "type": type, "entity": entity, "leave_out": left_out, "rules": _kept(rules)}
        workbook |= {"fetched": planning.fetched_facts()}
        title = f"apply {Path(path).name}"
        titles = planning.titles(planned)
        job = Jobs(self._connection).planned(title, planned, dry_run=dry_run, workbook=workbook, titles=titles)
        job.note([*checked.notes, *planning.notes])
        return job

    def write_findings(self, path: str | Path, audit: Audit) -> int:
        """Write the datasets with findings that people have to mend, each finding as a comment of its cell.

        What `jobs.fix` can mend is left out, and so are notes.

        Args:
            path: the file to write, which ends in `.xlsx`; an existing one is replaced.
            audit: an audit of this portal.

        Returns:
            How many datasets were written; no file if there are none.

        Raises:
            InvalidArgument: when the datasets are of several types.

        Example:
            >>> ckan.sheets.write_findings("findings.xlsx", ckan.audit()) > 0
            True
        """
        from tuckan.client._sync.bulk.auditing import AuditedWorkbooks  # noqa: PLC0415 - which needs this class

        return AuditedWorkbooks(self._connection).write(audit, Path(path))

    def write_diff(self, path: str | Path, job: Job) -> None:
        """Write what an applied workbook is to change as one HTML page, without scripts and with nothing to fetch.

        Args:
            path: the page to write; an existing file is replaced.
            job: the job of `apply`, which was not run yet.

        Raises:
            CannotWrite: when the page cannot be written.

        Example:
            >>> with ckan.sheets.apply("planets.xlsx", dry_run=True) as job:
            ...     ckan.sheets.write_diff("changes.html", job)
        """
        page = as_html(
            f"{job.title} on {job.place}",
            f"{job.plan()}.",
            job.notes,
            job.entries("planned", "refused"),
            job.facts.get("titles"),
        )
        self._connection.to_thread(write_html, Path(path), page)

    def write_back(self, path: str | Path, job: Job) -> int:
        """Put what the portal made of the records of an applied workbook into it, so that it can be edited and applied again.

        Ids, names and computed values are written into the columns that the workbook has, and its hidden sheet remembers the
        records as they are now. Records that failed or were refused stay as they are. The new workbook is written beside the
        old one, and moved over it.

        Args:
            path: the workbook, an xlsx file without charts and pictures.
            job: the job of `apply` that brought it to the portal; it may have been resumed meanwhile.

        Returns:
            How many records were written back.

        Raises:
            InvalidArgument: when the workbook was changed since the job was planned, or is of another kind.
            CannotWrite: when it cannot be written; what the job did stays.

        Example:
            >>> with ckan.sheets.apply("planets.xlsx") as job:
            ...     report = job.run()
            ...     ckan.sheets.write_back("planets.xlsx", job)
            2
        """
        return SheetWriteBack(self._connection).written_back(Path(path), job)


def _kept(rules: GivenRules) -> Any:
    """Rules as the journal of a job keeps them."""
    return str(Path(rules).absolute()) if isinstance(rules, (str, Path)) else rules


def _several(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)
