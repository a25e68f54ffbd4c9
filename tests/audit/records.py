"""Datasets in which an audit finds nothing, to be spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuckan.audit import Audit, Configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tuckan.audit import Finding
    from tuckan.snapshot import EntityKind

EU = "http://publications.europa.eu/resource/authority"


def good(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A dataset that fulfils every metric that metadata decide, and breaks no rule.

    Args:
        number: what tells it from others.
        **fields: fields that are otherwise.
    """
    return {
        "id": f"{number:08x}-0000-4000-8000-000000000000",
        "name": f"rain-{number}",
        "title": f"Rainfall at station {number}",
        "notes": f"Daily rainfall in millimetres as measured at station {number} since 1970.",
        "tags": [{"name": "rain"}, {"name": "climate"}],
        "organization": {"id": "o", "name": "office", "title": "The Office"},
        "owner_org": "o",
        "license_id": "http://creativecommons.org/licenses/by/4.0/",
        "isopen": True,
        "maintainer": "Ann",
        "maintainer_email": "ann@example.org",
        "metadata_created": "2026-01-02T03:04:05.000006",
        "metadata_modified": "2026-11-02T03:04:05.000006",
        "theme": f'["{EU}/data-theme/ENVI"]',
        "access_rights": f"{EU}/access-right/PUBLIC",
        "frequency": f"{EU}/frequency/NEVER",
        "spatial": '{"type": "Point", "coordinates": [8.5, 47.4]}',
        "extras": [{"key": "temporal_start", "value": "1970-01-01"}, {"key": "temporal_end", "value": "2025-12-31"}],
        "resources": [resource(number)],
        **fields,
    }


def resource(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A resource of such a dataset."""
    url = f"https://data.example.org/rain/{number}.csv"
    return {
        "id": f"{number:08x}-0000-4000-8000-00000000000a",
        "name": "Rainfall by day",
        "url": url,
        "download_url": f"{url}?download",
        "format": "CSV",
        "mimetype": "text/csv",
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "rights": "Name the source.",
        "size": 1234,
        "hash": f"{number:032x}",
        "created": "2026-01-02T03:04:05.000006",
        "metadata_modified": "2026-11-02T03:04:05.000006",
        "last_modified": "2026-11-02T03:04:05.000006",
        **fields,
    }


class Records:
    """A catalogue of records in memory."""

    def __init__(self, datasets: Iterable[dict[str, Any]], site: str = "https://example.org", **others: Any) -> None:
        self.site = site
        self._datasets, self._others = datasets, others

    @property
    def kinds(self) -> Sequence[EntityKind]:
        """The kinds of records that it has."""
        return ("organizations", "groups", "datasets")

    def records(self, kind: EntityKind, /) -> Iterator[dict[str, Any]]:
        """The records of a kind."""
        yield from self._datasets if kind == "datasets" else self._others.get(kind, ())


def found(*datasets: dict[str, Any], configuration: Configuration | None = None, **others: Any) -> list[Finding]:
    """What an audit finds in datasets."""
    return list(Audit.of(Records(datasets, **others), configuration).findings())


def rules(*datasets: dict[str, Any], **others: Any) -> list[str]:
    """The rules of what it finds."""
    return [one.rule for one in found(*datasets, **others)]
