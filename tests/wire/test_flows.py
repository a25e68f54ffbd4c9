"""Flows ask for files instead of touching them, and both drivers do what they ask for."""

from __future__ import annotations

import ast
import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tuckan
from tuckan.transport.async_driver import AsyncDriver
from tuckan.transport.sync_driver import SyncDriver
from tuckan.wire.flow import Wait, locally, within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tuckan.wire.flow import Flow

ON_FILES = frozenset(
    """
    chmod exists fsync glob is_dir is_file iterdir mkdir mkdtemp mkstemp open read_bytes read_text rename rmdir rmtree stat
    touch truncate unlink write_bytes write_text NamedTemporaryFile TemporaryDirectory TemporaryFile
    """.split()
)
SOURCE = Path(tuckan.__file__).parent


@pytest.fixture(params=["blocking", "asynchronous"])
def run(request: pytest.FixtureRequest) -> Callable[[Flow[Any]], Any]:
    """Performs a flow with one of the two drivers."""
    if request.param == "blocking":
        return SyncDriver().run
    return lambda flow: asyncio.run(AsyncDriver().run(flow))


@contextmanager
def opened(log: list[str]) -> Generator[str]:
    log.append("opened")
    try:
        yield "file"
    except BaseException as error:
        log.append(type(error).__name__)
        raise
    finally:
        log.append("closed")


def test_a_value_or_an_error_comes_back_into_the_flow(run: Callable[[Flow[Any]], Any], tmp_path: Path) -> None:
    def flow() -> Flow[str]:
        try:
            yield from locally((tmp_path / "missing").read_text, encoding="utf-8")
        except FileNotFoundError:
            yield from locally((tmp_path / "there").write_text, "kept", encoding="utf-8")
        return (yield from locally((tmp_path / "there").read_text, encoding="utf-8"))

    assert run(flow()) == "kept"


def test_a_context_is_left_when_its_flow_ends(run: Callable[[Flow[Any]], Any]) -> None:
    log: list[str] = []

    def inner(file: str) -> Flow[str]:
        yield Wait(0)
        log.append("inside")
        return file.upper()

    def flow() -> Flow[str]:
        found = yield from within(opened(log), inner)
        log.append("after")
        return found

    assert run(flow()) == "FILE"
    assert log == ["opened", "inside", "closed", "after"]


def test_a_context_is_left_when_its_flow_fails(run: Callable[[Flow[Any]], Any]) -> None:
    log: list[str] = []

    def inner(_: str) -> Flow[None]:
        yield Wait(0)
        raise ValueError("inside")

    def flow() -> Flow[str]:
        try:
            yield from within(opened(log), inner)
        except ValueError as error:
            return str(error)
        return "no error"

    assert run(flow()) == "inside"
    assert log == ["opened", "ValueError", "closed"]


def test_a_context_is_left_when_the_task_is_cancelled() -> None:
    log: list[str] = []
    begun = asyncio.Event()

    def inner(_: str) -> Flow[None]:
        log.append("inside")
        begun.set()
        yield Wait(3600)

    async def cancelled() -> None:
        task = asyncio.create_task(AsyncDriver().run(within(opened(log), inner)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert log == ["opened", "inside", "CancelledError", "closed"]


def test_files_are_not_touched_in_the_thread_of_the_event_loop() -> None:
    async def thread() -> threading.Thread:
        return await AsyncDriver().run(locally(threading.current_thread))

    assert asyncio.run(thread()) is not threading.current_thread()


def flows() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every flow of the package, with where it is."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns).startswith("Flow["):
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node


def test_no_flow_touches_a_file() -> None:
    found = list(flows())
    touching = [
        f"{place} calls {ast.unparse(call.func)}"
        for place, function in found
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and (call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)) in ON_FILES
    ]
    assert len(found) > 250
    assert touching == []
