"""What CKAN says of its actions, read inside CKAN's own environment: `python collect.py` prints it as JSON.

Nothing is started and no database is needed: the modules are imported, their functions looked at, and their code read.
"""

import ast
import importlib
import inspect
import json
import re
import sys
from functools import partial

CORE = "get create update patch delete file"
PLUGINS = {
    "activity": "ckanext.activity.logic",
    "datapusher": "ckanext.datapusher.logic",
    "datastore": "ckanext.datastore.logic",
    "xloader": "ckanext.xloader",
}
PARAM = re.compile(r":param (?:([\w ]+?) )?([\w.*-]+):(.*?)(?=\n:|\n\n|\Z)", re.DOTALL)
TYPE = re.compile(r":type ([\w.*-]+):\s*(.*?)(?=\n:|\n\n|\Z)", re.DOTALL)
AFTER = re.compile(r"\*\*Results|^:returns?:|^:rtype:", re.MULTILINE)  # parameters end here, what comes back begins
DICTS = ("data_dict", "data", "params")


def modules(kind):
    """The modules of actions (or of auth functions) with the plugin they belong to."""
    for name in CORE.split():
        yield "", f"ckan.logic.{kind}.{name}"
    for plugin, package in PLUGINS.items():
        yield plugin, f"{package}.{kind}"


def functions(kind):
    """Every public function of these modules: its name, plugin, the function and its code."""
    for plugin, name in modules(kind):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        tree = ast.parse(inspect.getsource(module))
        written = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for one, node in written.items():
            function = getattr(module, one)
            if not one.startswith("_") and callable(function):
                yield one, plugin, name, function, node, written


def is_action(node):
    """Whether a function has the arguments of an action; others are there for the module's own use."""
    return [one.arg for one in node.args.args][:1] == ["context"]


def of_the_text(function):
    """The parameters that the docstring tells of, with their types and what it says of leaving them out."""
    text = AFTER.split(inspect.getdoc(function) or "", maxsplit=1)[0]
    types = dict(TYPE.findall(text))
    found = {}
    for kind, name, said in PARAM.findall(text):
        told = " ".join(types.get(name, kind).split())
        optional = bool(re.search(r"\(optional|\boptional\b", told + said, re.IGNORECASE))
        default = re.search(r"default(?:s to|:| is)?\s*[`'\"]*(-?[\w.]+)", told + " " + said, re.IGNORECASE)
        found[name] = {
            "type": re.sub(r"\W*\(?optional.*", "", told).strip(" ,")[:40],
            "optional": optional,
            "default": default[1].rstrip(".") if default else None,
        }
    return found


def of_the_code(node, written, seen=()):
    """The keys that the code takes from its parameters: needed, or with what is used in their place."""
    found = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            _of_a_call(part, found, written, seen)
        elif (
            isinstance(part, ast.Subscript)
            and isinstance(part.ctx, ast.Load)
            and _is_params(part.value)
            and isinstance(part.slice, ast.Constant)
        ):
            found.setdefault(part.slice.value, {"optional": None})
    return found


def _of_a_call(call, found, written, seen):
    name = _called(call)
    arguments = call.args
    if name in ("get_or_bust", "_get_or_bust") and len(arguments) == 2 and _is_params(arguments[0]):
        for one in ast.walk(arguments[1]):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                found[one.value] = {"optional": False}
    elif (
        name in ("get", "pop")
        and isinstance(call.func, ast.Attribute)
        and _is_params(call.func.value)
        and arguments
        and isinstance(arguments[0], ast.Constant)
    ):
        default = arguments[1] if len(arguments) > 1 else None
        value = ast.unparse(default) if default is not None else None
        if found.get(arguments[0].value, {}).get("optional") is not False:
            found[arguments[0].value] = {"optional": True, "default": value}
    elif name in written and name not in seen and any(_is_params(one) for one in arguments):
        for key, facts in of_the_code(written[name], written, (*seen, name)).items():
            found.setdefault(key, facts)


def _is_params(node):
    return isinstance(node, ast.Name) and node.id in DICTS


def of_the_schema(function, node):
    """The fields of the schemas that check the parameters, with the names of their validators."""
    import ckan.logic.schema as core

    names = {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in ast.walk(node)
        if isinstance(part, (ast.Attribute, ast.Name))
    }
    found = {}
    home = inspect.getmodule(inspect.unwrap(function))
    decorated = {
        part.attr
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
        if isinstance(part, ast.Attribute) and part.attr != "validate"
    }
    for name in sorted(one for one in names if one.endswith("_schema") or one in decorated):
        for place in (core, getattr(home, "schema", None), _schema_of(home)):
            maker = getattr(place, name, None)
            if maker is None:
                continue
            try:
                fields = maker()
            except TypeError:
                continue
            for field, validators in fields.items():
                if not field.startswith("__"):
                    found.setdefault(field, _named(validators))
            break
    return found


def _schema_of(module):
    package = module.__name__.rsplit(".", 2)[0]
    for name in (f"{package}.logic.schema", f"{package}.schema"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _named(validators):
    if isinstance(validators, dict):
        return ["records"]
    names = []
    for one in validators:
        name = one.args[0] if isinstance(one, partial) else getattr(one, "__name__", type(one).__name__)
        if name == "callable" and one.__closure__:
            values = [cell.cell_contents for cell in one.__closure__]
            name = f"{one.__qualname__.split('.')[0]}:{values[0]!r}"
        elif name == "callable":
            name = one.__qualname__.split(".")[0]
        names.append(name[:60])
    return names


def who_may():
    """What an action's own check says: whether anybody may pass it, and whether it refuses all but administrators."""
    found = {}
    for name, _, module, function, node, _ in functions("auth"):
        allowed = getattr(function, "auth_allow_anonymous_access", None)
        if allowed is None:
            allowed = module.endswith(".get")
        returns = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
        answers = {_success(one) for one in returns}
        found[name] = {"anonymous": bool(allowed) and answers != {False}, "nobody": answers == {False}}
        if answers == {True} and len(returns) == 1:
            found[name]["all"] = True
    return found


def _success(value):
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "success" and isinstance(one, ast.Constant):
                return one.value
    return None


def checked_by(node):
    """The names that the code asks whether the user may do."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call) and _called(one).lstrip("_") == "check_access"]
    return [one.args[0].value for one in calls if one.args and isinstance(one.args[0], ast.Constant)]


def _called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def declare_settings():
    """Give CKAN's own settings their defaults, which schemas look at."""
    from ckan.common import config, config_declaration

    config_declaration.load_core_declaration()
    config_declaration.make_safe(config)


def _absent(name, value):
    """Stands for a validator of a plugin that is not on."""
    return value, name


def tolerate_absent_plugins():
    """Let validators of plugins that are not on be looked up: only their names matter here."""
    import ckan.logic

    look_up = ckan.logic.get_validator

    def get_validator(name):
        try:
            return look_up(name)
        except ckan.logic.UnknownValidator:
            return partial(_absent, name)

    ckan.logic.get_validator = get_validator


def main():
    """Everything, by action."""
    tolerate_absent_plugins()
    declare_settings()
    may = who_may()
    found = {}
    for name, plugin, module, function, node, written in functions("action"):
        if not is_action(node):
            continue
        checks = checked_by(node)
        found[name] = {
            "plugin": plugin,
            "module": module.rsplit(".", 1)[1],
            "read_only": bool(getattr(function, "side_effect_free", False)) or (not plugin and module.endswith(".get")),
            "text": of_the_text(function),
            "code": of_the_code(node, written),
            "schema": of_the_schema(function, node),
            "may": {one: may.get(one) for one in checks},
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
