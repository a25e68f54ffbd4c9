# Generated from src/tuckan/client/_async/namespaces/portal.py by scripts/unasync.py: change that file, then run `make fix`.
"""The portal as a whole: its status, who we are there, and what it can do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuckan.client._sync.namespaces.namespace import Namespace
from tuckan.errors import Hint, InvalidToken, NotAuthorized, PortalError
from tuckan.shapes import Capabilities
from tuckan.wire.call import Call
from tuckan.wire.execute import checking_token, execute

if TYPE_CHECKING:
    from tuckan.shapes import Status, User

MORE_THAN_ANY_PORTAL_GRANTS = 1_000_000


class Portal(Namespace):
    """The portal as a whole."""

    def status(self) -> Status:
        """Return what the portal says about itself: title, version (unless it hides it), extensions.

        Returns:
            CKAN's answer: `site_title`, `ckan_version`, `extensions`, ...

        Example:
            >>> "datastore" in ckan.portal.status()["extensions"]
            True
        """
        return self._read_record("status_show", {})

    def whoami(self) -> User:
        """Return the user that the token belongs to.

        Returns:
            CKAN's record of the user: `id`, `name`, `sysadmin`, ...

        Raises:
            NotAuthorized: when no token was given.
            InvalidToken: when the portal does not know the token.

        Example:
            >>> ckan.portal.whoami()["sysadmin"]
            True
        """
        if not self._connection.portal_state.token:
            raise NotAuthorized(
                "Anonymous: no token was given.",
                action="user_show",
                hint=Hint("Set CKAN_API_KEY, or pass token=...", "Set CKAN_API_KEY, or log in: tuckan login NAME"),
            )
        return self._run(checking_token(self._portal_state))

    def capabilities(self) -> Capabilities:
        """Find out what the portal can do, with a handful of small requests.

        Returns:
            The version, the extensions, the maximum numbers of rows, the header that carries the token, and the token's user.

        Raises:
            InvalidToken: when the portal does not know the token that was given.

        Example:
            >>> can = ckan.portal.capabilities()
            >>> can.datastore, can.activities
            (True, True)
        """
        status = self.status()
        extensions = tuple(str(name) for name in status.get("extensions", []))
        user = self.whoami() if self._connection.portal_state.token else {}
        datastore = "datastore" in extensions
        tables = self._table_caps() if datastore else (None, None)
        return Capabilities(
            version=status.get("ckan_version"),
            extensions=extensions,
            actions_at=self._connection.portal_state.action_base or "",
            rows_max=self._rows_max(),
            datastore=datastore,
            datastore_rows_max=tables[0],
            datastore_sql=tables[1],
            loader=tuple(name for name in ("datapusher", "xloader") if name in extensions),
            activities="activity" in extensions,
            token_header=self._token_header(),
            user=user.get("name"),
            sysadmin=bool(user.get("sysadmin")),
            limitations=self._connection.portal_state.limitations.described(),
        )

    def _rows_max(self) -> int | None:
        """How many datasets a page has at most: ask for ids alone, more than any portal grants."""
        asked = {"rows": MORE_THAN_ANY_PORTAL_GRANTS, "fl": ["id"], "sort": "id asc"}
        result = self._read_page("package_search", asked)
        granted = len(result["results"])
        return granted if granted < result["count"] else None

    def _table_caps(self) -> tuple[int | None, bool | None]:
        """How many rows of a table come at once, and whether SQL may be sent, asked of the list of tables."""
        try:
            asked = {
                "resource_id": "_table_metadata",
                "limit": MORE_THAN_ANY_PORTAL_GRANTS,
                "fields": ["name"],
            }
            answer = self._read_record("datastore_search", asked)
            granted = answer.get("limit")
            limit = granted if isinstance(granted, int) and granted > 0 else None
        except PortalError:
            limit = None
        rows_max = limit if limit != MORE_THAN_ANY_PORTAL_GRANTS else None
        try:
            self._read("help_show", {"name": "datastore_search_sql"})
        except PortalError:
            return rows_max, False
        return rows_max, True

    def _token_header(self) -> str | None:
        """The header in which this portal reads tokens, tried one by one."""
        portal_state = self._connection.portal_state
        if not portal_state.token:
            return None
        for header in portal_state.token_headers:
            alone = replace(portal_state, token_headers=(header,), token_checked=True)
            try:
                self._connection.run(execute(Call("user_show", read_only=True), alone))
            except PortalError:
                continue
            return header
        raise InvalidToken("No single header carries the token to this portal.", action="user_show")
