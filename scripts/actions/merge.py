"""Make `catalogue.json` of what was collected from each version, what is corrected, and what is told in our own words."""

from __future__ import annotations

import ast
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OLDEST = "2.9"

# How CKAN's texts and validators name types, in the order in which they are looked for.
OF_TEXT = (
    ("list of dict", "records"),
    ("list of dataset", "records"),
    ("list of resource", "records"),
    ("list of tag", "records"),
    ("list of relationship", "records"),
    ("list of", "texts"),
    ("list", "texts"),
    ("comma", "texts"),
    ("dict", "record"),
    ("bool", "boolean"),
    ("int", "integer"),
    ("bytes", "file"),
    ("fieldstorage", "file"),
    ("str", "text"),
    ("id", "text"),
    ("name", "text"),
    ("date", "text"),
)
OF_VALIDATORS = {
    "records": "records",
    "boolean_validator": "boolean",
    "natural_number_validator": "integer",
    "int_validator": "integer",
    "is_positive_integer": "integer",
    "list_of_strings": "texts",
    "convert_to_list_if_string": "texts",
    "list_of_strings_or_string": "texts",
    "unicode_safe": "text",
    "unicode_only": "text",
}
REPEATABLE = ("_patch", "_update", "_update_many", "_reorder")
NEEDED = {"not_empty", "not_missing"}


class Wrong(Exception):
    """What was told, corrected or collected does not fit together."""


def catalogue(collected: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The catalogue, from what each version (the oldest first) says of its actions.

    Raises:
        Wrong: when something is told of what is not there, or nothing of what is.
    """
    told, titles = _told()
    corrections = Corrections()
    names = sorted(set().union(*collected.values()))
    lacking = [f"nothing is told of {one}" for one in names if one not in told]
    lacking += [f"{one} is told of and no version has it" for one in told if one not in names]
    if lacking:
        raise Wrong("\n".join(lacking))
    actions = {
        name: _action(
            name,
            told[name],
            {v: facts[name] for v, facts in collected.items() if name in facts},
            corrections,
            list(collected),
        )
        for name in names
        if "hidden" not in told[name]
    }
    gone = {name: dict(facts) for name, facts in corrections.data["gone"].items()}
    for facts in gone.values():
        del facts["why"]
    corrections.finish()
    return {"versions": [OLDEST, *collected], "families": titles, "actions": actions, "gone": gone}


def _told() -> tuple[dict[str, Any], dict[str, str]]:
    told: dict[str, Any] = {}
    titles = {}
    for path in sorted((HERE / "told").glob("*.toml")):
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        titles[path.stem] = found.pop("title")
        told |= {name: {**facts, "family": path.stem} for name, facts in found.items()}
    return told, titles


def _action(
    name: str, told: dict[str, Any], versions: dict[str, Any], corrections: Corrections, all_versions: list[str]
) -> dict[str, Any]:
    newest = versions[list(versions)[-1]]
    found: dict[str, Any] = {
        "family": told["family"],
        "says": told["says"],
        "gives": told["gives"],
        "who": _who(told, newest),
    }
    if any(facts["read_only"] for facts in versions.values()) or corrections.lists("read_only", name):
        found["read_only"] = True
    elif name.endswith(REPEATABLE) or corrections.lists("idempotent", name):
        found["idempotent"] = True
    if newest["plugin"]:
        found["plugin"] = newest["plugin"]
    if newest["plugin"] in corrections.data["core_until"]:
        found["core_until"] = corrections.data["core_until"][newest["plugin"]]["version"]
    if since := _since(name, list(versions), all_versions, corrections):
        found["since"] = since
    if list(versions)[-1] != all_versions[-1]:
        found["until"] = list(versions)[-1]
    for key in ("switch", "instead", "without", "setting"):
        if key in told:
            found[key] = told[key]
    if corrections.lists("takes", name) or corrections.lists("open", name):
        found["open"] = True
    found["params"] = _params(name, versions, corrections)
    if aliases := corrections.aliases(name):
        found["aliases"] = aliases
    found["example"] = told["example"]
    if not found["who"]:
        raise Wrong(f"{name}: its own check does not show who may, so it has to be told")
    stray = [one for one in told["example"] if one not in found["params"] and not found.get("open")]
    if stray:
        raise Wrong(f"{name}: the example has {', '.join(stray)}, which is no parameter")
    missing = [one for one, facts in found["params"].items() if facts.get("required") and one not in told["example"]]
    if missing:
        raise Wrong(f"{name}: the example lacks {', '.join(missing)}")
    return found


def _who(told: dict[str, Any], newest: dict[str, Any]) -> str:
    """Who may: as it is told; otherwise as the action's own check shows."""
    checks = [one for one in newest["may"].values() if one]
    if any(one["nobody"] for one in checks):
        return str(told.get("who", "system administrators"))
    if "who" in told:
        return str(told["who"])
    if newest["read_only"] and (not checks or all(one["anonymous"] for one in checks)):
        return "anyone"
    return ""


def _since(name: str, versions: list[str], all_versions: list[str], corrections: Corrections) -> str:
    if versions[0] != all_versions[0]:
        return versions[0]
    given = corrections.data["since"].get(name)
    if given:
        corrections.used.add(("since", name))
        return str(given["version"])
    return ""


def _params(name: str, versions: dict[str, Any], corrections: Corrections) -> dict[str, Any]:
    order: dict[str, set[str]] = {}
    for source in ("text", "schema", "code"):
        for version, facts in versions.items():
            for one in facts[source]:
                if _is_parameter(name, one, facts, corrections):
                    order.setdefault(one, set()).add(version)
    found = {one: _param(one, versions, there) for one, there in order.items()}
    found |= corrections.added(name)
    group = corrections.data["takes"].get(name)
    if group:
        fields = {one: {"type": kind} for one, kind in corrections.data["fields"][group].items()}
        found = {one: {**found.get(one, {}), **facts} for one, facts in fields.items()} | {
            one: facts for one, facts in found.items() if one not in fields
        }
    for one, facts in found.items():
        corrections.settle(f"{name}.{one}", facts)
        facts["means"] = corrections.meaning(name, one)
    needed = {one: facts for one, facts in found.items() if facts.get("required")}
    return needed | found


def _is_parameter(action: str, name: str, facts: dict[str, Any], corrections: Corrections) -> bool:
    if name.startswith("__"):
        return False
    if corrections.drops(f"{action}.{name}"):
        return False
    in_schema_alone = name not in facts["text"] and name not in facts["code"]
    return not in_schema_alone or f"{action}.{name}" in corrections.data["keep"]


def _param(name: str, versions: dict[str, Any], there: set[str]) -> dict[str, Any]:
    newest = versions[[one for one in versions if one in there][-1]]
    text, code = newest["text"].get(name, {}), newest["code"].get(name, {})
    validators = newest["schema"].get(name, [])
    kind = _of_text(text.get("type", "")) or next(
        (OF_VALIDATORS[one] for one in validators if one in OF_VALIDATORS), ""
    )
    found: dict[str, Any] = {"type": kind or "any"}
    default = next((one.split(":", 1)[1] for one in validators if one.startswith("default:")), None)
    if default is None and code.get("optional") is not False:
        default = code.get("default")
    value = _plain(default)
    if value is not None:
        found["default"] = value
    elif (
        code.get("optional") is False
        or NEEDED & set(validators)
        or (code and code["optional"] is None and not text.get("optional") and "ignore_missing" not in validators)
    ):
        found["required"] = True
    names = list(versions)
    has = [one for one in names if one in there]
    if has[0] != names[0]:
        found["since"] = has[0]
    if has[-1] != names[-1]:
        found["until"] = has[-1]
    return found


def _of_text(said: str) -> str:
    said = said.lower()
    return next((kind for word, kind in OF_TEXT if word in said), "")


def _plain(default: str | None) -> Any:
    """A default that is a plain value; what the code works out first is not."""
    try:
        value = ast.literal_eval(default or "None")
    except (ValueError, SyntaxError):
        return None
    return value if value not in ("", [], {}) else None


class Corrections:
    """What is corrected, each with its reason; one that changes nothing is an error."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = tomllib.loads((HERE / "corrections.toml").read_text(encoding="utf-8"))
        self._meanings = tomllib.loads((HERE / "parameters.toml").read_text(encoding="utf-8"))
        self.used: set[tuple[str, str]] = set()

    def drops(self, name: str) -> bool:
        """Whether this is no parameter."""
        for kind in ("drop", "alias"):
            if name in self.data[kind]:
                self.used.add((kind, name))
                return True
        return False

    def lists(self, kind: str, action: str) -> bool:
        """Whether an action stands in a list."""
        if action in self.data[kind]:
            self.used.add((kind, action))
        return action in self.data[kind]

    def aliases(self, action: str) -> dict[str, str]:
        """Older names of an action's parameters."""
        return {
            name.partition(".")[2]: one for name, one in self.data["alias"].items() if name.partition(".")[0] == action
        }

    def added(self, action: str) -> dict[str, Any]:
        """Parameters that no source tells of."""
        found = {}
        for name, facts in self.data["add"].items():
            if name.partition(".")[0] == action:
                self.used.add(("add", name))
                found[name.partition(".")[2]] = {key: value for key, value in facts.items() if key != "why"}
        return found

    def settle(self, name: str, facts: dict[str, Any]) -> None:
        """Correct what is known of one parameter."""
        if name in self.data["required"]["yes"]:
            self._use("required", name, changes=not facts.get("required"))
            facts["required"] = True
            facts.pop("default", None)
        if name in self.data["optional"]["no"]:
            self._use("optional", name, changes=bool(facts.pop("required", False)))
        for pattern in (name, "*." + name.partition(".")[2]):
            if pattern in self.data["type"]:
                kind = self.data["type"][pattern]["type"]
                self._use("type", pattern, changes=facts["type"] != kind)
                facts["type"] = kind
        if name in self.data["keep"]:
            self.used.add(("keep", name))
        for version, names in self.data["params_since"].items():
            if version != "why" and name in names:
                self._use("params_since", name, changes="since" not in facts)
                facts["since"] = version

    def meaning(self, action: str, param: str) -> str:
        """What a parameter means, in our own words."""
        for pattern, text in self._meanings["of"].items():
            if fnmatchcase(f"{action}.{param}", pattern):
                self.used.add(("of", pattern))
                return str(text)
        if param not in self._meanings["everywhere"]:
            raise Wrong(f"{action}.{param}: parameters.toml does not tell what it means")
        self.used.add(("everywhere", param))
        return str(self._meanings["everywhere"][param])

    def _use(self, kind: str, name: str, *, changes: bool) -> None:
        if changes:
            self.used.add((kind, name))

    def finish(self) -> None:
        """Raise if a correction had nothing to correct."""
        given = {
            (kind, name)
            for kind in ("drop", "alias", "keep", "add", "type", "since", "open", "takes", "read_only", "idempotent")
            for name in self.data[kind]
            if name != "why"
        }
        given |= {("required", name) for name in self.data["required"]["yes"]}
        given |= {("optional", name) for name in self.data["optional"]["no"]}
        given |= {
            ("params_since", name)
            for version, names in self.data["params_since"].items()
            if version != "why"
            for name in names
        }
        given |= {(kind, name) for kind, meanings in self._meanings.items() for name in meanings}
        idle = sorted(given - self.used)
        if idle:
            raise Wrong("\n".join(f"this changes nothing: {kind} {name}" for kind, name in idle))
