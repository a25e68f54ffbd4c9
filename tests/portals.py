"""The sandboxes of a session of tests: plain ones, and those whose CKAN has the plugin in `plugins/unruly.py`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tuckan.sandbox import Sandbox, services
from tuckan.sandbox.instances import home
from tuckan.sandbox.processes import end
from tuckan.sandbox.pytest_plugin import sandbox_of_this_session
from tuckan.sandbox.setup import read_setup

from .schemas.random_schemas import random_schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan import Client
    from tuckan.sandbox import Status
    from tuckan.sandbox.pytest_plugin import Wanted
    from tuckan.schemas import Field

PLUGIN = "unruly"
RIVER = Path(__file__).parent / "plugins" / "ckanext-river"
OLDER = ("2.11", "2.10")
EXAMPLES = [
    f"ckanext.scheming:{name}"
    for name in ("camel_photos.yaml", "subfields.yaml", "codelist.json", "ckan_formpages.yaml")
]
SCHEMAS = ["ckanext.scheming:ckan_dataset.yaml", RIVER / "dataset.yaml", RIVER / "instrument.yaml", *EXAMPLES]
HABITS = ("refuses_filter", "keeps_aliases", "wants_files", "restamps", "listens")
"""Habits that contradict no test of writing."""
PLUGINS = [Path(__file__).parent / "plugins", PLUGIN, f"{PLUGIN}_groups", f"{PLUGIN}_parties"]


def river(name: str, ckan: str) -> Sandbox:
    """A sandbox with an extension of a portal's own, its schemas, random ones, and every recipe that runs on its version."""
    settings = {"scheming.dataset_schemas": [*SCHEMAS, *random_schemas()]}
    plugins = ["doi", "hierarchy"] if ckan in OLDER else []
    return Sandbox(name, ckan, config=RIVER / "sandbox.toml", plugins=plugins, settings=settings)


def river_without_data(name: str, ckan: str) -> Sandbox:
    """The same extensions and schemas, on a portal that is empty at first."""
    setup, _ = read_setup(RIVER / "sandbox.toml")
    settings = {**setup.config, "scheming.dataset_schemas": SCHEMAS}
    plugins = [RIVER, *setup.recipes]
    return Sandbox(name, ckan, plugins=plugins, settings=settings, solr_schema=RIVER / "fields.xml")


class UnrulySandbox(Sandbox):
    """A sandbox whose CKAN has the plugin, which has no habits at first."""

    def __init__(self, name: str, ckan: str) -> None:
        self._habits = home() / "habits" / f"{name}-{ckan}"
        super().__init__(name, ckan, plugins=PLUGINS, settings={"unruly.habits": self._habits})

    def up(self, tell: Callable[[str], None] = print, *, as_profile: bool = True) -> Status:
        self.habits()  # not before: until now it may have been another session's
        return super().up(tell, as_profile=as_profile)

    def habits(self, *habits: str) -> None:
        """Give the plugin these habits, and take all others from it."""
        self._habits.parent.mkdir(parents=True, exist_ok=True)
        self._habits.write_text(" ".join(habits))

    def heard(self) -> list[str]:
        """The datasets of whose update the plugin was told, since this was last asked."""
        file = self._habits.with_name(self._habits.name + ".heard")
        names = file.read_text().split() if file.exists() else []
        file.unlink(missing_ok=True)
        return names


SECOND: dict[str | None, tuple[Callable[[str, str], Sandbox] | None, str]] = {
    None: (None, "pytest"),
    "unruly": (UnrulySandbox, PLUGIN),
    "schemed": (river_without_data, "schemed"),
}
"""The second portal of a test that needs two, by the option `--on`."""


_FITTING: dict[str, Any] = {"integer": 1, "date": "2020-01-31", "datetime": "2020-01-31T10:00:00", "json": {"a": 1}}


def complete(ckan: Client, **record: Any) -> dict[str, Any]:
    """A dataset with a value in each field that its type requires, whichever portal it is for."""
    schema = ckan.schemas.get(record.get("type"))
    return {**{one.name: _value_of(one) for one in schema.fields if one.required}, **record}


def _value_of(field: Field) -> Any:
    if field.kind in ("choice", "choices"):
        return field.choices[0].value if field.kind == "choice" else [field.choices[0].value]
    if field.subfields:
        item = {one.name: _value_of(one) for one in field.subfields if one.required}
        return item if field.kind == "composite" else [item]
    return _FITTING.get(field.kind, "Something")


def web_killed(sandbox: Sandbox) -> None:
    """Kill the web server of a sandbox, as a crash does."""
    box = sandbox._instance
    state = box.read_state()
    for one in state.parts:
        if one.name == "web":
            process = psutil.Process(one.pid)
            for victim in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    victim.kill()
            end([one.process])


def web_started(sandbox: Sandbox) -> None:
    """Start the web server of a running sandbox again; it reads its settings anew."""
    box = sandbox._instance
    every = services.parts(box, sandbox.settings, sandbox.environment(), sandbox._loaded(sandbox.settings))
    running = services.begin(every["web"], box)
    state = box.read_state()
    state.parts = [running if one.name == "web" else one for one in state.parts]
    box.write_state(state)
    services.await_answer(every["web"], running, box)


def contents(ckan: Client) -> list[object]:
    """What tells whether a portal holds what it held: how many datasets of any state there are, and all other names."""
    everything = {"q": "*:*", "fq": "+state:*", "include_private": True, "include_drafts": True, "rows": 0}
    names = [
        ckan.call(f"{what}_list", {"all_fields": False}) for what in ("organization", "group", "user", "vocabulary")
    ]
    return [ckan.call("package_search", everything)["count"], *names]


_as_filled: dict[tuple[str, str], list[object]] = {}


def filled(sandbox: Sandbox, fill: Callable[[Client], object]) -> Sandbox:
    """A portal with what `fill` makes and nothing else: it is made anew when any test has changed that."""
    key = (sandbox.url, f"{fill.__module__}.{fill.__qualname__}")
    with sandbox.client() as ckan:
        if contents(ckan) != _as_filled.get(key):
            sandbox.reset()
            fill(ckan)
            _as_filled[key] = contents(ckan)
    return sandbox


class Portals:
    """Starts each sandbox once, when a test first asks for it; those of another version are ended then."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], tuple[Sandbox, contextlib.ExitStack]] = {}

    def get(self, wanted: Wanted, habits: tuple[str, ...] = (), *, schemed: bool = False) -> Sandbox:
        """The sandbox that is wanted; with habits, the one whose CKAN has the plugin; or one with scheming."""
        for key in [one for one in self._running if one[0] != wanted.ckan]:
            self._running.pop(key)[1].close()
        kind, name = SECOND["schemed"] if schemed else (wanted.sandbox, wanted.first_name)
        if habits:
            kind, name = UnrulySandbox, PLUGIN
        key = (wanted.ckan, name)
        if key not in self._running:
            stack = contextlib.ExitStack()
            sandbox = sandbox_of_this_session(wanted.ckan, stack, kind=kind, name=name)
            stack.callback(sandbox.down)
            self._running[key] = sandbox, stack
            sandbox.up(as_profile=False)
        sandbox = self._running[key][0]
        if isinstance(sandbox, UnrulySandbox):
            sandbox.habits(*habits)
        return sandbox

    def close(self) -> None:
        """End all of them."""
        for _, stack in self._running.values():
            stack.close()
