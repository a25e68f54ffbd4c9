"""Hints: a form for Python and one for the command line, chosen by who reads."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import tuckan
from tuckan.cli.failures import explain
from tuckan.cli.root import tuckan as tuckan_command
from tuckan.errors import ConfigurationError, Hint, InvalidArgument, each_form, for_shell

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = sorted(
    path
    for path in Path(tuckan.__file__).parent.rglob("*.py")
    if not {"_sync", "sandbox"} & set(path.relative_to(Path(tuckan.__file__).parent).parts)
)
PYTHON = re.compile(r"\b[a-z_]{2,}=(?!value)|\b(?!decimal)[a-z_.]+\((?!s\))|\b(True|False|None)\b|\bpass [a-z]")
"""What only those who write Python understand: a keyword, a call, a value, to pass something."""

SHELL = re.compile(r"(?<!\w)--[a-z]")


def texts(node: ast.AST) -> Iterator[str]:
    """The constant texts in an expression, those in a Hint apart."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Hint", "errors.Hint"):
        return
    if isinstance(node, ast.FormattedValue):
        return
    if isinstance(node, ast.JoinedStr):
        yield "".join(one.value if isinstance(one, ast.Constant) else "X" for one in node.values)  # type: ignore[misc]
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from texts(child)


def hints(tree: ast.AST) -> Iterator[ast.expr]:
    """Each expression that is given or set as a hint."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.keyword) and node.arg == "hint") or (
            isinstance(node, ast.Assign) and any(ast.unparse(one).rpartition(".")[2] == "hint" for one in node.targets)
        ):
            yield node.value


@pytest.mark.parametrize(
    "path",
    [one for one in SOURCES if "hint" in one.read_text(encoding="utf-8")],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_hint_that_names_python_has_another_form_for_the_shell(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for hint in hints(tree):
        for text in texts(hint):
            plain = re.sub(r"`tuckan [^`]*`|tuckan [a-z].*|[A-Z_]{4,}=\S*", "", text)
            assert not PYTHON.search(plain), f"{path.name}:{hint.lineno}: {text}"
    for node in ast.walk(tree):
        written = isinstance(node, ast.Call) and not any(isinstance(one, ast.Starred) for one in node.args)
        if written and ast.unparse(node.func) in ("Hint", "errors.Hint"):
            python, shell = ("".join(texts(one)) for one in node.args)
            assert not re.search(r"\b[a-z_]{2,}=[.'\[{\"TFN]|\b[a-z_]+\(", shell), f"{path.name}:{node.lineno}: {shell}"
            assert not SHELL.search(python), f"{path.name}:{node.lineno}: {python}"


PLURAL = re.compile(r" (?:(?:more|other|further) )?(?!is\b|was\b|has\b|bytes\b|times\b|characters\b)[a-z]+s\b")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_one_of_something_is_no_plural(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for number, text in pairwise(node.values):
                is_number = isinstance(number, ast.FormattedValue) and (
                    (number.format_spec and ast.unparse(number.format_spec) == "f','")
                    or ast.unparse(number.value).startswith("len(")
                )
                said = text.value if isinstance(text, ast.Constant) else ""
                assert not (is_number and PLURAL.match(str(said))), f"{path.name}:{node.lineno}: use counted()"
    assert path.name == "_text.py" or not re.search(r"""['"]s['"] \*""", source), f"{path.name}: use counted()"


def test_hints_add_up() -> None:
    hint = "Try again" + Hint(" with x=1", " with --x 1") + "; or " + Hint("y()", "tuckan y") + "."
    assert hint == "Try again with x=1; or y()."
    assert for_shell(hint) == "Try again with --x 1; or tuckan y."
    assert for_shell("As it is.") == "As it is."
    upper = each_form(str.upper, hint)
    assert (upper, for_shell(upper)) == ("TRY AGAIN WITH X=1; OR Y().", "TRY AGAIN WITH --X 1; OR TUCKAN Y.")
    assert type(each_form(str.upper, "a")) is str


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_an_error_keeps_both_forms(how: object) -> None:
    error = how(InvalidArgument("No.", hint=Hint("Pass x=1.", "Add --x 1.")))  # type: ignore[operator]
    assert (str(error), error.hint, for_shell(error.hint)) == ("No.\nPass x=1.", "Pass x=1.", "Add --x 1.")


def test_the_command_line_says_the_form_for_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(ConfigurationError("No portal.", hint="Or " + Hint("pass base_url='x'", "give --url x"))) == 3
    said = capsys.readouterr().err
    assert "Or give --url x" in said
    assert "base_url" not in said


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_command_that_is_named_is_there(path: Path) -> None:
    for named in re.finditer(r"`tuckan ((?:[a-z][a-z-]* ?){1,3})", path.read_text(encoding="utf-8")):
        command: click.Command = tuckan_command
        for word in named[1].split():
            if not isinstance(command, click.Group):
                break
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"{path.name}: tuckan {named[1]}"
            command = found
