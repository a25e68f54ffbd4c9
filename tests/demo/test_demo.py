"""The demo portal and the tour through it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from tuckan.sandbox.demo import load_demo
from tuckan.sandbox.demo.content import datasets, rows

if TYPE_CHECKING:
    from tuckan.client import Client
    from tuckan.sandbox import Sandbox
    from tuckan.sandbox.demo.content import Dataset


def test_the_states_add_up_to_the_census_bureaus_totals() -> None:
    states = rows("states")
    assert len(states) == 50
    assert sum(int(one["population_2010"]) for one in states) + 601_723 == 308_745_538
    assert sum(int(one["population_2020"]) for one in states) + 689_545 == 331_449_281


def test_each_president_begins_when_the_one_before_ends() -> None:
    presidents = rows("presidents")
    assert [int(one["number"]) for one in presidents] == list(range(1, 45))
    for before, after in pairwise(presidents):
        assert before["left_office"] == after["took_office"]
        assert date.fromisoformat(after["took_office"]) < date.fromisoformat(after["left_office"])


def test_the_elements_fill_their_periods_and_groups() -> None:
    elements = rows("elements")
    assert [int(one["number"]) for one in elements] == list(range(1, 119))
    assert [sum(one["period"] == str(n) for one in elements) for n in range(1, 8)] == [2, 8, 8, 18, 18, 32, 32]
    assert {one["name"] for one in elements if one["group"] == "18"} >= {"Helium", "Neon", "Argon", "Oganesson"}
    assert next(one for one in elements if one["symbol"] == "Au")["group"] == "11"


def test_there_is_enough_to_look_at() -> None:
    every = list(datasets())
    names = [one.name for one in every]
    assert len(names) == len(set(names)) >= 300
    assert len({one.fields["owner_org"] for one in every}) >= 4
    for one in every:
        if one.file and one.file.format == "CSV":
            assert len(list(csv.reader(io.StringIO(one.file.content.decode())))) > 1


def test_loading_and_the_tour(clean_portal: Sandbox, ckan_client: Client, small_demo: list[Dataset]) -> None:
    made = load_demo(clean_portal)
    assert made.tokens == 200
    again = load_demo(clean_portal)
    assert (again.datasets, again.tokens) == (0, 0)
    everything = ckan_client.datasets.list(include_private=True, include_drafts=True)
    assert len(everything) == made.datasets == len(small_demo) > 50
    assert 0 < len(ckan_client.datasets.list()) < len(everything)
    assert len(ckan_client.tokens.list("robot")) == 200

    from rich.console import Console  # noqa: PLC0415

    from tuckan.cli.commands import tour  # noqa: PLC0415 - what the tour needs is there now

    console = Console(record=True, width=80, file=io.StringIO())
    for step in (tour._status, tour._list, tour._search, tour._by_title, tour._table, tour._tokens):
        step(console, ckan_client)
    tour._put_back(console, clean_portal)
    assert len(ckan_client.tokens.revoke("robot", name="notebook", dry_run=True).selected) == 162, "as README has it"
    tour._farewell(console, clean_portal)
    said = console.export_text()
    assert f"{made.datasets} of {made.datasets} read" in said
    assert "dry run: 162 of 200 tokens would go" in said
    assert "revoked: 162" in said
    assert "created again, for you to try: 162" in said
    assert "DataPusher: complete, 8 rows" in said
    assert "Jupiter" in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_demo_command_has_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuckan", "demo", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert "guided tour" in done.stdout
