"""Everything there is stands in the documentation, and nothing stands there that should not."""

from __future__ import annotations

import doctest
import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import reference
import reference_actions

import tuckan
import tuckan.types
from tuckan.actions import catalogue
from tuckan.client import Job, PushJob
from tuckan.config.settings import VARIABLES
from tuckan.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

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


# Their examples are shown and not run.
NOT_RUN = {
    "ckan.users.invite": "the sandbox sends no mail",
    "ckan.datastore.sql": "CKAN has SQL switched off unless its administrator turns it on",
    "Client.copy_to": "it takes two portals",
    "Sandbox.reset": "the other examples need what the portal holds",
    "Sandbox.down": "the other examples need the portal",
    "Sandbox.destroy": "the other examples need the portal",
}
NO_EXAMPLE = {
    *("Client.close", "Job.close", "Mirror.close", "PushJob.close", "Pull.close"),  # `with` calls them
    "Pull.spooled",  # the file that its other methods read
    *("InDoubt", "Timeout"),  # they take a portal that does not answer
    "TuckanWarning",  # only its subclasses are issued
}


def public() -> Iterator[tuple[str, Any]]:
    """What users call, as `docs/reference/public.md` has it, by name: methods, functions, and the classes they hold.

    The raw actions have examples of their own; the docstrings of the asynchronous client are those of its blocking twin.
    """
    for namespace, one in reference.namespaces().items():
        yield from ((f"ckan.{namespace}.{name}", method) for name, method in reference.methods(one).items())
    given = [getattr(tuckan, name) for name in tuckan.__all__ if not name.startswith("Async")]
    types = [getattr(tuckan.types, name) for name in tuckan.types.__all__ if not name.startswith("Async")]
    yield from ((one.__name__, one) for one in given if inspect.isroutine(one))
    for kind in dict.fromkeys(one for one in (*given, Job, PushJob, Sandbox, *types) if inspect.isclass(one)):
        if kind not in types or kind in (Job, PushJob):
            yield kind.__name__, kind
        for name, member in inspect.getmembers(kind, inspect.isroutine):
            if not name.startswith("_") and str(getattr(member, "__module__", "")).startswith("tuckan."):
                yield f"{kind.__name__}.{name}", member


PUBLIC = dict(public())


def examples(thing: Any) -> list[doctest.Example]:
    """The lines of its examples."""
    return doctest.DocTestParser().get_examples(inspect.getdoc(thing) or "")


def runs(thing: Any) -> bool:
    """Whether any of them is run."""
    return any(not one.options.get(doctest.SKIP) for one in examples(thing))


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - NO_EXAMPLE))
def test_everything_public_has_an_example_that_runs(name: str) -> None:
    thing = PUBLIC[name]
    assert inspect.getdoc(thing)
    assert examples(thing), "its docstring shows no example"
    assert runs(thing) is (name not in NOT_RUN), "its example is not run" if name not in NOT_RUN else "it is run now"


def test_what_has_no_example_is_there() -> None:
    assert set(PUBLIC) >= NO_EXAMPLE | NOT_RUN.keys()
    assert not [name for name in NO_EXAMPLE if examples(PUBLIC[name])]


def test_force_has_the_meaning_that_ckan_gives_it() -> None:
    methods = {name for name, thing in PUBLIC.items() if not inspect.isclass(thing)}
    forced = {name for name in methods if "force" in inspect.signature(PUBLIC[name]).parameters}
    assert forced == {f"ckan.datastore.{name}" for name in ("create", "delete", "describe", "drop", "push", "upsert")}
    options = [(path, one.opts, one.name) for path, command in reference.commands() for one in command.params]
    assert {path for path, _, name in options if name == "force"} == {
        f"tuckan datastore {name}" for name in ("delete", "drop", "push")
    }
    assert all(name == opts[0].strip("-") for _, opts, name in options if {"--force", "--again"} & {*opts})


@pytest.mark.parametrize("path", [path for path, _ in reference.commands() if path != "tuckan"])
def test_every_command_is_in_the_reference_and_its_family_on_a_page(path: str) -> None:
    assert f"\n.. program:: {path}\n" in PAGES["commands"]
    assert re.search(rf"\b{' '.join(path.split()[:2])}\b", TEXT), "no page shows a command of this family"


def test_asterisks_in_the_help_of_a_command_are_no_markup() -> None:
    told = re.sub(r"\.\. code-block:: text\n\n(   .*\n)+", "", PAGES["commands"])
    told = re.sub(r"^\.\. option:: .*$", "", told, flags=re.MULTILINE)
    assert not re.search(r"(?<!\\)\*", told)


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
        said = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", said):
            if "reference/generated/" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_tour_names_what_is_there() -> None:
    from tuckan.cli.commands import tour  # noqa: PLC0415

    named = re.findall(r"docs/[\w/.-]+", Path(tour.__file__).read_text(encoding="utf-8"))
    assert named
    for path in named:
        assert (ROOT / path).exists(), path
