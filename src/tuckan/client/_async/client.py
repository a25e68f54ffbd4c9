"""The client: one portal, with a namespace for each kind of record."""

from __future__ import annotations

import importlib
import platform
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Self, Unpack

from tuckan.client._async.connection import AsyncConnection
from tuckan.concurrency import AdaptiveLimit
from tuckan.config import resolve
from tuckan.config.remembered import limitations_of
from tuckan.errors import InvalidArgument
from tuckan.transport import MAX_ANSWER_BYTES, AsyncDriver, HttpOptions, sources
from tuckan.version import __version__
from tuckan.wire.address import Address
from tuckan.wire.portal_state import PortalState, check_headers
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from tuckan.audit import Audit, Configuration
    from tuckan.client._async.actions import AsyncActions
    from tuckan.client._async.bulk.copy_jobs import CopyOptions
    from tuckan.client._async.bulk.job import Job
    from tuckan.client._async.namespaces.activities import Activities
    from tuckan.client._async.namespaces.datasets import Datasets, Filters
    from tuckan.client._async.namespaces.datastore import DataStore
    from tuckan.client._async.namespaces.groups import Groups, Organizations
    from tuckan.client._async.namespaces.jobs import Jobs
    from tuckan.client._async.namespaces.loaders import DataPusher, XLoader
    from tuckan.client._async.namespaces.portal import Portal
    from tuckan.client._async.namespaces.portal_records import DatasetsToDump, PortalRecords
    from tuckan.client._async.namespaces.resources import Resources
    from tuckan.client._async.namespaces.schemas import Schemas
    from tuckan.client._async.namespaces.sheets import Sheets
    from tuckan.client._async.namespaces.tags import Licenses, Tags, Vocabularies
    from tuckan.client._async.namespaces.tokens import Tokens
    from tuckan.client._async.namespaces.users import Users
    from tuckan.client._async.namespaces.views import Views
    from tuckan.links.checker import LinkOptions
    from tuckan.shapes import Dumped, Record, Response
    from tuckan.snapshot import EntityKind, Snapshot

USER_AGENT = f"tuckan/{__version__} (CKAN client; Python {platform.python_version()})"
TOKEN_HEADERS = ("Authorization", "X-CKAN-API-Key")

NAMESPACES = {
    "portal": ("portal", "Portal"),
    "datasets": ("datasets", "Datasets"),
    "resources": ("resources", "Resources"),
    "organizations": ("groups", "Organizations"),
    "groups": ("groups", "Groups"),
    "users": ("users", "Users"),
    "tags": ("tags", "Tags"),
    "vocabularies": ("tags", "Vocabularies"),
    "licenses": ("tags", "Licenses"),
    "activities": ("activities", "Activities"),
    "views": ("views", "Views"),
    "tokens": ("tokens", "Tokens"),
    "datastore": ("datastore", "DataStore"),
    "datapusher": ("loaders", "DataPusher"),
    "xloader": ("loaders", "XLoader"),
    "schemas": ("schemas", "Schemas"),
    "sheets": ("sheets", "Sheets"),
    "jobs": ("jobs", "Jobs"),
}
"""The namespaces of a client, with their modules and classes."""


class AsyncClient:
    """An asynchronous client for one CKAN portal.

    Arguments that are not given come from the environment (`CKAN_BASE_URL`, `CKAN_API_KEY`), the nearest `.env`, or
    the profile that `TUCKAN_PROFILE` names. Nothing is sent before the first call.

    Args:
        base_url: the portal's address: its site, a site under a path, or the action URL.
        token: the API token; `""` for anonymous access.
        profile: the name of a profile, instead of address and token.
        timeout: seconds to wait for one answer.
        retries: the retry policy for temporary failures.
        concurrency: the maximum number of concurrent requests.
        progress: whether to show progress; None shows it in a terminal or notebook.
        verify: True for the system's certificates, the path of an authority's certificate, or False to verify nothing.
        proxy: the address of a proxy, or None to use the environment.
        max_answer_bytes: the maximum size of an answer in bytes, decompressed (downloaded files are not limited).
            After `timeout`, an answer must also keep up 16 KB a second.
        headers: additional headers for every request.
        token_headers: the headers that carry the token. CKAN up to 2.10 reads both usual ones, later versions the one
            that the portal configures.
        user_agent: the `User-Agent` header.
        env_file: the `.env` to read, instead of the nearest one in this folder or above.

    Raises:
        ConfigurationError: when no portal is named, or its address is not valid.

    Example:
        >>> client = AsyncClient("https://example.org")
        >>> client
        AsyncClient('https://example.org')
    """

    portal: Portal
    datasets: Datasets
    resources: Resources
    organizations: Organizations
    groups: Groups
    users: Users
    tags: Tags
    vocabularies: Vocabularies
    licenses: Licenses
    activities: Activities
    views: Views
    tokens: Tokens
    datastore: DataStore
    datapusher: DataPusher
    xloader: XLoader
    schemas: Schemas
    sheets: Sheets
    jobs: Jobs

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        *,
        profile: str | None = None,
        timeout: float = 60.0,
        retries: RetryPolicy | None = None,
        concurrency: int = 8,
        progress: bool | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        headers: Mapping[str, str] | None = None,
        token_headers: tuple[str, ...] = TOKEN_HEADERS,
        user_agent: str = USER_AGENT,
        env_file: str | Path | None = None,
    ) -> None:
        if timeout <= 0:
            raise InvalidArgument(f"timeout={timeout} is not a valid time limit.", hint="Give seconds, more than 0.")
        if max_answer_bytes < 1:
            raise InvalidArgument(
                f"max_answer_bytes={max_answer_bytes} allows no response.", hint="Give a number of bytes."
            )
        check_headers(headers or {})
        AdaptiveLimit(concurrency)  # refuses a number below 1 here, not in the middle of the first list
        settings = resolve(base_url, token, profile=profile, env_file=env_file)
        portal_state = PortalState(
            Address.parse(settings.base_url),
            headers={"User-Agent": user_agent, **(headers or {})},
            token=settings.token,
            token_headers=token_headers,
            policy=retries or RetryPolicy(),
            timeout=timeout,
        )
        if settings.profile:
            portal_state.limitations = limitations_of(settings.profile, portal_state.address.site)
        options = HttpOptions(verify, proxy, connections=max(concurrency, 4), max_bytes=max_answer_bytes)
        driver = AsyncDriver(options)
        self._connection = AsyncConnection(
            portal_state, driver, concurrency=concurrency, progress=progress, profile=settings.profile
        )
        self.settings = settings

    if not TYPE_CHECKING:  # for type checkers, an undeclared name is an error

        def __getattr__(self, name: str) -> Any:
            # Namespaces are loaded lazily: importing all takes as long as the first answer.
            if name not in NAMESPACES or "_connection" not in vars(self):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            module, kind = NAMESPACES[name]
            found = getattr(importlib.import_module(f"{__package__}.namespaces.{module}"), kind)(self._connection)
            setattr(self, name, found)
            return found

    def __dir__(self) -> Iterable[str]:
        return {*super().__dir__(), *NAMESPACES}

    async def call(
        self,
        action: str,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        files: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **more: Any,
    ) -> Any:
        """Call any action, including those of plugins.

        Reads are retried, and use whichever request format the portal accepts (POST with JSON, GET, form). A write that may
        have arrived is not repeated.

        Args:
            action: the action's name.
            params: its parameters as a mapping, for names that are not Python identifiers or that clash with these arguments.
            files: parameter names with files to upload: paths, or open binary files.
            timeout: how long to wait for the answer, in seconds, instead of the client's own timeout.
            **more: parameters as keywords.

        Returns:
            CKAN's `result`.

        Raises:
            PortalError: the portal refused; the subclass says why.
            InDoubt: when a write that may have arrived got no answer.
            TransportError: when there was no answer.

        Example:
            >>> ckan.call("package_search", q="planet", fq="organization:space", rows=5)["count"]
            8
        """
        return await self._connection.call(action, {**(params or {}), **more}, files=files, timeout=timeout)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | bytes | str | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Send a request to a route of the portal outside the Action API, such as one that a plugin adds.

        The token and the client's headers are sent along. `GET`, `HEAD` and `OPTIONS` are retried; any other method counts
        as a write, which is sent once. Redirects are followed on the portal's own host only, and for a write only with status
        307 or 308: any other redirect is returned as the answer.

        Args:
            method: `GET`, `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: the path relative to the portal's address; or an absolute URL on this portal.
            params: the query string; None is left out, a list is sent as repeated names.
            json: a JSON value to send.
            data: a form to send as a mapping, or a body as text or bytes.
            files: names with files to send: paths, or open binary files; `data` then has the other fields.
            headers: headers of this request only.
            timeout: how long to wait for the answer, in seconds, instead of the client's own timeout.

        Returns:
            The answer: its `status`, `headers`, `content`, `text` and `json()`.

        Raises:
            InvalidArgument: the path leads out of the portal, or the request cannot be sent; nothing was sent.
            PortalError: the portal answered with a status of 400 or above; the subclass says why.
            Redirected: the portal redirects to another host, to which the token must not be sent.
            InDoubt: a write that may have arrived got no conclusive answer.
            TransportError: when there was no answer.

        Example:
            >>> answer = ckan.request("GET", "/api/util/dataset/autocomplete", params={"incomplete": "planet-ma"})
            >>> answer.json()["ResultSet"]["Result"][0]["name"]
            'planet-mars'
        """
        from tuckan.wire.routes import requesting, route  # noqa: PLC0415 - most clients call actions alone

        portal_state = self._connection.portal_state
        asked = route(
            portal_state,
            method,
            path,
            params=params,
            json=json,
            data=data,
            files=sources(files or {}),
            headers=headers,
            timeout=timeout,
        )
        return await self._connection.run(requesting(asked, portal_state))

    @cached_property
    def action(self) -> AsyncActions:
        """Every action as a method, with signature and help: `client.action.package_show(id="rivers")`."""
        from tuckan.client._async.actions import AsyncActions  # noqa: PLC0415 - hundreds of methods that many never ask for

        return AsyncActions(self.call)

    @property
    def base_url(self) -> str:
        """The portal's address."""
        return self._connection.portal_state.address.site

    @property
    def kinds(self) -> tuple[EntityKind, ...]:
        """The kinds of records, in the order in which they can be loaded."""
        return self._records.kinds

    @property
    def _records(self) -> PortalRecords:
        from tuckan.client._async.namespaces.portal_records import PortalRecords  # noqa: PLC0415 - as `action`

        return PortalRecords(self._connection)

    def records(
        self,
        kind: EntityKind,
        *,
        fq: str | Sequence[str] | None = None,
        include_private: bool | None = None,
        include_drafts: bool | None = None,
        include_deleted: bool = False,
        views: bool = False,
    ) -> AsyncIterator[Record]:
        """Iterate over all records of a kind: complete, without duplicates, or an error at the end.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.
            fq: filters for datasets in Solr's syntax; all datasets if omitted.
            include_private: include private datasets; None for those that the token may see.
            include_drafts: include drafts; None for those that the token may see.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            views: include the views of each resource as `resource_views`; one call per resource.

        Yields:
            Records as plain dicts.

        Raises:
            InvalidArgument: when there is no such kind.
            Incomplete: at the end, when fewer records came than the portal counts.

        Example:
            >>> [one["title"] for one in ckan.records("groups")]
            ['History', 'Nature', 'People']
        """
        return self._records.records(
            kind,
            fq=fq,
            include_private=include_private,
            include_drafts=include_drafts,
            include_deleted=include_deleted,
            views=views,
        )

    async def snapshot(self, *kinds: EntityKind, views: bool = False) -> Snapshot:
        """Read the portal's metadata as a value that can be compared, as far as this token may see it.

        Args:
            *kinds: the kinds of records; all if omitted.
            views: include the views of resources.

        Returns:
            The snapshot; `tuckan.difference` compares two.

        Raises:
            Incomplete: when the portal cannot be read completely.

        Example:
            >>> before = ckan.snapshot("groups")
            >>> print(before)
            0 organizations, 3 groups, 0 users, 0 datasets
            >>> ckan.snapshot("groups") == before
            True
        """
        return await self._records.snapshot(*kinds, views=views)

    async def audit(
        self,
        configuration: Configuration | str | Path | None = None,
        *,
        links: LinkOptions | bool = False,
        tables: bool = False,
        users: bool = False,
        workbook: str | Path | None = None,
        include_private: bool = False,
    ) -> Audit:
        """Audit the portal's metadata: what is wrong, what to fix first, and its points of the MQA of data.europa.eu.

        Args:
            configuration: levels, thresholds and ignored findings, or the path of an `audit.toml`.
            links: check the links, and how. Without it no host but the portal is asked; no host is ever sent the token.
            tables: look at each table of the DataStore: whether it exists, has as many rows as its uploaded CSV file, which is
                downloaded, and whether its loading failed; and at tables without a resource.
            users: look at the tokens of all users, which needs the token of a system administrator.
            workbook: audit the datasets of this workbook instead, as they would be once it is applied.
            include_private: include private datasets and drafts, as far as the token shows them.

        Returns:
            The audit; without `links`, whether links work is not measured.

        Raises:
            Incomplete: when the portal cannot be read completely.
            InvalidArgument: when the configuration is wrong.
            NotAuthorized: when `users` are asked for without the token of a system administrator.

        Example:
            >>> audit = ckan.audit()
            >>> audit.score.measured, audit.score.rating
            (325, 'sufficient to good')
        """
        return await self._records.audit(
            configuration,
            links=links,
            tables=tables,
            users=users,
            workbook=workbook,
            include_private=include_private,
        )

    async def dump(
        self,
        kind: EntityKind,
        to: str | Path | IO[bytes],
        *,
        q: str | None = None,
        fq: str | Sequence[str] | None = None,
        filters: Filters | None = None,
        include_private: bool = False,
        include_drafts: bool = False,
        include_deleted: bool = False,
        views: bool = False,
        sort_keys: bool = False,
        page_size: int = 1000,
    ) -> Dumped:
        """Write all records of a kind as JSON lines, without duplicates; the file appears only once it is complete.

        Datasets are written as they arrive, without decoding anything but their ids, and ordered by id.

        Args:
            kind: `organizations`, `groups`, `users` or `datasets`.
            to: a path, compressed if it ends in `.gz` or `.zst`, or an open binary file.
            q: the query for datasets, in words or Solr's syntax; all datasets if omitted.
            fq: filters in Solr's syntax.
            filters: fields with a value, or with a list of alternatives.
            include_private: include private datasets, which needs a token.
            include_drafts: include drafts, which needs a token.
            include_deleted: include deleted datasets, where the portal keeps them in its index.
            views: include the views of each resource, in its field `resource_views`; one call for each resource.
            sort_keys: sort the keys of each record, so that dumps can be compared line by line.
            page_size: how many to request at once.

        Returns:
            How many records were written, with the proof that none is missing.

        Raises:
            InvalidArgument: when the file's name stands for another format, such as `.csv` or `.zip`.
            Incomplete: when fewer records came than the portal counts; no file is left behind then.

        Example:
            >>> done = ckan.dump("datasets", "space.jsonl.gz", fq="organization:space")
            >>> print(done)
            8 of 8 read in 1 page, complete, no duplicates
        """
        datasets: DatasetsToDump = {
            "q": q,
            "fq": fq,
            "filters": filters,
            "include_private": include_private,
            "include_drafts": include_drafts,
            "include_deleted": include_deleted,
            "page_size": page_size,
        }
        return await self._records.dump(kind, to, datasets, views=views, sort_keys=sort_keys)

    async def copy_to(self, target: AsyncClient, **options: Unpack[CopyOptions]) -> Job:
        """Plan to copy this portal to another: `target.jobs.copy(this, ...)`.

        Args:
            target: the client of the portal to change.
            **options: as `jobs.copy` takes them.

        Returns:
            The job, with nothing changed yet: look at `job.plan()`, then `job.run()`.

        Raises:
            NotAuthorized: when there is no token for the target.
            Incomplete: when one of the two portals cannot be read completely.

        Example:
            >>> with connect(profile="staging") as staging, connect(profile="production") as production:  # doctest: +SKIP
            ...     with staging.copy_to(production) as job:
            ...         print(job.plan())
            ...         print(job.run())
            12 to be created, 3 to be changed, 294 unchanged
            12 created, 3 changed
        """
        return await _client(target).jobs.copy(self, **options)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        site = self.base_url if "_connection" in vars(self) else None
        return f"AsyncClient({site!r})"


def connect_async(
    base_url: str | None = None,
    token: str | None = None,
    *,
    profile: str | None = None,
    timeout: float = 60.0,
    retries: RetryPolicy | None = None,
    concurrency: int = 8,
    progress: bool | None = None,
    verify: bool | str = True,
    proxy: str | None = None,
    max_answer_bytes: int = MAX_ANSWER_BYTES,
    headers: Mapping[str, str] | None = None,
    token_headers: tuple[str, ...] = TOKEN_HEADERS,
    user_agent: str = USER_AGENT,
    env_file: str | Path | None = None,
) -> AsyncClient:
    """Connect to a portal; the same as `AsyncClient(...)`, which describes the arguments.

    Raises:
        ConfigurationError: when no portal is named, or its address is not valid.
        InvalidArgument: when `timeout`, `concurrency`, `max_answer_bytes` or a header is not valid.

    Example:
        >>> client = connect_async("https://example.org", timeout=20)
        >>> client.settings.base_url
        'https://example.org'
    """
    return AsyncClient(
        base_url,
        token,
        profile=profile,
        timeout=timeout,
        retries=retries,
        concurrency=concurrency,
        progress=progress,
        verify=verify,
        proxy=proxy,
        max_answer_bytes=max_answer_bytes,
        headers=headers,
        token_headers=token_headers,
        user_agent=user_agent,
        env_file=env_file,
    )


def connection_of(client: AsyncClient) -> AsyncConnection:
    """The connection of a client, for what works on two portals."""
    return client._connection  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this module


def _client(given: object) -> AsyncClient:
    if not isinstance(given, AsyncClient):
        raise InvalidArgument(
            f"{given!r} is not a client of the same kind (blocking or async).",
            hint="Pass the client of the portal to change.",
        )
    return given
