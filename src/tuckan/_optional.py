"""The one guard for optional libraries: it names the extra to install."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from tuckan.errors import MissingDependency

if TYPE_CHECKING:
    from types import ModuleType


def load(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional library, or say which extra brings it.

    Args:
        module: the module's name, such as `pandas`.
        extra: the extra of tuckan that installs it.
        purpose: what it is needed for, to complete "... is needed to ...".

    Returns:
        The module.

    Raises:
        MissingDependency: when it is not installed.

    Example:
        >>> load("json", extra="none", purpose="read JSON").__name__
        'json'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"{module} is needed to {purpose}, and is not installed."
        raise MissingDependency(message, hint=f"Install it with: {install_command(extra)}") from error


def install_command(extra: str) -> str:
    """The command that installs an extra of this very tuckan: from its clone, its repository, or the package index.

    Args:
        extra: the extra's name.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415 - only where something is missing
    from urllib.request import url2pathname  # noqa: PLC0415

    url, commit = _installed_from()
    if url.startswith("file:"):
        return f"pip install '{url2pathname(urlsplit(url).path)}[{extra}]'"
    return f"pip install 'tuckan[{extra}] @ {url}{commit}'" if url else f"pip install 'tuckan[{extra}]'"


def _installed_from() -> tuple[str, str]:
    """The address that tuckan was installed from, when it was not the package index, and `@` with the revision."""
    import json  # noqa: PLC0415 - as above
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    try:
        told = distribution("tuckan").read_text("direct_url.json")
    except PackageNotFoundError:
        clone = Path(__file__).resolve().parents[2]
        return (clone.as_uri(), "") if (clone / "pyproject.toml").exists() else ("", "")
    found = json.loads(told or "{}")
    url, source = str(found.get("url") or ""), found.get("vcs_info") or {}
    if not source:
        return url, ""
    revision = source.get("requested_revision")
    return f"{source.get('vcs', 'git')}+{url}", f"@{revision}" if revision else ""
