"""What is known of CKAN's actions: which change nothing, and which may be sent twice."""

from tuckan.actions.facts import call_for, is_idempotent, is_read_only

__all__ = ["call_for", "is_idempotent", "is_read_only"]
