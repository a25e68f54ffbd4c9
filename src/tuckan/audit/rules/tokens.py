"""Whether API tokens are in order. These rules find nothing unless users were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan._text import counted, parse_timestamp
from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tuckan.audit.rules import Context

_REVOKE = "Revoke it: `tuckan token revoke USER --id ID`."


@rule("tokens/of-deleted-user", "error", "Tokens of deleted users", "Revoke them.", "user")
def _of_deleted(user: Mapping[str, Any], context: Context) -> Iterable[Found]:
    del context
    tokens = _tokens(user)
    if user.get("state") != "deleted" or not tokens:
        return NOTHING
    return (Found(f"The user was deleted, and still has {counted(len(tokens), 'token')}.", str(len(tokens))),)


@rule("tokens/too-many", "warning", "Users with many tokens", "Revoke those that nobody uses.", "user")
def _too_many(user: Mapping[str, Any], context: Context) -> Iterable[Found]:
    number = len(_tokens(user))
    if number <= context.thresholds["many_tokens"]:
        return NOTHING
    return (Found(f"The user has {counted(number, 'token')}.", str(number)),)


@rule("tokens/unused", "warning", "Tokens that are not used any more", _REVOKE, "user")
def _unused(user: Mapping[str, Any], context: Context) -> Iterator[Found]:
    for token, days in _idle(user, context, "last_access"):
        told = f"The token {token.get('name')!r:.80} was not used for {counted(days, 'day')}."
        yield Found(told, str(token.get("last_access")), str(token.get("id")))


@rule("tokens/never-used", "note", "Tokens that were never used", _REVOKE, "user")
def _never_used(user: Mapping[str, Any], context: Context) -> Iterator[Found]:
    for token, days in _idle(user, context, "created_at"):
        if not token.get("last_access"):
            told = f"The token {token.get('name')!r:.80} was made {counted(days, 'day')} ago, and never used."
            yield Found(told, str(token.get("created_at")), str(token.get("id")))


def _tokens(user: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tokens = user.get("tokens")
    return [one for one in tokens if isinstance(one, dict)] if isinstance(tokens, list) else []


def _idle(user: Mapping[str, Any], context: Context, name: str) -> Iterator[tuple[Mapping[str, Any], int]]:
    for token in _tokens(user):
        moment = parse_timestamp(token.get(name))
        days = (context.today - moment.date()).days if moment else 0
        if days > context.thresholds["unused_token_days"]:
            yield token, days
