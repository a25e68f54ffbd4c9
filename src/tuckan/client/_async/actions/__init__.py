"""Every action as a method, loaded when `client.action` is first asked for."""

from __future__ import annotations

from tuckan.client._async.actions.activities import ActivitiesActions
from tuckan.client._async.actions.calling import OtherAction
from tuckan.client._async.actions.datasets import DatasetsActions
from tuckan.client._async.actions.datastore import DatastoreActions
from tuckan.client._async.actions.files import FilesActions
from tuckan.client._async.actions.groups import GroupsActions
from tuckan.client._async.actions.portal import PortalActions
from tuckan.client._async.actions.resources import ResourcesActions
from tuckan.client._async.actions.tags import TagsActions
from tuckan.client._async.actions.users import UsersActions


class AsyncActions(
    DatasetsActions,
    ResourcesActions,
    GroupsActions,
    UsersActions,
    TagsActions,
    ActivitiesActions,
    DatastoreActions,
    FilesActions,
    PortalActions,
):
    """Every action as a method: `client.action.package_show(id="x")`.

    Those of CKAN and its own plugins have signatures and types. Any other name is taken for a plugin's action: it is called
    as it is, and its `help()` asks the portal what it does.
    """

    def __getattr__(self, name: str) -> OtherAction:
        if name.startswith("_"):
            raise AttributeError(name)
        return OtherAction(name, self._call)
