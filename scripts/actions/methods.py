"""Write the methods of `client.action` from the catalogue: `python scripts/actions/methods.py`, or `--check` to compare.

They are written asynchronous; `scripts/unasync.py` makes their blocking twins.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan import shapes
from tuckan.actions.catalogue import catalogue
from tuckan.actions.showing import in_python, in_versions, keyword, notes

if TYPE_CHECKING:
    from tuckan.actions.catalogue import Action, Parameter

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "src" / "tuckan" / "client" / "_async" / "actions"
HEADER = "# Generated from actions/catalogue.json by scripts/actions/methods.py: `make fix` writes it.\n"

TYPES = {
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "texts": "Sequence[str]",
    "record": "Mapping[str, Any]",
    "records": "Sequence[Mapping[str, Any]]",
    "file": "Upload",
    "any": "Any",
}


def module(family: str) -> str:
    """The module of one family."""
    data = catalogue()
    actions = {name: one for name, one in data.actions.items() if one.family == family}
    body = "\n".join(_methods(name, one) for name, one in actions.items())
    title = data.families[family]
    text = (
        f'"""Actions: {title.lower() if family != "datastore" else title}."""\n\nfrom __future__ import annotations\n\n'
    )
    text += f"from typing import TYPE_CHECKING, Any{', overload' if '@overload' in body else ''}\n\n"
    text += "from tuckan.client._async.actions.calling import UNSET, Calling\n\n"
    text += "if TYPE_CHECKING:\n" + textwrap.indent(_imports(body), "    ") + "\n\n"
    text += f'class {class_name(family)}(Calling):\n    """{title}."""\n\n{textwrap.indent(body, "    ")}\n'
    return _formatted(HEADER + text, TARGET / f"{family}.py")


def class_name(family: str) -> str:
    """The class of one family."""
    return f"{family.capitalize()}Actions"


def _imports(body: str) -> str:
    known = [name for name in shapes.__all__ if re.search(rf"\b{name}\b(?!\w)", body)]
    generic = [name for name in ("Mapping", "Sequence") if f"{name}[" in body]
    lines = [f"from collections.abc import {', '.join(generic)}"] if generic else []
    if "Literal[" in body:
        lines.append("from typing import Literal")
    if "Upload" in body:
        lines.append("from tuckan.client._async.actions.calling import Upload")
    return "\n".join([*lines, f"from tuckan.shapes import {', '.join(known)}"])


def _methods(name: str, action: Action) -> str:
    text = ""
    if switch := action.switch:
        for value, gives in ((False, switch.off), (True, switch.on)):
            given = {switch.param: (f"Literal[{value}]", value is switch.default)}
            text += f"@overload\n{_signature(name, action, gives, given)} ...\n\n"
        text += f"@overload\n{_signature(name, action, action.gives, {switch.param: ('bool', False)})} ...\n\n"
    return (
        text + _signature(name, action, action.gives, {}) + "\n" + textwrap.indent(_body(name, action), "    ") + "\n"
    )


def _signature(name: str, action: Action, gives: str, given: dict[str, tuple[str, bool]]) -> str:
    params = []
    for param, facts in action.params.items():
        kind, optional = given.get(param, (_type(facts, action), not facts.required))
        params.append(f"{keyword(param)}: {kind}" + (" = UNSET" if optional else ""))
    if action.open:
        params.append("**fields: Any")
    return (
        f"async def {name}(self{', *, ' if action.params else ', ' if params else ''}{', '.join(params)}) -> {gives}:"
    )


def _type(facts: Parameter, action: Action) -> str:
    if facts.choices:
        return f"Literal[{', '.join(map(repr, facts.choices))}]"
    kinds = [TYPES[one] for one in facts.type.split("|")]
    nullable = action.open and not facts.required and facts.type != "file"
    return " | ".join([*kinds, *(["None"] if nullable else [])])


def _body(name: str, action: Action) -> str:
    lines = [action.says, ""]
    lines += [f"Instead: `{action.instead}`.", ""] if action.instead else []
    if action.params or action.open:
        lines += ["Args:"]
        lines += [f"    {keyword(param)}: {facts.means}{notes(facts)}." for param, facts in action.params.items()]
        lines += ["    **fields: further keys, as the portal or a plugin knows them."] if action.open else []
        lines += [""]
    lines += ["Returns:", f"    {_returns(action.gives)}", ""]
    lines += [f"Who may: {action.who}.", "", f"In {in_versions(action)}.", ""]
    lines += ["Example:", f"    >>> await {in_python(name, action.example)}  # doctest: +SKIP"]
    text = '"""' + "\n".join(lines) + '\n"""\n'
    if "\\" in text:
        text = "r" + text
    sent = {param: facts for param, facts in action.params.items() if facts.type != "file"}
    files = [param for param, facts in action.params.items() if facts.type == "file"]
    keys = ", ".join([*(f"{param!r}: {keyword(param)}" for param in sent), *(["**fields"] if action.open else [])])
    call = f"await self._send({name!r}, {{{keys}}}"
    call += f", files={{{', '.join(f'{one!r}: {keyword(one)}' for one in files)}}})" if files else ")"
    return text + f"result: {action.gives} = {call}\nreturn result"


def _returns(gives: str) -> str:
    return {"None": "Nothing.", "Any": "Its value."}.get(gives, f"`{gives}`.")


def _formatted(text: str, path: Path) -> str:
    ruff = Path(sys.executable).parent / "ruff"
    for command in (["check", "--quiet", "--select", "I,TC,F401", "--fix-only", "--exit-zero"], ["format", "--quiet"]):
        done = subprocess.run(
            [ruff, *command, "--stdin-filename", str(path), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        text = done.stdout
    return text


def main(arguments: list[str]) -> int:
    """Write the modules, or tell which differ."""
    made: dict[Path, str] = {TARGET / f"{family}.py": module(family) for family in catalogue().families}
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in arguments:
        for path in wrong:
            path.write_text(made[path], encoding="utf-8")
    elif wrong:
        print("\n".join(f"{one.relative_to(ROOT)} is not what the catalogue gives: run `make fix`" for one in wrong))
        return 1
    print(f"the methods of {len(catalogue().actions)} actions are as the catalogue has them")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
