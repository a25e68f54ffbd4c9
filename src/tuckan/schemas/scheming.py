"""Schemas from the results of `scheming_dataset_schema_show` and similar actions.

Facts on ckanext-scheming 3.x: presets come expanded, with their name; `required` is held by some validators alone (see
`_HOLD_REQUIRED`) and by the absence of any; repeating subfields are lists of records in both directions. ckanext-composite keeps `subfields` as JSON text; ckanext-fluent has a value
for each language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.schemas.schema import Choice, Field, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tuckan.schemas.schema import Entity, Kind

_HOLD_REQUIRED = frozenset(
    "scheming_required not_empty not_missing scheming_multiple_choice scheming_multiple_text fluent_text"
    " fluent_core_translated fluent_tags scheming_isodatetime scheming_isodatetime_tz".split()
)
_CHECK_CHOICES = frozenset(("scheming_choices", "scheming_multiple_choice"))
# The kind of field by the name of a preset, a validator or a form snippet; the first match decides.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("fluent_tags", "tags by language"),
    ("fluent_core_translated", "languages"),
    ("fluent_text", "languages"),
    ("fluent_markdown", "languages"),
    ("fluent_link", "languages"),
    ("tag_string_autocomplete", "tags"),
    ("tag_string_convert", "tags"),
    ("dataset_organization", "organization"),
    ("owner_org_validator", "organization"),
    ("dataset_slug", "name"),
    ("group_name_validator", "name"),
    ("package_name_validator", "name"),
    ("resource_url_upload", "upload"),
    ("multiple_checkbox", "choices"),
    ("multiple_select", "choices"),
    ("scheming_multiple_choice", "choices"),
    ("multiple_text", "texts"),
    ("scheming_multiple_text", "texts"),
    ("repeating_text", "texts"),
    ("select", "choice"),
    ("radio", "choice"),
    ("scheming_choices", "choice"),
    ("json_object", "json"),
    ("scheming_valid_json_object", "json"),
    ("datetime", "datetime"),
    ("datetime_tz", "datetime"),
    ("scheming_isodatetime", "datetime"),
    ("scheming_isodatetime_tz", "datetime"),
    ("date", "date"),
    ("isodate", "date"),
    ("int_validator", "integer"),
    ("natural_number_validator", "integer"),
    ("is_positive_integer", "integer"),
    ("boolean_validator", "boolean"),
    ("license.html", "license"),
    ("markdown", "markdown"),
    ("markdown.html", "markdown"),
    ("url_validator", "link"),
    ("email_validator", "email"),
)


def from_scheming(entity: Entity, said: Mapping[str, Any]) -> Schema:
    """A schema from a result of ckanext-scheming.

    Args:
        entity: `dataset`, `organization` or `group`.
        said: the result of `scheming_dataset_schema_show`, `scheming_organization_schema_show` or
            `scheming_group_schema_show`, presets expanded or not.

    Example:
        >>> said = {"dataset_type": "camel", "dataset_fields": [{"field_name": "humps", "label": {"en": "Humps"}}]}
        >>> [(one.name, one.label, one.kind) for one in from_scheming("dataset", said).fields]
        [('humps', 'Humps', 'text')]
    """
    fields = said.get("dataset_fields") if entity == "dataset" else said.get("fields")
    languages = tuple(_listed(said.get("form_languages")))
    return Schema(
        entity,
        str(said.get(f"{entity}_type") or entity),
        _fields(fields, languages),
        _fields(said.get("resource_fields"), languages),
        "scheming",
        _text(said.get("about")),
    )


def _fields(said: Any, languages: Sequence[str]) -> tuple[Field, ...]:
    given = [one for one in said if isinstance(one, dict) and one.get("field_name")] if isinstance(said, list) else []
    return tuple(_field(one, languages) for one in given)


def _field(said: Mapping[str, Any], languages: Sequence[str]) -> Field:
    kind, name = _kind(said), str(said["field_name"])
    translated = kind in ("languages", "tags by language")
    return Field(
        name,
        _text(said.get("label")) or name,
        kind,
        _is_required(said),
        _text(said.get("help_text")),
        _choices(said.get("choices")),
        _fields(said.get("repeating_subfields") or said.get("subfields"), languages),
        tuple(_listed(said.get("form_languages")) or languages) if translated else (),
        # CKAN's validator that drops any value.
        "ignore" in _validators(said),
        # Choices in a form alone: any other value is taken as well.
        bool(said.get("choices")) and _CHECK_CHOICES.isdisjoint(_validators(said)),
    )


def _kind(said: Mapping[str, Any]) -> Kind:
    preset, snippet = str(said.get("preset") or ""), str(said.get("form_snippet") or "")
    if said.get("repeating_subfields"):
        return "items"
    if said.get("subfields"):
        return "composite items" if "repeating" in f"{preset} {snippet} {said.get('validators')}" else "composite"
    signs = {preset, snippet, *_validators(said)}
    for sign, kind in _KINDS:
        if sign in signs:
            return kind
    return "choice" if said.get("choices") else "text"


def _validators(said: Mapping[str, Any]) -> list[str]:
    """The names of a field's validators, without their arguments."""
    return [one.split("(", 1)[0] for one in str(said.get("validators") or "").split()]


def _is_required(said: Mapping[str, Any]) -> bool:
    validators = _validators(said)
    held = not validators or not _HOLD_REQUIRED.isdisjoint(validators)
    return "not_empty" in validators or (said.get("required") in (True, "true", "True") and held)


def _choices(said: Any) -> tuple[Choice, ...]:
    given = [one for one in said if isinstance(one, dict) and "value" in one] if isinstance(said, list) else []
    return tuple(Choice(one["value"], _text(one.get("label")) or str(one["value"])) for one in given)


def _text(said: Any) -> str:
    """A text, or one of its translations: English if there is one, otherwise the first."""
    if isinstance(said, dict):
        return str(said.get("en") or next(iter(said.values()), ""))
    return "" if said is None else str(said).strip()


def _listed(said: Any) -> list[str]:
    return [str(one) for one in said] if isinstance(said, list) else []
