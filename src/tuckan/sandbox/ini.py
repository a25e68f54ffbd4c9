"""CKAN's own settings for a sandbox."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tuckan.sandbox.instance import Instance, Settings

PLUGINS = (
    "activity datastore datapusher xloader stats resource_proxy "
    "datatables_view image_view text_view audio_view video_view webpage_view"
)
MEGABYTES_OF_A_FILE = 4096


def ini(instance: Instance, settings: Settings, plugins: Sequence[str], config: Iterable[tuple[str, str]]) -> str:
    """The text of `ckan.ini`."""
    values = {**_values(instance, settings, plugins), **dict(config)}
    lines = [f"{name} = {_escaped(value)}" for name, value in values.items()]
    return "\n".join(["[DEFAULT]", "debug = false", "", "[app:main]", "use = egg:ckan", *lines, "", _LOGGING])


def _escaped(value: str) -> str:
    """A value in the file's syntax, where % starts a reference and indented lines continue."""
    return value.replace("%", "%%").replace("\n", "\n  ")


def site_url(settings: Settings) -> str:
    """The address of the portal."""
    return f"http://127.0.0.1:{settings.ports['web']}"


def database_url(settings: Settings, role: str, database: str) -> str:
    """The address of a database, on its Unix socket."""
    return f"postgresql://{role}:{settings.secrets.database}@/{database}?host={settings.sockets}"


def _values(instance: Instance, settings: Settings, plugins: Sequence[str]) -> dict[str, str]:
    secrets, ports = settings.secrets, settings.ports
    return {
        "SECRET_KEY": secrets.session,
        "beaker.session.secret": secrets.session,
        "WTF_CSRF_SECRET_KEY": secrets.session,
        "api_token.jwt.encode.secret": f"string:{secrets.session}",
        "api_token.jwt.decode.secret": f"string:{secrets.session}",
        "sqlalchemy.url": database_url(settings, "ckan", "ckan"),
        "sqlalchemy.pool_pre_ping": "true",
        "ckan.datastore.write_url": database_url(settings, "ckan", "datastore"),
        "ckan.datastore.read_url": database_url(settings, "reader", "datastore"),
        "ckan.datastore.sqlsearch.enabled": "false",
        "solr_url": f"http://127.0.0.1:{ports['search']}/solr/ckan",
        "ckan.redis.url": f"unix://{settings.sockets}/valkey.sock?db=0",
        "ckan.site_id": "sandbox",
        "ckan.site_title": f"CKAN {instance.ckan} sandbox",
        "ckan.site_url": site_url(settings),
        "ckan.plugins": " ".join(plugins),
        "ckan.storage_path": str(instance.files),
        "ckan.max_resource_size": str(MEGABYTES_OF_A_FILE),
        "ckan.views.default_views": " ".join(one for one in ("image_view", "datatables_view") if one in plugins),
        "ckan.datapusher.url": f"http://127.0.0.1:{ports['datapusher']}/",
        "ckan.datapusher.callback_url_base": site_url(settings),
        "ckan.datapusher.api_token": secrets.loader_token,
        "ckanext.xloader.api_token": secrets.loader_token,
        "ckanext.xloader.site_url": site_url(settings),
        "ckanext.xloader.jobs_db.uri": database_url(settings, "ckan", "ckan"),
        # Both loaders can be called; only DataPusher loads new files automatically, as on a portal with one of them.
        "ckanext.xloader.formats": "none",
        "ckan.auth.create_user_via_web": "true",
        "ckan.auth.allow_dataset_collaborators": "true",
        "ckan.upload.user.types": "image",
        "ckan.upload.group.types": "image",
        # A storage of 2.12 for `file_create`, with another name than `default`: that one would take uploads of resources too.
        "ckan.files.storage.files.type": "ckan:fs",
        "ckan.files.storage.files.path": str(instance.stored),
        "ckan.files.storage.files.initialize": "true",
    }


_LOGGING = """\
[loggers]
keys = root, ckan, ckanext

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
qualname = ckan
handlers = console
level = INFO
propagate = 0

[logger_ckanext]
qualname = ckanext
handlers = console
level = INFO
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def write_ini(
    instance: Instance, settings: Settings, plugins: Sequence[str], config: Iterable[tuple[str, str]] = ()
) -> None:
    """Write `ckan.ini`, which contains secrets, readable only by its owner.

    Args:
        instance: the sandbox.
        settings: its ports and secrets.
        plugins: CKAN's own names of the plugins to load, in order.
        config: settings that are added to, or override, those of every sandbox.
    """
    descriptor = os.open(instance.ini, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(ini(instance, settings, plugins, config))
