"""Finding resources by the names that users give, and explaining why an existing one has no table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tuckan._text import choices, counted, did_you_mean
from tuckan.errors import Hint, InvalidArgument, NotFound, ServerError, TuckanError, ValidationError
from tuckan.wire.address import name_from_page
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.solr import term
from tuckan.wire.table_hints import explaining_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.wire.flow import Flow
    from tuckan.wire.portal_state import PortalState

T = TypeVar("T")

_LOADERS = {"datapusher": "datapusher", "xloader": "xloader", "datapusher_plus": "datapusher"}
"""Plugins that load files, each with the commands for it."""


def finding_resource(text: str, portal_state: PortalState) -> Flow[str]:
    """Find the id of a resource.

    Args:
        text: its id, the address of its page, or `dataset/name`; a table's alias stays as it is.
        portal_state: the portal.

    Raises:
        InvalidArgument: when several resources have this name, or the address is of another page.
        NotFound: when the dataset has no such resource.
    """
    text = name_from_page(text, "resource", portal_state.address)
    dataset, slash, name = text.partition("/")
    if not (slash and dataset and name):
        return text
    try:
        found = yield from execute(Call("package_show", {"id": dataset}, read_only=True), portal_state)
    except NotFound:
        return text  # an alias may contain a slash; the caller reports it if it does not exist
    resources = [one for one in found.get("resources") or () if isinstance(one, dict)]
    same = [str(one["id"]) for one in resources if name in (one.get("name"), one.get("id"))]
    if len(same) == 1:
        return same[0]
    if same:
        raise InvalidArgument(
            f"The dataset {dataset} has {counted(len(same), 'resource')} called {name!r}.",
            hint=f"Give the id of one: {', '.join(same)}.",
        )
    raise NotFound(
        f"The dataset {dataset} has no resource called {name!r}.",
        action="package_show",
        hint=_which(resources, name),
    )


def asking_for_names(kind: str, name: str) -> Call:
    """The call that returns names similar to an unknown one.

    Args:
        kind: `dataset`, `organization`, `group`, `user`, `tag` or `vocabulary`.
        name: the unknown name. For datasets, only similarly spelled names are requested.
    """
    if kind != "dataset":
        return Call(f"{kind}_list", {"all_fields": False} if kind == "user" else {}, read_only=True)
    safe = term(name.lower())
    alike = f"name:({safe}~2 OR {safe}* OR *{safe}*)"
    asked = {"fq": alike, "fl": ["name"], "rows": 100, "include_private": True}
    return Call("package_search", asked, read_only=True)


def names_in(answer: Any) -> list[str]:
    """The names in the answer to such a call."""
    found = answer.get("results") if isinstance(answer, dict) else answer
    each = found if isinstance(found, list) else []
    return [str(one.get("name") if isinstance(one, dict) else one) for one in each]


def finding_near_name(kind: str, name: str, portal_state: PortalState) -> Flow[str]:
    """Suggest similar names, as a question in brackets; empty if there are none."""
    try:
        known = names_in((yield from execute(asking_for_names(kind, name), portal_state)))
    except TuckanError:
        return ""
    return in_brackets(did_you_mean(name, known))


def in_brackets(question: str) -> str:
    """A question of `did_you_mean`, to follow a statement.

    Example:
        >>> in_brackets("Did you mean 'rain'?"), in_brackets("")
        (" (did you mean 'rain'?)", '')
    """
    return f" (d{question[1:]})" if question else ""


def _which(resources: list[dict[str, Any]], name: str) -> str:
    named = sorted(resources, key=lambda one: not one.get("name"))  # those without a name are last
    return choices(name, [str(one.get("name") or one.get("id")) for one in named]) or "It has no resources."


def about_table(
    flow: Flow[T], resource: str, portal_state: PortalState, asked: Mapping[str, Any] | None = None
) -> Flow[T]:
    """Run a flow about a table; if there is none, the error says whether the resource exists and how to load it.

    Args:
        flow: the flow.
        resource: the resource's id, or an alias.
        portal_state: the portal.
        asked: the parameters of a search, so that the error names what was not understood of them.

    Raises:
        NotFound: when there is no table.
        ValidationError: when the portal cannot parse the search.
    """
    try:
        return (yield from flow)
    except (ValidationError, ServerError) as error:
        if asked is None:
            raise
        raise (yield from explaining_table(error, asked, resource, portal_state)) from None
    except NotFound as error:
        try:
            found = yield from execute(Call("resource_show", {"id": resource}, read_only=True), portal_state)
        except TuckanError:
            raise error from None
        loader = yield from _loader(portal_state)
        raise NotFound(
            f"The resource {found.get('name') or resource} has no table: its data has not been loaded into the DataStore.",
            action=error.action,
            status=error.status,
            error=error.error,
            hint=_how_to_load(found, loader),
        ) from error


def _loader(portal_state: PortalState) -> Flow[str]:
    """The portal's loader, or empty if it has none or does not say."""
    try:
        status = yield from execute(Call("status_show", read_only=True), portal_state)
    except TuckanError:
        return ""
    plugins = status.get("extensions") if isinstance(status, dict) else ()
    return next((_LOADERS[one] for one in plugins or () if one in _LOADERS), "")


def _how_to_load(resource: Mapping[str, Any], loader: str) -> str:
    id_ = resource.get("id")
    download = "to get its file: " + Hint(f"resources.download('{id_}').", f"`tuckan resource download {id_}`.")
    if resource.get("url_type") == "datastore" or not resource.get("url"):
        return "Push rows into it: " + Hint(f"datastore.push(data, '{id_}').", f"`tuckan datastore push FILE {id_}`.")
    if not loader:
        return "The portal lists no loader (DataPusher, XLoader). " + download
    submit = Hint(f"{loader}.submit('{id_}')", f"`tuckan {loader} submit {id_}`")
    return "To load it, if it is a table: " + submit + "; " + download
