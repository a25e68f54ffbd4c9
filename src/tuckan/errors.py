"""Every error that tuckan raises, in one hierarchy.

```
TuckanError
├── ConfigurationError          no URL, an unreadable .env, an unknown profile, a damaged journal
│   ├── TokenMissing            a job that was started with a token is resumed without one
│   └── CannotWrite             one of tuckan's own files cannot be written: no space, or no permission
├── InvalidArgument             a value that no portal could accept (also a ValueError)
├── MissingDependency           an optional library is not installed (also an ImportError)
├── SandboxError                a sandbox could not be created, started or stopped
├── ClientClosed                the client was closed before (also a RuntimeError)
├── Cancelled                   destructive work that was not confirmed
├── FileChanged                 a file was written to while it was being sent
├── Incomplete                  a list that may be short, or a job that did not finish all it began
├── NotKept                     the portal accepted a write, and does not have what was sent
├── DoesNotFit                  a value of a table that does not fit its column's type (also a ValueError)
├── PortalError                 the portal answered, and the answer is no
│   ├── NotFound
│   ├── NotAuthorized
│   │   └── InvalidToken        a token was given and the portal does not know it
│   ├── ValidationError         .fields says what is wrong with which
│   ├── Conflict                somebody else changed the record since it was read
│   ├── SearchError             the search service refused the query
│   ├── ActionNotFound          this portal has no such action
│   ├── ServerError             the portal failed internally (500)
│   ├── RateLimited             429, after all the waiting that was allowed
│   ├── Unavailable             502, 503, 504, after all retries
│   ├── TooLarge                413: a proxy or CKAN refuses the size
│   ├── Redirected              the portal redirects to another host
│   ├── NotTheFile              a page or an error arrived instead of a file
│   └── NotCKAN                 not an answer of CKAN: HTML, a firewall's page, truncated JSON
└── TransportError              no answer
    ├── Timeout
    ├── ConnectionFailed
    ├── AnswerTooLarge          the answer exceeds the size limit
    └── InDoubt                 a write that may have arrived; it was not repeated
```

The data is on the exception (`action`, `status`, `fields`, ...), the message in `str()`, and what to do next in `hint`.
"""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Hint(str):
    """What to do next, in the words of who reads it: the text itself is for Python, `shell` for the command line.

    Hints can be added to each other and to plain text, which both readers see.

    Args:
        python: the text for Python.
        shell: the text for the command line.

    Example:
        >>> hint = "Try again, " + Hint("or raise timeout=.", "or raise --timeout.")
        >>> hint, hint.shell
        ('Try again, or raise timeout=.', 'Try again, or raise --timeout.')
    """

    __slots__ = ("shell",)
    shell: str

    def __new__(cls, python: str, shell: str) -> Self:
        """A hint of these two forms."""
        hint = super().__new__(cls, python)
        hint.shell = shell
        return hint

    def __add__(self, other: str) -> Hint:
        """This hint, and more behind it."""
        return Hint(str(self) + str(other), self.shell + for_shell(other))

    def __radd__(self, other: str) -> Hint:
        """This hint, and more before it."""
        return Hint(str(other) + str(self), for_shell(other) + self.shell)

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is copied and pickled."""
        return Hint, (str(self), self.shell)


def for_shell(hint: str) -> str:
    """The hint for the command line.

    Example:
        >>> for_shell(Hint("Pass token=...", "Log in.")), for_shell("Try again.")
        ('Log in.', 'Try again.')
    """
    return hint.shell if isinstance(hint, Hint) else hint


def each_form(change: Callable[[str], str], text: str) -> str:
    """A text changed; where it is a `Hint`, both of its forms.

    Example:
        >>> each_form(str.upper, Hint("pass x=1", "add --x 1")).shell
        'ADD --X 1'
    """
    return Hint(change(str(text)), change(text.shell)) if isinstance(text, Hint) else change(text)


class TuckanError(Exception):
    """The base of every error that tuckan raises.

    Args:
        message: what happened, in a sentence.
        hint: what to do next, in a sentence, or as a `Hint` if it differs at a shell.

    Attributes:
        portal: the address of the portal that answered, or an empty string.
        log: the end of the portal's own log, if available: after a status 500 of a sandbox.

    Example:
        >>> from tuckan import connect
        >>> try:
        ...     connect("https://example.org", timeout=0)
        ... except TuckanError as error:
        ...     print(type(error).__name__, "-", error.hint)
        InvalidArgument - Give seconds, more than 0.
    """

    portal: str = ""
    log: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickling and copying must not go through __init__, which asks for more than the message in most of the tree.
        return _restored, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.message, portal_line(self), self.hint, self.log)))


def portal_line(error: TuckanError) -> str:
    """The line that names the portal of an error, or an empty string where there is none or the message names it.

    Example:
        >>> error = NotFound("package_show (id=rivers): Not found", action="package_show")
        >>> error.portal = "https://example.org"
        >>> portal_line(error)
        'Portal: https://example.org'
    """
    return f"Portal: {error.portal}" if error.portal and error.portal not in error.message else ""


def _restored(kind: type[TuckanError], arguments: tuple[Any, ...]) -> TuckanError:
    return kind.__new__(kind, *arguments)


class ConfigurationError(TuckanError):
    """Settings are missing, unreadable or contradict each other.

    Example:
        >>> from tuckan import connect
        >>> try:
        ...     connect(profile="staging")
        ... except ConfigurationError as error:
        ...     print(error.message)
        There is no profile called 'staging'.
    """


class TokenMissing(ConfigurationError):
    """A job that was started with a token is resumed without one; nothing was sent, since the portal would refuse all of it."""


class CannotWrite(ConfigurationError):
    """One of tuckan's own files (a journal, a ledger, a backup, the profiles) cannot be written; nothing is sent that cannot be recorded."""


class InvalidArgument(TuckanError, ValueError):
    """A value that no portal could accept, found before anything was sent.

    Example:
        >>> try:
        ...     ckan.datasets.search("planet", rows=-1)
        ... except InvalidArgument as error:
        ...     print(error.message)
        rows=-1, start=0: neither may be negative.
    """


class MissingDependency(TuckanError, ImportError):
    """An optional library is not installed; the hint has the command."""


class ClientClosed(TuckanError, RuntimeError):
    """The client was closed; nothing can be sent with it any more."""


class Cancelled(TuckanError):
    """Destructive work was not confirmed, so nothing was changed.

    Example:
        >>> try:
        ...     ckan.datasets.purge("planet-mars", confirm=lambda dataset: False)
        ... except Cancelled as error:
        ...     print(error.message)
        Nothing was removed: the dataset planet-mars was not confirmed.
    """


class SandboxError(TuckanError):
    """A sandbox could not be created, started or stopped; the message names the part that failed and has the end of its log."""


class FileChanged(TuckanError):
    """A file was written to while it was being sent; the portal did not accept it."""


class Incomplete(TuckanError):
    """Less was read (or done) than there is.

    Attributes:
        expected: how many the portal counts, or None if it does not tell.
        received: how many arrived.
        missing: ids known to be missing.

    Example:
        >>> error = Incomplete("The list is short.", expected=307, received=305, missing=["4f1c", "9a2e"])
        >>> error.expected - error.received, error.missing
        (2, ('4f1c', '9a2e'))
    """

    def __init__(
        self,
        message: str,
        *,
        expected: int | None,
        received: int,
        missing: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.expected = expected
        self.received = received
        self.missing = tuple(missing)


class NotKept(TuckanError):
    """The portal accepted a write, and does not have what was sent. The write is not undone: everything else that was sent is kept.

    Attributes:
        portal: the address of the portal.
        subject: what was written, such as `dataset rivers`.
        fields: by the path of each field that was not kept, the value that was sent and the one that the portal has;
            secrets are never among them.
        record: what was written, as the portal has it now.

    Example:
        >>> fields = {"license_id": ("cc-by", "notspecified")}
        >>> error = NotKept("...", portal="https://example.org", subject="dataset rivers", fields=fields)
        >>> for field, (sent, kept) in error.fields.items():
        ...     print(f"{field}: sent {sent}, kept {kept}")
        license_id: sent cc-by, kept notspecified
    """

    def __init__(
        self,
        message: str,
        *,
        portal: str,
        subject: str,
        fields: Mapping[str, tuple[Any, Any]],
        record: Mapping[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.portal = portal
        self.subject = subject
        self.fields = dict(fields)
        self.record = dict(record or {})


class DoesNotFit(TuckanError, ValueError):
    """A value of a table does not fit its column's type.

    Attributes:
        column: the column's name.
        value: the value, as text.
    """

    def __init__(self, message: str, *, column: str, value: str | None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.column = column
        self.value = value


class PortalError(TuckanError):
    """The portal answered, and refused.

    Attributes:
        action: the action that was called.
        status: the HTTP status of the answer.
        error: CKAN's own `error` object, or `{}` if there was none.
        unknown: the kind and the name of what the portal does not know, such as `("dataset", "rivers")`, if the
            answer tells; else None.

    Example:
        >>> error = NotFound("Not found", action="package_show", status=404)
        >>> isinstance(error, PortalError), error.action, error.status
        (True, 'package_show', 404)
    """

    unknown: tuple[str, str] | None = None

    def __init__(
        self,
        message: str,
        *,
        action: str = "",
        status: int = 0,
        error: Mapping[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.action = action
        self.status = status
        self.error = dict(error or {})


class NotFound(PortalError):
    """The record does not exist on the portal, or this token may not see it.

    Example:
        >>> try:
        ...     ckan.datasets.get("planet-vulcan")
        ... except NotFound as error:
        ...     print(error.status, error.action, error.unknown)
        404 package_show ('dataset', 'planet-vulcan')
    """


class NotAuthorized(PortalError):
    """This user (or nobody, without a token) may not do that.

    Example:
        >>> from tuckan import connect
        >>> with connect(ckan.base_url, token="") as anonymous:
        ...     try:
        ...         anonymous.datasets.patch("planet-mars", title="Mars")
        ...     except NotAuthorized as error:
        ...         print(error.status)
        403
    """


class InvalidToken(NotAuthorized):
    """The portal does not know the given token; CKAN would treat the request as anonymous."""


class ValidationError(PortalError):
    """The portal refused the values.

    Attributes:
        fields: the problems of each field, in CKAN's words.

    Example:
        >>> try:
        ...     ckan.datasets.create(name="planet-mars", owner_org="space")
        ... except ValidationError as error:
        ...     print(error.fields)
        {'name': ['That URL is already in use.']}
    """

    @property
    def fields(self) -> dict[str, Any]:
        """The field names with their complaints, without CKAN's own `__type`."""
        return {name: value for name, value in self.error.items() if not name.startswith("__")}


class Conflict(PortalError):
    """Somebody else changed the record since it was read; nothing was overwritten, unless `arrived` says so.

    Attributes:
        arrived: whether the change was written anyway, and the other one came in between, so that part of it may be
            overwritten.

    Example:
        >>> mars = ckan.datasets.get("planet-mars")
        >>> after = ckan.datasets.patch("planet-mars", version="1")  # by somebody else, meanwhile
        >>> try:
        ...     ckan.datasets.update(mars, {"version": "2"})
        ... except Conflict:
        ...     mars = ckan.datasets.update("planet-mars", {"version": ""})  # read it again, and decide
    """

    arrived: bool = False


class SearchError(PortalError):
    """The search service refused the query, or is not available."""


class ActionNotFound(PortalError):
    """This portal has no such action: it is misspelled, the version is too old, or a plugin is not enabled."""


class ServerError(PortalError):
    """The portal failed internally (status 500)."""


class RateLimited(PortalError):
    """The portal is limiting requests (429), after all the waiting that was allowed.

    Attributes:
        retry_after: seconds the portal asked to wait, or None.
    """

    retry_after: float | None = None


class Unavailable(PortalError):
    """The portal, or a proxy in front of it, is temporarily unavailable (502, 503, 504)."""


class TooLarge(PortalError):
    """The request is larger than the portal or a proxy accepts (413)."""


class Redirected(PortalError):
    """The portal redirects to another host, where the token must not be sent.

    Attributes:
        location: the address that it redirects to.
    """

    location: str = ""


class NotTheFile(PortalError):
    """A page, an error or nothing arrived instead of a file; nothing was saved."""


class NotCKAN(PortalError):
    """The answer is not from CKAN's API: a website, a login page, a firewall, truncated JSON."""


class TransportError(TuckanError):
    """No answer came.

    Attributes:
        action: the action that was called.
        url: the address, without secrets.

    Example:
        >>> from tuckan import RetryPolicy, connect
        >>> with connect("http://127.0.0.1:9", retries=RetryPolicy(attempts=1)) as ckan:
        ...     try:
        ...         ckan.portal.status()
        ...     except TransportError as error:
        ...         print(type(error).__name__, error.action)
        ConnectionFailed status_show
    """

    def __init__(self, message: str, *, action: str = "", url: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.action = action
        self.url = url


class Timeout(TransportError):
    """The portal took longer than the time allowed."""


class ConnectionFailed(TransportError):
    """No connection could be made: a wrong host name, nothing listening, an invalid certificate, a reset."""


class AnswerTooLarge(TransportError):
    """The answer, decompressed, is larger than the client accepts (`max_answer_bytes`)."""


class InDoubt(TransportError):
    """A write that may have reached the portal. It was sent once, or again only after a lookup showed that it was not done.

    Attributes:
        about: the call, as it is named in messages.
    """

    about = ""


class TuckanWarning(UserWarning):
    """The base of tuckan's warnings."""


class PortalMoved(TuckanWarning):
    """The portal redirected `http` to `https`; the new address is used from now on."""


class KeptAs(TuckanWarning):
    """The portal stores a value in another form than it was sent, such as text without surrounding spaces."""


class UnknownLicense(TuckanWarning):
    """A dataset was given a license that the portal does not offer; CKAN accepts any."""


class SeveralMatch(TuckanWarning):
    """More than one record matches where one was requested."""


class NoFilter(TuckanWarning):
    """The portal refuses the `filter` of `package_revise`, so a field is replaced without CKAN checking the version."""


def warn(message: str, category: type[TuckanWarning]) -> None:
    """Warn whoever called the library, at the line where they did."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "tuckan":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


class JobLeftOpen(TuckanWarning):
    """A job was planned and neither run nor closed; its journal stays."""
