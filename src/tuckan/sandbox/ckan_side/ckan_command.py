"""CKAN's own command line, `python ckan_command.py -c ckan.ini jobs worker`: `ckan` with a workaround for a defect of XLoader.

XLoader 2.6 empties the table of a file that it loads again, and writes the rows of one that COPY refused, without a user. From 2.12
on CKAN records both as activities, which need a user, so loading would fail. Here it is done as CKAN's own site user.
"""

import contextlib
import gc

# ruff: noqa: E402 - hardly anything that is loaded is garbage, and looking for it takes a quarter of the time of a start
gc.set_threshold(50_000, 20, 20)

import ckanext.xloader.loader as xloader
import stand_ins
from ckan.cli.cli import ckan
from ckan.plugins import toolkit
from ckanext.xloader.job_exceptions import LoaderError


def call_as_site_user(action, **data):
    """Call an action of the DataStore."""
    user = toolkit.get_action("get_site_user")({"ignore_auth": True}, {})
    context = {"ignore_auth": True, "user": user["name"]}
    return toolkit.get_action(action)(context, {**data, "force": True})


def delete_table(resource_id):
    """Delete the table of a resource, if it has one."""
    with contextlib.suppress(toolkit.ObjectNotFound):
        call_as_site_user("datastore_delete", id=resource_id)


def add_rows(resource_id, headers, records):
    """Add rows to the table of a resource, creating it for the first ones."""
    try:
        call_as_site_user("datastore_create", resource_id=resource_id, fields=headers, records=records)
    except toolkit.ValidationError as error:
        raise LoaderError(f"The DataStore refused rows: {error}") from error


if __name__ == "__main__":
    stand_ins.use()
    xloader.delete_datastore_resource = delete_table
    xloader.send_resource_to_datastore = add_rows
    ckan()
