"""The portal as a WSGI application, for gunicorn: `TUCKAN_CKAN_INI` names its settings."""

import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

application = make_app(CKANConfigLoader(os.environ["TUCKAN_CKAN_INI"]).get_config())
