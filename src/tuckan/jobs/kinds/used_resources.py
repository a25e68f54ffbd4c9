"""Views and tables that others added to a resource, ignoring those that CKAN and its loaders create."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan import errors
from tuckan.jobs.kinds.collaborators import listed
from tuckan.wire import solr
from tuckan.wire.call import Call
from tuckan.wire.execute import execute
from tuckan.wire.uncounted_lists import page_in

if TYPE_CHECKING:
    from tuckan.jobs.operation import Portals, Record
    from tuckan.wire.flow import Flow

LOADERS = ("datapusher", "xloader")
_OF_EVERY_VIEW = frozenset({"id", "resource_id", "package_id", "view_type", "title", "description"})
_USUAL_TITLES = frozenset(
    {"Image", "Text", "PDF", "Table", "Data Explorer", "Website", "Audio", "Video", "Map", "Grid"}
)
"""The English titles of CKAN's default views; in other languages, other resources of the portal show them."""

_DEFAULTS = {"date_format": "llll", "ellipsis_length": 100, "filterable": True, "responsive": False}
"""The default settings of a table view (`datatables_view`; CKAN 2.10 to 2.12)."""

MOST_COMPARED = 5
"""How many resources of the same format are checked to find the portal's default views."""


def used_resource(resource: Record, portals: Portals) -> Flow[list[str]]:
    """The views and the table that others added to a resource, as text for a message."""
    used: list[str] = []
    name = resource.get("name") or resource["id"]
    views = yield from _views(str(resource["id"]), portals)
    for one in views:
        alone = sum(each.get("view_type") == one.get("view_type") for each in views) == 1
        if not (alone and _says_nothing(one) and (yield from _is_usual(one, resource, portals))):
            used.append(f"its resource {name} has the view {one.get('title') or one.get('view_type')!r}")
    if resource.get("datastore_active") and not (yield from _was_loaded(str(resource["id"]), portals)):
        used.append(f"its resource {name} has a table that no loader created")
    return used


def _views(resource: str, portals: Portals) -> Flow[list[Record]]:
    return (yield from listed(Call("resource_view_list", {"id": resource}, read_only=True), portals)) or []


def _says_nothing(view: Record) -> bool:
    set_by_somebody = {
        name for name, value in view.items() if value and name not in _OF_EVERY_VIEW and value != _DEFAULTS.get(name)
    }
    return not view.get("description") and not set_by_somebody


def _is_usual(view: Record, resource: Record, portals: Portals) -> Flow[bool]:
    """Whether it is a default view of the portal: it has one of CKAN's titles, or one that another resource has as well."""
    kind, title = view.get("view_type"), view.get("title")
    if title in _USUAL_TITLES:
        return True
    key = f"usual view: {kind} {title} of {resource.get('format')}"
    if key not in portals.shared:
        portals.shared[key] = yield from _another_has(kind, title, resource, portals)
    return bool(portals.shared[key])


def _another_has(kind: Any, title: Any, resource: Record, portals: Portals) -> Flow[bool]:
    fq = f"+{solr.clause('res_format', str(resource.get('format') or ''))} -{solr.clause('id', str(resource.get('package_id')))}"
    call = Call("package_search", {"fq": fq, "rows": MOST_COMPARED, "facet": "false"}, read_only=True)
    for one in page_in(call, (yield from execute(call, portals.target)))["results"]:
        same = [each for each in one.get("resources") or () if each.get("format") == resource.get("format")]
        for each in same[:1]:
            views = yield from _views(str(each["id"]), portals)
            if any((view.get("view_type"), view.get("title")) == (kind, title) for view in views):
                return True
    return False


def _was_loaded(resource: str, portals: Portals) -> Flow[bool]:
    """Whether a loader reports that it created the table of a resource. Rows added to such a table cannot be told apart."""
    for loader in LOADERS:
        if f"no {loader}" in portals.shared:
            continue
        call = Call(f"{loader}_status", {"resource_id": resource}, read_only=True)
        try:
            status = yield from execute(call, portals.target)
        except errors.ActionNotFound:
            portals.shared[f"no {loader}"] = True
        except (errors.NotFound, errors.NotAuthorized, errors.ValidationError):
            continue
        else:
            if isinstance(status, dict) and status.get("status") in ("complete", "running", "pending"):
                return True
    return False
