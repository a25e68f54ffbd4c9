"""The reference of CKAN's actions and of what they give, made from the catalogue and the shapes."""

from __future__ import annotations

import re
import typing
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from tuckan import shapes
from tuckan.actions import catalogue
from tuckan.actions.showing import at_a_shell, in_python, in_versions, keyword, notes
from tuckan.shapes import records, replies

if TYPE_CHECKING:
    from tuckan.actions import Action, Parameter

SHAPES = [
    name
    for module in (records, replies)
    for name, one in vars(module).items()
    if getattr(one, "__module__", "") == module.__name__
]


def action_pages() -> dict[str, list[str]]:
    """A page that lists all actions, one for each family, and one of the shapes; each as lines of reStructuredText."""
    data = catalogue()
    pages = {"actions": _overview()}
    for family, title in data.families.items():
        lines = [*_title(title, "="), *_what_examples_mean()]
        for name, action in data.actions.items():
            if action.family == family:
                lines += _action(name, action)
        pages[f"actions-{family}"] = lines
    pages["shapes"] = _shapes()
    return pages


def _overview() -> list[str]:
    data = catalogue()
    lines = [
        *_title("Actions", "="),
        f"Every action of CKAN {data.versions[0]} to {data.versions[-1]} and of its own plugins, made from the versions themselves:",
        f"``ckan.action.NAME(...)`` in Python, ``tuckan call NAME ...`` at a shell. {len(data.actions)} actions; what they",
        "give is in :doc:`shapes`. An action of another plugin is called the same way, without a signature.",
        "",
        ".. toctree::",
        "   :hidden:",
        "",
        *[f"   actions-{family}" for family in data.families],
        "",
    ]
    for family, title in data.families.items():
        lines += [*_title(title, "-"), ".. list-table::", "   :widths: 35 65", ""]
        for name, action in data.actions.items():
            if action.family == family:
                lines += [f"   * - :py:meth:`{name} <ckan.action.{name}>`", f"     - {_rst(action.says)}"]
        lines += [""]
    lines += [*_title("Gone", "-"), ".. list-table::", "   :widths: 35 65", ""]
    for name, gone in data.gone.items():
        instead = f"; use ``{gone.instead}``" if gone.instead else ""
        lines += [f"   * - ``{name}``", f"     - until CKAN {gone.until}{instead}"]
    return [*lines, ""]


def _what_examples_mean() -> list[str]:
    return [
        "In the examples ``ckan`` is a client, ``resource_id`` and the like (``$RESOURCE_ID`` at a shell) the id of one that is",
        "there. Each of them is run on CKAN 2.10, 2.11 and 2.12 by our tests.",
        "",
    ]


def _action(name: str, action: Action) -> list[str]:
    given = [f"{keyword(param)}" + ("" if facts.required else "=...") for param, facts in action.params.items()]
    given += ["**fields"] if action.open else []
    star = "*, " if action.params else ""
    facts = {
        "Gives": linked(action.gives),
        "Who may": action.who,
        "In": in_versions(action),
        "Changes": "nothing" if action.read_only else "",
        "Instead": f":py:meth:`{action.instead} <ckan.action.{action.instead}>`" if action.instead else "",
    }
    lines = [f".. py:method:: ckan.action.{name}({star}{', '.join(given)})", "", f"   {_rst(action.says)}", ""]
    lines += [f"   :param {keyword(param)}: {_parameter(one)}" for param, one in action.params.items()]
    lines += ["   :param fields: further fields, those of the portal's own schema"] if action.open else []
    lines += [f"   :{key}: {value}" for key, value in facts.items() if value]
    files = tuple(param for param, one in action.params.items() if one.type == "file")
    lines += ["", "   .. code-block:: python", "", f"      {in_python(name, action.example)}", ""]
    return [*lines, "   .. code-block:: shell", "", f"      {at_a_shell(name, action.example, files)}", "", ""]


def _parameter(facts: Parameter) -> str:
    return _rst(f"{facts.type.replace(',', ', ').replace('|', ' or ')}: {facts.means}{notes(facts)}")


def linked(kind: str) -> str:
    """A type in which the shapes are links."""
    if not any(re.search(rf"\b{name}\b", kind) for name in SHAPES):
        return f"``{kind}``"
    return re.sub(
        r"\b[A-Z]\w+",
        lambda found: f":py:class:`{found[0]} <tuckan.shapes.{found[0]}>`" if found[0] in SHAPES else found[0],
        kind.replace("list[", "list of ").replace("]", "").replace("|", "or"),
    )


def _shapes() -> list[str]:
    lines = [
        *_title("What actions give", "="),
        "Plain dicts: keys that are not listed stay, whatever a portal's schema or a plugin adds, and type checkers take them as",
        "``Any``. *Always* means that every reply of CKAN 2.10 to 2.12 has the key. Import the types from ``tuckan.types``.",
        "",
    ]
    for name in SHAPES:
        shape = getattr(shapes, name)
        lines += [f".. py:class:: tuckan.shapes.{name}", "", f"   {_rst(shape.__doc__)}", ""]
        lines += ["   .. list-table::", "      :widths: 40 40 20", ""]
        for key, hint in get_type_hints(shape, include_extras=True).items():
            always = get_origin(hint) is typing.Required
            lines += [f"      * - ``{key}``", f"        - {_hint(hint)}", f"        - {'always' if always else ''}"]
        lines += ["", ""]
    return lines


def _hint(hint: Any) -> str:
    inner = hint.__args__[0] if get_origin(hint) is typing.Required else hint
    text = inner.__name__ if isinstance(inner, type) and not get_origin(inner) else str(inner)
    text = re.sub(r"(tuckan\.shapes\.\w+|typing)\.", "", text)
    return "anything" if text == "Any" else linked(text)


def _title(text: str, line: str) -> list[str]:
    return ["", text, line * len(text), ""]


def _rst(text: str) -> str:
    """Plain text, in which stars, underscores at the end of words and bars are no markup; code stays code."""
    return re.sub(r"`([^`]+)`", r"``\1``", re.sub(r"([*|])", r"\\\1", re.sub(r"(?<=\w)_(?=[\s,.;:)]|$)", r"\\_", text)))
