"""Everything there is stands in the documentation, and nothing stands there that should not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
import reference
import reference_actions

from tuckan.actions import catalogue
from tuckan.config.settings import VARIABLES

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(ROOT.glob("docs/notebooks/*.ipynb"))
PICTURES = sorted(ROOT.glob("docs/pictures/*.svg"))
PAGES_IN_DOCS = [page for page in ROOT.glob("docs/**/*.md") if "_build" not in page.parts]
WRITTEN = [ROOT / "README.md", *PAGES_IN_DOCS, *NOTEBOOKS]

PAGES = reference.pages()
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in WRITTEN)

# Set by us for programs of ours, or known by us as CKAN's.
INTERNAL = {
    "CKAN_SQLALCHEMY_URL",
    "TUCKAN_CKAN_INI",
    "TUCKAN_DATACITE",
    "TUCKAN_DATABASE_PASSWORD",
    "TUCKAN_SANDBOX",
    "TUCKAN_SUPERUSER",
}

MACHINE = re.compile(r"/(?:root|home|tmp|var|work|Users)/|eyJ[\w-]{8,}|ckan\.\w+\.token")


@pytest.mark.parametrize("path", [path for path, _ in reference.commands() if path != "tuckan"])
def test_every_command_is_in_the_reference_and_its_family_on_a_page(path: str) -> None:
    assert f"\n.. program:: {path}\n" in PAGES["commands"]
    assert re.search(rf"\b{' '.join(path.split()[:2])}\b", TEXT), "no page shows a command of this family"


def test_every_option_is_in_the_reference() -> None:
    for path, command in reference.commands():
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert f".. option:: {', '.join(option.opts)}" in PAGES["commands"], f"{path} {option.opts}"


@pytest.mark.parametrize("namespace", reference.namespaces())
def test_every_method_is_in_the_reference_and_its_namespace_on_a_page(namespace: str) -> None:
    for method in reference.methods(reference.namespaces()[namespace]):
        assert f".. py:method:: ckan.{namespace}.{method}(" in PAGES["client"]
    assert f"ckan.{namespace}." in TEXT, "no page uses it"


def test_every_action_and_shape_is_in_the_reference() -> None:
    for name, one in catalogue().actions.items():
        assert f".. py:method:: ckan.action.{name}(" in PAGES[f"actions-{one.family}"]
        assert f"<ckan.action.{name}>" in PAGES["actions"]
    assert all(f".. py:class:: tuckan.shapes.{name}\n" in PAGES["shapes"] for name in reference_actions.SHAPES)


def test_every_variable_is_in_the_settings() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("src/tuckan/**/*.py"))
    looked_at = set(re.findall(r"\b(?:CKAN|TUCKAN)_[A-Z_]+\b", source)) - INTERNAL
    told = {name for names in VARIABLES for name in names.split(", ")}
    assert looked_at <= told
    for name in told:
        assert f"``{name}``" in PAGES["settings"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_kept_without_what_they_said(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs"), "clear the outputs: the build makes them anew"
        assert cell.get("execution_count") is None
    assert not MACHINE.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_pictures_hold_no_secret_and_fetch_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not MACHINE.search(text)
    assert "@font-face" not in text
    assert f"pictures/{path.name}" in TEXT, "no page shows it"


def test_pages_point_to_what_is_there() -> None:
    for page in (path for path in [*WRITTEN, ROOT / "CONTRIBUTING.md"] if path.suffix == ".md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "reference/generated/" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_tour_names_what_is_there() -> None:
    from tuckan.cli.commands import tour  # noqa: PLC0415

    named = re.findall(r"docs/[\w/.-]+", Path(tour.__file__).read_text(encoding="utf-8"))
    assert named
    for path in named:
        assert (ROOT / path).exists(), path
