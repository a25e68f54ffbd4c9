"""What tuckan's flows rely on in CKAN's answers: which keys a record has, and which of them hold lists of records.

A portal's schema may omit or redefine everything else. Only results requested with
`client.call` are returned unchecked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Required, TypedDict

import msgspec

if TYPE_CHECKING:
    from tuckan.wire.call import Call


class _Named(TypedDict, total=False):
    id: str
    name: Required[str]
    state: str | None


class _Identified(TypedDict, total=False):
    id: Required[str]
    state: str | None


class _Extra(TypedDict):
    key: str
    value: Any


class _Tag(TypedDict, total=False):
    name: Required[str]
    vocabulary_id: str | None


class _Resource(_Identified, total=False):
    package_id: str | None
    url: str | None


class _Dataset(_Identified, total=False):
    name: Required[str]
    type: str | None
    metadata_modified: str | None
    resources: list[_Resource] | None
    tags: list[_Tag] | None
    groups: list[_Named] | None
    extras: list[_Extra] | None
    organization: dict[str, Any] | None
    relationships_as_subject: list[dict[str, Any]] | None
    relationships_as_object: list[dict[str, Any]] | None


class _Revision(TypedDict):
    package: _Dataset


class _Group(_Identified, total=False):
    name: Required[str]
    type: str | None
    users: list[_Named] | None
    groups: list[_Named] | None
    extras: list[_Extra] | None
    packages: list[_Named] | int | None


class _User(_Identified, total=False):
    name: Required[str]


class _Vocabulary(_Identified, total=False):
    name: Required[str]
    tags: list[_Tag] | None


class _Collaborator(TypedDict, total=False):
    user_id: Required[str]


class _Field(TypedDict, total=False):
    id: Required[str]
    type: str
    info: dict[str, Any] | None


class _Column(TypedDict, total=False):
    id: Required[str]
    type: Required[str]
    info: dict[str, Any] | None
    schema: dict[str, Any] | None


class _Written(TypedDict, total=False):
    fields: list[_Field]


class _Meta(TypedDict, total=False):
    aliases: list[str] | str | None


class _Table(TypedDict, total=False):
    fields: list[_Column]
    meta: _Meta | None


class _Loading(TypedDict, total=False):
    status: str | None
    last_updated: str | None
    task_info: dict[str, Any] | None


class _Status(TypedDict, total=False):
    ckan_version: str | None
    extensions: list[str] | None


class _Token(TypedDict):
    token: str


_ANY_ENTITY = ("show", "create", "update", "patch")
_FORMS: dict[str, Any] = {
    **{f"package_{verb}": _Dataset for verb in _ANY_ENTITY},
    **{f"{kind}_{verb}": _Group for kind in ("group", "organization") for verb in _ANY_ENTITY},
    **{f"user_{verb}": _User for verb in (*_ANY_ENTITY, "invite")},
    **{f"{kind}_{verb}": _Resource for kind in ("resource", "resource_view") for verb in _ANY_ENTITY},
    **{f"vocabulary_{verb}": _Vocabulary for verb in _ANY_ENTITY},
    "package_revise": _Revision,
    "resource_view_list": list[_Identified],
    "resource_create_default_resource_views": list[_Identified],
    "package_collaborator_list": list[_Collaborator],
    "package_relationships_list": list[dict[str, Any]],
    "datastore_info": _Table,
    "datastore_create": _Written,
    "datastore_upsert": dict[str, Any],
    "datapusher_status": _Loading,
    "xloader_status": _Loading,
    "status_show": _Status,
    "tag_create": _Identified,
    "api_token_create": _Token,
}


def difference(call: Call, result: Any) -> str:
    """How a result deviates from the form that the action always returns; empty if it does not, or no form is known.

    Example:
        >>> from tuckan.wire.call import Call
        >>> difference(Call("package_show"), {"id": "1", "name": "rain", "resources": 7})
        'Expected `array | null`, got `int` - at `$.resources`'
        >>> difference(Call("package_show"), {"id": "1", "name": "rain", "resources": [{"id": "2", "size": {}}]})
        ''
    """
    form = None if call.as_is or call.shape is not Any else _FORMS.get(call.action)
    if form is None:
        return ""
    try:
        msgspec.convert(result, form)
    except msgspec.ValidationError as error:
        return str(error)
    return ""
