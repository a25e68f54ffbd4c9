"""The collector rests as long as anybody needs it to, and is then as it was."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from tuckan.wire.gc_pause import at_rest, take_for_old

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    gc.enable()


def test_it_rests_until_the_last_one_is_done() -> None:
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with at_rest():
            inside.set()
            done.wait(200)

    thread = threading.Thread(target=other)
    with at_rest():
        thread.start()
        assert inside.wait(200)
    assert not gc.isenabled(), "the other still needs it"
    done.set()
    thread.join(10)
    assert gc.isenabled()


def test_it_is_on_after_many_threads_came_and_went() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def come_and_go() -> None:
        for _ in range(2000):
            with at_rest():
                pass

    try:
        threads = [threading.Thread(target=come_and_go) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(interval)
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), at_rest():
        1 / 0  # noqa: B018 - for its error
    assert gc.isenabled()


def test_one_that_is_off_stays_off() -> None:
    gc.disable()
    with at_rest():
        pass
    assert not gc.isenabled()


def test_what_is_taken_for_old_is_still_collected() -> None:
    class Node:
        pass

    node = Node()
    node.itself = node  # type: ignore[attr-defined]
    gone = weakref.ref(node)
    take_for_old()
    del node
    gc.collect(1)
    assert gone() is not None, "it was taken for old"
    gc.collect()
    assert gone() is None


def test_what_others_have_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        take_for_old()
        # Some that are frozen may have gone meanwhile, as nothing refers to them any more.
        assert gc.get_freeze_count() > 0.9 * frozen > 0
    finally:
        gc.unfreeze()
