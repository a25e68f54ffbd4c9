"""The size and shape of a package's code: `python scripts/measure_structure.py tuckan httpx psycopg`.

Counts what is written by hand: generated files (tuckan's `_sync` and its methods of actions, psycopg's generated half) are left out.
"""

from __future__ import annotations

import ast
import importlib.util
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.IfExp,
    ast.comprehension,
    ast.match_case,
    ast.Assert,
)
UNTYPED = ("Any", "dict[str, Any]", "Record", "Records", "None | Any", "list[Any]", "list[dict[str, Any]]")
GENERATED = ("# Generated", "# WARNING: this file is auto-generated")


@dataclass
class Measures:
    """What was counted in one package."""

    files: list[int] = field(default_factory=list[int])
    lengths: list[int] = field(default_factory=list[int])
    parameters: list[int] = field(default_factory=list[int])
    complexities: list[int] = field(default_factory=list[int])
    public: int = 0
    with_example: int = 0
    with_typed_result: int = 0

    def add(self, text: str) -> None:
        """Count one file."""
        self.files.append(text.count("\n"))
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, Function):
                self._add_function(node)
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                self._add_methods(node)

    def _add_function(self, node: Function) -> None:
        self.lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
        given = node.args
        self.parameters.append(
            len([one for one in given.posonlyargs + given.args + given.kwonlyargs if one.arg not in ("self", "cls")])
        )
        self.complexities.append(1 + sum(isinstance(one, BRANCHES) for one in ast.walk(node)) + _operators(node))

    def _add_methods(self, node: ast.ClassDef) -> None:
        for method in node.body:
            if isinstance(method, Function) and not method.name.startswith("_"):
                self.public += 1
                self.with_example += ">>>" in (ast.get_docstring(method) or "")
                result = ast.unparse(method.returns) if method.returns else "Any"
                self.with_typed_result += result not in UNTYPED

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the table."""
        return [
            ("files", f"{len(self.files)}"),
            (
                "of them under 40 lines, under 60",
                f"{sum(n < 40 for n in self.files)}, {sum(n < 60 for n in self.files)}",
            ),
            ("lines", f"{sum(self.files):,}"),
            ("functions", f"{len(self.lengths):,}"),
            (
                "their lines: median, p90, longest",
                f"{statistics.median(self.lengths):.0f}, {_p90(self.lengths)}, {max(self.lengths)}",
            ),
            ("functions over 60 lines", f"{sum(n > 60 for n in self.lengths)}"),
            ("parameters: p90", f"{_p90(self.parameters)}"),
            ("functions of a complexity over 12", f"{sum(n > 12 for n in self.complexities)}"),
            ("public methods", f"{self.public}"),
            ("of them with an example", f"{self.with_example}"),
            ("of them with a typed result", f"{self.with_typed_result}"),
        ]


def _operators(node: Function) -> int:
    return sum(len(one.values) - 1 for one in ast.walk(node) if isinstance(one, ast.BoolOp))


def _p90(values: list[int]) -> int:
    return sorted(values)[int(len(values) * 0.9)]


def measured(package: str) -> Measures:
    """Count an installed package.

    Args:
        package: its name.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"There is no package {package!r} here: install it first.")
    root, found = Path(next(iter(spec.submodule_search_locations))), Measures()
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "_sync" not in path.parts and not text.lstrip().startswith(GENERATED):
            found.add(text)
    return found


def main(packages: list[str]) -> None:
    """Print the table, one column a package."""
    columns = [measured(package).rows() for package in packages]
    print(f"| | {' | '.join(packages)} |\n|---|{'---|' * len(packages)}")
    for together in zip(*columns, strict=True):
        print(f"| {together[0][0]} | {' | '.join(value for _, value in together)} |")


if __name__ == "__main__":
    main(sys.argv[1:] or ["tuckan"])
