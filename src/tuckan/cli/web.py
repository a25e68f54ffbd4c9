"""`--web`: the page of a record in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from tuckan.cli.terminal import say

if TYPE_CHECKING:
    from tuckan.client import Client

web_option = click.option("--web", is_flag=True, help="Open its page in a browser, and print the page's address.")


def open_page(ckan: Client, *path: str) -> None:
    """Print the address of a page of the portal, and open it where a person watches.

    Args:
        ckan: the portal.
        path: the parts of the page's path, such as `dataset` and `rivers`.
    """
    address = "/".join([ckan.base_url.rstrip("/"), *(quote(part, safe="") for part in path)])
    click.echo(address)
    if sys.stdout is not None and sys.stdout.isatty() and click.launch(address) != 0:
        say("No browser could be opened here; open the address yourself.")
