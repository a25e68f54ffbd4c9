"""The points of the MQA: each metric by itself, and how distributions, datasets and organizations are folded."""

from __future__ import annotations

from typing import Any

import pytest
from tests.audit.records import EU, Records, good, resource

from tuckan.audit import METRICS, Audit, Configuration
from tuckan.audit.dcat import FieldMapping, described
from tuckan.audit.mqa import BY_ID, DIMENSIONS, MOST, OF_LINKS, WEIGHTS, Score, facts, rating
from tuckan.audit.rules import all_rules
from tuckan.schemas import Field, Schema

OF_METADATA = MOST - sum(WEIGHTS[place] for place in OF_LINKS)


def score(*datasets: dict[str, Any], configuration: Configuration | None = None) -> Score:
    return Audit.of(Records(datasets), configuration).score


def without(name: str) -> dict[str, Any]:
    """A good dataset without some of its fields."""
    record = good()
    record["extras"] = [one for one in record["extras"] if one["key"] != name]
    record.pop(name, None)
    return record


def of_resource(**fields: Any) -> dict[str, Any]:
    return good(resources=[resource(**fields)])


def test_the_weights_are_those_of_the_methodology() -> None:
    most = {one: sum(metric.weight for metric in METRICS if metric.dimension == one) for one in DIMENSIONS}
    assert most == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert len(METRICS) == 23
    assert MOST == 405


def test_a_good_dataset_has_all_points_that_metadata_give() -> None:
    found = score(good())
    assert found.points == found.measured == OF_METADATA == 325
    assert found.rating == "good to excellent"
    assert found.as_dict()["metrics"]["access_url_status"] is None  # type: ignore[index]


SPOILED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "tags": (good(tags=[]), {"keyword"}),
    "theme": (without("theme"), {"category"}),
    "spatial": (good(spatial=" "), {"spatial"}),
    "temporal": (good(extras=[]), {"temporal"}),
    "download_url": (of_resource(download_url=""), {"download_url"}),
    "format": (of_resource(format=""), {"format", "vocabulary"}),
    "mimetype": (of_resource(mimetype=None), {"media_type", "vocabulary"}),
    "own words": (of_resource(format="CSV", mimetype="text/x-own"), {"vocabulary"}),
    "proprietary": (
        of_resource(format="XLS", mimetype="application/vnd.ms-excel"),
        {"non_proprietary"},
    ),
    "for people": (of_resource(format="PNG", mimetype="image/png"), {"machine_readable"}),
    "neither": (of_resource(format="PDF", mimetype="application/pdf"), {"non_proprietary", "machine_readable"}),
    "one of two suffices": (of_resource(format="DOC", mimetype="text/csv"), set()),
    "no title": (good(title=""), {"dcat_ap"}),
    "no description": (good(notes=None), {"dcat_ap"}),
    "two publishers": (good(publisher=[{"name": "a"}, {"name": "b"}]), {"dcat_ap"}),
    "a size that is none": (of_resource(size="1,2 MB"), {"dcat_ap"}),
    "no access address": (of_resource(url=resource()["download_url"]), {"dcat_ap"}),
    "a date that is none": (good(issued="last year"), {"dcat_ap"}),
    "no licence": (of_resource(license=None), {"license", "license_vocabulary"}),
    "a licence of one's own": (of_resource(license="https://example.org/terms"), {"license_vocabulary"}),
    "no access rights": (without("access_rights"), {"access_rights", "access_rights_vocabulary"}),
    "access rights in words": (good(access_rights="public"), {"access_rights_vocabulary"}),
    "no contact": (good(maintainer=None, maintainer_email=""), {"contact"}),
    "no publisher": (good(organization=None, owner_org=None), {"publisher"}),
    "no rights": (of_resource(rights=""), {"rights"}),
    "no size": (of_resource(size=None), {"size"}),
    "no date of issue": (without("metadata_created"), {"issued"}),
    "no modification date": (without("metadata_modified"), {"modified"}),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_lacking_costs_its_points_and_no_others(name: str) -> None:
    record, lost = SPOILED[name]
    expected = [0 if one.id in lost or place in OF_LINKS else one.weight for place, one in enumerate(METRICS)]
    assert list(score(record).metrics) == expected
    assert score(record, configuration=Configuration(folding="share")).metrics == tuple(expected)


def test_every_metric_of_metadata_is_lost_by_some_dataset_and_has_a_rule() -> None:
    measured = {one.id for place, one in enumerate(METRICS) if place not in OF_LINKS}
    assert set().union(*(lost for _, lost in SPOILED.values())) == measured
    assert {f"mqa/{one.id.replace('_', '-')}" for one in METRICS} == {one for one in all_rules() if one[:4] == "mqa/"}


def test_a_field_of_the_record_and_an_extra_mean_the_same() -> None:
    extra = without("theme")
    extra["extras"].append({"key": "theme", "value": f"{EU}/data-theme/ENVI"})
    assert score(extra).points == 325


@pytest.mark.parametrize(
    ("field", "value", "metric"),
    [
        ("contact", [{"name": "Ann", "email": "ann@example.org"}], "contact"),
        ("contact", [{"name": "", "email": None}], None),
        ("publisher", [{"name": "Office"}], "publisher"),
        ("spatial_coverage", [{"uri": "http://example.org/place"}], "spatial"),
        ("spatial_coverage", "[]", None),
        ("temporal_coverage", [{"start": "2024"}], "temporal"),
        ("tags_translated", {"en": ["rain"]}, "keyword"),
    ],
)
def test_fields_of_schemas_are_read_as_ckanext_dcat_reads_them(field: str, value: Any, metric: str | None) -> None:
    found = facts(described({"name": "rain", field: value}, FieldMapping()))
    expected = {BY_ID[metric]} if metric else set()
    assert found.dataset == expected


def test_a_media_type_as_format_is_one() -> None:
    only_format = facts(described(of_resource(format="text/csv", mimetype=None), FieldMapping())).distributions[0]
    assert BY_ID["media_type"] in only_format
    assert BY_ID["format"] not in only_format


def test_the_licence_of_the_dataset_is_given_on_only_if_the_portal_does() -> None:
    record = of_resource(license=None)
    inherited = Configuration(mapping=FieldMapping(inherit_license=True))
    assert score(record).points == 325 - 30
    assert score(record, configuration=inherited).points == 325
    assert score(of_resource(license=None) | {"license_id": "cc-by"}, configuration=inherited).points == 325 - 30


def test_a_portal_that_names_fields_otherwise_is_read_through_its_schema() -> None:
    record = without("theme") | {"category": "Environment"}
    schema = Schema("dataset", "dataset", (Field("title", "Title"), Field("category", "Category")), source="scheming")
    audit = Audit.of(Records([record]), schemas={"dataset": schema})
    assert audit.score.metrics[BY_ID["category"]] == 30
    assert audit.notes == ["dcat:theme is read from category"]
    assert score(record).metrics[BY_ID["category"]] == 0


def test_interoperability_is_that_of_the_best_resource_and_the_rest_are_shares() -> None:
    poor = {"id": "b", "url": "https://example.org/b.pdf", "format": "PDF"}
    record = good(resources=[resource(), poor, dict(poor, id="c", url="https://example.org/c.pdf")])
    best, share = score(record), score(record, configuration=Configuration(folding="share"))
    assert best.of_dimension("interoperability") == 110
    assert best.metrics[BY_ID["license"]] == pytest.approx(20 / 3)
    assert share.metrics[BY_ID["format"]] == 20
    assert share.metrics[BY_ID["machine_readable"]] == pytest.approx(20 / 3)


def test_organizations_and_the_portal_have_the_mean_of_their_datasets() -> None:
    other = {"id": "p", "name": "post", "title": "The Post"}
    audit = Audit.of(Records([good(1), good(2, tags=[]), good(3, tags=[], organization=other)]))
    assert audit.score.points == pytest.approx(325 - 20)
    assert {name: one.points for name, one in audit.organizations.items()} == {"office": 310, "post": 295}
    assert [points for _, points, _ in audit.datasets()] == [325, 295, 295]
    assert audit.to_fix_first()[0]["rule"] == "mqa/keyword"
    assert audit.to_fix_first()[0]["gains"] == 20


def test_ratings_begin_where_the_methodology_says() -> None:
    assert [rating(points) for points in (405, 351, 350, 221, 220, 121, 120, 0)] == [
        *("excellent", "excellent", "good", "good", "sufficient", "sufficient", "bad", "bad")
    ]


@pytest.mark.parametrize(
    ("fields", "open_", "stars"),
    [
        ({"format": "CSV"}, False, 0),
        ({"format": "PDF", "mimetype": "application/pdf"}, True, 1),
        ({"format": "XLSX", "mimetype": None}, True, 2),
        ({"format": "CSV"}, True, 3),
        ({"format": "JSON-LD", "mimetype": None}, True, 4),
    ],
)
def test_stars_are_those_that_metadata_show(fields: dict[str, Any], open_: bool, stars: int) -> None:
    terms = {"license": "https://example.org/terms"}
    record = good(isopen=open_, license_id="own", resources=[resource(**terms, **fields)])
    assert facts(described(record, FieldMapping())).stars == stars


def test_nothing_is_scored_of_an_empty_catalogue() -> None:
    audit = Audit.of(Records([]))
    assert audit.score.points == 0
    assert audit.organizations == {}
    assert list(audit.findings()) == []
