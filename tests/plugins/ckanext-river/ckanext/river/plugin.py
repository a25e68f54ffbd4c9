"""An extension as a portal has one of its own: a table with rows, a command that makes data, a field of the search, and a fault."""

import json

import click
from ckan import model, plugins
from ckan.lib.navl.dictization_functions import StopOnError
from ckan.plugins import toolkit
from sqlalchemy import text


def river_gauges(context, data_dict):
    """The rows of the extension's own table, which one may add to."""
    toolkit.check_access("sysadmin", context)
    if "name" in data_dict:
        model.Session.execute(text("INSERT INTO river_gauge (name) VALUES (:name)"), {"name": data_dict["name"]})
        model.Session.commit()
    return [[row[0], row[1]] for row in model.Session.execute(text("SELECT id, name FROM river_gauge ORDER BY id"))]


def river_flood(context, data_dict):
    """It fails as extensions do."""
    raise RuntimeError("the gauge is under water")


@click.group()
def river():
    """Commands of the extension."""


@river.command()
def seed():
    """Make an organization with a dataset that has a table, and a file."""
    context = {"ignore_auth": True, "user": "admin"}

    def call(action, **data):
        return toolkit.get_action(action)(dict(context), data)

    call("organization_create", name="rivers")
    made = call("package_create", name="elbe", owner_org="rivers", notes="A river.", title="Elbe", author="Polo, Marco")
    call(
        "datastore_create", resource={"package_id": made["id"], "name": "levels"}, records=[{"level": 1}, {"level": 2}]
    )
    click.echo("seeded")


def river_json_text(key, data, errors, context):
    """As ckanext-composite does: what is no JSON text is not seen at all."""
    value = data.get(key)
    if value is toolkit.missing or not value:
        data.pop(key, None)
        raise StopOnError
    if not isinstance(value, str):
        errors[key].append(toolkit._("Missing value"))


def river_languages(value):
    """As ckanext-fluent does: a value for each language, kept as JSON text."""
    return json.dumps(value) if isinstance(value, dict) else value


def river_languages_output(value):
    """The languages again."""
    return json.loads(value) if isinstance(value, str) and value else value


class River(plugins.SingletonPlugin):
    plugins.implements(plugins.IActions)
    plugins.implements(plugins.IClick)
    plugins.implements(plugins.IPackageController, inherit=True)
    plugins.implements(plugins.IValidators)

    def get_actions(self):
        return {"river_gauges": river_gauges, "river_flood": river_flood}

    def get_validators(self):
        return {
            "river_json_text": river_json_text,
            "river_languages": river_languages,
            "river_languages_output": river_languages_output,
        }

    def get_commands(self):
        return [river]

    def before_dataset_index(self, dataset):
        return {**dataset, "river_length": len(dataset["title"]) * 100}
