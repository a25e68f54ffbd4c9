"""A plugin for CKAN that does to a portal what real plugins do: the habits that a test marks itself with.

It runs inside CKAN. The file that `UNRULY_HABITS` names holds the habits of the moment, so one sandbox serves all tests.

| habit | what CKAN does then |
|---|---|
| refuses_filter | `package_revise` refuses every `filter`, as a core validator is redefined |
| blanks_names | resources have no name |
| drops_extras | extras are accepted and not kept |
| wants_files | a resource without a file or an address is refused |
"""

import json
import os
from pathlib import Path

from ckan import plugins
from ckan.lib.navl.dictization_functions import missing
from ckan.plugins import toolkit


def has(habit):
    return habit in Path(os.environ["UNRULY_HABITS"]).read_text(encoding="utf-8").split()


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
