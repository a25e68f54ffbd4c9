"""What a client has learnt about its portal: where its actions are, which way of asking each accepts, its troubles."""

from __future__ import annotations

import random
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

Road: TypeAlias = Literal["json", "get", "form"]
"""A way of asking: POST with JSON, GET, POST with a form."""

_ROADS: dict[Road, str] = {"json": "JSON only", "get": "GET only", "form": "forms only"}


@dataclass(slots=True)
class Limitations:
    """What a portal was found not to do; shared by all copies of a `PortalState`, and kept between processes.

    Attributes:
        filters: whether `package_revise` takes a `filter`, which plugins break; false once it was refused.
        ranges: whether rows of tables may be asked for by ranges of values (from CKAN 2.12), once it is known.
        bare_resources: whether resources are taken without a file or an address; false once one was refused.
        keeps_names: whether datasets are created under the name that was sent, once it is known; false once one was not.
        roads: the way of asking that each action was seen to accept, where it is not the usual one.
        usual_road: the way to try first for reads.
    """

    filters: bool = True
    ranges: bool | None = None
    bare_resources: bool = True
    keeps_names: bool | None = None
    roads: dict[str, Road] = field(default_factory=dict[str, "Road"])
    usual_road: Road = "json"

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
        names: dict[Road, list[str]] = {}
        for action, road in sorted(self.roads.items()):
            names.setdefault(road, []).append(action)
        return (*found, *(f"{_ROADS[road]}: {listed(actions)}" for road, actions in names.items()))


@dataclass(slots=True)
class PortalState:
    """One portal as one client knows it; shared by all its threads or tasks.

    Every entry is written whole and only ever replaced by something as true, so that no lock is needed.

    Attributes:
        address: where the portal may be.
        headers: what goes with every request, without the token.
        token: the secret, kept out of `repr`.
        token_headers: the names under which the token is sent; CKAN reads one or the other, by version and setting.
        policy: how patient to be.
        timeout: seconds for an answer.
        chance: numbers from 0 to 1, for jitter.
        action_base: the address that answered, once one has.
        token_checked: whether the portal was seen to know the token.
        troubles: how often the portal was seen to struggle (429, 503, timeouts), for pacing.
        granted: the most datasets that the portal was seen to give at once.
        limitations: what the portal was found not to do.
        told_of_patching: whether it was told that fields are replaced without looking at their version.
    """

    address: Address
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    token: str | None = field(default=None, repr=False)
    token_headers: tuple[str, ...] = ("Authorization", "X-CKAN-API-Key")
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    timeout: float = 60.0
    chance: Callable[[], float] = field(default=random.random, repr=False)
    action_base: str | None = None
    token_checked: bool = False
    troubles: int = 0
    granted: int = 0
    limitations: Limitations = field(default_factory=Limitations)
    told_of_patching: bool = False

    def secret_headers(self) -> dict[str, str]:
        """The headers that carry the token."""
        return dict.fromkeys(self.token_headers, self.token) if self.token else {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What goes with every request and must be shown nowhere."""
        return (*((self.token,) if self.token else ()), *secrets_in(self.headers))


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that can't be sent; their values are not repeated, since they may be secret."""
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~\w-]+", name, re.ASCII):
            raise InvalidArgument(f"{name!r} is no name of a header.", hint="Use letters, digits and dashes.")
        if not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", str(value)):
            raise InvalidArgument(
                f"The header {name} can't be sent: its value must be text without line ends.",
                hint="Check for a line end that was copied along with it.",
            )
