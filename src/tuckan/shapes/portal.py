"""Capabilities of a portal, and its answers on routes outside the Action API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuckan.errors import Hint, NotCKAN

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The capabilities of a portal, as far as it reveals them.

    Attributes:
        version: CKAN's version, or None where the portal hides it.
        extensions: the enabled plugins.
        actions_at: the URL of its Action API.
        rows_max: the maximum number of datasets in a page, or None if the portal has too few to tell.
        datastore: whether there is a DataStore.
        datastore_rows_max: the maximum number of table rows in an answer, or None if there was no table to try.
        datastore_sql: whether SQL queries are enabled, or None without a DataStore.
        loader: `datapusher`, `xloader`, both or neither.
        activities: whether activities are recorded.
        token_header: the header from which the portal reads the token, or None without a token.
        user: the name of the token's user, or None without a token.
        sysadmin: whether that user is a system administrator.
        limitations: what the portal was found not to support, as sentences; with a profile, also by earlier clients within a day.
    """

    version: str | None
    extensions: tuple[str, ...]
    actions_at: str
    rows_max: int | None
    datastore: bool
    datastore_rows_max: int | None
    datastore_sql: bool | None
    loader: tuple[str, ...]
    activities: bool
    token_header: str | None
    user: str | None
    sysadmin: bool
    limitations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """A portal's answer on a route outside the Action API.

    Attributes:
        status: the HTTP status, below 400: anything above is raised as an error.
        headers: the headers, with names in lower case.
        content: the body as bytes, decompressed.
        url: the address that answered, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as text, in the charset that its `Content-Type` names, or else UTF-8."""
        charset = re.search(r"charset=[\"']?([^\s;\"']+)", self.headers.get("content-type", ""), re.IGNORECASE)
        try:
            return self.content.decode(charset[1] if charset else "utf-8", "replace")
        except (LookupError, ValueError):  # an unknown charset, or a codec that does not produce text
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as a JSON value.

        Raises:
            NotCKAN: when it is not JSON.

        Example:
            >>> Response(200, {"content-type": "application/json"}, b'{"success": true}', "https://example.org").json()
            {'success': True}
        """
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type") or "no content type"
            raise NotCKAN(
                f"The answer is not JSON ({kind[:100]}, {len(self.content):,} bytes).",
                status=self.status,
                hint=Hint(
                    "Use `.text` or `.content`, or ask for JSON with headers={'Accept': 'application/json'}.",
                    "Ask for JSON with -H 'Accept: application/json'.",
                ),
            ) from None

    def __repr__(self) -> str:
        kind = self.headers.get("content-type", "")
        return f"<Response {self.status}, {kind + ', ' if kind else ''}{len(self.content):,} bytes>"
