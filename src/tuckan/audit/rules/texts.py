"""Whether titles and descriptions read well: markup, broken characters, names of files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuckan.audit.findings import Found
from tuckan.audit.rules import NOTHING, rule
from tuckan.wire.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tuckan.audit.dcat import Described
    from tuckan.audit.rules import Context

_HTML = re.compile(
    r"</?(?:p|br|div|span|a|b|i|strong|em|ul|ol|li|table|tr|td|font|h[1-6]|img|script|style)\b[^>]*>", re.IGNORECASE
)
_ENTITY = re.compile(
    r"&(?:nbsp|amp|lt|gt|quot|#\d{2,5}|[aeiou](?:acute|grave|uml|circ)|szlig|ccedil|ntilde);", re.IGNORECASE
)
_CONTINUED = "".join(bytes([number]).decode("cp1252", "replace") for number in range(0x80, 0xC0))
_MOJIBAKE = re.compile(f"[\u00c2-\u00f4][\x80-\xbf{re.escape(_CONTINUED)}]|\ufffd")
"""Two bytes of UTF-8 that were read as two characters, and what stands for characters that could not be read."""
_PLACEHOLDER = re.compile(
    r"(?:test(?:\s*(?:data\s*set|dataset|data))?\s*\d*|asdf\w*|foo|bar|lorem ipsum.*|xxx+|todo|tbd|n/?a|untitled.*)\W*",
    re.IGNORECASE,
)
_TRIMMED = ("title", "author", "maintainer", "author_email", "maintainer_email", "url", "version", "license_id")
_TRIMMED_IN_RESOURCES = ("name", "url", "format", "mimetype")


@rule("texts/title-is-file-name", "warning", "Titles that are names of files", "Say what the data are.")
def _title_is_file_name(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    title = dataset.text("title").strip()
    if " " in title or not format_of(title):
        return NOTHING
    return (Found(f"Its title {title!r} is the name of a file.", title, "title"),)


@rule("texts/title-is-name", "note", "Titles that are the name in the address", "Write a title for people.")
def _title_is_name(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    title = dataset.text("title").strip()
    if title != dataset.name or not re.search(r"[-_]|\d", title):
        return NOTHING
    return (Found(f"Its title {title!r} is its name.", title, "title"),)


@rule("texts/title-short", "note", "Very short titles", "Say what the data are, where and when.")
def _title_short(dataset: Described, context: Context) -> Iterable[Found]:
    title = dataset.text("title").strip()
    if not title or len(title) >= context.thresholds["title_length"]:
        return NOTHING
    return (Found(f"Its title has {len(title)} characters.", title, "title"),)


@rule("texts/placeholder", "warning", "Titles and descriptions of tests", "Describe the data, or delete the dataset.")
def _placeholder(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in ("title", "notes"):
        value = dataset.text(name).strip()
        if value and len(value) < 400 and _PLACEHOLDER.fullmatch(value):
            yield Found(f"{value[:60]!r} describes no data.", value[:120], name)


@rule(
    "texts/description-short", "note", "Very short descriptions", "Say what the data are, who collected them, and how."
)
def _description_short(dataset: Described, context: Context) -> Iterable[Found]:
    notes, least = dataset.text("notes").strip(), context.thresholds["description_length"]
    if not notes or len(notes) >= least or notes == dataset.text("title").strip():
        return NOTHING
    return (Found(f"Its description has {len(notes)} characters, fewer than {least}.", notes, "notes"),)


@rule("texts/description-is-title", "warning", "Descriptions that repeat the title", "Say more than the title says.")
def _description_is_title(dataset: Described, context: Context) -> Iterable[Found]:
    del context
    notes = dataset.text("notes").strip()
    if not notes or notes.casefold() != dataset.text("title").strip().casefold():
        return NOTHING
    return (Found("Its description is its title.", notes[:120], "notes"),)


@rule("texts/html", "warning", "HTML in titles and descriptions", "Write Markdown.")
def _html(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in ("title", "notes"):
        value = dataset.text(name)
        if ("<" in value or "&" in value) and (found := _HTML.search(value) or _ENTITY.search(value)):
            yield Found(f"It contains HTML: {found[0][:40]}", value[max(0, found.start() - 20) :][:120], name)


@rule("texts/mojibake", "warning", "Broken characters", "Correct the characters.")
def _mojibake(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in ("title", "notes", "author", "maintainer"):
        value = dataset.text(name)
        if found := _broken(value):
            near, right = value[max(0, found.start() - 20) : found.start() + 30], unbroken(value)
            yield Found(f"It contains broken characters: {near!r}.", near, name, patch={name: right} if right else None)
    for one in dataset.distributions:
        value = str(one.resource.get("name") or "")
        if _broken(value):
            right = unbroken(value)
            yield Found(
                f"It contains broken characters: {value[:50]!r}.",
                value[:50],
                "name",
                one.id,
                {"name": right} if right else None,
            )


def _broken(text: str) -> re.Match[str] | None:
    """Where a text is broken: it can be read rightly as a whole, or holds what could not be read."""
    found = None if text.isascii() else _MOJIBAKE.search(text)
    return found if found and (found[0] == "\ufffd" or unbroken(text)) else None


def unbroken(text: str) -> str:
    """Text in UTF-8 that was read as Windows-1252, read rightly; empty if that is not what happened.

    Args:
        text: the text.

    Example:
        >>> unbroken("ZÃ¼rich"), unbroken("Zürich")
        ('Zürich', '')
    """
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return ""


@rule("texts/untrimmed", "note", "Spaces around values", "Remove them.")
def _untrimmed(dataset: Described, context: Context) -> Iterator[Found]:
    del context
    for name in _TRIMMED:
        value = dataset.record.get(name)
        if isinstance(value, str) and value != (stripped := value.strip()) and stripped:
            yield Found(f"{value[:60]!r} has spaces around it.", value[:120], name, patch={name: stripped})
    for one in dataset.distributions:
        for name in _TRIMMED_IN_RESOURCES:
            value = one.resource.get(name)
            if isinstance(value, str) and value != (stripped := value.strip()) and stripped:
                yield Found(f"{value[:60]!r} has spaces around it.", value[:120], name, one.id, {name: stripped})
