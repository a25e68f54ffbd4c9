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
        raise MissingDependency(message, hint=f"Install it with: pip install 'tuckan[{extra}]'") from error
