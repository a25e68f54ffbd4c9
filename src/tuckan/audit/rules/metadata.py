"""Whether records are complete and their values are of the kind that they should be."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tuckan.audit.dcat import filled
from tuckan.audit.dcat_ap import is_date
from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule
from tuckan.schemas import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]{2,}")
_NO_LICENSE = frozenset(
    ("notspecified", "other-closed", "other-nc", "other-at", "other-open", "other-pd", "unknown", "none")
)
_DATES = ("issued", "modified", "temporal_start", "temporal_end")


@rule("metadata/description-missing", "error", "Datasets without a description", "Say in `notes` what the data are.")
def _description_missing(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    if "dct:description" in dataset.properties:
        return NOTHING
    return (Found("It has no description.", field="notes"),)


@rule("metadata/title-missing", "error", "Datasets without a title", "Give it a title.")
def _title_missing(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    return NOTHING if "dct:title" in dataset.properties else (Found("It has no title.", field="title"),)


@rule("metadata/no-resources", "warning", "Datasets without resources", "Add a file or a link, or delete the dataset.")
def _no_resources(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    return NOTHING if dataset.distributions else (Found("It has no resources.", field="resources"),)


@rule("metadata/no-organization", "warning", "Datasets without an organization", "Move it to an organization.")
def _no_organization(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    if dataset.organization or dataset.record.get("owner_org"):
        return NOTHING
    return (Found("It belongs to no organization.", field="owner_org"),)


@rule("metadata/license-missing", "error", "Datasets without a licence", "Choose a licence.")
def _license_missing(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    own = filled(dataset.fields.get("license_id")) or filled(dataset.fields.get("license_url"))
    if own or any("dct:license" in one.properties for one in dataset.distributions):
        return NOTHING
    return (Found("It has no licence.", field="license_id"),)


@rule("metadata/license-unspecific", "warning", "Licences that name no licence", "Choose the licence that holds.")
def _license_unspecific(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    own = dataset.text("license_id")
    if own.casefold() not in _NO_LICENSE:
        return NOTHING
    return (Found(f"Its licence {own!r} does not say what people may do.", own, "license_id"),)


@rule("metadata/license-unknown", "warning", "Licences that the portal does not offer", "Choose one that it offers.")
def _license_unknown(dataset: Described, context: Context) -> Iterable[Found]:
    own = dataset.text("license_id")
    if not own or not context.licenses or own in context.licenses:
        return NOTHING
    near = [one for one in context.licenses if one.casefold() == own.strip().casefold()]
    patch = {"license_id": near[0]} if len(near) == 1 else None
    return (Found(f"The portal offers no licence {own!r}.", own, "license_id", patch=patch),)


@rule("metadata/email-invalid", "warning", "Invalid e-mail addresses", "Correct the address.")
def _email_invalid(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in ("maintainer_email", "author_email", "contact_email", "publisher_email"):
        value = dataset.text(name).strip().removeprefix("mailto:")
        if value and not _EMAIL.fullmatch(value):
            yield Found(f"{value!r} is not an e-mail address.", value, name)


@rule("metadata/date-invalid", "warning", "Unreadable dates", "Write it as 2024-02-29.")
def _date_invalid(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in _DATES:
        value = filled(dataset.fields.get(name))
        if isinstance(value, str) and not _is_date(value):
            yield Found(f"{value!r} is not a date.", value, name)


@rule("metadata/temporal-reversed", "error", "Periods that end before they begin", "Correct the dates.")
def _temporal_reversed(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    start, end = (dataset.text(name).strip() for name in ("temporal_start", "temporal_end"))
    if not (start and end and is_date(start) and is_date(end)) or end[: len(start)] >= start[: len(end)]:
        return NOTHING
    return (Found(f"It ends on {end}, before it begins on {start}.", f"{start} to {end}", "temporal_end"),)


@rule("metadata/spatial-invalid", "warning", "Invalid geometries", "Write it as GeoJSON, in degrees.")
def _spatial_invalid(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    raw = dataset.fields.get("spatial")
    value = filled(raw) if raw else None
    if value is None:
        return NOTHING
    if not isinstance(value, dict) or "type" not in value or not isinstance(value.get("coordinates"), list):
        if isinstance(value, dict) and isinstance(value.get("geometries"), list):
            return NOTHING
        return (Found("Its geometry is not GeoJSON.", str(raw)[:120], "spatial"),)
    if outside := next(_outside(value["coordinates"]), None):
        return (Found(f"Its geometry has the point {outside}, which is not on Earth.", str(raw)[:120], "spatial"),)
    return NOTHING


def _outside(coordinates: Any) -> Iterator[list[float]]:
    """Points that are no longitude and latitude; what is no point at all is one, too."""
    stack = [coordinates]
    while stack:
        one = stack.pop()
        if isinstance(one, list) and one and isinstance(one[0], (int, float)):
            if len(one) < 2 or not isinstance(one[1], (int, float)) or abs(one[0]) > 180 or abs(one[1]) > 90:
                yield one[:2]
        elif isinstance(one, list):
            stack += one
        else:
            yield [one]


@rule("metadata/many-tags", "note", "Datasets with very many tags", "Keep the tags that distinguish the dataset.")
def _many_tags(dataset: Described, context: Context) -> Iterable[Found]:
    tags = dataset.record.get("tags")
    number, most = len(tags) if isinstance(tags, list) else 0, context.thresholds["many_tags"]
    return (Found(f"It has {number} tags, more than {most}.", str(number), "tags"),) if number > most else NOTHING


@rule("metadata/resource-unnamed", "note", "Resources without a name", "Give it a name.")
def _resource_unnamed(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        if "dct:title" not in one.properties:
            yield Found("The resource has no name.", str(one.resource.get("url") or ""), "name", one.id)


@rule("metadata/url-missing", "error", "Resources without an address", "Upload the file, or give its address.")
def _url_missing(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        if not str(one.resource.get("url") or "").strip():
            yield Found("The resource has neither a file nor an address.", field="url", resource=one.id)


@rule("metadata/url-invalid", "error", "Invalid addresses", "Correct the address.")
def _url_invalid(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        url = str(one.resource.get("url") or "").strip()
        if url and one.resource.get("url_type") != "upload" and (why := _no_address(url)):
            yield Found(f"The address {why}.", url[:200], "url", one.id)


@rule("metadata/url-private", "error", "Addresses that only work inside a network", "Give the public address.")
def _url_private(dataset: Described, context: Context) -> Iterator[Found]:
    own = urlsplit(context.portal).hostname if context.portal else None
    for one in dataset.distributions:
        url = str(one.resource.get("url") or "").strip()
        host = _host(url)
        if host and host != own and is_private(host):
            yield Found(f"The host {host} cannot be reached from the internet.", url[:200], "url", one.id)


@rule("metadata/url-with-password", "error", "Addresses with a password", "Remove the password, and change it.")
def _url_with_password(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for one in dataset.distributions:
        url = str(one.resource.get("url") or "")
        if "@" in url and re.match(r"[a-z]+://[^/@:]+:[^/@]+@", url):
            yield Found("The address holds a password that everybody can read.", _host(url), "url", one.id)


@rule("metadata/schema", "error", "Values that the portal's schema refuses", "Correct the value.")
def _schema(dataset: Described, context: Context) -> Iterator[Found]:
    schema = context.schemas.get(str(dataset.record.get("type") or "dataset"))
    if schema is None or schema.source != "scheming":
        return
    for one in problems(dataset.record, schema):
        found = re.match(r"resources\[(\d+)\]", one.path)
        resource = (
            dataset.distributions[int(found[1])].id if found and int(found[1]) < len(dataset.distributions) else ""
        )
        yield Found(f"{one.path}: {one.message}", field=one.path, resource=resource)


def _is_date(value: str) -> bool:
    if not is_date(value):
        return False
    if len(value) < 10:
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _no_address(url: str) -> str:
    """Why a text is no address; empty if it is one."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "cannot be read"
    if not parts.scheme:
        return "has no http:// or https:// before it"
    if parts.scheme in ("http", "https") and not host:
        return "names no host"
    if re.search(r"\s", url):
        return "contains a space"
    return f"is one of this computer ({parts.scheme}:)" if parts.scheme == "file" else ""


@lru_cache(4096)
def is_private(host: str) -> bool:
    """Whether a host is known to be inside a private network: by its number, or by a name that no public DNS has.

    Args:
        host: the name or number.

    Example:
        >>> is_private("10.1.2.3"), is_private("intranet"), is_private("data.example.org")
        (True, True, False)
    """
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host or host.rpartition(".")[2] in (
            "local",
            "localhost",
            "internal",
            "lan",
            "intranet",
            "corp",
        )
