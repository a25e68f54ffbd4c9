"""A call: the name of an action, its parameters, and the facts about the action that decide how it may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Asked(Protocol):
    """A request as errors name it: a call of an action, or a request of another route."""

    @property
    def action(self) -> str:
        """The action's name, or the method and the path."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters."""
        ...


class Call(msgspec.Struct, frozen=True):
    """One call of an action; `repr` leaves out its parameters, which may be secret.

    Attributes:
        action: the action's name.
        params: its parameters, as JSON values.
        read_only: whether it changes nothing, so it may be sent by GET and repeated.
        idempotent: whether sending it twice has the same effect as sending it once.
        files: names with files to upload; a call with files is sent as multipart.
        timeout: seconds for an answer, or None for the client's own.
        divisible: whether the caller can request less; if so, a request that timed out is not repeated unchanged.
        shape: the type that the result is decoded as; `msgspec.Raw` for unparsed JSON.
        unlisted: whether the action is not in the catalogue, for example a plugin's; it may be read-only.
        tell: called with the size of the answer in bytes.
        digests: names of parameters that are sent behind the files, each with the file whose SHA-256 it holds.
        as_is: whether to return the result unchecked, in whatever form: the user asked for it, and no flow depends on it.
    """

    action: str
    params: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    read_only: bool = False
    idempotent: bool = False
    unlisted: bool = False
    files: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    timeout: float | None = None
    divisible: bool = False
    shape: Any = Any
    tell: Callable[[int], object] = bool
    digests: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    as_is: bool = False

    def __post_init__(self) -> None:
        if not self.action or not all(c.isalnum() or c in "_-" for c in self.action):
            raise InvalidArgument(
                f"{self.action!r} is not a valid name of an action.",
                hint="Names look like package_search; CKAN's API guide lists them.",
            )

    def __repr__(self) -> str:
        return f"Call({self.action!r})"

    @property
    def may_repeat(self) -> bool:
        """Whether a request that may have arrived can be repeated."""
        return self.read_only or self.idempotent


def as_json(params: Mapping[str, Any], action: str) -> bytes:
    """Encode parameters as JSON.

    Raises:
        InvalidArgument: when a value has no JSON form.
    """
    try:
        return msgspec.json.encode(params, enc_hook=_plain)
    except (TypeError, msgspec.MsgspecError) as error:
        raise InvalidArgument(
            f"{action}: a parameter cannot be sent as JSON: {error}.",
            hint="Only text, numbers, booleans, lists, objects and null can be sent. Read the content of a file first.",
        ) from error


def _plain(value: Any) -> Any:
    """An instance of a subclass of str (a `Secret`, a numpy string) as plain str."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is not a JSON value")


def as_fields(params: Mapping[str, Any], action: str) -> dict[str, str]:
    """Encode parameters as the text fields of a multipart form: None is omitted, everything but text becomes JSON."""
    return {name: as_text(value, action) for name, value in params.items() if value is not None}


_LISTS_IN_JSON = frozenset({"facet.field"})
_NEVER_A_TEXT = frozenset({"fq_list"})


def as_query(params: Mapping[str, Any], action: str) -> list[tuple[str, str]]:
    """Encode parameters for the query of a GET, where CKAN reads a name that comes once as text, and twice as a list.

    None and empty lists are left out, dicts and lists of anything nested become JSON text. A list of one cannot be told
    from its item, and where CKAN takes either, the item is sent. Two parameters of `package_search` differ: `facet.field`
    is decoded from JSON, and `fq_list` must be a list, so that its one item is sent twice.
    """
    query: list[tuple[str, str]] = []
    for name, value in params.items():
        if not isinstance(value, (list, tuple)) or name in _LISTS_IN_JSON or not _is_flat(value):
            query += [(name, as_text(value, action))] if value is not None else []
            continue
        items = [as_text(item, action) for item in value]
        query += [(name, item) for item in (items * 2 if len(items) == 1 and name in _NEVER_A_TEXT else items)]
    return query


def is_the_same_by_get(params: Mapping[str, Any]) -> bool:
    """Whether every action reads these parameters from a GET as from JSON, apart from numbers and booleans as text."""
    return all(
        not isinstance(value, (dict, list, tuple))
        or (isinstance(value, (list, tuple)) and len(value) > 1 and all(isinstance(item, str) for item in value))
        for value in params.values()
    )


def _is_flat(items: Sequence[Any]) -> bool:
    return not any(item is None or isinstance(item, (dict, list, tuple)) for item in items)


def as_text(value: Any, action: str) -> str:
    """A value for a form or a query: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else as_json(value, action).decode()
