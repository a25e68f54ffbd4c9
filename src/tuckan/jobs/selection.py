"""Which datasets a job is about: what is empty never means all of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuckan.errors import Hint, InvalidArgument
from tuckan.wire.solr import require_no_blank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELETE_ALL, PATCH_ALL, PURGE_ALL, REVOKE_ALL = "DELETE ALL", "PATCH ALL", "PURGE ALL", "REVOKE ALL"
"""The phrases that confirm work on everything: typed at a shell, returned by `confirm` in Python."""

EVERYTHING = "*:*"
MOST_UNASKED = 2
"""So few count as everything only where that is asked for, even where a portal has no more."""

_ALL = frozenset({EVERYTHING, "*", "(*:*)"})


def is_everything(query: str) -> bool:
    """Whether a query in Solr's syntax says nothing but "all".

    Example:
        >>> is_everything(" *:* "), is_everything("tags:*")
        (True, False)
    """
    return query.strip() in _ALL


def query_for(
    q: str | None,
    fq: str | Sequence[str] | None,
    filters: Mapping[str, str | Sequence[str]] | None,
    *,
    everything: bool,
) -> str | None:
    """The query to search with, once it is certain that somebody chose what it selects.

    Args:
        q: which datasets, in words or Solr's syntax.
        fq: filters in Solr's syntax.
        filters: fields with the value wanted, or a list of alternatives.
        everything: whether all datasets are meant.

    Raises:
        InvalidArgument: when nothing is chosen, something is empty, or all are selected without `everything`.

    Example:
        >>> query_for(None, None, None, everything=True)
        '*:*'
    """
    require_no_blank(q, fq, filters, hint="Is a variable unset? " + _CHOOSE)
    queries = [*([] if q is None else [q]), *([fq] if isinstance(fq, str) else fq or ())]
    narrowed = [one for one in queries if not is_everything(one)] or filters
    if everything and (queries or filters):
        raise InvalidArgument("Everything and a search are mutually exclusive.", hint="Give one of the two.")
    if not (everything or narrowed):
        raise InvalidArgument(
            f"{'All datasets are' if queries else 'No datasets are'} selected. Selecting all must be explicit.",
            hint=_CHOOSE,
        )
    return EVERYTHING if everything else q


_CHOOSE = Hint(
    "Select some, such as q='tags:rain'; or pass everything=True for all of them.",
    "Select some, such as --where 'tags:rain'; or add --all for all of them.",
)
