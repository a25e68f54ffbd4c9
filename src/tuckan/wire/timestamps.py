"""Times as CKAN writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def parse_timestamp(text: Any) -> datetime | None:
    """A time as CKAN writes it, which is in UTC without saying so; None for what is none.

    Example:
        >>> parse_timestamp("2024-01-31T12:00:00").isoformat(), parse_timestamp(None)
        ('2024-01-31T12:00:00+00:00', None)
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
