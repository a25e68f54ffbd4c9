"""A call: the name of an action, its parameters, and the facts about the action that decide how it may be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an action.

    Attributes:
        action: the action's name.
        params: its parameters, as JSON values.
        read_only: whether it changes nothing, so that it may be sent by GET and repeated.
        idempotent: whether sending it twice leaves what sending it once leaves.
        files: names with files to upload; a call with files is sent as multipart.
        timeout: seconds for an answer, or None for the client's own.
        divisible: whether less can be asked for; then what took too long is not asked for again as it is.
        shape: the type that the result is decoded as, `msgspec.Raw` for the JSON as it came.
        digests: names of parameters that are sent behind the files, each with the file whose SHA-256 it holds.
    """

    action: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    read_only: bool = False
    idempotent: bool = False
    files: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    timeout: float | None = None
    divisible: bool = False
    shape: Any = Any
    digests: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if not self.action or not all(c.isalnum() or c in "_-" for c in self.action):
            raise InvalidArgument(
                f"{self.action!r} is not the name of an action.",
                hint="Names look like package_search; CKAN's API guide lists them.",
            )

    @property
    def may_repeat(self) -> bool:
        """Whether a request that may have arrived can be sent once more."""
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
            f"{action}: a parameter has no JSON form: {error}.",
            hint="Pass text, numbers, booleans, lists, dicts or None; read a file's content first.",
        ) from error


def _plain(value: Any) -> Any:
    """A text of a class of its own (a `Secret`, a numpy text) as text."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def as_fields(params: Mapping[str, Any], action: str) -> dict[str, str]:
    """Encode parameters as text fields, for GET and forms, where everything is one level of text.

    None is left out; booleans become `true` and `false`; lists and dicts become JSON text, which CKAN decodes.
    """
    fields: dict[str, str] = {}
    for name, value in params.items():
        if value is None:
            continue
        fields[name] = value if isinstance(value, str) else as_json(value, action).decode()
    return fields
