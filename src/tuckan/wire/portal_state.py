"""What a client has learned about its portal: the address of its actions, the encoding that each accepts, signs of overload."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan._text import listed
from tuckan.errors import InvalidArgument
from tuckan.wire.redaction import secrets_in
from tuckan.wire.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuckan.wire.address import Address

Encoding: TypeAlias = Literal["json", "get", "form"]
"""An encoding of requests: POST with JSON, GET, POST with a form."""

_ENCODINGS: dict[Encoding, str] = {"json": "JSON only", "get": "GET only", "form": "forms only"}


@dataclass(slots=True)
class Limitations:
    """What a portal was found not to do; shared by all copies of a `PortalState`, and kept between processes.

    Attributes:
        filters: whether `package_revise` accepts a `filter`, which some plugins break; false once it was refused.
        ranges: whether table rows can be requested by ranges of values (from CKAN 2.12 on), once known.
        bare_resources: whether resources are taken without a file or an address; false once one was refused.
        keeps_names: whether datasets are created under the name that was sent, once it is known; false once one was not.
        encodings: the encoding that each action was seen to accept, if it is not the usual one.
        usual_encoding: the encoding to try first for reads.
    """

    filters: bool = True
    ranges: bool | None = None
    bare_resources: bool = True
    keeps_names: bool | None = None
    encodings: dict[str, Encoding] = field(default_factory=dict[str, "Encoding"])
    usual_encoding: Encoding = "json"

    def described(self) -> tuple[str, ...]:
        """What it says, for people.

        Example:
            >>> Limitations(filters=False).described()
            ('package_revise refuses `filter`',)
        """
        found = [] if self.filters else ["package_revise refuses `filter`"]
        found += [] if self.ranges is not False else ["datastore_search has no ranges"]
        found += [] if self.bare_resources else ["resources without a file or an address are refused"]
        found += [] if self.keeps_names is not False else ["datasets are renamed by the portal"]
        names: dict[Encoding, list[str]] = {}
        for action, encoding in sorted(self.encodings.items()):
            names.setdefault(encoding, []).append(action)
        return (*found, *(f"{_ENCODINGS[encoding]}: {listed(actions)}" for encoding, actions in names.items()))


def _chance() -> float:
    import random  # noqa: PLC0415 - only before a retry

    return random.random()  # noqa: S311 - no secret depends on it


@dataclass(slots=True)
class PortalState:
    """What one client knows about its portal; shared by all its threads or tasks.

    Every attribute is assigned atomically, and only replaced by an equally valid value, so no lock is needed.

    Attributes:
        address: the possible addresses of the portal.
        headers: the headers of every request, without the token.
        token: the secret, kept out of `repr`.
        token_headers: the names under which the token is sent; CKAN reads one or the other, by version and setting.
        policy: the retry policy.
        timeout: seconds to wait for an answer.
        chance: returns a random number from 0 to 1, for jitter.
        action_base: the address that answered, once one has.
        token_checked: whether the portal has accepted the token.
        checks_beside: whether the token may be checked while the first answer is on its way, which takes two requests at once.
        troubles: how often the portal showed signs of overload (429, 503, timeouts), for the concurrency limit.
        granted: the largest number of datasets that the portal was seen to return at once.
        limitations: what the portal was found not to do.
        told_of_patching: whether the warning about fields that are replaced regardless of version was issued.
    """

    address: Address
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    token: str | None = field(default=None, repr=False)
    token_headers: tuple[str, ...] = ("Authorization", "X-CKAN-API-Key")
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    timeout: float = 60.0
    chance: Callable[[], float] = field(default=_chance, repr=False)
    action_base: str | None = None
    token_checked: bool = False
    checks_beside: bool = False
    troubles: int = 0
    granted: int = 0
    limitations: Limitations = field(default_factory=Limitations)
    told_of_patching: bool = False

    def secret_headers(self) -> dict[str, str]:
        """The headers that carry the token."""
        return dict.fromkeys(self.token_headers, self.token) if self.token else {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that go with every request and must never be shown."""
        return (*((self.token,) if self.token else ()), *secrets_in(self.headers))


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that can't be sent; messages omit their values, which may be secret."""
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~\w-]+", name, re.ASCII):
            raise InvalidArgument(f"{name!r} is not a valid header name.", hint="Use letters, digits and dashes.")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", str(value)):
            raise InvalidArgument(
                f"The header {name} can't be sent: its value must be text without line breaks.",
                hint="Check for a line break that was copied with it.",
            )
