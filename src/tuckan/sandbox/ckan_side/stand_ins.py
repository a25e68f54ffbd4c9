"""Redirects plugins that call hard-coded internet services to the sandbox's stand-ins."""

import os


def use():
    """Redirect requests for a service to its stand-in, if the sandbox has one."""
    if "TUCKAN_DATACITE" in os.environ:
        _use_datacite(os.environ["TUCKAN_DATACITE"])


def _use_datacite(address):
    import datacite.client  # noqa: PLC0415 - where the plugin is not, neither is this

    class Client(datacite.client.DataCiteMDSClient):
        """The client of DataCite's metadata API, at another address."""

        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            self.api_url = f"{address}/"

    datacite.client.DataCiteMDSClient = datacite.DataCiteMDSClient = Client
