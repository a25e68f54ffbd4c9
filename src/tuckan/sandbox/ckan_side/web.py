"""The portal as a WSGI application, for gunicorn: `TUCKAN_CKAN_INI` names its settings."""

import gc
import os
from logging.config import fileConfig

# ruff: noqa: E402 - hardly anything that is loaded is garbage, and looking for it takes a quarter of the time of a start
gc.disable()

import stand_ins
from ckan.authz import auth_functions_list
from ckan.cli import CKANConfigLoader
from ckan.common import config_declaration
from ckan.config.middleware import make_app
from ckan.logic import get_action, get_validator
from ckan.model import Session
from sqlalchemy.engine import Engine

settings = os.environ["TUCKAN_CKAN_INI"]
fileConfig(settings, disable_existing_loggers=False)  # which CKAN does itself from 2.12 on
stand_ins.use()
portal = make_app(CKANConfigLoader(settings).get_config())

# CKAN ignores settings that it does not know: whoever starts it tells which are misspelled.
with open(f"{settings}.declared", "w", encoding="utf-8") as declared:
    declared.writelines(f"{one}\t{config_declaration[one].validators}\n" for one in config_declaration.iter_options())

# CKAN initializes these at the first request that needs them; a concurrent second one would see only part of them.
auth_functions_list()
get_action("status_show")
get_validator("ignore_missing")

# The workers are forked from this process: each opens database connections of its own.
Session.remove()
for one in gc.get_objects():
    if isinstance(one, Engine):
        one.dispose()
gc.freeze()
gc.enable()


def application(environ, start_response):
    """Answer a request with its own database session.

    CKAN releases its session only after successful requests. A lost connection would leave a dead session
    in the thread, which would then answer every request with status 500.
    """
    Session.remove()
    try:
        return portal(environ, start_response)
    finally:
        Session.remove()
