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
| makes_names | datasets are named after their titles, whatever name is sent, and renamed with them |
| numbers_names | datasets that are created get a name that no other has |
| makes_lists | `author` is a list of what stands between commas |
| computes | datasets have a `citation` that is another one each time they are shown |
| restamps | a resource that was uploaded is changed once more by the portal |
| listens | the names of datasets that are updated and public go into the file of the habits with `.heard` behind its name |

Whatever the habits, groups may be of the type `party`, which has a field `alias` kept as an extra, and `/api/instrument_parties` is a route.
"""

import json
import re
import uuid
from pathlib import Path

from ckan import model, plugins
from ckan.lib.navl.dictization_functions import missing
from ckan.lib.plugins import DefaultGroupForm
from ckan.logic import schema
from ckan.plugins import toolkit
from flask import Blueprint, jsonify


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


def named_by_title(key, data, errors, context):
    """Registries name what they keep by what it is; another title is another name."""
    title = data.get(("title",))
    if has("makes_names") and title and title is not missing:
        data[key] = "river-" + re.sub("[^a-z0-9]+", "-", str(title).lower()).strip("-")
    if has("numbers_names") and not context.get("package"):
        data[key] = f"number-{uuid.uuid4()}"


def listed(value):
    """A list as it is kept: JSON text."""
    if not has("makes_lists") or value is missing or value is None:
        return value
    items = value if isinstance(value, list) else str(value).split(",")
    return json.dumps([str(one).strip() for one in items if str(one).strip()])


def unlisted(value):
    """The list, where one is kept."""
    return json.loads(value) if has("makes_lists") and str(value or "").startswith("[") else value


def instrument_parties():
    """A route of its own, outside the Action API."""
    parties = model.Session.query(model.Group).filter_by(type="party", state="active")
    return jsonify({"parties": sorted(one.name for one in parties)})


class UnrulyPlugin(plugins.SingletonPlugin, toolkit.DefaultDatasetForm):
    plugins.implements(plugins.IValidators)
    plugins.implements(plugins.IDatasetForm)
    plugins.implements(plugins.IPackageController, inherit=True)
    plugins.implements(plugins.IResourceController, inherit=True)
    plugins.implements(plugins.IBlueprint)

    def get_blueprint(self):
        routes = Blueprint("unruly", __name__)
        routes.add_url_rule("/api/instrument_parties", view_func=instrument_parties)
        return routes

    def after_dataset_show(self, context, dataset):  # noqa: ARG002 - CKAN's own signature
        if has("computes"):
            dataset["citation"] = f"{dataset['title']}. {uuid.uuid4()}"

    def after_dataset_update(self, context, dataset):  # noqa: ARG002 - as above
        if has("listens") and not toolkit.asbool(dataset.get("private")):
            with Path(toolkit.config["unruly.habits"] + ".heard").open("a", encoding="utf-8") as heard:
                heard.write(dataset["name"] + "\n")

    def after_resource_create(self, context, resource):
        self._restamp(context, resource)

    def after_resource_update(self, context, resource):
        self._restamp(context, resource)

    def _restamp(self, context, resource):
        if has("restamps") and resource.get("url_type") == "upload" and resource.get("stamp") != resource.get("size"):
            user = {"user": context["user"], "ignore_auth": True}
            toolkit.get_action("resource_patch")(user, {"id": resource["id"], "stamp": resource.get("size")})

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
        schema["name"] = [named_by_title, *schema["name"]]
        schema["author"] = [listed, *schema["author"]]
        schema["__after"] = [*schema.get("__after", []), without_extras]
        return schema

    def show_package_schema(self):
        shown = super().show_package_schema()
        shown["author"] = [unlisted, *shown["author"]]
        return shown


class UnrulyGroups(plugins.SingletonPlugin, DefaultGroupForm):
    plugins.implements(plugins.IGroupForm)

    def is_fallback(self):
        return True

    def group_types(self):
        return []

    def _keeps_aliases(self):
        return has("keeps_aliases")

    def create_group_schema(self):
        default = getattr(schema, "default_create_group_schema", None) or schema.default_group_schema
        return self._stored(default())

    def update_group_schema(self):
        return self._stored(schema.default_update_group_schema())

    def show_group_schema(self):
        shown = schema.default_show_group_schema()
        if self._keeps_aliases():
            optional = toolkit.get_validator("ignore_missing")
            shown["extras"] = {"key": [optional], "value": [optional]}
            shown["alias"] = [toolkit.get_converter("convert_from_extras"), optional]
        return shown

    # CKAN 2.10 has other names for the three.
    form_to_db_schema_api_create = create_group_schema
    form_to_db_schema_api_update = update_group_schema
    db_to_form_schema = show_group_schema

    def _stored(self, stored):
        if self._keeps_aliases():
            given = [toolkit.get_validator(name) for name in ("ignore_missing", "unicode_safe")]
            stored["alias"] = [*given, toolkit.get_converter("convert_to_extras")]
        return stored


class UnrulyParties(UnrulyGroups):
    """Groups of a type of their own."""

    plugins.implements(plugins.IGroupForm)

    def is_fallback(self):
        return False

    def group_types(self):
        return ["party"]

    def _keeps_aliases(self):
        return True
