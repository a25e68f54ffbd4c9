"""The content of the demo portal: organizations, groups, and datasets made from a few tables of public-domain data."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tuckan._text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANIZATIONS = {
    "census": ("Bureau of the Census", "Counts people, every ten years."),
    "archives": ("National Archives", "Keeps what was signed and when."),
    "space": ("Space Flight Center", "Measures planets."),
    "standards": ("Institute of Standards", "Weighs atoms."),
}
GROUPS = {"people": "People", "history": "History", "nature": "Nature"}

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload.

    Attributes:
        name: its name.
        format: its format in CKAN.
        content: its bytes.
    """

    name: str
    format: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset to make.

    Attributes:
        name: its name on the portal.
        fields: its fields.
        file: the file of its one resource, or None for a draft.
    """

    name: str
    fields: dict[str, Any]
    file: File | None


def datasets() -> Iterator[Dataset]:
    """Every dataset of the demo."""
    for number, one in enumerate([*_states(), *_presidents(), *_planets(), *_elements()], 1):
        # A few that are not public, so that lists with and without them differ.
        private = number % 25 == 0
        yield Dataset(one.name, {**one.fields, "private": private}, one.file)
    for number in range(1, 6):
        fields = _fields(
            "archives", "history", f"Unfinished list {number}", "A draft; nobody has filled it in.", ["draft"]
        )
        yield Dataset(f"unfinished-{number}", {**fields, "state": "draft"}, None)


def rows(table: str) -> list[Row]:
    """The rows of a bundled table."""
    text = files("tuckan.sandbox.demo").joinpath("data", f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _states() -> Iterator[Dataset]:
    states = rows("states")
    yield _table(
        "states", "census", "people", "States of the USA", states, ["population", "states"], "U.S. Census Bureau"
    )
    for one in states:
        growth = 100 * (int(one["population_2020"]) / int(one["population_2010"]) - 1)
        notes = f"Residents of {one['state']} in the censuses of 2010 and 2020: {growth:+.1f} % in ten years."
        tags = ["population", "growing" if growth > 0 else "shrinking", f"capital {one['capital']}"]
        yield _record(
            f"population-{_slug(one['state'])}", "census", "people", f"Population of {one['state']}", notes, tags, one
        )
    by_century: dict[str, list[Row]] = defaultdict(list)
    for one in states:
        by_century[one["admitted"][:2]].append(one)
    for one in states:
        notes = f"{one['state']} was admitted to the Union on {one['admitted']}; its capital is {one['capital']}."
        tags = ["statehood", f"century {int(one['admitted'][:2]) + 1}"]
        given = {key: one[key] for key in ("state", "code", "capital", "admitted")}
        yield _record(
            f"statehood-{_slug(one['state'])}",
            "archives",
            "history",
            f"Statehood of {one['state']}",
            notes,
            tags,
            given,
        )
    for century, found in by_century.items():
        title = f"States admitted in the {int(century) + 1}th century"
        yield _table(f"admitted-{century}00", "archives", "history", title, found, ["statehood"], "National Archives")


def _presidents() -> Iterator[Dataset]:
    presidents = rows("presidents")
    source = "The White House; National Archives"
    yield _table("presidents", "archives", "history", "Presidents of the USA", presidents, ["presidents"], source)
    for one in presidents:
        notes = f"{one['name']} was in office from {one['took_office']} to {one['left_office']}."
        title = f"Presidency no. {one['number']}: {one['name']}"
        tags = ["presidents", f"century {int(one['took_office'][:2]) + 1}"]
        yield _record(f"presidency-{one['number']}", "archives", "history", title, notes, tags, one)


def _planets() -> Iterator[Dataset]:
    planets = rows("planets")
    source = "NASA Goddard Space Flight Center, Planetary Fact Sheet"
    yield _table("planets", "space", "nature", "Planets of the Sun", planets, ["planets"], source)
    for one in planets:
        notes = f"{one['planet']}: {one['diameter_km']} km across, {one['distance_from_sun_1e6_km']} million km from the Sun."
        yield _record(
            f"planet-{_slug(one['planet'])}", "space", "nature", f"The planet {one['planet']}", notes, ["planets"], one
        )


def _elements() -> Iterator[Dataset]:
    elements = rows("elements")
    source = "National Institute of Standards and Technology"
    yield _table("elements", "standards", "nature", "Chemical elements", elements, ["elements"], source)
    for kind, count in (("period", 7), ("group", 18)):
        for number in range(1, count + 1):
            found = [one for one in elements if one[kind] == str(number)]
            title = f"Elements of {kind} {number}"
            yield _table(f"elements-{kind}-{number}", "standards", "nature", title, found, ["elements", kind], source)
    for one in elements:
        notes = f"{one['name']} ({one['symbol']}), atomic number {one['number']}, period {one['period']}."
        tags = ["elements", f"period {one['period']}"]
        yield _record(f"element-{_slug(one['name'])}", "standards", "nature", one["name"], notes, tags, one)


def _table(name: str, owner: str, group: str, title: str, found: list[Row], tags: list[str], source: str) -> Dataset:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    fields = _fields(owner, group, title, f"{counted(len(found), 'row')}. Source: {source}.", [*tags, "table"])
    return Dataset(name, fields, File(f"{name}.csv", "CSV", text.getvalue().encode()))


def _record(name: str, owner: str, group: str, title: str, notes: str, tags: list[str], given: Row) -> Dataset:
    fields = _fields(owner, group, title, notes, tags)
    # Capitalized, since CKAN has its own fields `state` and `name`.
    extras = [{"key": key.replace("_", " ").capitalize(), "value": value} for key, value in given.items() if value]
    content = json.dumps(given, indent=2).encode()
    return Dataset(name, {**fields, "extras": extras}, File(f"{name}.json", "JSON", content))


def _fields(owner: str, group: str, title: str, notes: str, tags: list[str]) -> dict[str, Any]:
    return {
        "title": title,
        "notes": notes,
        "owner_org": owner,
        "groups": [{"name": group}],
        "tags": [{"name": tag.replace("'", "")} for tag in dict.fromkeys(tags)],
        "license_id": "other-pd",
        "author": ORGANIZATIONS[owner][0],
        "url": "https://example.org/sources",
    }


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")
