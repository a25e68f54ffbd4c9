# Generated from src/tuckan/client/_async/actions/datasets.py by scripts/unasync.py: change that file, then run `make fix`.
# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.
"""Actions: datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.client._sync.actions.calling import UNSET, Calling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from tuckan.shapes import (
        Collaboration,
        Collaborator,
        Dataset,
        Match,
        Relationship,
        ResourceOrder,
        Revised,
        SearchResult,
        View,
    )


class DatasetsActions(Calling):
    """Datasets."""

    def bulk_update_delete(self, *, datasets: Sequence[str], org_id: str) -> None:
        """Mark several datasets of an organization as deleted at once.

        Args:
            datasets: the ids of the datasets.
            org_id: the organization's name or id.

        Returns:
            Nothing.

        Who may: editors and administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.bulk_update_delete(org_id="water-board", datasets=[dataset_id])  # doctest: +SKIP
        """
        result: None = self._send("bulk_update_delete", {"datasets": datasets, "org_id": org_id})
        return result

    def bulk_update_private(self, *, datasets: Sequence[str], org_id: str) -> None:
        """Make several datasets of an organization private at once.

        Args:
            datasets: the ids of the datasets.
            org_id: the organization's name or id.

        Returns:
            Nothing.

        Who may: editors and administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.bulk_update_private(org_id="water-board", datasets=[dataset_id])  # doctest: +SKIP
        """
        result: None = self._send("bulk_update_private", {"datasets": datasets, "org_id": org_id})
        return result

    def bulk_update_public(self, *, datasets: Sequence[str], org_id: str) -> None:
        """Make several datasets of an organization public at once.

        Args:
            datasets: the ids of the datasets.
            org_id: the organization's name or id.

        Returns:
            Nothing.

        Who may: editors and administrators of the organization.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.bulk_update_public(org_id="water-board", datasets=[dataset_id])  # doctest: +SKIP
        """
        result: None = self._send("bulk_update_public", {"datasets": datasets, "org_id": org_id})
        return result

    def current_package_list_with_resources(
        self, *, limit: int = UNSET, offset: int = UNSET, page: int = UNSET
    ) -> list[Dataset]:
        """Full datasets, most recently changed first, without a total count.

        Instead: `package_search`.

        Args:
            limit: the maximum number of results.
            offset: the number of results to skip.
            page: the page number, instead of `offset`.

        Returns:
            `list[Dataset]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.current_package_list_with_resources(limit=5)  # doctest: +SKIP
        """
        result: list[Dataset] = self._send(
            "current_package_list_with_resources", {"limit": limit, "offset": offset, "page": page}
        )
        return result

    def dataset_purge(self, *, id: str) -> None:
        """Permanently remove a dataset with its resources from the database.

        Args:
            id: the dataset's name or id.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.dataset_purge(id="lakes")  # doctest: +SKIP
        """
        result: None = self._send("dataset_purge", {"id": id})
        return result

    def package_autocomplete(self, *, q: str, limit: int = UNSET) -> list[Match]:
        """Datasets whose name or title contains a text, for autocompletion.

        Args:
            q: text to search for.
            limit: the maximum number of results (CKAN's own value is 10).

        Returns:
            `list[Match]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_autocomplete(q="riv")  # doctest: +SKIP
        """
        result: list[Match] = self._send("package_autocomplete", {"q": q, "limit": limit})
        return result

    def package_collaborator_create(self, *, id: str, user_id: str, capacity: str) -> Collaborator:
        """Make a user a collaborator of a dataset, or change a collaborator's role.

        Args:
            id: the dataset's name or id.
            user_id: the user's name or id.
            capacity: member, editor or admin.

        Returns:
            `Collaborator`.

        Who may: administrators of the dataset's organization; the portal has to allow collaborators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_collaborator_create(id="rivers", user_id="anna", capacity="editor")  # doctest: +SKIP
        """
        result: Collaborator = self._send(
            "package_collaborator_create", {"id": id, "user_id": user_id, "capacity": capacity}
        )
        return result

    def package_collaborator_delete(self, *, id: str, user_id: str) -> None:
        """Remove a collaborator from a dataset.

        Args:
            id: the dataset's name or id.
            user_id: the user's name or id.

        Returns:
            Nothing.

        Who may: administrators of the dataset's organization; the portal has to allow collaborators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_collaborator_delete(id="rivers", user_id="anna")  # doctest: +SKIP
        """
        result: None = self._send("package_collaborator_delete", {"id": id, "user_id": user_id})
        return result

    def package_collaborator_list(self, *, id: str, capacity: str = UNSET) -> list[Collaborator]:
        """The collaborators of a dataset, with their roles.

        Args:
            id: the dataset's name or id.
            capacity: member, editor or admin.

        Returns:
            `list[Collaborator]`.

        Who may: administrators of the dataset's organization; the portal has to allow collaborators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_collaborator_list(id="rivers")  # doctest: +SKIP
        """
        result: list[Collaborator] = self._send("package_collaborator_list", {"id": id, "capacity": capacity})
        return result

    def package_collaborator_list_for_user(self, *, id: str, capacity: str = UNSET) -> list[Collaboration]:
        """The datasets of which a user is a collaborator, with the role on each.

        Args:
            id: the user's name or id.
            capacity: member, editor or admin.

        Returns:
            `list[Collaboration]`.

        Who may: the user; the portal has to allow collaborators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_collaborator_list_for_user(id="anna")  # doctest: +SKIP
        """
        result: list[Collaboration] = self._send("package_collaborator_list_for_user", {"id": id, "capacity": capacity})
        return result

    def package_create(
        self,
        *,
        name: str,
        id: str | None = UNSET,
        title: str | None = UNSET,
        notes: str | None = UNSET,
        owner_org: str | None = UNSET,
        private: bool | None = UNSET,
        license_id: str | None = UNSET,
        tags: Sequence[Mapping[str, Any]] | None = UNSET,
        tag_string: str | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        resources: Sequence[Mapping[str, Any]] | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        url: str | None = UNSET,
        version: str | None = UNSET,
        author: str | None = UNSET,
        author_email: str | None = UNSET,
        maintainer: str | None = UNSET,
        maintainer_email: str | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        plugin_data: Mapping[str, Any] | None = UNSET,
        metadata_modified: str | None = UNSET,
        relationships_as_object: Sequence[Mapping[str, Any]] | None = UNSET,
        relationships_as_subject: Sequence[Mapping[str, Any]] | None = UNSET,
        **fields: Any,
    ) -> Dataset:
        """Create a dataset, optionally with resources, tags and extras.

        Args:
            name: the dataset's name: small letters, digits, - and _.
            id: the dataset's name or id.
            title: the title.
            notes: a description in Markdown.
            owner_org: the organization's name or id.
            private: visible to members of the organization only.
            license_id: the license's id.
            tags: all its tags, each with a name.
            tag_string: tags separated by commas.
            groups: its groups, each with a name or id.
            resources: all resources, in order.
            extras: additional fields, each with `key` and `value`.
            url: the dataset's page elsewhere.
            version: the dataset's version.
            author: the author's name.
            author_email: the email address.
            maintainer: the maintainer's name.
            maintainer_email: the email address.
            type: the type of dataset, as the portal's schemas name it.
            state: active, draft or deleted.
            plugin_data: data stored by plugins, by plugin; for system administrators (from 2.10).
            metadata_modified: the time of the last change; settable by system administrators from 2.12 on (from 2.12).
            relationships_as_object: relationships of other datasets to this one.
            relationships_as_subject: relationships of this dataset to others.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Dataset`.

        Who may: editors and administrators of the organization; without one, users the portal lets create datasets.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_create(name="lakes", title="Lakes", owner_org="water-board", tags=[{"name": "water"}])  # doctest: +SKIP
        """
        result: Dataset = self._send(
            "package_create",
            {
                "name": name,
                "id": id,
                "title": title,
                "notes": notes,
                "owner_org": owner_org,
                "private": private,
                "license_id": license_id,
                "tags": tags,
                "tag_string": tag_string,
                "groups": groups,
                "resources": resources,
                "extras": extras,
                "url": url,
                "version": version,
                "author": author,
                "author_email": author_email,
                "maintainer": maintainer,
                "maintainer_email": maintainer_email,
                "type": type,
                "state": state,
                "plugin_data": plugin_data,
                "metadata_modified": metadata_modified,
                "relationships_as_object": relationships_as_object,
                "relationships_as_subject": relationships_as_subject,
                **fields,
            },
        )
        return result

    def package_create_default_resource_views(
        self, *, package: Mapping[str, Any], create_datastore_views: bool = UNSET
    ) -> list[View]:
        """Create the default views for every resource of a dataset.

        Args:
            package: the dataset.
            create_datastore_views: also create views that need the DataStore.

        Returns:
            `list[View]`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_create_default_resource_views(package={"id": dataset_id, "name": "rivers", "resources": []})  # doctest: +SKIP
        """
        result: list[View] = self._send(
            "package_create_default_resource_views",
            {"package": package, "create_datastore_views": create_datastore_views},
        )
        return result

    def package_delete(self, *, id: str) -> None:
        """Mark a dataset as deleted; it can be restored.

        Args:
            id: the dataset's name or id.

        Returns:
            Nothing.

        Who may: whoever may delete the dataset: editors of its organization, its creator where it has none.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_delete(id="lakes")  # doctest: +SKIP
        """
        result: None = self._send("package_delete", {"id": id})
        return result

    def package_list(self, *, limit: int = UNSET, offset: int = UNSET) -> list[str]:
        """The names of all public, active datasets.

        Args:
            limit: the maximum number of names.
            offset: the number of results to skip.

        Returns:
            `list[str]`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_list(limit=10)  # doctest: +SKIP
        """
        result: list[str] = self._send("package_list", {"limit": limit, "offset": offset})
        return result

    def package_owner_org_update(self, *, id: str, organization_id: str) -> None:
        """Move a dataset to another organization, or to none.

        Args:
            id: the dataset's name or id.
            organization_id: the new organization's id; empty for none.

        Returns:
            Nothing.

        Who may: system administrators.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_owner_org_update(id="rivers", organization_id="water-board")  # doctest: +SKIP
        """
        result: None = self._send("package_owner_org_update", {"id": id, "organization_id": organization_id})
        return result

    def package_patch(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        notes: str | None = UNSET,
        owner_org: str | None = UNSET,
        private: bool | None = UNSET,
        license_id: str | None = UNSET,
        tags: Sequence[Mapping[str, Any]] | None = UNSET,
        tag_string: str | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        resources: Sequence[Mapping[str, Any]] | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        url: str | None = UNSET,
        version: str | None = UNSET,
        author: str | None = UNSET,
        author_email: str | None = UNSET,
        maintainer: str | None = UNSET,
        maintainer_email: str | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        plugin_data: Mapping[str, Any] | None = UNSET,
        metadata_modified: str | None = UNSET,
        **fields: Any,
    ) -> Dataset:
        """Change only the given fields; lists (tags, extras, resources) are replaced as a whole.

        Args:
            id: the dataset's name or id.
            name: the dataset's name.
            title: the title.
            notes: a description in Markdown.
            owner_org: the organization's name or id.
            private: visible to members of the organization only.
            license_id: the license's id.
            tags: all its tags, each with a name.
            tag_string: tags separated by commas.
            groups: its groups, each with a name or id.
            resources: all resources, in order.
            extras: additional fields, each with `key` and `value`.
            url: the dataset's page elsewhere.
            version: the dataset's version.
            author: the author's name.
            author_email: the email address.
            maintainer: the maintainer's name.
            maintainer_email: the email address.
            type: the type of dataset, as the portal's schemas name it.
            state: active, draft or deleted.
            plugin_data: data stored by plugins, by plugin; for system administrators (from 2.10).
            metadata_modified: the time of the last change; settable by system administrators from 2.12 on.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Dataset`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_patch(id="lakes", notes="All lakes above one hectare.")  # doctest: +SKIP
        """
        result: Dataset = self._send(
            "package_patch",
            {
                "id": id,
                "name": name,
                "title": title,
                "notes": notes,
                "owner_org": owner_org,
                "private": private,
                "license_id": license_id,
                "tags": tags,
                "tag_string": tag_string,
                "groups": groups,
                "resources": resources,
                "extras": extras,
                "url": url,
                "version": version,
                "author": author,
                "author_email": author_email,
                "maintainer": maintainer,
                "maintainer_email": maintainer_email,
                "type": type,
                "state": state,
                "plugin_data": plugin_data,
                "metadata_modified": metadata_modified,
                **fields,
            },
        )
        return result

    def package_relationship_create(
        self,
        *,
        subject: str,
        object: str,
        type: Literal[
            "depends_on",
            "dependency_of",
            "derives_from",
            "has_derivation",
            "links_to",
            "linked_from",
            "child_of",
            "parent_of",
        ],
        comment: str = UNSET,
    ) -> Relationship:
        """Create a relationship between two datasets: depends on, derives from, is child of, links to.

        Args:
            subject: the dataset's name or id.
            object: the other dataset's name or id.
            type: how the subject relates to the object.
            comment: a comment.

        Returns:
            `Relationship`.

        Who may: whoever may edit both datasets.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_relationship_create(subject="rivers", object="gauges", type="depends_on", comment="measured there")  # doctest: +SKIP
        """
        result: Relationship = self._send(
            "package_relationship_create", {"subject": subject, "object": object, "type": type, "comment": comment}
        )
        return result

    def package_relationship_delete(
        self,
        *,
        subject: str,
        object: str,
        type: Literal[
            "depends_on",
            "dependency_of",
            "derives_from",
            "has_derivation",
            "links_to",
            "linked_from",
            "child_of",
            "parent_of",
        ],
    ) -> None:
        """Delete a relationship between two datasets.

        Args:
            subject: the dataset's name or id.
            object: the other dataset's name or id.
            type: how the subject relates to the object.

        Returns:
            Nothing.

        Who may: whoever may edit both datasets.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_relationship_delete(subject="rivers", object="gauges", type="depends_on")  # doctest: +SKIP
        """
        result: None = self._send("package_relationship_delete", {"subject": subject, "object": object, "type": type})
        return result

    def package_relationship_update(
        self,
        *,
        subject: str,
        object: str,
        type: Literal[
            "depends_on",
            "dependency_of",
            "derives_from",
            "has_derivation",
            "links_to",
            "linked_from",
            "child_of",
            "parent_of",
        ],
        comment: str = UNSET,
    ) -> Relationship:
        """Change the comment of a relationship between two datasets.

        Args:
            subject: the dataset's name or id.
            object: the other dataset's name or id.
            type: how the subject relates to the object.
            comment: a comment.

        Returns:
            `Relationship`.

        Who may: whoever may edit both datasets.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_relationship_update(subject="rivers", object="gauges", type="depends_on", comment="measured by")  # doctest: +SKIP
        """
        result: Relationship = self._send(
            "package_relationship_update", {"subject": subject, "object": object, "type": type, "comment": comment}
        )
        return result

    def package_relationships_list(self, *, id: str, id2: str = UNSET, rel: str = UNSET) -> list[Relationship]:
        """The relationships of a dataset to others, or to one other.

        Args:
            id: the dataset's name or id.
            id2: the other dataset's name or id.
            rel: only relationships of this type.

        Returns:
            `list[Relationship]`.

        Who may: whoever may see the datasets.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_relationships_list(id="rivers")  # doctest: +SKIP
        """
        result: list[Relationship] = self._send("package_relationships_list", {"id": id, "id2": id2, "rel": rel})
        return result

    def package_resource_reorder(self, *, id: str, order: Sequence[str]) -> ResourceOrder:
        """Reorder the resources of a dataset; omitted ones come last.

        Args:
            id: the dataset's name or id.
            order: the ids of the resources in their new order.

        Returns:
            `ResourceOrder`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_resource_reorder(id="rivers", order=[resource_id])  # doctest: +SKIP
        """
        result: ResourceOrder = self._send("package_resource_reorder", {"id": id, "order": order})
        return result

    def package_revise(
        self,
        *,
        match: Mapping[str, Any] | None = UNSET,
        filter: Sequence[str] | None = UNSET,
        update: Mapping[str, Any] | None = UNSET,
        include: Sequence[str] | None = UNSET,
        **fields: Any,
    ) -> Revised:
        """Change parts of a dataset in one step, if it matches: remove, change or add single resources and extras.

        Args:
            match: values that the dataset must have, among them its name or id; otherwise nothing is changed.
            filter: what to remove first: patterns such as `-resources__0`.
            update: fields to set.
            include: what `filter` must not remove.
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Revised`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_revise(match={"name": "lakes"}, update={"version": "2"})  # doctest: +SKIP
        """
        result: Revised = self._send(
            "package_revise", {"match": match, "filter": filter, "update": update, "include": include, **fields}
        )
        return result

    def package_search(
        self,
        *,
        q: str = UNSET,
        fq: str = UNSET,
        fq_list: Sequence[str] = UNSET,
        sort: str = UNSET,
        rows: int = UNSET,
        start: int = UNSET,
        facet: str = UNSET,
        facet_mincount: int = UNSET,
        facet_limit: int = UNSET,
        facet_field: Sequence[str] = UNSET,
        include_drafts: bool = UNSET,
        include_deleted: bool = UNSET,
        include_private: bool = UNSET,
        use_default_schema: bool = UNSET,
        fl: Sequence[str] = UNSET,
        qf: str = UNSET,
        extras: Mapping[str, Any] = UNSET,
        mm: str = UNSET,
        df: str = UNSET,
        bf: str = UNSET,
        boost: str = UNSET,
        tie: str = UNSET,
        defType: str = UNSET,
    ) -> SearchResult:
        """Search datasets by words, filters and facets; returns one page and the number of all matches.

        Args:
            q: words or a Solr query.
            fq: a filter, such as organization:NAME; separate several by spaces.
            fq_list: additional filters.
            sort: fields with asc or desc.
            rows: the maximum number of results (CKAN's own value is 10).
            start: the number of results to skip.
            facet: whether to count values: `true` or `false`.
            facet_mincount: leave out values with fewer datasets than this.
            facet_limit: the maximum number of values of each field; -1 for all.
            facet_field: the fields whose values are counted.
            include_drafts: include your drafts.
            include_deleted: include deleted datasets, if the portal keeps them in its index (from 2.10).
            include_private: include private datasets that you may see.
            use_default_schema: return the dataset as in CKAN's own schema, without fields of the portal's schema.
            fl: the fields to return; whole datasets if omitted.
            qf: fields to search, with weights.
            extras: parameters for extensions; each key begins with ext_.
            mm: the minimum number of words that must match.
            df: the default search field.
            bf: functions added to the score.
            boost: functions that multiply the score.
            tie: the weight of a word's lower-scoring matches.
            defType: Solr's query parser.

        Returns:
            `SearchResult`.

        Who may: anyone.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_search(q="water", fq="organization:water-board", rows=5, facet_field=["tags"])  # doctest: +SKIP
        """
        result: SearchResult = self._send(
            "package_search",
            {
                "q": q,
                "fq": fq,
                "fq_list": fq_list,
                "sort": sort,
                "rows": rows,
                "start": start,
                "facet": facet,
                "facet.mincount": facet_mincount,
                "facet.limit": facet_limit,
                "facet.field": facet_field,
                "include_drafts": include_drafts,
                "include_deleted": include_deleted,
                "include_private": include_private,
                "use_default_schema": use_default_schema,
                "fl": fl,
                "qf": qf,
                "extras": extras,
                "mm": mm,
                "df": df,
                "bf": bf,
                "boost": boost,
                "tie": tie,
                "defType": defType,
            },
        )
        return result

    def package_show(
        self,
        *,
        id: str,
        use_default_schema: bool = UNSET,
        include_tracking: bool = UNSET,
        include_plugin_data: bool = UNSET,
    ) -> Dataset:
        """One dataset with all its fields, resources, tags, groups and extras.

        Args:
            id: the dataset's name or id.
            use_default_schema: return the dataset as in CKAN's own schema, without fields of the portal's schema.
            include_tracking: include the number of page views (until 2.10).
            include_plugin_data: include data stored by plugins; for system administrators (from 2.10).

        Returns:
            `Dataset`.

        Who may: whoever may see the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_show(id="rivers")  # doctest: +SKIP
        """
        result: Dataset = self._send(
            "package_show",
            {
                "id": id,
                "use_default_schema": use_default_schema,
                "include_tracking": include_tracking,
                "include_plugin_data": include_plugin_data,
            },
        )
        return result

    def package_update(
        self,
        *,
        id: str,
        name: str | None = UNSET,
        title: str | None = UNSET,
        notes: str | None = UNSET,
        owner_org: str | None = UNSET,
        private: bool | None = UNSET,
        license_id: str | None = UNSET,
        tags: Sequence[Mapping[str, Any]] | None = UNSET,
        tag_string: str | None = UNSET,
        groups: Sequence[Mapping[str, Any]] | None = UNSET,
        resources: Sequence[Mapping[str, Any]] | None = UNSET,
        extras: Sequence[Mapping[str, Any]] | None = UNSET,
        url: str | None = UNSET,
        version: str | None = UNSET,
        author: str | None = UNSET,
        author_email: str | None = UNSET,
        maintainer: str | None = UNSET,
        maintainer_email: str | None = UNSET,
        type: str | None = UNSET,
        state: str | None = UNSET,
        plugin_data: Mapping[str, Any] | None = UNSET,
        metadata_modified: str | None = UNSET,
        **fields: Any,
    ) -> Dataset:
        """Replace a dataset: omitted fields are emptied. Up to 2.11, omitted resources are deleted too.

        Instead: `package_patch`.

        Args:
            id: the dataset's name or id.
            name: the dataset's name.
            title: the title.
            notes: a description in Markdown.
            owner_org: the organization's name or id.
            private: visible to members of the organization only.
            license_id: the license's id.
            tags: all its tags, each with a name.
            tag_string: tags separated by commas.
            groups: its groups, each with a name or id.
            resources: all resources, in order.
            extras: additional fields, each with `key` and `value`.
            url: the dataset's page elsewhere.
            version: the dataset's version.
            author: the author's name.
            author_email: the email address.
            maintainer: the maintainer's name.
            maintainer_email: the email address.
            type: the type of dataset, as the portal's schemas name it.
            state: active, draft or deleted.
            plugin_data: data stored by plugins, by plugin; for system administrators (from 2.10).
            metadata_modified: the time of the last change; settable by system administrators from 2.12 on (from 2.12).
            **fields: further keys, as the portal or a plugin knows them.

        Returns:
            `Dataset`.

        Who may: whoever may edit the dataset.

        In CKAN 2.9 to 2.12.

        Example:
            >>> ckan.action.package_update(id="lakes", name="lakes", title="Lakes of the region", owner_org="water-board")  # doctest: +SKIP
        """
        result: Dataset = self._send(
            "package_update",
            {
                "id": id,
                "name": name,
                "title": title,
                "notes": notes,
                "owner_org": owner_org,
                "private": private,
                "license_id": license_id,
                "tags": tags,
                "tag_string": tag_string,
                "groups": groups,
                "resources": resources,
                "extras": extras,
                "url": url,
                "version": version,
                "author": author,
                "author_email": author_email,
                "maintainer": maintainer,
                "maintainer_email": maintainer_email,
                "type": type,
                "state": state,
                "plugin_data": plugin_data,
                "metadata_modified": metadata_modified,
                **fields,
            },
        )
        return result
