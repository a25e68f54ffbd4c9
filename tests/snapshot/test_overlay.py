"""Changes taken apart into what can be merged into a dataset and what must be replaced."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tuckan.snapshot import differing, merges, overlay

TEXTS = st.sampled_from(["", "a", "b"])
NESTED = st.recursive(
    st.none() | TEXTS | st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
IDS = ("r1", "r2", "r3")
RESOURCE = st.fixed_dictionaries({"name": TEXTS}, optional={"url": TEXTS, "langs": NESTED})


def resources(ids: tuple[str | None, ...]) -> Any:
    """Resources with some of these ids, each once, in any order; None stands for new ones."""
    chosen = st.lists(st.sampled_from(ids), unique_by=lambda one: one or object(), max_size=4)
    return chosen.flatmap(
        lambda some: st.tuples(
            *(RESOURCE.map(lambda one, id_=id_: {**one, **({"id": id_} if id_ else {})}) for id_ in some)
        )
    ).map(list)


def merged_by_ckan(there: Any, update: Any) -> Any:
    """What CKAN's documentation says that `update` does to what is there."""
    if isinstance(there, dict):
        assert isinstance(update, dict), "CKAN refuses this"
        return {**there, **{name: merged_by_ckan(there.get(name), value) for name, value in update.items()}}
    if isinstance(there, list):
        assert isinstance(update, list), "CKAN refuses this"
        both = [merged_by_ckan(one, new) for one, new in zip(there, update, strict=False)]
        return [*both, *there[len(update) :], *update[len(there) :]]
    return update


@given(NESTED, NESTED)
def test_what_merges_leaves_what_is_wanted(there: Any, wanted: Any) -> None:
    if not merges(there, wanted):
        return
    result = merged_by_ckan(there, wanted)
    assert not differing({"field": result}, {"field": wanted})


@given(
    st.lists(st.sampled_from(["sky", "sea", "ice"]), unique=True),
    st.lists(st.sampled_from(["sky", "sea", "ice"]), unique=True),
)
def test_a_set_that_only_grows_is_merged(there: list[str], wanted: list[str]) -> None:
    had = [{"name": one, "id": f"id of {one}", "display_name": one} for one in there]
    steps = overlay({"tags": had}, {"tags": [{"name": one} for one in wanted]})
    assert ("tags" in steps.merged) == (set(there) <= set(wanted))
    if "tags" in steps.merged:
        after = merged_by_ckan(had, steps.merged["tags"])
        assert sorted(one["name"] for one in after) == sorted(wanted)
        assert all(one["display_name"] == one["name"] for one in after if "id" in one), "none turned into another"


@given(resources(IDS), resources((*IDS, None)))
def test_resources_end_up_as_they_are_wanted_and_each_step_names_its_own(there: Any, wanted: Any) -> None:
    known = {one["id"]: one for one in there}
    wanted = [{**known.get(one.get("id"), {}), **one} for one in wanted]
    steps = overlay({"resources": deepcopy(there)}, {"resources": wanted})
    after = merged_by_ckan(there, steps.merged.get("resources", []))
    new = [one.setdefault("id", f"new {number}") for number, one in enumerate(after)][len(there) :]
    for one in after:
        one.update(steps.resources.get(one["id"], {}))
    after = {one["id"]: one for one in after if one["id"] not in steps.removed}
    order = [id_ or new.pop(0) for id_ in steps.order] or list(after)
    assert not differing({"resources": [after[id_] for id_ in order]}, {"resources": wanted})
    assert len(order) == len(wanted)
    assert set(steps.removed) == set(known) - {one.get("id") for one in wanted}
