"""Writes whose answer was lost: look up whether they were done, and send them again only if they were not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tuckan import errors
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.flow import Flow, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")

LONGEST_STEP_ASIDE = 2.0


def stepping_aside(times: int, portal_state: PortalState) -> Wait:
    """Wait before a retry, with jitter and exponential backoff."""
    return Wait(portal_state.chance() * min(LONGEST_STEP_ASIDE, 0.05 * 2 ** min(times, 10)))


class Doubts:
    """Counts how often the answer to one write was lost, and decides what to do.

    Args:
        portal_state: the portal.
    """

    def __init__(self, portal_state: PortalState) -> None:
        self._portal_state = portal_state
        self._times = 0
        self._last: errors.InDoubt | None = None

    def __bool__(self) -> bool:
        """Whether any answer was lost."""
        return self._last is not None

    def add(self, doubt: errors.InDoubt) -> Wait:
        """Record a lost answer, and wait before the write may be sent again."""
        self._times, self._last = self._times + 1, doubt
        return stepping_aside(self._times, self._portal_state)

    def looking_up(self, look: Callable[[], Flow[T]]) -> Flow[T]:
        """Look up whether the write was done; if that fails, the error says that the outcome is in doubt."""
        doubt = self._last
        if doubt is None:
            return (yield from look())
        try:
            return (yield from look())
        except (errors.InDoubt, errors.InvalidToken):
            raise
        except (errors.Unavailable, errors.RateLimited, errors.ConnectionFailed) as error:
            error.hint = f"{doubt.action} may already have been done. " + doubt.hint
            raise
        except (errors.PortalError, errors.TransportError) as error:
            several = f"it was sent {self._times} times and was not done before the last attempt. That one"
            doubt.message = (
                f"{doubt.about}: {several if self._times > 1 else 'it'} may have arrived and can't be looked up"
                f" ({error.message.rstrip('.')}), so it was not sent again. {_message(doubt.__cause__)}"
            )
            raise doubt from doubt.__cause__

    def require_repeatable(self) -> None:
        """Refuse to resend a write that was not done, if resending would not help.

        Raises:
            TuckanError: when it was in doubt too often, or was answered (with a redirect, a page) by something in front of
                the portal that would answer so again.
        """
        doubt = self._last
        if doubt and (self.exhausted or isinstance(doubt.__cause__, (errors.NotCKAN, errors.Redirected))):
            error = self.given_up(doubt)
            if isinstance(error, errors.PortalError):
                error.hint = "A lookup showed that nothing was changed. " + error.hint
            raise error from None

    @property
    def exhausted(self) -> bool:
        """Whether the attempts of the retry policy are used up."""
        return self._times >= self._portal_state.policy.attempts

    def given_up(self, doubt: errors.InDoubt) -> errors.TuckanError:
        """The error for a write that was not done on any attempt: the portal's own, if there is one."""
        cause = doubt.__cause__
        if isinstance(cause, errors.PortalError):
            return cause
        often = "it was sent once, the answer was lost, and it was"
        if self._times > 1:
            often = f"it was sent {self._times} times, each answer was lost, and each time it was"
        doubt.message = f"{doubt.about}: {often} looked up and not done. {_message(cause)}"
        return doubt


def _message(error: BaseException | None) -> str:
    return error.message if isinstance(error, errors.TuckanError) else ""


def once(
    write: Call | Callable[[], Flow[T]],
    done: Callable[[], Flow[T | None]],
    portal_state: PortalState,
    *,
    repeatable: bool = True,
    unblock: Callable[[], Flow[None]] | None = None,
) -> Flow[T]:
    """Perform a write that must not happen twice.

    Args:
        write: the call, or a flow that performs it.
        done: a flow that looks up the result of the write; None if it was not done.
        portal_state: the portal.
        repeatable: whether it can be sent again; a file may be readable only once.
        unblock: a flow that removes the probable cause of a failure before it is sent again.

    Returns:
        A flow that returns CKAN's result, or the record that was found if the answer was lost.

    Raises:
        InDoubt: when the answer was lost on every attempt.
    """
    doubts = Doubts(portal_state)
    while True:
        try:
            return (yield from (execute(write, portal_state) if isinstance(write, Call) else write()))
        except errors.InDoubt as error:
            doubt, pause = error, doubts.add(error)
        except (errors.ValidationError, errors.NotFound):
            # The write in doubt may have finished since it was looked up, and now conflict with itself.
            if not doubts or (found := (yield from done())) is None:
                raise
            return found
        if (found := (yield from doubts.looking_up(done))) is not None:
            return found
        if not repeatable:
            raise doubt
        if unblock:
            yield from unblock()
        doubts.require_repeatable()
        yield pause
