# Generated from src/tuckan/client/_async/namespaces/dataset_sets.py by scripts/unasync.py: change that file, then run `make fix`.
"""Tags, extras, groups and resources of a dataset, edited as sets: concurrent changes by others stay."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from tuckan.client._sync.namespaces.namespace import Namespace, fields_of, named, several, with_address, without_files
from tuckan.errors import Hint, InvalidArgument, NotFound, NotKept
from tuckan.snapshot import list_edits
from tuckan.wire.verification import verified_edit
from tuckan.wire.writing import editing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.shapes import Dataset, Record, Records, Resource


class DatasetSets(Namespace):
    """Methods that change the lists of a dataset, item by item.

    Each takes one call to read and one to write, however many items there are. Nothing is sent if the dataset already
    has these values.
    """

    def add_tags(self, id: str, tags: str | Sequence[str], *, vocabulary: str | None = None) -> Dataset:  # noqa: A002
        """Add tags to a dataset; its other tags stay.

        Args:
            id: the dataset's name or id.
            tags: one tag, or several.
            vocabulary: the name or id of the vocabulary that they belong to; free tags if omitted.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset or vocabulary.

        Example:
            >>> after = ckan.datasets.add_tags("planet-mars", ["red"])
            >>> sorted(tag["name"] for tag in after["tags"])
            ['planets', 'red']
        """
        names, where = several(tags, "tag"), self._vocabulary(vocabulary)
        return self._edit(id, lambda there: list_edits.with_tags(there, names, where))

    def remove_tags(self, id: str, tags: str | Sequence[str], *, vocabulary: str | None = None) -> Dataset:  # noqa: A002
        """Remove tags from a dataset; those that it does not have are ignored.

        Args:
            id: the dataset's name or id.
            tags: one tag, or several.
            vocabulary: the name or id of the vocabulary that they belong to; free tags if omitted.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset or vocabulary.

        Example:
            >>> after = ckan.datasets.remove_tags("planet-mars", "red")
            >>> [tag["name"] for tag in after["tags"]]
            ['planets']
        """
        names, where = several(tags, "tag"), self._vocabulary(vocabulary)
        return self._edit(id, lambda there: list_edits.without_tags(there, names, where))

    def set_extras(self, id: str, extras: Mapping[str, Any] | None = None, /, **more: Any) -> Dataset:  # noqa: A002
        """Set extra fields; the other extras stay. If a plugin's schema has a field of that name, that field is set instead.

        Args:
            id: the dataset's name or id.
            extras: keys with values; values that are not text are stored as JSON.
            **more: the same as keywords.

        Returns:
            The dataset as it is now.

        Raises:
            InvalidArgument: for a standard field such as `title`.
            NotKept: when the portal did not keep one, because its schema has no such field.

        Example:
            >>> after = ckan.datasets.set_extras("planet-mars", rover="Perseverance")
            >>> {one["key"]: one["value"] for one in after["extras"]}["rover"]
            'Perseverance'
        """
        values = fields_of(extras, more, "dataset")
        return self._edit(id, lambda there: list_edits.with_extras(there, values))

    def remove_extras(self, id: str, keys: str | Sequence[str]) -> Dataset:  # noqa: A002 - CKAN's own word
        """Remove extra fields; a field of a plugin's schema is emptied instead.

        Args:
            id: the dataset's name or id.
            keys: one key, or several.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> after = ckan.datasets.remove_extras("planet-mars", "rover")
            >>> "rover" in {one["key"] for one in after["extras"]}
            False
        """
        gone = several(keys, "key")
        return self._edit(id, lambda there: list_edits.without_extras(there, gone))

    def add_to_groups(self, id: str, groups: str | Sequence[str]) -> Dataset:  # noqa: A002 - CKAN's own word
        """Add a dataset to groups; its other groups stay.

        Args:
            id: the dataset's name or id.
            groups: one name or id, or several.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset or group. CKAN itself ignores groups that do not exist.

        Example:
            >>> after = ckan.datasets.add_to_groups("planet-mars", "history")
            >>> sorted(group["name"] for group in after["groups"])
            ['history', 'nature']
        """
        wanted = several(groups, "group")
        try:
            return self._edit(id, lambda there: list_edits.in_groups(there, wanted))
        except NotKept as error:
            known = {one.get(key) for one in error.record.get("groups") or [] for key in ("id", "name")}
            if not (missing := [one for one in wanted if one not in known]):
                raise
        failed = NotFound(
            f"{id} was not added to {', '.join(missing)}: there is no such group.",
            action="package_revise",
            status=404,
            hint=Hint(
                "`groups.names()` lists the groups; it may be deleted.",
                "`tuckan group list` lists the groups; it may be deleted.",
            ),
        )
        failed.unknown = ("group", missing[0])
        raise failed

    def remove_from_groups(self, id: str, groups: str | Sequence[str]) -> Dataset:  # noqa: A002 - CKAN's own word
        """Remove a dataset from groups; those that it is not in are ignored.

        Args:
            id: the dataset's name or id.
            groups: one name or id, or several.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset or group; nothing is changed then.

        Example:
            >>> after = ckan.datasets.remove_from_groups("planet-mars", "history")
            >>> [group["name"] for group in after["groups"]]
            ['nature']
        """
        gone = several(groups, "group")
        there: Dataset = self._read_record("package_show", {"id": self._name_of(id, "dataset")})
        known = {one.get(key) for one in there.get("groups") or () for key in ("id", "name")}
        for one in gone:
            if one not in known:
                self._require("group", one)
        return self._edit(there["id"], lambda there: list_edits.out_of_groups(there, gone), known=there)

    def add_resources(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        resources: Sequence[Mapping[str, Any]],
        *,
        views: bool = True,
    ) -> list[Resource]:
        """Add many resources (links) to a dataset with one write; `resources.create` takes one write for each.

        CKAN does not announce resources added this way to plugins that wait for new ones, DataPusher and XLoader among them:
        submit the resources to them.

        Args:
            id: the dataset's name or id.
            resources: the fields of each: `url`, `name`, `format`, ...
            views: create the default views too, as the portal does for resources that are added one by one.

        Returns:
            The new resources, in their order.

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> links = [{"name": name, "url": f"https://example.org/{name}.png"} for name in ("North", "South")]
            >>> [one["position"] for one in ckan.datasets.add_resources("planet-mars", links)]
            [1, 2]
        """
        given: Records = without_files({"resources": [dict(one) for one in resources]})["resources"]
        added = [{**with_address(one), "id": str(one.get("id") or uuid4())} for one in given]
        if not added:
            raise InvalidArgument("No resources were passed.", hint="Pass the fields of one or more resources.")

        def change(there: Record) -> Record:
            return list_edits.with_resources(there, added)

        after = self._edit(id, change)
        wanted = {one["id"] for one in added}
        new = [one for one in after["resources"] if one["id"] in wanted]
        if views:
            # Of these only: CKAN stops at a resource that was deleted meanwhile.
            with suppress(NotFound):
                self._set("package_create_default_resource_views", {"package": {**after, "resources": new}})
        return new

    def update_resources(self, id: str, changes: Sequence[Mapping[str, Any]]) -> Dataset:  # noqa: A002
        """Change many resources of a dataset with one write; fields that are not given stay.

        Args:
            id: the dataset's name or id.
            changes: for each resource its `id`, and the fields to set.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset, or it has no such resource.

        Example:
            >>> maps = ckan.resources.list("planet-mars")[1:]
            >>> after = ckan.datasets.update_resources("planet-mars", [{"id": one["id"], "format": "PNG"} for one in maps])
            >>> [one["format"] for one in after["resources"]]
            ['JSON', 'PNG', 'PNG']
        """
        given: Records = without_files({"resources": [dict(one) for one in changes]})["resources"]
        fields = {named(str(one.get("id") or ""), "resource's id"): one for one in given}
        if len(fields) < len(changes) or not fields:
            raise InvalidArgument("A resource was passed twice, or none was.", hint="Pass each resource once.")
        return self._edit(id, lambda there: list_edits.with_changed_resources(there, fields))

    def remove_resources(self, id: str, resources: str | Sequence[str]) -> Dataset:  # noqa: A002
        """Remove resources from a dataset with one write; those that are not there are ignored.

        Args:
            id: the dataset's name or id.
            resources: one id, or several.

        Returns:
            The dataset as it is now.

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> maps = ckan.resources.list("planet-mars")[1:]
            >>> after = ckan.datasets.remove_resources("planet-mars", [one["id"] for one in maps])
            >>> after["num_resources"]
            1
        """
        gone = several(resources, "resource")
        return self._edit(id, lambda there: list_edits.without_resources(there, gone))

    def _edit(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        change: Callable[[Record], Mapping[str, Any]],
        known: Record | None = None,
    ) -> Dataset:
        flow = editing(self._name_of(id, "dataset"), change, self._portal_state, known=known)
        edit = self._run(verified_edit(flow, self._portal_state))
        return cast("Dataset", edit.after or {})

    def _vocabulary(self, vocabulary: str | None) -> str | None:
        if vocabulary is None:
            return None
        found = self._read_record("vocabulary_show", {"id": named(vocabulary, "vocabulary")})
        return str(found["id"])
