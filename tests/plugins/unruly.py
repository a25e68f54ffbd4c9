"""A plugin for CKAN that does to a portal what real plugins do: the habits that a test marks itself with.

It runs inside CKAN. The file that the setting `unruly.habits` names holds the habits of the moment, so one sandbox serves all
tests.

| habit | what CKAN does then |
|---|---|
| refuses_filter | `package_revise` refuses every `filter`, as a core validator is redefined |
| blanks_names | resources have no name |
| drops_extras | extras are accepted and not kept |
| keeps_aliases | groups have a field `alias`, kept as an extra: it is in what is read, and not in what a write answers |
| wants_files | a resource without a file or an address is refused |
"""

import json
from pathlib import Path

from ckan import plugins
from ckan.lib.navl.dictization_functions import missing
from ckan.lib.plugins import DefaultGroupForm
from ckan.logic import schema
from ckan.plugins import toolkit


def has(habit):
    return habit in Path(toolkit.config["unruly.habits"]).read_text(encoding="utf-8").split()


def json_list_or_string(value):
    """CKAN's own validator under that name gives a list; several plugins keep JSON text in a field, and give text."""
    if has("refuses_filter"):
        if value is missing or value is None:
            return "[]"
        items = value if isinstance(value, list) else str(value).split(",")
        return json.dumps([str(one).strip() for one in items if one])
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value.split(",")
    return value


def blanked(value):
    """Plugins for several languages keep names elsewhere, and leave the field empty."""
    return "" if has("blanks_names") else value


def without_extras(key, data, errors, context):
    """A schema of its own that has no free extras lets them go without a word."""
    if has("drops_extras"):
        for one in [one for one in data if one[0] == "extras"]:
            del data[one]


def file_or_address(key, data, errors, context):
    """Plugins that keep files want each resource to have one, or else an address."""
    told = [data.get((*key[:-1], name)) for name in ("url", "upload")]
    if has("wants_files") and not any(one and one is not missing for one in told):
        errors[key].append("Either a file or an address is wanted")


class UnrulyPlugin(plugins.SingletonPlugin, toolkit.DefaultDatasetForm):
    plugins.implements(plugins.IValidators)
    plugins.implements(plugins.IDatasetForm)

    def get_validators(self):
        return {"json_list_or_string": json_list_or_string}

    def is_fallback(self):
        return True

    def package_types(self):
        return []

    def create_package_schema(self):
        return self._schema(super().create_package_schema())

    def update_package_schema(self):
        return self._schema(super().update_package_schema())

    def _schema(self, schema):
        resources = schema["resources"]
        resources["name"] = [*resources["name"], blanked]
        resources["url"] = [file_or_address, *resources["url"]]
        schema["__after"] = [*schema.get("__after", []), without_extras]
        return schema


class UnrulyGroups(plugins.SingletonPlugin, DefaultGroupForm):
    plugins.implements(plugins.IGroupForm)

    def is_fallback(self):
        return True

    def group_types(self):
        return []

    def create_group_schema(self):
        default = getattr(schema, "default_create_group_schema", None) or schema.default_group_schema
        return self._stored(default())

    def update_group_schema(self):
        return self._stored(schema.default_update_group_schema())

    def show_group_schema(self):
        shown = schema.default_show_group_schema()
        if has("keeps_aliases"):
            optional = toolkit.get_validator("ignore_missing")
            shown["extras"] = {"key": [optional], "value": [optional]}
            shown["alias"] = [toolkit.get_converter("convert_from_extras"), optional]
        return shown

    # CKAN 2.10 has other names for the three.
    form_to_db_schema_api_create = create_group_schema
    form_to_db_schema_api_update = update_group_schema
    db_to_form_schema = show_group_schema

    def _stored(self, stored):
        if has("keeps_aliases"):
            given = [toolkit.get_validator(name) for name in ("ignore_missing", "unicode_safe")]
            stored["alias"] = [*given, toolkit.get_converter("convert_to_extras")]
        return stored
