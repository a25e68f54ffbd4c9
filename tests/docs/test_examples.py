"""What the documentation shows at a shell, and in README, runs as it stands; pages with code cells run when they are built."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from demo_portal import NAME, WITH_A_PORTAL, demo_portal, restore
from terminal import run_in_terminal

from tuckan import Mirror
from tuckan.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(page for page in ROOT.glob("docs/**/*.md") if "_build" not in page.parts)]
LIVES_OF_SANDBOXES = ("docs/how-to/sandbox.md", "docs/how-to/extensions.md", "docs/how-to/schemas.md")
"""Pages that start a sandbox of their own, and remove it."""


# These make environments and sandboxes of their own, and have tests of their own.
NOT_RUN = ("git ", "make ", "pip ", "pytest", "tuckan demo")

_COLORS = re.compile(r"\x1b\[[0-9;]*m")


class Example(NamedTuple):
    """A line of shell and what the page shows it to say."""

    command: str
    shown: str


def blocks(page: Path, language: str) -> list[str]:
    """The code of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def examples(page: Path) -> list[Example]:
    """The lines of shell of a page, in order."""
    found = []
    for block in blocks(page, "console"):
        for one in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = one.splitlines()
            rest = next((n for n, line in enumerate(lines) if not line.endswith("\\")), len(lines)) + 1
            shown = "".join(f"{line}\n" for line in lines[rest:])
            found.append(Example("\n".join(line.removeprefix("> ") for line in lines[:rest]), shown))
    return found


WITH_SHELL = [page.relative_to(ROOT).as_posix() for page in PAGES if blocks(page, "console")]
WITH_PYTHON = [page.relative_to(ROOT).as_posix() for page in PAGES if blocks(page, "python")]


def is_as_shown(output: str, shown: str) -> bool:
    """Whether it says what the page shows; `...` stands for anything, and the width of columns does not matter."""
    return doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[Sandbox, dict[str, str]]]:
    with demo_portal() as running:
        yield running


def folder_of_a_person(sandbox: Sandbox, path: Path, page: str) -> Path:
    """Where the reader is: with a token in a file, and a `tuckan` whose sandbox is not that of whoever runs the tests."""
    name = f"{NAME}-life" if page in LIVES_OF_SANDBOXES else NAME
    (path / "token.txt").write_text(sandbox.token())
    wrapper = path / "bin" / "tuckan"
    wrapper.parent.mkdir()
    start = f'exec "{sys.executable}" -m tuckan'
    its_own = f'[ "$1" = sandbox ] && verb=$2 && shift 2 && {start} sandbox "$verb" --name {name} "$@"'
    wrapper.write_text(f'#!/bin/sh\n{its_own}\n{start} "$@"\n')
    wrapper.chmod(0o755)
    return path


@pytest.mark.parametrize("page", WITH_SHELL)
def test_what_people_type_at_a_shell(page: str, demo: tuple[Sandbox, dict[str, str]], tmp_path: Path) -> None:
    sandbox, variables = demo
    restore(sandbox)
    folder = folder_of_a_person(sandbox, tmp_path, page)
    known = {**variables, "PATH": f"{folder / 'bin'}:{variables['PATH']}"}
    said: list[str] = []
    for command, shown in examples(ROOT / page):
        if command.startswith(NOT_RUN):
            continue
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            known[name] = value
            continue
        typed = command.replace("https://example.org", sandbox.url)
        if page in LIVES_OF_SANDBOXES:
            typed = typed.replace("--profile sandbox", f"--profile {Sandbox(f'{NAME}-life').profile}")
        code, output = run_in_terminal(typed, known, folder)
        output = "\n".join(line.rstrip() for line in _COLORS.sub("", output).splitlines()) + "\n"
        if code:
            said.append(f"$ {command}\nended with {code}:\n{output}")
        elif shown and not is_as_shown(output, shown):
            said.append(f"$ {command}\nshown:\n{shown}\nsaid:\n{output}")
    assert not said, "\n\n".join(said)


@pytest.mark.parametrize("module", WITH_A_PORTAL)
def test_the_examples_of_a_module(
    module: str, demo: tuple[Sandbox, dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sandbox, _ = demo
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUCKAN_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("TUCKAN_JOBS_DIR", str(tmp_path / "jobs"))
    said: list[str] = []
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))
    with sandbox.client() as ckan:
        for one in sorted((one for one in found if one.examples), key=lambda one: one.lineno or 0):
            one.globs.update(ckan=ckan, sandbox=sandbox, Mirror=Mirror)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            runner.run(one, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_the_python_of_a_page(page: str, demo: tuple[Sandbox, dict[str, str]], tmp_path: Path) -> None:
    sandbox, variables = demo
    restore(sandbox)
    code = "\n".join(blocks(ROOT / page, "python"))
    run = subprocess.run(
        [sys.executable, "-c", code], env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
