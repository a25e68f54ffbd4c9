"""Whether the same thing is there twice. A finding is about the second one, and names the first."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context

_WORDS = re.compile(r"\w+")


@rule("duplicates/address", "warning", "Addresses that another dataset has too", "Keep one of the two.")
def _address(dataset: Described, context: Context) -> Iterator[Found]:
    seen = context.remembered("duplicates/address")
    for one in dataset.distributions:
        url = str(one.resource.get("url") or "").strip()
        if url and one.resource.get("url_type") != "upload" and _names_a_file(url):
            first = seen.setdefault(hash(url), dataset.name)
            if first != dataset.name:
                yield Found(f"The dataset {first!r} has the same address.", url[:200], "url", one.id)


@rule("duplicates/file", "warning", "Files that another dataset has too", "Keep one of the two.")
def _file(dataset: Described, context: Context) -> Iterator[Found]:
    seen = context.remembered("duplicates/file")
    for one in dataset.distributions:
        sum_ = str(one.resource.get("hash") or "").strip()
        if len(sum_) >= 32:
            first = seen.setdefault(hash(sum_), dataset.name)
            if first != dataset.name:
                yield Found(f"The dataset {first!r} has the same file, by its hash.", sum_[:80], "hash", one.id)


@rule("duplicates/within", "warning", "Addresses that a dataset has twice", "Remove one of the two resources.")
def _within(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    if len(dataset.distributions) < 2:
        return
    seen: dict[str, int] = {}
    for one in dataset.distributions:
        url = str(one.resource.get("url") or "").strip()
        if url and seen.setdefault(url, one.place) != one.place:
            yield Found("Another resource of the dataset has the same address.", url[:200], "url", one.id)


@rule("duplicates/title", "warning", "Titles that another dataset has too", "Say in the title how the two differ.")
def _title(dataset: Described, context: Context) -> Iterable[Found]:
    title = " ".join(dataset.text("title").split()).casefold()
    if not title:
        return NOTHING
    first = context.remembered("duplicates/title").setdefault(hash(title), dataset.name)
    if first == dataset.name:
        return NOTHING
    return (Found(f"The dataset {first!r} has the same title.", dataset.text("title")[:120], "title"),)


@rule("duplicates/near-title", "note", "Titles that differ in punctuation, accents or order alone", "Compare the two.")
def _near_title(dataset: Described, context: Context) -> Iterable[Found]:
    title = dataset.text("title")
    same, near = " ".join(title.split()).casefold(), near_title(title)
    if not near:
        return NOTHING
    name, spelling = context.remembered("duplicates/near").setdefault(hash(near), (dataset.name, hash(same)))
    if name == dataset.name or spelling == hash(same):
        return NOTHING
    return (Found(f"The dataset {name!r} has nearly the same title.", title[:120], "title"),)


@rule("duplicates/identifier", "error", "Identifiers that another dataset has too", "Give each dataset its own.")
def _identifier(dataset: Described, context: Context) -> Iterable[Found]:
    value = dataset.fields.get("identifier") or dataset.fields.get("guid")
    if not isinstance(value, str) or not value.strip():
        return NOTHING
    first = context.remembered("duplicates/identifier").setdefault(hash(value.strip()), dataset.name)
    if first == dataset.name:
        return NOTHING
    return (Found(f"The dataset {first!r} has the same identifier.", value[:120], "identifier"),)


def near_title(title: str) -> str:
    """A title without case, accents, punctuation and order of words; empty if it has fewer than two words.

    Args:
        title: the title.

    Example:
        >>> near_title("Rain, in Genève") == near_title("geneve: in rain"), near_title("Rain 2023") == near_title("Rain 2024")
        (True, False)
    """
    if not title.isascii():
        title = "".join(one for one in unicodedata.normalize("NFKD", title) if not unicodedata.combining(one))
    words = sorted(_WORDS.findall(title.casefold()))
    return " ".join(words) if len(words) > 1 else ""


def _names_a_file(url: str) -> bool:
    """Whether an address is more than that of a host or a folder, to which many datasets may link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.query) or "." in parts.path.rpartition("/")[2]
