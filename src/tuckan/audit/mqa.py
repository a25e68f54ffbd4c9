"""The Metadata Quality Assessment (MQA) of data.europa.eu: 23 metrics in five dimensions, 405 points.

The metrics, weights and ratings are those of its methodology (https://data.europa.eu/mqa/methodology), and what each checks is
defined by its Data Quality Vocabulary: `vocabulary` needs both the format and the media type to be known, `non_proprietary` and
`machine_readable` one of the two. `issued` and `modified` are those of the dataset.

How the distributions of a dataset are folded: `best` (the default) gives, in the dimension of interoperability, the points of the
distribution that has the most there, as the methodology says, since distributions are assumed to have the same content. Of a metric
of another dimension a dataset gets the share of its distributions that fulfil it. Organizations and the portal get the mean of their
datasets. `share` gives each metric the share of all datasets or all distributions that fulfil it, in every dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tuckan.audit.dcat import texts
from tuckan.audit.dcat_ap import violations
from tuckan.audit.vocabularies import (
    RDF,
    codes,
    file_type,
    file_type_of_media_type,
    in_authority,
    licence,
    media_type,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tuckan.audit.dcat import Described, Distribution

Dimension: TypeAlias = Literal["findability", "accessibility", "interoperability", "reusability", "contextuality"]
Folding: TypeAlias = Literal["best", "share"]
Rating: TypeAlias = Literal["excellent", "good", "sufficient", "bad"]

DIMENSIONS: tuple[Dimension, ...] = (
    "findability",
    "accessibility",
    "interoperability",
    "reusability",
    "contextuality",
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the MQA.

    Attributes:
        id: its name.
        dimension: its dimension.
        weight: its points.
        property: the property of DCAT that it looks at.
        of: whether it is one of datasets or of distributions.
        lacking: what a record that does not fulfil it lacks.
        fix: what to do about it.
    """

    id: str
    dimension: Dimension
    weight: int
    property: str
    of: Literal["dataset", "distribution"]
    lacking: str
    fix: str


_EU = "http://publications.europa.eu/resource/authority"

METRICS: tuple[Metric, ...] = (
    Metric("keyword", "findability", 30, "dcat:keyword", "dataset", "keywords", "Add tags."),
    Metric("category", "findability", 30, "dcat:theme", "dataset", "a category",
           f"Set `theme` to a theme of {_EU}/data-theme, such as {_EU}/data-theme/ENVI."),
    Metric("spatial", "findability", 20, "dct:spatial", "dataset", "a spatial coverage",
           "Set `spatial_uri`, or `spatial` to a geometry in GeoJSON."),
    Metric("temporal", "findability", 20, "dct:temporal", "dataset", "a temporal coverage",
           "Set `temporal_start` and `temporal_end`."),
    Metric("access_url_status", "accessibility", 50, "dcat:accessURL", "distribution", "a working address",
           "Correct the address."),
    Metric("download_url", "accessibility", 20, "dcat:downloadURL", "distribution", "a download address",
           "Set `download_url` of the resource to the address of the file itself."),
    Metric("download_url_status", "accessibility", 30, "dcat:downloadURL", "distribution", "a working download address",
           "Correct `download_url`."),
    Metric("format", "interoperability", 20, "dct:format", "distribution", "a format", "Set the resource's format."),
    Metric("media_type", "interoperability", 10, "dcat:mediaType", "distribution", "a media type",
           "Set the resource's `mimetype`, such as text/csv."),
    Metric("vocabulary", "interoperability", 10, "dct:format, dcat:mediaType", "distribution",
           "a format and a media type of the controlled vocabularies",
           f"Use a code of {_EU}/file-type as format, and a media type that IANA has registered."),
    Metric("non_proprietary", "interoperability", 20, "dct:format, dcat:mediaType", "distribution",
           "a non-proprietary format", "Publish the data as CSV, JSON or another open format too."),
    Metric("machine_readable", "interoperability", 20, "dct:format, dcat:mediaType", "distribution",
           "a machine-readable format", "Publish the data as CSV, JSON, XML or another machine-readable format too."),
    Metric("dcat_ap", "interoperability", 30, "DCAT-AP", "dataset", "compliance with DCAT-AP",
           "Correct what the finding lists."),
    Metric("license", "reusability", 20, "dct:license", "distribution", "a licence",
           "Set `license` of the resource to the licence's address."),
    Metric("license_vocabulary", "reusability", 10, "dct:license", "distribution", "a licence of the controlled vocabulary",
           f"Use the address of a licence of {_EU}/licence, such as http://creativecommons.org/licenses/by/4.0/."),
    Metric("access_rights", "reusability", 10, "dct:accessRights", "dataset", "access rights",
           f"Set `access_rights`, such as {_EU}/access-right/PUBLIC."),
    Metric("access_rights_vocabulary", "reusability", 5, "dct:accessRights", "dataset",
           "access rights of the controlled vocabulary", f"Use {_EU}/access-right/PUBLIC, RESTRICTED or NON_PUBLIC."),
    Metric("contact", "reusability", 20, "dcat:contactPoint", "dataset", "a contact", "Set a maintainer and their e-mail."),
    Metric("publisher", "reusability", 10, "dct:publisher", "dataset", "a publisher",
           "Give the dataset an organization, or set `publisher_name`."),
    Metric("rights", "contextuality", 5, "dct:rights", "distribution", "a rights statement",
           "Set `rights` of the resource."),
    Metric("size", "contextuality", 5, "dcat:byteSize", "distribution", "a file size",
           "Set `size` of the resource, in bytes."),
    Metric("issued", "contextuality", 5, "dct:issued", "dataset", "a date of issue", "Set `issued`."),
    Metric("modified", "contextuality", 5, "dct:modified", "dataset", "a modification date", "Set `modified`."),
)  # fmt: skip
"""All metrics, in the order of the methodology."""

BY_ID: dict[str, int] = {one.id: place for place, one in enumerate(METRICS)}
WEIGHTS: tuple[int, ...] = tuple(one.weight for one in METRICS)
MOST = sum(WEIGHTS)
RATINGS: tuple[tuple[int, Rating], ...] = ((351, "excellent"), (221, "good"), (121, "sufficient"), (0, "bad"))

OF_DATASETS = tuple(place for place, one in enumerate(METRICS) if one.of == "dataset")
OF_DISTRIBUTIONS = tuple(place for place, one in enumerate(METRICS) if one.of == "distribution")
OF_LINKS = (BY_ID["access_url_status"], BY_ID["download_url_status"])
"""The metrics that only a check of the links measures."""

_BEST = tuple(place for place in OF_DISTRIBUTIONS if METRICS[place].dimension == "interoperability")
_SHARED = tuple(place for place in OF_DISTRIBUTIONS if METRICS[place].dimension != "interoperability")
_NAMES: dict[str, int] = {
    "dcat:keyword": BY_ID["keyword"],
    "dcat:theme": BY_ID["category"],
    "dct:spatial": BY_ID["spatial"],
    "dct:temporal": BY_ID["temporal"],
    "dct:accessRights": BY_ID["access_rights"],
    "dcat:contactPoint": BY_ID["contact"],
    "dct:publisher": BY_ID["publisher"],
    "dct:issued": BY_ID["issued"],
    "dct:modified": BY_ID["modified"],
}
_NAMES_OF_DISTRIBUTIONS: dict[str, int] = {
    "dcat:downloadURL": BY_ID["download_url"],
    "dct:format": BY_ID["format"],
    "dcat:mediaType": BY_ID["media_type"],
    "dct:license": BY_ID["license"],
    "dct:rights": BY_ID["rights"],
    "dcat:byteSize": BY_ID["size"],
}


def rating(points: float) -> Rating:
    """The rating of a number of points of 405.

    Example:
        >>> rating(351), rating(350.9), rating(121), rating(120)
        ('excellent', 'good', 'sufficient', 'bad')
    """
    return next(name for least, name in RATINGS if points >= least)


@dataclass(slots=True)
class Facts:
    """Which metrics a dataset and its distributions fulfil.

    Attributes:
        dataset: the places of the metrics that the dataset fulfils.
        distributions: the same of each distribution.
        stars: the stars of its best distribution, from 0 to 4.
    """

    dataset: set[int]
    distributions: list[set[int]]
    stars: int = 0

    def points(self) -> list[float]:
        """The points of each metric, folded as `best`."""
        found = [0.0] * len(METRICS)
        for place in self.dataset:
            found[place] = WEIGHTS[place]
        if self.distributions:
            best = max(self.distributions, key=lambda one: sum(WEIGHTS[place] for place in _BEST if place in one))
            for place in _BEST:
                if place in best:
                    found[place] = WEIGHTS[place]
            number = len(self.distributions)
            for place in _SHARED:
                fulfil = sum(place in one for one in self.distributions)
                found[place] = WEIGHTS[place] * fulfil / number
        return found


def facts(dataset: Described, answers: Mapping[str, bool] | None = None) -> Facts:
    """Measure a dataset.

    Args:
        dataset: the dataset.
        answers: whether each address answered with a status from 200 to 399; without it these metrics are not fulfilled.
    """
    properties = dataset.properties
    own = {place for name, place in _NAMES.items() if name in properties}
    if BY_ID["access_rights"] in own and any(
        in_authority("access-right", value) for value in texts(properties["dct:accessRights"])
    ):
        own.add(BY_ID["access_rights_vocabulary"])
    if next(violations(dataset), None) is None:
        own.add(BY_ID["dcat_ap"])
    found = Facts(own, [_of_distribution(one, answers) for one in dataset.distributions])
    found.stars = max((_stars(one, dataset) for one in dataset.distributions), default=0)
    return found


def _of_distribution(one: Distribution, answers: Mapping[str, bool] | None) -> set[int]:
    properties = one.properties
    found = {place for name, place in _NAMES_OF_DISTRIBUTIONS.items() if name in properties}
    form, media = str(properties.get("dct:format") or ""), str(properties.get("dcat:mediaType") or "")
    types = {file_type(form), file_type_of_media_type(media)} - {""}
    if file_type(form) and media_type(media):
        found.add(BY_ID["vocabulary"])
    if types & codes("non_proprietary"):
        found.add(BY_ID["non_proprietary"])
    if types & codes("machine_readable"):
        found.add(BY_ID["machine_readable"])
    if any(licence(value) for value in texts(properties.get("dct:license"))):
        found.add(BY_ID["license_vocabulary"])
    if answers:
        if answers.get(str(properties.get("dcat:accessURL"))):
            found.add(BY_ID["access_url_status"])
        if answers.get(str(properties.get("dcat:downloadURL"))):
            found.add(BY_ID["download_url_status"])
    return found


def _stars(one: Distribution, dataset: Described) -> int:
    """The stars of five-star open data that a distribution has by its metadata; a fifth needs the links inside the data."""
    if not is_open(dataset, one):
        return 0
    form, media = str(one.properties.get("dct:format") or ""), str(one.properties.get("dcat:mediaType") or "")
    types = {file_type(form), file_type_of_media_type(media)} - {""}
    if types & RDF:
        return 4
    if not types & codes("machine_readable"):
        return 1
    return 3 if types & codes("non_proprietary") else 2


_OPEN = (
    "CC0",
    "CC_BY_",
    "CC_BYSA_",
    "CC_PDM",
    "ODC_",
    "OGL",
    "DL_DE_BY_2",
    "DL_DE_ZERO",
    "IODL",
    "LOV",
    "ETALAB",
    "NLOD",
)


def is_open(dataset: Described, one: Distribution | None = None) -> bool:
    """Whether a dataset has an open licence, by CKAN's own `isopen` or by the licence of a distribution.

    Args:
        dataset: the dataset.
        one: one of its distributions.
    """
    if dataset.record.get("isopen") is True:
        return True
    addresses = list(texts(one.properties.get("dct:license"))) if one else []
    addresses += [dataset.text("license_url"), dataset.text("license_id")]
    return any(licence(value).startswith(_OPEN) for value in addresses if value)


@dataclass(slots=True)
class Tally:
    """The score of many datasets, added up.

    Attributes:
        datasets: how many there are.
        distributions: how many distributions they have.
        fulfilled: of each metric, how many datasets or distributions fulfil it.
        points: of each metric, the sum of the datasets' points, folded as `best`.
        stars: how many datasets have each number of stars.
    """

    datasets: int = 0
    distributions: int = 0
    fulfilled: list[int] = field(default_factory=lambda: [0] * len(METRICS))
    points: list[float] = field(default_factory=lambda: [0.0] * len(METRICS))
    stars: list[int] = field(default_factory=lambda: [0] * 6)

    def add(self, one: Facts, points: list[float]) -> None:
        """Add a dataset.

        Args:
            one: what it fulfils.
            points: its points.
        """
        self.datasets += 1
        self.distributions += len(one.distributions)
        self.stars[one.stars] += 1
        for place in one.dataset:
            self.fulfilled[place] += 1
        for distribution in one.distributions:
            for place in distribution:
                self.fulfilled[place] += 1
        for place, value in enumerate(points):
            if value:
                self.points[place] += value

    def score(self, folding: Folding = "best", *, links: bool = False) -> Score:
        """The score.

        Args:
            folding: how distributions are folded.
            links: whether the links were checked.
        """
        found: list[float] = []
        for place, one in enumerate(METRICS):
            if folding == "best":
                found.append(self.points[place] / self.datasets if self.datasets else 0.0)
            else:
                population = self.datasets if one.of == "dataset" else self.distributions
                found.append(one.weight * self.fulfilled[place] / population if population else 0.0)
        return Score(tuple(found), links=links)


@dataclass(frozen=True, slots=True)
class Score:
    """Points of the MQA.

    Attributes:
        metrics: the points of each metric, in the order of `METRICS`.
        links: whether the links were checked; otherwise the two metrics of their status, 80 points, are not measured.
    """

    metrics: tuple[float, ...]
    links: bool = False

    @property
    def points(self) -> float:
        """The points of what was measured."""
        return sum(self.metrics)

    @property
    def measured(self) -> int:
        """The most points that could be measured: 405, or 325 if the links were not checked."""
        return MOST if self.links else MOST - sum(WEIGHTS[place] for place in OF_LINKS)

    @property
    def rating(self) -> str:
        """The rating; `good to excellent` if what was not measured decides.

        Example:
            >>> Score((30.0,) * 8).points, Score((30.0,) * 8).rating
            (240.0, 'good')
        """
        lowest, highest = rating(self.points), rating(self.points + MOST - self.measured)
        return lowest if lowest == highest else f"{lowest} to {highest}"

    def of_dimension(self, dimension: Dimension) -> float:
        """The points of a dimension."""
        return sum(value for value, one in zip(self.metrics, METRICS, strict=True) if one.dimension == dimension)

    def as_dict(self) -> dict[str, object]:
        """The score as JSON: `points`, `of`, `rating`, `dimensions` and `metrics`; null for what was not measured."""
        return {
            "points": round(self.points, 2),
            "of": self.measured,
            "rating": self.rating,
            "dimensions": {one: round(self.of_dimension(one), 2) for one in DIMENSIONS},
            "metrics": {
                one.id: None if not self.links and place in OF_LINKS else round(self.metrics[place], 2)
                for place, one in enumerate(METRICS)
            },
        }
