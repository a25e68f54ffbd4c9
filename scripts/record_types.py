"""What type checkers see of the records in `shapes`: `python scripts/record_types.py`, with `--check` only compares.

`shapes/records.py` and `shapes/replies.py` declare the usual keys of each record. For type checkers each record is a `dict[str, Any]` whose
usual keys have types of their own, which takes an overload for every type: too much to write by hand, so these stubs are made.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

SHAPES = Path(__file__).parents[1] / "src" / "tuckan" / "shapes"
MODULES = ("records", "replies")
# The overloads take all that `dict.get` takes, which neither checker sees.
HEAD = '''# Generated from {name}.py by scripts/record_types.py: `make fix` writes it.
# mypy: disable-error-code=override
# pyright: reportIncompatibleMethodOverride=false
"""{title}"""

from typing import Any, Literal, TypeVar, overload
{imports}
_D = TypeVar("_D")
'''
READ = "    @overload\n    def __getitem__(self, key: {keys}, /) -> {kind}: ...\n"
GET = (
    "    @overload\n    def get(self, key: {keys}, default: None = None, /) -> {optional}: ...\n"
    "    @overload\n    def get(self, key: {keys}, default: _D, /) -> {kind} | _D: ...\n"
)
ANY = "    @overload\n    def get(self, key: str, default: Any = None, /) -> Any: ...\n"


def stub(name: str) -> str:
    """The stub of one module."""
    tree = ast.parse((SHAPES / f"{name}.py").read_text(encoding="utf-8"))
    title = (ast.get_docstring(tree) or "").splitlines()[0]
    imports = "".join(
        f"\n{ast.unparse(one)}"
        for one in tree.body
        if isinstance(one, ast.ImportFrom) and str(one.module) in {f"tuckan.shapes.{other}" for other in MODULES}
    )
    text = HEAD.format(name=name, title=title, imports=imports + "\n" if imports else "")
    return text + "".join(_class(one) for one in tree.body if isinstance(one, ast.ClassDef))


def _class(node: ast.ClassDef) -> str:
    base = ast.unparse(node.bases[0]).replace("TypedDict", "dict[str, Any]")
    text = f'\nclass {node.name}({base}):\n    """{ast.get_docstring(node)}"""\n\n'
    kinds = _kinds(node) if base.startswith("dict") else {}
    for kind, keys in kinds.items():
        text += READ.format(keys=keys, kind=kind)
    if kinds:
        text += READ.format(keys="str", kind="Any")
    for kind, keys in kinds.items():
        optional = kind if kind.endswith("| None") else f"{kind} | None"
        text += GET.format(keys=keys, kind=kind, optional=optional)
    return text + (ANY if kinds else "")


def _kinds(node: ast.ClassDef) -> dict[str, str]:
    """Each type with the keys that have it, as a `Literal`; `Any` is what every other key has."""
    found: dict[str, list[str]] = {}
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            kind = ast.unparse(one.annotation)
            kind = kind.removeprefix("Required[").removesuffix("]") if kind.startswith("Required[") else kind
            found.setdefault(kind, []).append(one.target.id)
    return {
        kind: "Literal[" + ", ".join(f'"{key}"' for key in keys) + "]" for kind, keys in found.items() if kind != "Any"
    }


def main(*, check: bool) -> int:
    """Write the stubs, or compare them; the exit code is 1 when one is old."""
    old = 0
    for name in MODULES:
        path, text = SHAPES / f"{name}.pyi", stub(name)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"{path.name} is older than {name}.py: run `make fix`")
            old = 1
        else:
            path.write_text(text, encoding="utf-8")
    return old


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
