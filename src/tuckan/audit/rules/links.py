"""Whether links work. These rules find nothing unless the links were checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuckan.audit.dcat import LINKS
from tuckan.audit.findings import Found
from tuckan.audit.rules import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context
    from tuckan.links.answers import Link

_TEMPORARY = re.compile(
    r"(?:^|[?&;])[\w.-]*(?:token|signature|sig|sess(?:ion)?(?:id)?|sid|expires|auth|key)=", re.IGNORECASE
)


@rule("links/broken", "error", "Broken links", "Correct the address, or remove the resource.")
def _broken(dataset: Described, context: Context) -> Iterator[Found]:
    return _with_verdict("broken", "The link is broken", dataset, context)


@rule("links/suspected", "note", "Links that failed, and not yet for long enough", "Check the links again tomorrow.")
def _suspected(dataset: Described, context: Context) -> Iterator[Found]:
    return _with_verdict("suspected", "The link failed", dataset, context)


@rule("links/soft-404", "warning", "Links to pages for things that do not exist", "Correct the address.")
def _soft(dataset: Described, context: Context) -> Iterator[Found]:
    for text, one, name, resource in _links(dataset, context):
        if one.soft:
            yield Found(
                f"The link answers {one.status}, and nothing is there: it {one.reason}.", text[:200], name, resource
            )


@rule("links/refused", "note", "Links that refuse programs", "Open it in a browser to see whether it works.")
def _refused(dataset: Described, context: Context) -> Iterator[Found]:
    return _with_verdict("refused", "Whether the link works is not known", dataset, context)


@rule("links/moved", "warning", "Links that moved permanently", "Use the new address.")
def _moved(dataset: Described, context: Context) -> Iterator[Found]:
    for text, one, name, resource in _links(dataset, context):
        if not one.moved or one.verdict != "works" or _TEMPORARY.search(urlsplit(one.moved).query):
            continue
        uploaded = any(each.id == resource and each.resource.get("url_type") for each in dataset.distributions)
        patch = None if uploaded or ";" in one.moved else {name: one.moved}
        yield Found(f"The link moved to {one.moved:.200}", text[:200], name, resource, patch)


@rule(
    "links/private-address", "warning", "Links to private addresses", "Publish the data where everybody can reach them."
)
def _private(dataset: Described, context: Context) -> Iterator[Found]:
    for text, one, name, resource in _links(dataset, context):
        if one.verdict == "private":
            yield Found("The link has a private address, which was not asked.", text[:200], name, resource)


def _with_verdict(verdict: str, what: str, dataset: Described, context: Context) -> Iterator[Found]:
    for text, one, name, resource in _links(dataset, context):
        if one.verdict == verdict:
            yield Found(f"{what}: it {one.reason}.", text[:200], name, resource)


def _links(dataset: Described, context: Context) -> Iterator[tuple[str, Link, str, str]]:
    """The links of a dataset that were looked at: the text, what is known, the field, the id of the resource."""
    if not context.links:
        return
    known = context.known_links
    if (one := known.get(str(dataset.record.get("url") or "").strip())) is not None:
        yield str(dataset.record["url"]).strip(), one, "url", ""
    for distribution in dataset.distributions:
        for name in LINKS:
            text = str(distribution.resource.get(name) or "").strip()
            if text and (one := known.get(text)) is not None:
                yield text, one, name, distribution.id
