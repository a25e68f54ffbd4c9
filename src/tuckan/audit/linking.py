"""The links of datasets: which there are, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuckan.audit.dcat import LINKS
from tuckan.links.answers import Link, address_of
from tuckan.wire.formats import is_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tuckan.links.checker import LinkOptions


@dataclass(slots=True)
class FoundLinks:
    """What is known of the links of a catalogue.

    Attributes:
        links: what is known of each, by its text in the records.
        verdicts: how many addresses have each verdict.
        hosts: the hosts with dead links, those with most first: `host`, `links`, `broken`, `suspected` and `reason` of one.
    """

    links: Mapping[str, Link] = field(default_factory=dict[str, Link])
    verdicts: Mapping[str, int] = field(default_factory=dict[str, int])
    hosts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def statuses(self) -> dict[str, bool]:
        """Whether each link gave a status from 200 to 399, which is what the MQA asks."""
        return {text: 200 <= one.status < 400 for text, one in self.links.items()}


def links_of(record: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The links of a dataset, each with whether it is to lead to a file and not to a page or a service.

    Args:
        record: the dataset.

    Example:
        >>> list(links_of({"url": "https://example.org/rain", "resources": [{"url": "https://example.org/1.csv"}]}))
        [('https://example.org/rain', False), ('https://example.org/1.csv', True)]
    """
    if isinstance(url := record.get("url"), str) and url.strip():
        yield url.strip(), False
    resources = record.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict):
            wants_file = is_file(resource)
            for name in LINKS:
                if isinstance(url := resource.get(name), str) and url.strip():
                    yield url.strip(), wants_file


def checked(
    datasets: Iterable[Mapping[str, Any]],
    options: LinkOptions,
    *,
    portal: str = "",
    state: Path | None = None,
    connect: Callable[..., Any] | None = None,
) -> FoundLinks:
    """Check the links of datasets.

    Args:
        datasets: the datasets.
        options: how.
        portal: the address of their portal.
        state: where answers are kept unless the options name a file; None for the file of the user.
        connect: makes the checker from a store and options, with the portal's settings; a new one if omitted.

    Returns:
        What is known of the links.
    """
    from tuckan.links.checker import Checker  # noqa: PLC0415 - only checks of links send anything
    from tuckan.links.store import Store  # noqa: PLC0415 - likewise

    texts: dict[str, str] = {}
    wanted: dict[str, bool] = {}
    for record in datasets:
        for text, wants_file in links_of(record):
            if text not in texts:
                texts[text] = address_of(text)
            if address := texts[text]:
                wanted[address] = wanted.get(address, False) or wants_file
    with Store(Path(options.state) if options.state else state) as store:
        checker = (connect or Checker)(store, options, portal=portal)
        found: dict[str, Link] = checker.check(wanted)
    verdicts: dict[str, int] = {}
    for one in found.values():
        verdicts[one.verdict] = verdicts.get(one.verdict, 0) + 1
    return FoundLinks(
        {text: found[address] for text, address in texts.items() if address}, verdicts, list(_hosts(found))
    )


def _hosts(found: Mapping[str, Link]) -> Iterator[dict[str, Any]]:
    hosts: dict[str, dict[str, Any]] = {}
    for address, one in found.items():
        name = urlsplit(address).netloc
        host = hosts.setdefault(name, {"host": name, "links": 0, "broken": 0, "suspected": 0, "reason": ""})
        host["links"] += 1
        if one.verdict in ("broken", "suspected"):
            host[one.verdict] += 1
            host["reason"] = host["reason"] or one.reason
    dead = [one for one in hosts.values() if one["broken"] or one["suspected"]]
    yield from sorted(dead, key=lambda one: (-one["broken"], -one["suspected"], one["host"]))
