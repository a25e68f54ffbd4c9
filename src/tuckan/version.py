"""The version of tuckan, in one place that any room may read."""

from importlib.metadata import version

__version__ = version("tuckan")
