"""The sandboxes of a session of tests: plain ones, and those whose CKAN has the plugin in `plugins/unruly.py`."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuckan.sandbox import Sandbox
from tuckan.sandbox.environment import Environment
from tuckan.sandbox.ini import PLUGINS, write_ini
from tuckan.sandbox.pytest_plugin import sandbox_of_this_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuckan.sandbox.instance import Settings

PLUGIN = "unruly"


@dataclass(frozen=True)
class UnrulyEnvironment(Environment):
    """CKAN's environment, whose Python finds the plugin too."""

    plugins: Path

    def variables(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.plugins), str(Path(__file__).parent / "plugins")])
        return {**super().variables(), "PYTHONPATH": path, "UNRULY_HABITS": str(self.plugins / "habits")}


class UnrulySandbox(Sandbox):
    """A sandbox whose CKAN has the plugin, which has no habits at first."""

    @property
    def _plugins(self) -> Path:
        return self._box.root / "plugins"

    def habits(self, *habits: str) -> None:
        """Give the plugin these habits, and take all others from it."""
        (self._plugins / "habits").write_text(" ".join(habits))

    def _ready(self, installed: Environment, tell: Callable[[str], None]) -> Settings:
        settings = super()._ready(installed, tell)
        write_ini(self._box, settings, plugins=f"{PLUGINS} {PLUGIN} {PLUGIN}_groups")
        distribution = self._plugins / f"{PLUGIN}-1.dist-info"
        distribution.mkdir(parents=True, exist_ok=True)
        (distribution / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PLUGIN}\nVersion: 1\n")
        (distribution / "entry_points.txt").write_text(
            f"[ckan.plugins]\n{PLUGIN} = {PLUGIN}:UnrulyPlugin\n{PLUGIN}_groups = {PLUGIN}:UnrulyGroups\n"
        )
        self.habits()
        return settings

    def _start(self, settings: Settings, installed: Environment) -> None:
        super()._start(settings, UnrulyEnvironment(installed.root, self._plugins))


class Portals:
    """Starts each sandbox once, when a test first asks for it; those of another version are ended then."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, bool], tuple[Sandbox, contextlib.ExitStack]] = {}

    def get(self, version: str, habits: tuple[str, ...] = ()) -> Sandbox:
        """The sandbox of a version; with habits, the one whose CKAN has the plugin."""
        for key in [one for one in self._running if one[0] != version]:
            self._running.pop(key)[1].close()
        key = (version, bool(habits))
        if key not in self._running:
            stack = contextlib.ExitStack()
            kind, name = (UnrulySandbox, PLUGIN) if habits else (Sandbox, "pytest")
            sandbox = sandbox_of_this_session(version, stack, kind=kind, name=name)
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
