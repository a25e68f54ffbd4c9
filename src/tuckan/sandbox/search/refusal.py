"""The one error of the search service: a request it refuses, with the words Solr would use."""

from __future__ import annotations


class Refused(Exception):
    """A request that can't be answered.

    Args:
        message: why, in the words that CKAN matches on where Solr has such words.
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
