"""Checks of a call before it is sent, and reasons why a portal lacks an action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.actions.catalogue import catalogue, find_action, like

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tuckan.actions.catalogue import Action


def mistakes(action: str, params: Mapping[str, Any], files: Iterable[str] = ()) -> list[str]:
    """The mistakes in a call that CKAN would refuse or silently ignore; none for actions of other plugins.

    Args:
        action: the action's name.
        params: its parameters.
        files: the names of parameters that are files.

    Example:
        >>> mistakes("package_search", {"row": 5})
        ['package_search has no parameter row; did you mean rows?']
        >>> mistakes("package_show", {})
        ["package_show needs id: the dataset's name or id."]
    """
    known = find_action(action)
    if not known:
        return []
    given = [known.aliases.get(name, name) for name in [*params, *files]]
    found = [_unknown(action, known, name) for name in given if name not in known.params and not known.open]
    for name, facts in known.params.items():
        if facts.required and name not in given:
            found.append(f"{action} needs {name}: {facts.means}.")
        if facts.choices and name in params and params[name] not in facts.choices:
            found.append(f"{action}: {name} is one of {', '.join(facts.choices)}, not {params[name]!r}.")
    return found


def _unknown(action: str, known: Action, name: str) -> str:
    near = like(name, known.params)
    if near:
        return f"{action} has no parameter {name}; did you mean {' or '.join(near)}?"
    takes = f"It takes {', '.join(known.params)}." if known.params else "It takes none."
    return f"{action} has no parameter {name}. {takes}"


def why_absent(action: str, status: Mapping[str, Any]) -> str:
    """One sentence on why a portal has no such action, and what to use instead.

    Args:
        action: the action's name.
        status: the portal's status, or nothing.

    Example:
        >>> why_absent("datastore_records_delete", {"ckan_version": "2.10.4", "extensions": ["datastore"]})
        'CKAN has it from 2.11 on, and this portal runs 2.10.4; use datastore_delete.'
        >>> why_absent("package_serach", {})
        'Did you mean package_search?'
    """
    known = find_action(action)
    gone = catalogue().gone.get(action)
    if gone:
        return f"CKAN had it until {gone.until}{_use(gone.instead)}."
    if not known:
        near = like(action)
        if near:
            return f"Did you mean {' or '.join(near)}?"
        return "CKAN itself has no such action in any version. Check the spelling; if a plugin provides it, the plugin may not be enabled."
    return f"{_lacking(known, status)}{_use(known.without or (known.instead if known.until else ''))}."


def _lacking(known: Action, status: Mapping[str, Any]) -> str:
    version = str(status.get("ckan_version") or "")
    runs = f", and this portal runs {version}" if version else ""
    if known.since and (not version or _number(version) < _number(known.since)):
        return f"CKAN has it from {known.since} on{runs}"
    if known.until and (not version or _number(version) > _number(known.until)):
        return f"CKAN had it until {known.until}{runs}"
    if known.plugin and known.plugin not in status.get("extensions", [known.plugin]):
        return f"It belongs to the plugin {known.plugin}, which is not enabled"
    if known.setting:
        return f"It is disabled: the setting {known.setting} enables it"
    if known.plugin:
        return f"It belongs to the plugin {known.plugin}, which may not be enabled"
    return "CKAN has it in every version, so this portal must have removed it"


def _number(version: str) -> tuple[int, ...]:
    """The first two numbers of a version, such as (2, 10).

    Example:
        >>> _number("2.10.4") < _number("2.11")
        True
    """
    parts = [part for part in version.split(".")[:2] if part.isdigit()]
    return tuple(map(int, parts))


def _use(name: str) -> str:
    return f"; use {name}" if name else ""
