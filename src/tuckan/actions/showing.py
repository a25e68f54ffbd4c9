"""Descriptions of actions, and example calls in Python and for a shell. `<resource>` in an example stands for a resource's id."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from tuckan.actions.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.actions.catalogue import Action, Parameter

_STANDS_FOR = re.compile(r"<(\w+)>")


def in_versions(action: Action) -> str:
    """The versions that have an action.

    Example:
        >>> in_versions(catalogue().actions["datastore_records_delete"])
        'CKAN 2.11 to 2.12, with the plugin datastore'
    """
    versions = catalogue().versions
    first, last = action.since or versions[0], action.until or versions[-1]
    text = f"CKAN {first}" if first == last else f"CKAN {first} to {last}"
    text += f", with the plugin {action.plugin}" if action.plugin else ""
    text += f" (CKAN's own until {action.core_until})" if action.core_until else ""
    return text + (f", if {action.setting} is on" if action.setting else "")


def notes(param: Parameter) -> str:
    """Notes on a parameter: its default, and the versions that have it."""
    found = [f"CKAN's own value is {param.default!r}"] if param.default not in (None, False) else []
    found += [f"from {param.since}"] if param.since else []
    found += [f"until {param.until}"] if param.until else []
    found += [f"with the plugin {param.plugin}"] if param.plugin else []
    return f" ({', '.join(found)})" if found else ""


def in_python(action: str, params: Mapping[str, Any]) -> str:
    """The call in Python.

    Example:
        >>> in_python("resource_patch", {"id": "<resource>", "name": "Flow"})
        'ckan.action.resource_patch(id=resource_id, name="Flow")'
        >>> in_python("package_search", {"facet.field": ["tags"]})
        'ckan.action.package_search(facet_field=["tags"])'
    """
    plain = {key: value for key, value in params.items() if keyword(key).isidentifier() and not _is_setting(key)}
    others = {key: value for key, value in params.items() if key not in plain}
    given = [f"{keyword(key)}={_python(value)}" for key, value in plain.items()]
    given += [f"**{_python(others)}"] if others else []
    return f"ckan.action.{action}({', '.join(given)})"


def keyword(param: str) -> str:
    """A parameter's name as a keyword of Python.

    Example:
        >>> keyword("facet.field")
        'facet_field'
    """
    return param.replace(".", "_")


def at_a_shell(action: str, params: Mapping[str, Any], files: tuple[str, ...] = ()) -> str:
    """The call on the command line.

    Args:
        action: the action.
        params: its parameters.
        files: which of them are files.

    Example:
        >>> at_a_shell("package_search", {"q": "clean water", "rows": 5})
        "tuckan call package_search q='clean water' rows:5"
        >>> at_a_shell("resource_show", {"id": "<resource>"})
        'tuckan call resource_show id="$RESOURCE_ID"'
    """
    words = ["tuckan", "call", action]
    for key, value in params.items():
        mark = "@" if key in files else "=" if isinstance(value, str) else ":"
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words.append(f"{key}{mark}{_quoted(text)}")
    return " ".join(words)


def _is_setting(key: str) -> bool:
    return key.startswith("ckan.")


def _name(word: str) -> str:
    return word if word == "password" else f"{word}_id"


def _python(value: Any) -> str:
    if isinstance(value, str):
        whole = _STANDS_FOR.fullmatch(value)
        if whole:
            return _name(whole[1])
        within = _STANDS_FOR.sub(lambda found: "{" + _name(found[1]) + "}", value)
        return ("f" if within != value else "") + _literal(within)
    if isinstance(value, list):
        return f"[{', '.join(_python(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_python(one)}" for key, one in value.items()) + "}"
    return repr(value)


def _literal(text: str) -> str:
    return f'"{text}"' if text.isprintable() and not set('"\\') & set(text) else repr(text)


def _quoted(text: str) -> str:
    """A text quoted for a shell, with a variable for each placeholder of an id."""
    parts = _STANDS_FOR.split(text)  # text and placeholders alternate
    shown = [
        f'"${_name(part).upper()}"' if number % 2 else part and shlex.quote(part) for number, part in enumerate(parts)
    ]
    return "".join(shown) or "''"
