"""When to try again and how long to wait first: pure functions of what failed and how often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tuckan.wire.flow import NetworkFailure, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be temporary."""

AWAY = frozenset({429, 502, 503, 504})
"""Statuses of a portal, or a proxy in front of it, that is down."""

REFUSED_UNREAD = frozenset({429})
"""Statuses that mean that the request was rejected before it was processed."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The retry policy of a client.

    Attributes:
        attempts: the maximum number of times that a request is sent.
        base: the maximum of the first pause, in seconds; it doubles with every attempt.
        longest: the maximum of any pause, in seconds, unless the portal asks for more.
        budget: the time that all attempts and pauses of one call may take together, in seconds.
        patience: how long to wait for a portal that is down (no connection, 429, 502, 503, 504), in seconds, however many
            attempts that takes; jobs use it to outlive a restart.
        attempts_to_reach: the maximum number of times that a request is sent until the portal has answered once; None for
            `attempts`. The command line gives up sooner at a terminal.

    Example:
        >>> from tuckan import connect
        >>> connect("https://example.org", retries=RetryPolicy(attempts=3, budget=60))
        Client('https://example.org')
    """

    attempts: int = 6
    base: float = 0.5
    longest: float = 30.0
    budget: float = 300.0
    patience: float = 0.0
    attempts_to_reach: int | None = None

    def first_contact(self) -> RetryPolicy:
        """Return the policy that applies until the portal has answered once.

        Example:
            >>> RetryPolicy(attempts=6, attempts_to_reach=2).first_contact().attempts
            2
        """
        return self if self.attempts_to_reach is None else replace(self, attempts=self.attempts_to_reach)


def is_passing(answer: Reply | NetworkFailure) -> bool:
    """Whether a retry may help."""
    return (
        answer.kind not in ("tls", "no tls", "too large", "encoding")
        if isinstance(answer, NetworkFailure)
        else answer.status in PASSING
    )


def is_away(answer: Reply | NetworkFailure) -> bool:
    """Whether the portal was down, rather than unable to answer this request."""
    return answer.kind in ("connect", "broken") if isinstance(answer, NetworkFailure) else answer.status in AWAY


def took_too_long(answer: Reply | NetworkFailure) -> bool:
    """Whether the portal, or a proxy in front of it, timed out."""
    return answer.kind == "timeout" if isinstance(answer, NetworkFailure) else answer.status == 504


def is_struggling(answer: Reply | NetworkFailure) -> bool:
    """Whether an answer is a sign of overload."""
    return answer.kind == "timeout" if isinstance(answer, NetworkFailure) else answer.status in (429, 503, 504)


def may_have_arrived(answer: Reply | NetworkFailure) -> bool:
    """Whether the portal may have acted on the request that got this answer."""
    if isinstance(answer, NetworkFailure):
        return answer.kind not in ("connect", "tls", "no tls")
    return not (answer.status in REFUSED_UNREAD or (answer.status == 503 and "retry-after" in answer.headers))


def retry_after(reply: Reply | NetworkFailure, now: datetime | None = None) -> float | None:
    """Read `Retry-After` in both forms, seconds and date, as seconds from now.

    A date is compared with the answer's own `Date`, so a wrong clock on either side does not matter.
    """
    if isinstance(reply, NetworkFailure) or not (value := reply.headers.get("retry-after", "").strip()):
        return None
    if value.isascii() and value.isdigit():
        return float(value)  # infinite if it has hundreds of digits, which no budget allows
    try:
        until = parsedate_to_datetime(value)
        sent = reply.headers.get("date")
        start = parsedate_to_datetime(sent) if sent else (now or datetime.now(UTC))
        return max(0.0, (_aware(until) - _aware(start)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def pause(
    policy: RetryPolicy, attempt: int, spent: float, answer: Reply | NetworkFailure, chance: Callable[[], float]
) -> float | None:
    """Seconds to wait before a retry, or None to give up.

    Args:
        policy: the retry policy.
        attempt: how often the request was sent so far, from 1.
        spent: seconds elapsed so far, sending and waiting.
        answer: the outcome of the last attempt.
        chance: returns a random number from 0 to 1, for full jitter.

    Returns:
        The seconds, at least `Retry-After`; None if attempts or budget are used up.
    """
    patience = policy.patience if is_away(answer) else 0.0
    if attempt >= policy.attempts and spent >= patience:
        return None
    asked = retry_after(answer)
    jitter = chance() * min(policy.longest, policy.base * 2 ** min(attempt - 1, 10))
    # Retry-After is a lower bound: clients that were told "2" must not all return at the same instant.
    seconds = jitter if asked is None else asked + chance() * policy.base
    return seconds if spent + seconds <= max(policy.budget, patience) else None
