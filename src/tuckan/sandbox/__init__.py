"""A real CKAN on this machine, in one command."""

from tuckan.sandbox.sandbox import PARTS, PartStatus, Sandbox, Status, sandboxes

__all__ = ["PARTS", "PartStatus", "Sandbox", "Status", "sandboxes"]
