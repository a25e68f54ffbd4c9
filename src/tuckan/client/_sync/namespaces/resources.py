# Generated from src/tuckan/client/_async/namespaces/resources.py by scripts/unasync.py: change that file, then run `make fix`.
"""Resources of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.client._sync.namespaces.datasets import Datasets
from tuckan.client._sync.namespaces.files import ResourceFiles
from tuckan.client._sync.namespaces.resource_writes import ResourceWrites
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    import builtins

    from tuckan.shapes import Names, Resource, ResourceSearch


class Resources(ResourceFiles, ResourceWrites):
    """Resources: the files and links of datasets."""

    def get(self, id: str) -> Resource:  # noqa: A002 - CKAN's own word
        """Return a resource.

        Args:
            id: the resource's id, `dataset/resource-name`, or the address of its page.

        Returns:
            The resource: `id`, `name`, `url`, `format`, ...

        Raises:
            NotFound: when there is no such resource.

        Example:
            >>> ckan.resources.get("planet-mars/planet-mars.json")["format"]
            'JSON'
        """
        return self._read_record("resource_show", {"id": self._resource(id)})

    def list(self, dataset: str) -> builtins.list[Resource]:
        """Return the resources of a dataset, in their order.

        Args:
            dataset: the dataset's name or id.

        Returns:
            The resources, each with its `id`, `name`, `url`, `format`, ...

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> [one["name"] for one in ckan.resources.list("planets")]
            ['planets.csv']
        """
        return list((Datasets(self._connection).get(dataset)).get("resources", []))

    def search(self, query: str | Names, *, limit: int | None = None, offset: int | None = None) -> ResourceSearch:
        """Search resources by the text of their fields.

        Args:
            query: `field:text`, such as `name:rain`, or several, all of which must match.
            limit: the maximum number of resources.
            offset: how many to skip.

        Returns:
            `count` and `results`.

        Raises:
            InvalidArgument: when the query has no field.

        Example:
            >>> ckan.resources.search("name:planet-mars")["count"]
            1
        """
        if not query or ":" not in str(query):
            raise InvalidArgument(
                f"{query!r} is not a search for resources.", hint="Write field:text, such as format:csv."
            )
        return self._read_page("resource_search", {"query": query, "limit": limit, "offset": offset})
