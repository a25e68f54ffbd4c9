"""The portal as a WSGI application, for gunicorn: `TUCKAN_CKAN_INI` names its settings."""

import os

from ckan.authz import auth_functions_list
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.logic import get_action, get_validator

application = make_app(CKANConfigLoader(os.environ["TUCKAN_CKAN_INI"]).get_config())

# CKAN gathers these at the first request that wants them, and a second one at that moment finds half of them.
auth_functions_list()
get_action("status_show")
get_validator("ignore_missing")
