"""All kinds of operations. Journals refer to them by name, so the meaning of a name never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import ConfigurationError
from tuckan.jobs.kinds.calls import CallAction
from tuckan.jobs.kinds.copied_datasets import CopyDataset
from tuckan.jobs.kinds.copied_files import CopyFile
from tuckan.jobs.kinds.copied_groups import CopyGroup, CopyUser
from tuckan.jobs.kinds.copied_views import CopyViews
from tuckan.jobs.kinds.datasets import DeleteDataset, PatchDataset, PutBeforePublishing, PutDataset
from tuckan.jobs.kinds.entities import DeleteEntity, PatchEntity, PutEntity
from tuckan.jobs.kinds.files import PutFile
from tuckan.jobs.kinds.loaders import SubmitToLoader
from tuckan.jobs.kinds.resources import DeleteResources
from tuckan.jobs.kinds.tokens import RevokeToken
from tuckan.wire.entities import ENTITIES

if TYPE_CHECKING:
    from tuckan.jobs.operation import Kind

_KINDS: tuple[Kind, ...] = (
    PutDataset(),
    PutBeforePublishing(),
    PatchDataset(),
    DeleteDataset(),
    DeleteResources(),
    PutFile(),
    *(kind(entity) for entity in ENTITIES.values() for kind in (PutEntity, PatchEntity, DeleteEntity)),
    CallAction(),
    RevokeToken(),
    SubmitToLoader("datapusher", "DataPusher"),
    SubmitToLoader("xloader", "XLoader"),
    CopyUser(),
    CopyGroup("organization"),
    CopyGroup("group"),
    CopyDataset(),
    CopyFile(),
    CopyViews(),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}


def register(*kinds: Kind) -> None:
    """Register the kinds of a room above this one."""
    KINDS.update({kind.name: kind for kind in kinds})


def kind_of(name: str) -> Kind:
    """The kind with a name.

    Raises:
        ConfigurationError: when the journal was written by a version of tuckan with more kinds.
    """
    if name not in KINDS:
        raise ConfigurationError(
            f"This version of tuckan does not know operations of the kind {name!r}.", hint="Update tuckan."
        )
    return KINDS[name]
