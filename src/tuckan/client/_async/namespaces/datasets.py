"""Datasets: search, complete lists, lookup by name or title."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted
from tuckan.client._async.bulk.whole_list import WholeList
from tuckan.client._async.namespaces.dataset_links import DatasetLinks
from tuckan.client._async.namespaces.dataset_sets import DatasetSets
from tuckan.client._async.namespaces.dataset_writes import DatasetWrites
from tuckan.client._async.namespaces.namespace import named
from tuckan.errors import Hint, InvalidArgument, NotAuthorized, NotFound, SearchError, SeveralMatch
from tuckan.wire import solr
from tuckan.wire.dataset_pages import requiring_filters, requiring_order
from tuckan.wire.table_hints import about_order, sorted_by

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from tuckan.client._async.connection import AsyncConnection
    from tuckan.shapes import Dataset, Downloads, Listing, Record, SearchResult

Filters: TypeAlias = "Mapping[str, str | list[str]]"
"""Fields with a value, or a list of alternatives."""

PAGE_SIZE = 1000


class Datasets(DatasetWrites, DatasetSets, DatasetLinks):
    """Datasets of a portal (CKAN's actions call them packages)."""

    async def get(self, id: str) -> Dataset:  # noqa: A002 - CKAN's own word
        """Return a dataset by its name or id.

        Args:
            id: the dataset's name or id, or the address of its page.

        Returns:
            The dataset with its resources, tags, groups and extras.

        Raises:
            NotFound: when there is no such dataset, or it is private and this token may not see it.

        Example:
            >>> ckan.datasets.get("planet-mars")["title"]
            'The planet Mars'
        """
        return await self._read_record("package_show", {"id": self._name_of(id, "dataset")})

    async def search(
        self,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        facets: Sequence[str] = (),
        facet_limit: int | None = None,
        rows: int = 10,
        start: int = 0,
        sort: str | None = None,
        fields: Sequence[str] = (),
        include_private: bool = False,
        include_drafts: bool = False,
        include_deleted: bool = False,
    ) -> SearchResult:
        """Search datasets, and return one page of results.

        Args:
            q: what to search for, in words or Solr's syntax.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives; special characters are escaped.
            facets: fields whose values are counted.
            facet_limit: the maximum number of values of each; -1 for all (CKAN's default is 50).
            rows: how many results; the portal may return fewer.
            start: how many to skip.
            sort: the order, such as `metadata_modified desc`.
            fields: return only these fields of each dataset.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            include_deleted: include deleted datasets, where the portal keeps them in its index.

        Returns:
            CKAN's result: `count`, `results`, `search_facets`, ...

        Raises:
            SearchError: when the query is not valid.
            InvalidArgument: when nothing is found, and no dataset has a field that `filters` or `fq` names.
            NotFound: when nothing is found, and `filters` names an organization or a group that does not exist.

        Example:
            >>> found = ckan.datasets.search("planet", filters={"organization": "space"}, facets=["tags"], rows=2)
            >>> found["count"], len(found["results"]), found["search_facets"]["tags"]["items"][0]["name"]
            (8, 2, 'planets')
        """
        if rows < 0 or start < 0:
            raise InvalidArgument(f"rows={rows}, start={start}: neither may be negative.", hint="Use 0 or more.")
        _require_token(self._connection, include_private, include_drafts, include_deleted)
        params: dict[str, Any] = {
            "q": q,
            **_filter(q, fq, filters),
            "rows": rows,
            "start": start,
            "sort": sort,
            "facet.field": list(facets) or None,
            "facet.limit": facet_limit,
            "fl": list(fields) or None,
            **_included(include_private, include_drafts, include_deleted),
        }
        try:
            found = await self._read_page("package_search", params)
        except SearchError as error:
            raise about_order(error, sort) from None
        if found.get("count") == 0:
            await self._run(requiring_filters(filters or {}, params, self._portal_state))
        elif sort:
            await self._run(requiring_order(sorted_by(sort), params, self._portal_state))
        return found

    async def iter(
        self,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        fields: Sequence[str] = (),
        include_private: bool = False,
        include_drafts: bool = False,
        include_deleted: bool = False,
        start: int = 0,
        page_size: int = PAGE_SIZE,
        require_complete: bool = True,
    ) -> AsyncIterator[Dataset]:
        """Iterate over all datasets, or all matches, ordered by id: complete, without duplicates, or an error at the end.

        Pages are fetched concurrently and yielded in order, in constant memory.

        Args:
            q: what to search for; all datasets without it.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            fields: only these fields of each dataset, which makes scans cheap.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            start: how many to skip.
            page_size: how many to request at once; the portal may return fewer.
            require_complete: False to log a warning instead of raising when the list may be incomplete.

        Yields:
            Datasets as plain dicts.

        Raises:
            Incomplete: at the end, when fewer datasets came than the portal counts.
            InvalidArgument: when nothing is found, and no dataset has a field that `filters` or `fq` names.
            NotFound: when nothing is found, and `filters` names an organization or a group that does not exist.

        Example:
            >>> mars = ckan.datasets.iter(filters={"name": "planet-mars"}, fields=["name", "title"])
            >>> [(one["name"], one["title"]) for one in mars]
            [('planet-mars', 'The planet Mars')]
        """
        hidden = {"private": include_private, "drafts": include_drafts, "deleted": include_deleted}
        whole = whole_list(self._connection, q, fq, filters, fields, **hidden)
        async for record in whole(start, page_size, require_complete).records():
            yield record

    async def list(
        self,
        q: str | None = None,
        *,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        fields: Sequence[str] = (),
        include_private: bool = False,
        include_drafts: bool = False,
        include_deleted: bool = False,
        start: int = 0,
        page_size: int = PAGE_SIZE,
        require_complete: bool = True,
    ) -> Listing[Dataset]:
        """Return all datasets, or all matches, as a list: the same as `iter`, with the proof that it is complete.

        Args:
            q: what to search for; all datasets without it.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            fields: return only these fields of each dataset.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            start: how many to skip.
            page_size: how many to request at once; the portal may return fewer.
            require_complete: False to log a warning instead of raising when the list may be incomplete.

        Returns:
            A list of dicts with an attribute `proof`; `print(listing.proof)` says how it was read.

        Raises:
            Incomplete: when fewer datasets came than the portal counts.
            InvalidArgument: when nothing is found, and no dataset has a field that `filters` or `fq` names.
            NotFound: when nothing is found, and `filters` names an organization or a group that does not exist.

        Example:
            >>> planets = ckan.datasets.list(filters={"organization": "space"}, fields=["name"])
            >>> print(planets.proof)
            8 of 8 read in 1 page, complete, no duplicates
        """
        hidden = {"private": include_private, "drafts": include_drafts, "deleted": include_deleted}
        whole = whole_list(self._connection, q, fq, filters, fields, **hidden)
        return await whole(start, page_size, require_complete).everything()

    async def download(
        self,
        id: str,  # noqa: A002 - CKAN's own word
        to: str | Path,
        *,
        formats: Sequence[str] = (),
        names: Sequence[str] = (),
        max_bytes: int | None = None,
        check: bool = True,
        again: bool = False,
        dry_run: bool = False,
    ) -> Downloads:
        """Download all files of a dataset, as `resources.download_all` does for many.

        Args:
            id: the dataset's name or id.
            to: the folder; each file is saved under it as `DATASET/RESOURCE-ID/FILE`.
            formats: only resources of these formats.
            names: only resources whose name, or whose file's name, matches one of these patterns.
            max_bytes: the maximum size of a file, in bytes.
            check: False to save any successful answer, even a web page instead of data.
            again: download everything again.
            dry_run: download nothing; the manifest says what would be.

        Returns:
            How many files have which outcome, why some failed, and the manifest.

        Raises:
            NotFound: when there is no such dataset.

        Example:
            >>> ckan.datasets.download("planet-mars", "mars").done
            {'fetched': 1}
        """
        from tuckan.client._async.bulk.downloads import Downloading  # noqa: PLC0415 - no client needs it before its first answer

        work = Downloading(self._connection, check=check, max_bytes=max_bytes, again=again)
        return await work.many(self._only(id), to, formats=formats, names=names, dry_run=dry_run)

    async def _only(self, id: str) -> AsyncIterator[Dataset]:  # noqa: A002 - CKAN's own word
        yield await self.get(id)

    async def by_title(self, title: str, *, include_private: bool = False, include_drafts: bool = False) -> Dataset:
        """Return a dataset by its title, ignoring case; the closest match if none is exact.

        Args:
            title: the title, or some of its words in order.
            include_private: search private datasets too, which needs a token.
            include_drafts: search drafts too, which needs a token.

        Returns:
            The dataset. When several match, a `SeveralMatch` warning names them.

        Raises:
            NotFound: when no title contains these words.

        Example:
            >>> ckan.datasets.by_title("the planet mars")["name"]
            'planet-mars'
        """
        wanted = named(title, "title")
        found = (
            await self.search(
                _titled(wanted),
                rows=100,
                sort="score desc, id asc",
                include_private=include_private,
                include_drafts=include_drafts,
            )
        )["results"]
        exact = [one for one in found if _same_title(one, wanted)]
        if not found:
            raise NotFound(
                f"No dataset has the title {wanted!r}.",
                action="package_search",
                status=404,
                hint=Hint(
                    "Search for a word of the title with search()", "Search for a word of the title: tuckan search WORD"
                )
                + ("." if include_private else Hint(", or pass include_private=True.", ", or add --private.")),
            )
        best = exact or found
        if len(best) > 1:
            names = ", ".join(str(one.get("name")) for one in best[:5]) + (", ..." if len(best) > 5 else "")
            how = "have this title" if exact else "match, none of them exactly"
            warnings.warn(
                f"{counted(len(best), 'dataset')} {how}: {names}. The first is returned.", SeveralMatch, stacklevel=2
            )
        return best[0]


def whole_list(
    connection: AsyncConnection,
    q: str | None,
    fq: str | Sequence[str] | None,
    filters: Filters | None,
    fields: Sequence[str] = (),
    *,
    private: bool = False,
    drafts: bool = False,
    deleted: bool = False,
) -> partial[WholeList]:
    """Reads every matching dataset; called with the start position and page size."""
    _require_token(connection, private, drafts, deleted)
    params: dict[str, Any] = {"q": q or "*:*", **_filter(q, fq, filters), "sort": "id asc", "facet": "false"}
    if fields:
        params["fl"] = list(dict.fromkeys(["id", *fields]))
    return partial(WholeList, connection, params | _included(private, drafts, deleted), filters=filters)


def _require_token(connection: AsyncConnection, private: bool, drafts: bool, deleted: bool) -> None:
    if (private or drafts or deleted) and not connection.portal_state.token:
        raise NotAuthorized(
            "Private, draft and deleted datasets are visible only to authorized users, and no token was given.",
            action="package_search",
            hint=Hint("Set CKAN_API_KEY, or pass token=...", "Set CKAN_API_KEY, or log in: tuckan login NAME"),
        )


def _included(private: bool, drafts: bool, deleted: bool) -> dict[str, bool]:
    asked = {"include_private": private, "include_drafts": drafts, "include_deleted": deleted}
    return {name: True for name, wanted in asked.items() if wanted}


def _filter(q: str | None, fq: str | Sequence[str] | None, filters: Filters | None) -> dict[str, str]:
    """Combine both kinds of filters in Solr's syntax, all required; neither they nor the query may be empty."""
    solr.require_no_blank(q, fq, filters)
    written = [fq] if isinstance(fq, str) else list(fq or ())
    clauses = [solr.required(one) for one in written] if len(written) > 1 or filters else written
    clauses += [f"+{solr.clause(field, value)}" for field, value in (filters or {}).items()]
    return {"fq": " ".join(clauses)} if clauses else {}


def _titled(title: str) -> str:
    """The query for a title, ignoring case.

    Solr splits words where their case changes (`PowerShot`, but `wATER` as well), so the title is also searched in
    lower case, with some slop in word positions.
    """
    return "title:(" + " OR ".join(f"{solr.phrase(one)}~3" for one in dict.fromkeys([title, title.lower()])) + ")"


def _same_title(dataset: Record, wanted: str) -> bool:
    title = dataset.get("title")
    titles = title.values() if isinstance(title, dict) else [title]
    return any(isinstance(one, str) and one.strip().casefold() == wanted.casefold() for one in titles)
