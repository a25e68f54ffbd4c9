# Generated from src/tuckan/client/_async/actions/__init__.py by scripts/unasync.py: change that file, then run `make fix`.
"""Every action as a method, loaded when `client.action` is first asked for."""

from __future__ import annotations

from tuckan.client._sync.actions.activities import ActivitiesActions
from tuckan.client._sync.actions.calling import OtherAction
from tuckan.client._sync.actions.datasets import DatasetsActions
from tuckan.client._sync.actions.datastore import DatastoreActions
from tuckan.client._sync.actions.files import FilesActions
from tuckan.client._sync.actions.groups import GroupsActions
from tuckan.client._sync.actions.portal import PortalActions
from tuckan.client._sync.actions.resources import ResourcesActions
from tuckan.client._sync.actions.tags import TagsActions
from tuckan.client._sync.actions.users import UsersActions


class Actions(
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
