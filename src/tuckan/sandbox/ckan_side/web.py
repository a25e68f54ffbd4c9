"""The portal as a WSGI application, for gunicorn: `TUCKAN_CKAN_INI` names its settings."""

import os
from logging.config import fileConfig

import stand_ins
from ckan.authz import auth_functions_list
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.logic import get_action, get_validator
from ckan.model import Session

settings = os.environ["TUCKAN_CKAN_INI"]
fileConfig(settings, disable_existing_loggers=False)  # which CKAN does by itself from 2.12 on
stand_ins.use()
portal = make_app(CKANConfigLoader(settings).get_config())

# CKAN gathers these at the first request that wants them, and a second one at that moment finds half of them.
auth_functions_list()
get_action("status_show")
get_validator("ignore_missing")


def application(environ, start_response):
    """Answer a request with a database session of its own.

    CKAN gives its session back after requests that went well alone. One that lost its connection would leave a dead session
    to its thread, which then answers everything with status 500, for ever.
    """
    Session.remove()
    try:
        return portal(environ, start_response)
    finally:
        Session.remove()
