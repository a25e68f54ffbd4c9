"""Plugins call services on the internet at addresses that no setting changes: here they find the sandbox's own instead."""

import os


def use():
    """Send what is meant for a service to its stand-in, where the sandbox has one."""
    if "TUCKAN_DATACITE" in os.environ:
        _use_datacite(os.environ["TUCKAN_DATACITE"])


def _use_datacite(address):
    import datacite.client  # noqa: PLC0415 - where the plugin is not, neither is this

    class Client(datacite.client.DataCiteMDSClient):
        """The client of DataCite's API for metadata, at another address."""

        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            self.api_url = f"{address}/"

    datacite.client.DataCiteMDSClient = datacite.DataCiteMDSClient = Client
