"""Random schemas of ckanext-scheming, of all kinds of fields and presets: the same in every session, so that all share a sandbox."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tuckan.sandbox.instances import home
from tuckan.transport.durable import private_folder, replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = TypeVar("T")

NUMBER = 6
TYPES = [f"random-{number}" for number in range(NUMBER)]
CHOICES = [{"value": value, "label": value.title()} for value in ("red", "green", "blue, dark")]
SIMPLE: list[dict[str, Any]] = [
    {},
    {"form_snippet": "markdown.html"},
    {"validators": "ignore_missing int_validator"},
    {"preset": "select", "choices": CHOICES},
    {"preset": "radio", "choices": CHOICES},
    {"preset": "date"},
    {"preset": "datetime"},
    {"preset": "datetime_tz"},
    {"validators": "ignore_missing unicode_safe email_validator"},
]
LISTS: list[dict[str, Any]] = [
    {"preset": "multiple_checkbox", "choices": CHOICES},
    {"preset": "multiple_select", "choices": CHOICES},
    {"preset": "multiple_text"},
    {"preset": "json_object"},
    {"preset": "fluent_text"},
]
DEEP: list[dict[str, Any]] = [
    {"inside": "repeating_subfields"},
    {"inside": "subfields", "form_snippet": "composite_repeating.html", "validators": "river_json_text"},
]


def examples(strategy: st.SearchStrategy[T], number: int, start: int) -> list[T]:
    """Examples of a strategy, the same ones for the same start; not the first ones, which are the simplest."""
    found: list[T] = []

    @seed(start)
    @settings(
        max_examples=number * 2 + 10, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(one: T) -> None:
        found.append(one)

    collect()
    return found[-number:]


@st.composite
def fields(draw: st.DrawFn, some: Sequence[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, given_ in enumerate(some):
        name = f"{prefix}_{number}"
        label = name.replace("_", " ").title()
        one = {**given_, "field_name": name, "label": label, "required": draw(st.booleans())}
        if inside := one.pop("inside", None):
            kinds = [*SIMPLE, LISTS[0]] if inside == "repeating_subfields" else SIMPLE
            one[inside] = draw(fields(draw(a_few(kinds)), f"{name}_part"))
        found.append(one)
    return found


def a_few(kinds: Sequence[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.sampled_from(kinds), min_size=1, max_size=4)


@st.composite
def of_types(draw: st.DrawFn) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The fields of each type and of its resources; every kind is in some of them."""
    kinds = draw(st.permutations([*SIMPLE, *LISTS, *DEEP, *DEEP] * 3))
    return [
        (draw(fields(kinds[number::NUMBER], "field")), draw(fields(draw(a_few(SIMPLE)), "part")))
        for number in range(NUMBER)
    ]


CKANS_OWN: list[dict[str, Any]] = [
    {"field_name": "title", "label": "Title"},
    {"field_name": "name", "label": "Address", "preset": "dataset_slug"},
    {"field_name": "owner_org", "label": "Organization", "preset": "dataset_organization"},
]


def random_schemas() -> list[Path]:
    """The files of the schemas, which a sandbox is set up with."""
    [drawn] = examples(of_types(), 1, 17)
    texts: list[str] = []
    for type_, (own, parts) in zip(TYPES, drawn, strict=True):
        said = {"scheming_version": 2, "dataset_type": type_, "about": "A random one."}
        said |= {"dataset_fields": [*CKANS_OWN, *own]}
        said |= {"resource_fields": [{"field_name": "url", "label": "File", "preset": "resource_url_upload"}, *parts]}
        texts.append(json.dumps(said, indent=1))
    # Named after what is in them: a sandbox that runs with others starts anew.
    folder = private_folder(home() / "random-schemas" / hashlib.sha256("".join(texts).encode()).hexdigest()[:8])
    paths = [folder / f"{type_}.json" for type_ in TYPES]
    for path, text in zip(paths, texts, strict=True):
        if not path.exists():
            with replacing(path) as file:  # other sessions may be reading it
                file.write(text.encode())
    return paths
