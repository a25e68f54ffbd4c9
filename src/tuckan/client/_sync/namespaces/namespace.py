# Generated from src/tuckan/client/_async/namespaces/namespace.py by scripts/unasync.py: change that file, then run `make fix`.
"""What every namespace of a client shares."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from tuckan.errors import Cancelled, Hint, InvalidArgument
from tuckan.wire.address import name_from_page
from tuckan.wire.call import Call
from tuckan.wire.envelope import record_of
from tuckan.wire.execute import execute
from tuckan.wire.finding import about_table, finding_resource
from tuckan.wire.uncounted_lists import checked, list_in, page_in, records_in, texts_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tuckan.client._sync.connection import Connection
    from tuckan.shapes import Record
    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")
S = TypeVar("S")
Subject: TypeAlias = "tuple[str, str]"
"""A kind of thing with the name or id of one, as `wire.subjects` has it."""
Check: TypeAlias = "Callable[[Call, Any], Any]"
"""Sees that a result is what its action gives."""


def as_it_came(call: Call, result: Any) -> Any:  # noqa: ARG001 - a check of nothing
    """Any result."""
    return result


class Namespace:
    """Part of a client, for one kind of thing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {self._connection.portal_state.address.site}"

    @property
    def _portal_state(self) -> PortalState:
        return self._connection.portal_state

    def _name_of(self, value: str, what: str) -> str:
        """The name or id of a dataset, an organization or a group: as it was given, or from the address of its page.

        Raises:
            InvalidArgument: when there is nothing in it, or it is another address.
        """
        return name_from_page(named(value, what), what, self._portal_state.address)

    def _resource(self, value: str) -> str:
        """The id of a resource: as it was given, from the address of its page, or looked up for `dataset/name`."""
        return self._run(finding_resource(named(value, "resource"), self._portal_state))

    @overload
    def _run(self, flow: Flow[Record] | Flow[Record | None]) -> Any: ...
    @overload
    def _run(self, flow: Flow[T]) -> T: ...
    def _run(self, flow: Flow[Any]) -> Any:
        # Which record it is says the method that gives it.
        return self._connection.run(flow)

    def _about(self, flow: Flow[Any], *subjects: Subject) -> Any:
        """Perform a flow; where it fails as one of the things that it names is not there, the error says which."""
        if not subjects:
            return self._run(flow)
        from tuckan.wire.subjects import about  # noqa: PLC0415 - no client needs it before its first answer

        return self._run(about(flow, subjects, self._portal_state))

    def _require(self, kind: str, name: str) -> Record:
        """Read something before it is acted on, where CKAN would not say that it is not there, or is of another kind."""
        from tuckan.wire.subjects import requiring  # noqa: PLC0415 - as above

        return self._run(requiring(kind, name, self._portal_state))

    def _set(self, action: str, params: Mapping[str, Any]) -> Any:
        """Call an action that leaves the same when it is called twice; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return self._run(execute(Call(action, given, idempotent=True), self._portal_state))

    def _remove(
        self,
        action: str,
        id: str,  # noqa: A002 - CKAN's own word
        show: str,
        about: Sequence[Subject] = (),
        **more: Any,
    ) -> None:
        """Delete something by its id, once, and look whether it is gone; `show` is the action that reads it."""
        from tuckan.wire.removing import removing  # noqa: PLC0415 - no client needs it before its first answer

        look = Call(show, {"id": id, **more}, read_only=True)
        what = show.removesuffix("_show").replace("package", "dataset").replace("resource_view", "view")
        still = f"the {what} {id} is still there"
        self._about(removing(Call(action, {"id": id, **more}), look, self._portal_state, still=still), *about)

    def _follow(self, kind: str, id: str) -> None:  # noqa: A002 - CKAN's own word
        from tuckan.wire.removing import following  # noqa: PLC0415 - no client needs it before its first answer

        self._about(following(kind, id, self._portal_state), (kind, id))

    def _unfollow(self, kind: str, id: str) -> None:  # noqa: A002 - CKAN's own word
        from tuckan.wire.removing import unfollowing  # noqa: PLC0415 - as above

        self._about(unfollowing(kind, id, self._portal_state), (kind, id))

    def _read(
        self, action: str, params: Mapping[str, Any], check: Check = as_it_came, about: Sequence[Subject] = ()
    ) -> Any:
        """Call an action that changes nothing, and check its result; parameters that are None are left out.

        Where it is not found, the error says which of the things in `about` is not there.
        """
        given = {name: value for name, value in params.items() if value is not None}
        flow = checked(check, Call(action, given, read_only=True), self._portal_state)
        if action in ("datastore_info", "datastore_search"):
            flow = about_table(flow, str(given.get("id") or given.get("resource_id")), self._portal_state, given)
        return self._about(flow, *about)

    def _read_record(self, action: str, params: Mapping[str, Any], about: Sequence[Subject] = ()) -> Any:
        """The same for an action that answers with one record."""
        return self._read(action, params, record_of, about)

    def _read_list(self, action: str, params: Mapping[str, Any]) -> list[Any]:
        """The same for an action that answers with a list."""
        return self._read(action, params, list_in)

    def _read_records(
        self, action: str, params: Mapping[str, Any], key: str | None = "id", about: Sequence[Subject] = ()
    ) -> list[Any]:
        """The same for an action that answers with a list of records; `key` is the field that tells them apart."""
        return self._read(action, params, partial(records_in, key=key), about)

    def _read_page(
        self, action: str, params: Mapping[str, Any], rows: str = "results", total: str | None = "count"
    ) -> Any:
        """The same for an action that answers with a page of records and their number."""
        return self._read(action, params, partial(page_in, rows=rows, total=total))

    def _read_texts(self, action: str, params: Mapping[str, Any], about: Sequence[Subject] = ()) -> list[str]:
        """The same for an action that answers with a list of names."""
        found: list[str] = self._read(action, params, texts_in, about)
        return found


def fields_of(record: Mapping[str, Any] | None, more: Mapping[str, Any], what: str) -> Record:
    """Fields given as a mapping, as keywords, or both.

    Raises:
        InvalidArgument: when there are none, or one is a file.
    """
    fields = {**(record or {}), **more}
    if not fields:
        raise InvalidArgument(
            f"There are no fields to write for the {what}.",
            hint=Hint("Name its fields: title='Rain'.", "Name its fields: title=Rain."),
        )
    return without_files(fields) if what != "resource" else without_files({"resources": [fields]})["resources"][0]


def without_files(fields: Record) -> Record:
    """Check that no resource of a dataset contains a file, which CKAN would silently drop; returns the fields.

    Raises:
        InvalidArgument: when one does.
    """
    resources: Any = fields.get("resources")
    for one in resources if isinstance(resources, list) else ():
        if isinstance(one, dict) and one.get("upload"):
            raise InvalidArgument(
                f"upload={one['upload']!r}: files are not sent with a resource's fields.",
                hint=Hint(
                    "resources.upload(dataset, file, name=...) sends one, as a new resource or, with id=, to an existing one;"
                    " resources.upload_many sends many, and jobs.load takes `upload` in its records.",
                    "`tuckan resource upload DATASET FILE` sends one, as a new resource or, with --id, to an existing one;"
                    " `tuckan load` takes `upload` in its records.",
                ),
            )
    return fields


def with_address(resource: Record) -> Record:
    """The fields of a new resource, once it is seen that it has an address, without which it shows nothing.

    Raises:
        InvalidArgument: when it has none.
    """
    if not resource.get("url") and not resource.get("url_type"):
        named = f" {resource['name']!r}" if resource.get("name") else ""
        raise InvalidArgument(
            f"The resource{named} has neither an address nor a file. Nothing was sent.",
            hint="Give a url, or upload a file with "
            + Hint("resources.upload(dataset, file, name=...).", "`tuckan resource upload DATASET FILE`."),
        )
    return resource


def worked_out(changes: Any, there: Record) -> Record:
    """The fields to set: as they are given, or as a function gives them that gets a copy of the record and may edit it."""
    if not callable(changes):
        return without_files(dict(changes))
    copy = deepcopy(there)
    given: Any = changes(copy)
    fields: Record = copy if given is None else dict(given)
    return without_files({name: value for name, value in fields.items() if name not in there or there[name] != value})


def several(names: str | Sequence[str], what: str) -> list[str]:
    """Names given as one text or several, each once.

    Raises:
        InvalidArgument: when there are none, or one of them is empty.
    """
    given = [names] if isinstance(names, str) else list(names)
    if not given:
        raise InvalidArgument(f"No {what} is given.", hint=f"Give the name of one {what} or more.")
    return list(dict.fromkeys(named(one, what) for one in given))


def named(value: str, what: str) -> str:
    """A name or id that was given, without the space around it.

    Raises:
        InvalidArgument: when there is nothing in it.
    """
    text = str(value or "").strip()
    if not text:
        raise InvalidArgument(f"The {what} is empty.", hint=f"Give the name or id of one {what}.")
    return text


def not_confirmed(what: str, record: Mapping[str, Any]) -> str:
    """The sentence that a record was not removed."""
    return f"Nothing was removed: the {what} {record.get('name')} was not confirmed."


def require_confirmation(
    shown: S,
    confirm: Callable[[S], str | bool] | None,
    refusal: str,
    *,
    word: str = "",
    word_alone: bool = False,
) -> None:
    """Go on only when the answer is True, or the word that somebody had to type.

    Args:
        shown: what is about to happen, or what it is about to happen to.
        confirm: is shown it, and answers; without it nothing is confirmed.
        refusal: what to say otherwise: what was not done, and why.
        word: the word: a name, or a phrase.
        word_alone: whether True is not enough.

    Raises:
        Cancelled: when it is anything else.
    """
    answer = confirm(shown) if confirm else False
    if (answer is True and not word_alone) or (word and answer == word):
        return
    expected = [*([] if word_alone else ["True"]), *([repr(word)] if word else [])]
    hint = Hint(
        f"Pass confirm=, a function that returns {' or '.join(expected)}.",
        f"Type {word} to continue; in a script, pass --confirm {word!r}."
        if word_alone
        else f"{f'Type {word}' if word else 'Answer y'} to continue, or add --yes.",
    )
    raise Cancelled(refusal, hint=hint)
