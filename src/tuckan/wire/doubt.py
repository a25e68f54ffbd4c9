"""Writes whose answer was lost: what may have arrived is looked up, and sent again only when it was seen not to be done."""

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
    """A pause before trying again: each waits for a while of its own, and longer every time."""
    return Wait(portal_state.chance() * min(LONGEST_STEP_ASIDE, 0.05 * 2 ** min(times, 10)))


class Doubts:
    """How often the answer to one write was lost, and what follows from that.

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
        """Note that an answer was lost; the pause before the write may be sent again."""
        self._times, self._last = self._times + 1, doubt
        return stepping_aside(self._times, self._portal_state)

    def looking_up(self, look: Callable[[], Flow[T]]) -> Flow[T]:
        """Look up what the write has done; where that cannot be found out, the error says that it is in doubt."""
        doubt = self._last
        if doubt is None:
            return (yield from look())
        try:
            return (yield from look())
        except (errors.InDoubt, errors.InvalidToken):
            raise
        except (errors.Unavailable, errors.RateLimited, errors.ConnectionFailed) as error:
            error.hint = f"{doubt.action} may have been done before. " + doubt.hint
            raise
        except (errors.PortalError, errors.TransportError) as error:
            several = f"it was sent {self._times} times, and not done before the last. That one"
            doubt.message = (
                f"{doubt.about}: {several if self._times > 1 else 'it'} may have arrived, and can't be looked up"
                f" ({error.message.rstrip('.')}), so it was not sent again. {_message(doubt.__cause__)}"
            )
            raise doubt from doubt.__cause__

    def require_repeatable(self) -> None:
        """Refuse to send a write again that was seen not to be done, where that would not help.

        Raises:
            TuckanError: when it was in doubt too often, or was answered (with a redirect, a page) by something in front of
                the portal that would answer so again.
        """
        doubt = self._last
        if doubt and (self.exhausted or isinstance(doubt.__cause__, (errors.NotCKAN, errors.Redirected))):
            error = self.given_up(doubt)
            if isinstance(error, errors.PortalError):
                error.hint = "It was looked up afterwards: nothing was changed. " + error.hint
            raise error from None

    @property
    def exhausted(self) -> bool:
        """Whether as many answers were lost as the retry policy allows attempts."""
        return self._times >= self._portal_state.policy.attempts

    def given_up(self, doubt: errors.InDoubt) -> errors.TuckanError:
        """The error for a write that was seen not to be done each time: the portal's own, if it had one."""
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
    """Make a write that must not be made twice.

    Args:
        write: the call, or a flow that makes it.
        done: looks up what it would have done; None when it was not done.
        portal_state: the portal.
        repeatable: whether it can be sent again at all; a file may be one that can be read only once.
        unblock: takes away what may have made the portal fail, before it is sent again.

    Returns:
        A flow whose value is CKAN's result, or what was found where the answer was lost.

    Raises:
        InDoubt: when answers are lost again and again.
    """
    doubts = Doubts(portal_state)
    while True:
        try:
            return (yield from (execute(write, portal_state) if isinstance(write, Call) else write()))
        except errors.InDoubt as error:
            doubt, pause = error, doubts.add(error)
        except (errors.ValidationError, errors.NotFound):
            # What was in doubt may have come to its end since it was looked up, and stand in its own way.
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
