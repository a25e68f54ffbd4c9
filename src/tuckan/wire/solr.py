"""Text made safe for Solr's query syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan._text import closest
from tuckan.errors import Hint, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SPECIAL = re.compile(r'([+\-!(){}\[\]^"~*?:\\/&|])')
EVERY_STATE = "+state:*"
"""A filter that makes CKAN's search include datasets in every state."""
_WORD_OPERATOR = re.compile(r"\b(AND|OR|NOT|TO)\b")


def phrase(text: str) -> str:
    r"""Quote text as one phrase, in which only quotes and backslashes are special.

    Example:
        >>> phrase('5" pipes')
        '"5\\" pipes"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def term(text: str) -> str:
    r"""Escape every character with a meaning in Solr's syntax, including spaces.

    Example:
        >>> term("C++: (new)")
        'C\\+\\+\\:\\ \\(new\\)'
    """
    escaped = _SPECIAL.sub(r"\\\1", text)
    return re.sub(r"(\s)", r"\\\1", _WORD_OPERATOR.sub(r"\\\1", escaped))


def clause(field: str, value: str | list[str]) -> str:
    """A filter on one field; several values are alternatives.

    Example:
        >>> clause("tags", ["water", "rain fall"])
        'tags:("water" OR "rain fall")'
    """
    if isinstance(value, str):
        return f"{field}:{phrase(value)}"
    return f"{field}:({' OR '.join(phrase(one) for one in value)})"


FIELDS = frozenset(
    """
    author author_email capacity child_of ckan_url data_dict dataset_type dependency_of depends_on derives_from
    download_url entity_type groups has_derivation id index_id indexed_ts license license_id linked_from links_to maintainer
    maintainer_email metadata_created metadata_modified name name_ngram notes organization owner_org parent_of
    permission_labels private res_description res_format res_name res_type res_url resources_accessed_recent
    resources_accessed_total revision_id site_id state tags text title title_ngram title_string type url urls
    validated_data_dict version views_recent views_total
    """.split()
)
"""Search fields of every CKAN. Plugins add more, as do extras (`extras_NAME`) and vocabularies (`vocab_NAME`)."""

_MEANT = {"format": "res_format", "formats": "res_format", "org": "organization", "mimetype": "res_format"}


def nearest_field(name: str) -> str | None:
    """The search field that was most likely meant.

    Example:
        >>> nearest_field("organisation"), nearest_field("format"), nearest_field("colour")
        ('organization', 'res_format', None)
    """
    near = closest(name, sorted(FIELDS), most=1, cutoff=0.75)
    return _MEANT.get(name.lower()) or (near[0] if near else None)


_NO_SYNTAX = re.compile(r'\\.|"(?:\\.|[^"\\])*"|\{![^}]*\}', re.DOTALL)
_FIELD = re.compile(r"(?<![\w.:/])([A-Za-z][\w.-]*):(?!/)")


def fields_in(query: str) -> list[str]:
    r"""The fields that a query names.

    Example:
        >>> fields_in(r'title:"a: b" AND (-tags:x OR c\:d) +metadata_modified:[* TO NOW] http://example.org')
        ['title', 'tags', 'metadata_modified']
    """
    return list(dict.fromkeys(_FIELD.findall(_NO_SYNTAX.sub(" ", query))))


CHOOSE_ANY = Hint(
    "Is a variable unset? Omit it to select all datasets.",
    "Is a variable unset? Omit the option to select all datasets.",
)


_NEGATIVES = re.compile(
    r"""(?:\s*(?:AND\s+)?(?:[-!]|NOT\s+)(?:[\w.*]+:)?(?:"[^"]*"|\[[^\]]*\]|\{[^}]*\}|\([^()]*\)|[^\s()"\[\]{}]+))+\s*"""
)


def required(query: str) -> str:
    """A query as one clause that must match; for Solr, brackets with nothing but exclusions match nothing at all.

    Example:
        >>> required("tags:rain"), required("-license_id:*")
        ('+(tags:rain)', '+(*:* -license_id:*)')
    """
    return f"+(*:* {query.strip()})" if _NEGATIVES.fullmatch(query) else f"+({query})"


def require_no_blank(
    q: str | None,
    fq: str | Sequence[str] | None,
    filters: Mapping[str, str | Sequence[str]] | None,
    *,
    hint: str = CHOOSE_ANY,
) -> None:
    """Refuse empty queries and values: empty never means all.

    Raises:
        InvalidArgument: when one is empty or only spaces, or the filters are not a mapping.
    """
    if filters is not None and not hasattr(filters, "items"):
        raise InvalidArgument(
            f"filters={filters!r} is not a mapping of fields.",
            hint=Hint(
                'Give filters={"tags": "rain"}, or fq="tags:rain".', "Give --filter tags=rain, or --where tags:rain."
            ),
        )
    if any(not one.strip() for one in [*([] if q is None else [q]), *([fq] if isinstance(fq, str) else fq or ())]):
        raise InvalidArgument("The query is empty and would select nothing.", hint=hint)
    for name, values in (filters or {}).items():
        if not values or any(not str(one).strip() for one in ([values] if isinstance(values, str) else values)):
            without = Hint(f"fq='-{name}:[* TO *]'.", f"--where '-{name}:[* TO *]'.")
            raise InvalidArgument(
                f"The value of the filter {name!r} is empty and would select nothing.",
                hint=hint + " For datasets without it: " + without,
            )
