"""The size and shape of a package's code: `python scripts/measure_structure.py tuckan httpx psycopg`.

Counts what is written by hand: generated files (tuckan's `_sync` and its methods of actions, psycopg's generated half) are left out.
Public are the methods of the classes that the package, its `errors` or its `types` export, of their base classes, and of the classes
of their public attributes (a client's namespaces); properties and what `with` calls are left out.
"""

from __future__ import annotations

import ast
import importlib.util
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Name: TypeAlias = tuple[str, str]
"""A module and a name in it."""

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
    codes: list[int] = field(default_factory=list[int])
    packages: list[int] = field(default_factory=list[int])
    classes: dict[Name, ast.ClassDef] = field(default_factory=dict[Name, ast.ClassDef])
    imported: dict[Name, Name] = field(default_factory=dict[Name, Name])
    exported: list[Name] = field(default_factory=list[Name])

    def add(self, module: str, text: str) -> None:
        """Count one file."""
        tree = ast.parse(text)
        self.files.append(text.count("\n"))
        self.codes.append(text.count("\n") - sum(map(_docstring, ast.walk(tree))))
        if module.endswith(("__init__", "__main__")):
            self.packages.append(text.count("\n"))
        for node in ast.walk(tree):
            if isinstance(node, Function):
                self._add_function(node)
            elif isinstance(node, ast.ClassDef):
                self.classes[module, node.name] = node

    def add_names(self, module: str, tree: ast.Module, *, exporting: bool) -> None:
        """Note what a module imports, and exports."""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                inside = module.split(".")[: -node.level or None] if node.level else []
                source = ".".join([*inside, *filter(None, [node.module])])
                for one in node.names:
                    self.imported[module, one.asname or one.name] = source, one.name
            elif exporting and isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                names = [str(one.value) for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
                self.exported += [(module, name) for name in names]

    def _resolved(self, name: Name) -> Name | None:
        """Where the class of a name is defined; the blocking half of a client is generated from the other."""
        for module in (name[0].replace("._sync", "._async"), f"{name[0]}.__init__"):
            if (module, name[1]) in self.classes:
                return module, name[1]
            source = self.imported.pop((module, name[1]), None)  # followed once, as modules may import each other
            if source is not None:
                found = self._resolved(source)
                self.imported[module, name[1]] = source
                return found
            if (module, "*") in self.imported:
                everything = [at for at in self.classes if at[1] == name[1]]
                return everything[0] if everything else None
        return None

    def _add_function(self, node: Function) -> None:
        self.lengths.append((node.end_lineno or node.lineno) - node.lineno + 1)
        given = node.args
        self.parameters.append(
            len([one for one in given.posonlyargs + given.args + given.kwonlyargs if one.arg not in ("self", "cls")])
        )
        self.complexities.append(1 + sum(isinstance(one, BRANCHES) for one in ast.walk(node)) + _operators(node))

    def public(self) -> list[Function]:
        """The methods that users call."""
        left, seen, found = [*self.exported], set[Name](), list[Function]()
        while left:
            name = self._resolved(left.pop())
            if name is None or name in seen:
                continue
            seen.add(name)
            one = self.classes[name]
            kept = [each for each in one.body if not _is_private(each)]
            found += [each for each in kept if isinstance(each, Function) and not _is_property(each)]
            attributes = [each.annotation for each in kept if isinstance(each, ast.AnnAssign)]
            left += [(name[0], ast.unparse(each).partition("[")[0]) for each in (*one.bases, *attributes)]
        return found

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the table."""
        public = self.public()
        return [
            ("files", f"{len(self.files)}"),
            (
                "of them under 40 lines, under 60",
                f"{sum(n < 40 for n in self.files)}, {sum(n < 60 for n in self.files)}",
            ),
            (
                "of these `__init__` and `__main__`",
                f"{sum(n < 40 for n in self.packages)}, {sum(n < 60 for n in self.packages)}",
            ),
            (
                "files over 400 lines, without docstrings",
                f"{sum(n > 400 for n in self.files)}, {sum(n > 400 for n in self.codes)}",
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
            ("public methods", f"{len(public)}"),
            ("of them with an example", f"{sum('>>>' in (ast.get_docstring(one) or '') for one in public)}"),
            ("of them with a typed result", f"{sum(_result(one) not in UNTYPED for one in public)}"),
        ]


def _docstring(node: ast.AST) -> int:
    """The lines of the docstring of a module, class or function."""
    if not isinstance(node, ast.Module | ast.ClassDef | Function) or not ast.get_docstring(node):
        return 0
    return (node.body[0].end_lineno or 0) - node.body[0].lineno + 1


def _is_private(node: ast.stmt) -> bool:
    name = getattr(node, "name", "") or (ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else "")
    return name.startswith("_")


def _is_property(node: Function) -> bool:
    return any("property" in ast.unparse(one) for one in node.decorator_list)


def _result(node: Function) -> str:
    return ast.unparse(node.returns) if node.returns else "Any"


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
        module = ".".join([package, *path.relative_to(root).with_suffix("").parts])
        if "_sync" not in path.parts and not text.lstrip().startswith(GENERATED):
            found.add(module, text)
        exporting = path.parent == root and path.stem in ("__init__", "errors", "types")
        found.add_names(module, ast.parse(text), exporting=exporting)
    return found


def main(packages: list[str]) -> None:
    """Print the table, one column a package."""
    columns = [measured(package).rows() for package in packages]
    print(f"| | {' | '.join(packages)} |\n|---|{'---|' * len(packages)}")
    for together in zip(*columns, strict=True):
        print(f"| {together[0][0]} | {' | '.join(value for _, value in together)} |")


if __name__ == "__main__":
    main(sys.argv[1:] or ["tuckan"])
