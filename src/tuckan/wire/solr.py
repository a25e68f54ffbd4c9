"""Text made safe for Solr's query syntax."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r'([+\-!(){}\[\]^"~*?:\\/&|])')
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
    r"""Escape every character that Solr's syntax gives a meaning, spaces included.

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
