"""API tokens: list, create, and revoke one or 1,620 without fear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import counted, parse_timestamp
from tuckan.client._async.namespaces.jobs import Jobs
from tuckan.client._async.namespaces.namespace import Namespace, named, require_confirmation
from tuckan.client._async.namespaces.users import Users
from tuckan.errors import Hint, InDoubt, InvalidArgument, NotFound, ValidationError
from tuckan.jobs.operation import Operation, Planned
from tuckan.jobs.selection import REVOKE_ALL
from tuckan.shapes import Revocation, Secret, TokenOutcome
from tuckan.shapes.secrets import jti

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Sequence

    from tuckan.jobs.entries import Entry
    from tuckan.shapes import Names, Record, Token

Outcomes: TypeAlias = "list[TokenOutcome]"


class Tokens(Namespace):
    """API tokens of users. A token's `id` is no secret: it names the token and does not open anything."""

    async def list(
        self, user: str, *, name: str | None = None, unused_since: datetime | timedelta | None = None
    ) -> builtins.list[Token]:
        """List the tokens of a user, or those that match, oldest first.

        Args:
            user: the user's name or id; CKAN requires it even for one's own tokens.
            name: only tokens of exactly this name.
            unused_since: only tokens that were not used since this time, or for this long; for those never used, their creation counts.

        Returns:
            Dicts with `id`, `name`, `user_id`, `created_at` and `last_access`, times in UTC.

        Raises:
            NotFound: when there is no such user.
            NotAuthorized: when the tokens are somebody else's, and the caller is not a system administrator.

        Example:
            >>> me = ckan.portal.whoami()["name"]
            >>> all(one["last_access"] is None or one["last_access"] >= one["created_at"] for one in ckan.tokens.list(me))
            True
        """
        owner = await Users(self._connection).get(named(user, "user"))
        # CKAN 2.9 wants `user`, later versions `user_id`.
        tokens = await self._read_records("api_token_list", {"user_id": owner["id"], "user": owner["name"]})
        choice = _Choice(name, None, None, unused_since, everything=name is None and unused_since is None, limit=None)
        choice.check()
        tokens = [one for one in tokens if choice.is_meant(one)]
        return sorted(tokens, key=lambda token: (str(token.get("created_at")), str(token.get("id"))))

    async def create(self, user: str, name: str, **more: Any) -> Record:
        """Create a token. The portal shows it only this once.

        Args:
            user: the user's name or id.
            name: what the token is for.
            **more: what a plugin asks for, such as `expires_in` and `unit`.

        Returns:
            CKAN's record, with the secret in `token`, which `print` shows and `repr` does not.

        Raises:
            NotFound: when there is no such user.
            InDoubt: when the answer is lost, or has no secret in it; the token may be there, and can be revoked.

        Example:
            >>> me = ckan.portal.whoami()["name"]
            >>> made = ckan.tokens.create(me, "laptop")
            >>> made["token"] != ""
            True
        """
        given = {"user": named(user, "user"), "name": named(name, "token"), **more}
        try:
            made: Record = await self._connection.call("api_token_create", given, as_is=False)
        except InDoubt as error:
            error.hint = _maybe_made(given["user"], given["name"])
            raise
        except (NotFound, ValidationError):
            await self._require("user", given["user"])
            raise
        if not made["token"]:
            raise InDoubt(
                f"{self._portal_state.address.site} reported success, but without the secret of the token.",
                hint=_maybe_made(given["user"], given["name"]),
            )
        return {**made, "token": Secret(made["token"])}

    async def revoke(
        self,
        user: str,
        *,
        name: str | None = None,
        ids: Names | None = None,
        created_before: datetime | timedelta | None = None,
        unused_since: datetime | timedelta | None = None,
        everything: bool = False,
        include_current: bool = False,
        limit: int | None = None,
        dry_run: bool = False,
        confirm: Callable[[Revocation], str | bool] | None = None,
    ) -> Revocation:
        """Revoke the tokens of a user that meet all of the given conditions.

        The tokens are listed first, revoked concurrently, and listed again, to report any that is still there. The token in use
        is kept unless asked for, and is then revoked last. The work is a job with a journal: an interrupted one is resumed
        with `client.jobs.open("last").run()`.

        Args:
            user: the user's name or id.
            name: tokens of exactly this name.
            ids: tokens with these ids.
            created_before: tokens created before this time, or longer ago than this.
            unused_since: tokens that were not used since this time, or for this long; for those never used, their creation counts.
            everything: all tokens; needs a `confirm` that returns `REVOKE ALL`.
            include_current: include the token in use.
            limit: the maximum number of tokens, the oldest first.
            dry_run: only report what would be revoked.
            confirm: receives what would be revoked (a dry run), and returns True, or the phrase, to confirm.

        Returns:
            The tokens that were selected, and an outcome for each.

        Raises:
            InvalidArgument: when no condition is given, or one is not valid.
            NotFound: when there is no such user, or no token has the given name or id.
            Cancelled: when it was not confirmed.
            Incomplete: when the portal stayed down; the job can be resumed later.

        Example:
            >>> done = ckan.tokens.revoke(ckan.portal.whoami()["name"], name="laptop")
            >>> done.complete, done.done["revoked"] > 0
            (True, True)
        """
        choice = _Choice(name, ids, created_before, unused_since, everything, limit)
        choice.check()
        tokens = await self.list(user)
        current = None if include_current else self._current()
        selected = choice.select(tokens, current)
        plan = Revocation(
            user,
            len(tokens),
            selected,
            [_outcome(token, "kept", "dry run") for token in selected],
            dry_run=True,
            current_kept=any(one.get("id") == current and choice.is_meant(one) for one in tokens),
        )
        if dry_run or not selected:
            return plan
        if confirm is not None or everything:
            refusal = f"Nothing was revoked: {counted(len(selected), 'token')} selected, but not confirmed."
            word = REVOKE_ALL if everything else ""
            require_confirmation(plan, confirm, refusal, word=word, word_alone=everything)
        outcomes = await self._revoke(user, selected)
        return replace(plan, outcomes=outcomes, dry_run=False)

    def _current(self) -> str | None:
        token = self._connection.portal_state.token
        return jti(token) if token else None

    async def _revoke(self, user: str, selected: Sequence[Record]) -> Outcomes:
        """Revoke side by side; the token in use in a stage of its own, when all others are done."""
        current = self._current()
        operations = (_operation(token, user, last=token.get("id") == current) for token in selected)
        job = Jobs(self._connection).planned(f"revoke tokens of {user}", map(Planned, operations))
        await job.run()
        outcomes = [_outcome_of(entry) for entry in job.entries()]
        job.close()
        return outcomes


def _maybe_made(user: str, name: str) -> str:
    return f"{user} may have a token {name!r} now whose secret nobody knows: " + Hint(
        f"tokens.list({user!r}, name={name!r}) shows it, and tokens.revoke({user!r}, ids=[...]) revokes it.",
        f"`tuckan token list {user} --name {name}` shows it, and `tuckan token revoke {user} --id ID` revokes it.",
    )


def _operation(token: Record, user: str, *, last: bool) -> Operation:
    id_ = str(token["id"])
    data = {"jti": id_, "name": token.get("name"), "user": user, "user_id": token.get("user_id")}
    return Operation(id_, "token.revoke", f"token {id_}", data, stage=int(last))


def _outcome_of(entry: Entry) -> TokenOutcome:
    outcomes: dict[str, Any] = {"done": "revoked", "wrong": "still there"}
    data = entry.operation.data
    return TokenOutcome(data["jti"], str(data["name"]), outcomes.get(entry.state, "failed"), entry.reason)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which tokens are meant."""

    name: str | None
    ids: Names | None
    created_before: datetime | timedelta | None
    unused_since: datetime | timedelta | None
    everything: bool
    limit: int | None

    def check(self) -> None:
        conditions = (self.name, self.ids, self.created_before, self.unused_since)
        if not self.everything and all(one is None for one in conditions):
            raise InvalidArgument(
                "No condition is given. Revoking all tokens must be explicit.",
                hint=Hint(
                    "Give name=, ids=, created_before= or unused_since=; or everything=True.",
                    "Give --name, --id, --created-before or --unused-since; or --all.",
                ),
            )
        if self.everything and any(one is not None for one in conditions):
            raise InvalidArgument("Everything and a condition are mutually exclusive.", hint="Give one of them.")
        if self.name is not None and not self.name.strip():
            raise InvalidArgument("The name of the tokens is empty.", hint="Give the exact name.")
        times: dict[str, object] = {"created_before": self.created_before, "unused_since": self.unused_since}
        for name, since in times.items():
            if since is not None and not isinstance(since, (datetime, timedelta)):
                raise InvalidArgument(
                    f"{name}={since!r} is not a time.",
                    hint=Hint(
                        f"Give a datetime, or a timedelta: {name}=timedelta(days=90).",
                        "Give a date such as 2024-01-31, or an age such as 90d.",
                    ),
                )
        if self.limit is not None and self.limit < 1:
            raise InvalidArgument(f"limit={self.limit} would revoke nothing.", hint="Use 1 or more.")

    def select(self, tokens: Sequence[Token], current: str | None) -> builtins.list[Token]:
        found = [token for token in tokens if self.is_meant(token)]
        if not found and (self.name is not None or self.ids is not None):
            wanted = [] if self.name is None else [f"is called {self.name!r}"]
            wanted += [] if self.ids is None else [f"has the id {' or '.join(map(repr, self.ids))}"]
            raise NotFound(
                f"None of {counted(len(tokens), 'token')} {' and '.join(wanted)}.",
                action="api_token_list",
                status=404,
                hint="`tuckan token list USER` shows their names and ids.",
            )
        return [token for token in found if token.get("id") != current][: self.limit]

    def is_meant(self, token: Record) -> bool:
        made = parse_timestamp(token.get("created_at"))
        used = parse_timestamp(token.get("last_access")) or made
        return (
            (self.name is None or token.get("name") == self.name)
            and (self.ids is None or token.get("id") in self.ids)
            and (self.created_before is None or (made is not None and made < _limit(self.created_before)))
            and (self.unused_since is None or (used is not None and used < _limit(self.unused_since)))
        )


def _limit(when: datetime | timedelta) -> datetime:
    if isinstance(when, timedelta):
        return datetime.now(UTC) - when
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _outcome(token: Record, outcome: Any, reason: str = "") -> TokenOutcome:
    return TokenOutcome(str(token.get("id")), str(token.get("name")), outcome, reason)
