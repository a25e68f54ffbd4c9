"""Many datasets at once: delete them, make them private or public; and see by reading that it is so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tuckan._text import counted
from tuckan.client._async.bulk.whole_list import WholeList
from tuckan.client._async.namespaces.namespace import Namespace, several
from tuckan.errors import Cancelled, Hint, InvalidArgument, NotAuthorized, NotFound, TuckanError
from tuckan.shapes import DatasetOutcome, DatasetsChanged
from tuckan.wire import solr
from tuckan.wire.call import Call
from tuckan.wire.revising import setting
from tuckan.wire.writing import dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tuckan.shapes import Record, Records

What: TypeAlias = Literal["delete", "private", "public"]
Outcomes: TypeAlias = "list[DatasetOutcome]"
Confirm: TypeAlias = "Callable[[DatasetsChanged], str | bool]"

PAGE_SIZE = 1000
AT_ONCE = 50
"""Datasets in one call of a bulk action or one search; CKAN's own page does as many."""


class DatasetBulk(Namespace):
    """What is done to many datasets."""

    async def delete_many(
        self,
        ids: Sequence[str] | None = None,
        *,
        organization: str | None = None,
        dry_run: bool = False,
        confirm: Confirm | None = None,
    ) -> DatasetsChanged:
        """Delete datasets, so that nobody sees them any more; `restore` brings each back.

        They go one by one, several side by side. CKAN's bulk action (`bulk_update_delete`) is not used: on 2.12 it takes
        twice as long, since it patches each dataset in turn; on 2.10 and 2.11 it takes as long, and leaves the plugins
        untold. Each is looked for again at the end.

        Args:
            ids: names or ids of datasets.
            organization: in place of them, every dataset of an organization, private ones and drafts too.
            dry_run: only tell what would go.
            confirm: is shown what would go (a dry run), and answers True to go on, or the organization's name as it was
                typed. It must be given for a whole organization.

        Returns:
            What was selected, and an outcome for each.

        Raises:
            Cancelled: when it was not confirmed.
        """
        return await self._to_many("delete", ids, organization, dry_run, confirm)

    async def make_private(
        self,
        ids: Sequence[str] | None = None,
        *,
        organization: str | None = None,
        dry_run: bool = False,
        confirm: Confirm | None = None,
    ) -> DatasetsChanged:
        """Make datasets private, with CKAN's bulk action: fifty in one call, for each organization.

        Editors, who may not use it, have the same done dataset by dataset.

        Args:
            ids: names or ids of datasets.
            organization: in place of them, every dataset of an organization.
            dry_run: only tell what would change.
            confirm: as in `delete_many`.
        """
        return await self._to_many("private", ids, organization, dry_run, confirm)

    async def make_public(
        self,
        ids: Sequence[str] | None = None,
        *,
        organization: str | None = None,
        dry_run: bool = False,
        confirm: Confirm | None = None,
    ) -> DatasetsChanged:
        """Make datasets public; otherwise as `make_private`."""
        return await self._to_many("public", ids, organization, dry_run, confirm)

    async def _to_many(
        self, what: What, ids: Sequence[str] | None, organization: str | None, dry_run: bool, confirm: Confirm | None
    ) -> DatasetsChanged:
        selected, missing = await self._select(ids, organization)
        to_do = [one for one in selected if not _is_so(what, one)]
        kept = [_outcome(one, "kept", "it is so already") for one in selected if _is_so(what, one)]
        plan = DatasetsChanged(
            what, selected, [*missing, *kept, *(_outcome(one, "kept", "dry run") for one in to_do)], dry_run=True
        )
        if dry_run:
            return plan
        if not to_do:
            return DatasetsChanged(what, selected, [*missing, *kept], dry_run=False)
        _require_confirmation(plan, confirm, organization)
        done = await (self._delete(to_do) if what == "delete" else self._publish(what, to_do))
        checked = await self._verified(what, done)
        return DatasetsChanged(what, selected, [*missing, *kept, *checked], dry_run=False)

    async def _select(self, ids: Sequence[str] | None, organization: str | None) -> tuple[Records, Outcomes]:
        """The datasets that are meant, and the names that are none's."""
        if (ids is None) == (organization is None):
            raise InvalidArgument(
                "Give ids, or an organization: one of the two.",
                hint=Hint("ids=[...], or organization=...", "NAMES, or --organization NAME"),
            )
        if organization is not None:
            found = await self._read_record("organization_show", {"id": self._name_of(organization, "organization")})
            return await self._search({"owner_org": str(found["id"])}), []
        wanted = several(ids or (), "dataset")
        known: dict[str, Record] = {}
        for part in _parts(wanted):
            for key in ("id", "name"):
                known |= {str(one[key]): one for one in await self._search({key: part})}
        selected: dict[str, Record] = {}
        missing: Outcomes = []
        for one in wanted:
            try:
                # What the index does not have may be there all the same.
                found = known.get(one) or await self._read_record("package_show", {"id": one})
            except TuckanError as error:
                missing.append(DatasetOutcome(one, one, "failed", error.message))
            else:
                selected[str(found["id"])] = found
        return list(selected.values()), missing

    async def _search(self, wanted: dict[str, Any]) -> Records:
        """All datasets whose field has one of some values."""
        fq = " ".join(f"+{solr.clause(field, value)}" for field, value in wanted.items())
        shown = {"include_private": True, "include_drafts": True}
        params = {"q": "*:*", "fq": fq, "sort": "id asc", "facet": "false", **shown}
        return await WholeList(self._connection, params, 0, PAGE_SIZE, require_complete=True).everything()

    async def _delete(self, datasets: Records) -> Outcomes:
        return await self._side_by_side("deleting", datasets, lambda one: self._delete_one(str(one["id"])))

    async def _delete_one(self, id: str) -> None:  # noqa: A002 - CKAN's own word
        from tuckan.wire.removing import removing  # noqa: PLC0415 - no client needs it before its first answer

        # Whether they are gone is looked up for all of them, at the end.
        await self._run(removing(Call("package_delete", {"id": id}), dataset(id), self._portal_state))

    async def _publish(self, what: What, datasets: Records) -> Outcomes:
        """Private or public, with one call for fifty datasets of an organization, or else one by one."""
        outcomes: Outcomes = []
        # Up to 2.11 the bulk action forgets the index of drafts.
        together = [one for one in datasets if one.get("owner_org") and one.get("state") == "active"]
        alone = [one for one in datasets if one not in together]
        for owner in dict.fromkeys(one["owner_org"] for one in together):
            for part in _parts([one for one in together if one["owner_org"] == owner]):
                call = {"org_id": owner, "datasets": [one["id"] for one in part]}
                try:
                    await self._set(f"bulk_update_{what}", call)
                except NotAuthorized:
                    alone += part
                except TuckanError as error:
                    outcomes += [_outcome(one, "failed", error.message) for one in part]
                else:
                    outcomes += [_outcome(one, "done") for one in part]
        return outcomes + await self._side_by_side(
            f"making {what}", alone, lambda one: self._publish_one(str(one["id"]), what == "private")
        )

    async def _publish_one(self, id: str, private: bool) -> None:  # noqa: A002 - CKAN's own word
        await self._run(setting(id, {"private": private}, self._portal_state))

    async def _side_by_side(self, label: str, datasets: Records, work: Callable[[Record], Any]) -> Outcomes:
        async def one_of_them(dataset: Record) -> DatasetOutcome:
            try:
                await work(dataset)
            except TuckanError as error:
                return _outcome(dataset, "failed", error.message)
            return _outcome(dataset, "done")

        outcomes: Outcomes = []
        with self._connection.progress(label, total=len(datasets)) as progress:
            pieces = (partial(one_of_them, dataset) for dataset in datasets)
            async for outcome in self._connection.side_by_side(pieces):
                outcomes.append(outcome)
                progress.step()
        return outcomes

    async def _verified(self, what: What, outcomes: Outcomes) -> Outcomes:
        """The outcomes held against what is found afterwards, which is the truth."""
        there: dict[str, Record] = {}
        for part in _parts(outcomes):
            there |= {str(one["id"]): one for one in await self._search({"id": [one.id for one in part]})}
        return [await self._checked(what, one, there.get(one.id)) for one in outcomes]

    async def _checked(self, what: What, one: DatasetOutcome, found: Record | None) -> DatasetOutcome:
        so = found is None if what == "delete" else found is not None and _is_so(what, found)
        if so == (one.outcome == "done"):
            return one
        # The index may lag behind; the dataset itself tells.
        try:
            so = _is_so(what, await self._read_record("package_show", {"id": one.id}))
        except NotFound:
            so = what == "delete"
        if one.outcome == "done" and not so:
            return DatasetOutcome(one.id, one.name, "not done", "the portal accepted it, and it is not so")
        if one.outcome == "failed" and so:
            return DatasetOutcome(one.id, one.name, "done", "its answer was lost")
        return one


def _parts(things: Sequence[Any]) -> list[list[Any]]:
    return [list(things[start : start + AT_ONCE]) for start in range(0, len(things), AT_ONCE)]


def _is_so(what: What, dataset: Record) -> bool:
    if what == "delete":
        return dataset.get("state") == "deleted"
    return bool(dataset.get("private")) == (what == "private")


def _outcome(dataset: Record, outcome: Any, reason: str = "") -> DatasetOutcome:
    return DatasetOutcome(str(dataset["id"]), str(dataset.get("name")), outcome, reason)


def _require_confirmation(plan: DatasetsChanged, confirm: Confirm | None, organization: str | None) -> None:
    if confirm is None and organization is None:
        return
    answer = confirm(plan) if confirm else False
    if answer is True or (isinstance(answer, str) and answer == organization):
        return
    raise Cancelled(
        f"Nothing was changed: {counted(plan.count('kept'), 'dataset')} selected and not confirmed.",
        hint=Hint(
            "confirm= must return True" + (f", or the name {organization!r}." if organization else "."),
            f"Type {organization or 'y'} to go on, or add --yes.",
        ),
    )
