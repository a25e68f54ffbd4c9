"""What changed, for people and for feed readers: Markdown, Atom and HTML."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tuckan._text import brief_pair, counted
from tuckan.mirror.merge_patch import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tuckan.mirror.merge_patch import Change

HEADINGS = {"new": "New", "changed": "Changed", "gone": "Gone", "back": "Back"}

_COUNTS = frozenset({"num_tags", "num_resources"})
"""Fields that say less than those that they count."""

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def field_changes(change: Change) -> Iterator[tuple[str, str, str]]:
    """Each field that changed, with its former and its present value in a few words.

    Resources are compared one by one, as a merge patch replaces lists as a whole.
    """
    for name in sorted({*change.patch, *change.inverse} - VOLATILE - _COUNTS):
        before, after = change.inverse.get(name), change.patch.get(name)
        if name == "resources" and isinstance(before, list) and isinstance(after, list):
            yield from _resources(before, after)
        else:
            yield name, *brief_pair(_named(before), _named(after))


def reason(change: Change) -> str:
    """Why a dataset is gone, in words; empty for every other change."""
    why = str(change.patch.get("why") or "") if change.change == "gone" else ""
    return "deleted or private" if why == "hidden" else why


def _named(value: Any) -> Any:
    """A value to be shown; of tags and groups the names."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and one.get("name") for one in value):
        return ", ".join(str(one["name"]) for one in value)
    return "" if value is None else value


def _resources(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[str, str, str]]:
    old, new = ({str(one.get("id")): one for one in some} for some in (before, after))
    for id_, one in new.items():
        name = str(one.get("name") or one.get("url") or id_)
        if id_ not in old:
            yield f"resource {name}", "", "added"
            continue
        for field in sorted(one.keys() | old[id_].keys()):
            values = old[id_].get(field), one.get(field)
            if values[0] != values[1] and field not in VOLATILE:
                yield f"resource {name}, {field}", *brief_pair(*map(_named, values))
    for id_, one in old.items():
        if id_ not in new:
            yield f"resource {one.get('name') or one.get('url') or id_}", "removed", ""


def summary(changes: Sequence[Change]) -> str:
    """How many changes of each kind there are, in words."""
    counts = {kind: sum(one.change == kind for one in changes) for kind in HEADINGS}
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "no changes"


def as_markdown(changes: Sequence[Change], portal: str) -> str:
    """The changes as Markdown, in a section for each kind."""
    lines = [f"# Changes on {portal}", "", f"{summary(changes)}.".capitalize()]
    for kind, heading in HEADINGS.items():
        some = [one for one in changes if one.change == kind]
        if some:
            lines += ["", f"## {heading}", ""]
        for one in some:
            why = f", {reason(one)}" if reason(one) else ""
            lines.append(f"- [{_escaped(one.title or one.name)}]({address(portal, one)}) ({one.at[:10]}{why})")
            if kind in ("changed", "back"):
                lines += [
                    f"  - {_escaped(name)}: {_escaped(old)} → {_escaped(new)}" for name, old, new in field_changes(one)
                ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def as_atom(changes: Sequence[Change], portal: str) -> str:
    """The changes as an Atom feed (RFC 4287)."""
    updated = changes[0].at if changes else "1970-01-01T00:00:00Z"
    entries = "".join(
        f"<entry><id>urn:tuckan:{quote(one.id)}:{one.at}:{one.change}</id><updated>{one.at}</updated>"
        f"<title>{_xml(f'{HEADINGS[one.change]}: {one.title or one.name}')}</title>"
        f'<link href="{_xml(address(portal, one))}"/>'
        f"<content type='html'>{_xml(_list(one))}</content></entry>\n"
        for one in changes
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{_xml(portal)}</id><title>{_xml(f'Changes on {portal}')}</title><updated>{updated}</updated>"
        f"<author><name>{_xml(portal)}</name></author>\n{entries}</feed>\n"
    )


_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _xml(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))


def _list(change: Change) -> str:
    fields = field_changes(change) if change.change in ("changed", "back") else ()
    rows = "".join(f"<li>{_xml(name)}: {_xml(old)} → {_xml(new)}</li>" for name, old, new in fields)
    return f"<ul>{rows}</ul>" if rows else _xml(reason(change) or HEADINGS[change.change])


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #8882; --good: #1a7f37; --bad: #cf222e; }}
@media (prefers-color-scheme: dark) {{ :root {{ --good: #3fb950; --bad: #ff7b72; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ margin-top: 2rem; }} li {{ margin: .4rem 0; overflow-wrap: anywhere; }} time {{ color: #888; font-size: .85em; }}
table {{ border-collapse: collapse; margin: .3rem 0 1rem; width: 100%; font-size: .9em; table-layout: fixed; }}
td {{ border-top: 1px solid var(--line); padding: .25rem .5rem; vertical-align: top; overflow-wrap: anywhere; }}
td:first-child {{ width: 22%; }} del {{ color: var(--bad); text-decoration: none; }} ins {{ color: var(--good); text-decoration: none; }}
</style></head><body><h1>{title}</h1><p>{summary}</p>{body}</body></html>
"""


def as_html(changes: Sequence[Change], portal: str) -> str:
    """The changes as one page of HTML without scripts."""
    parts: list[str] = []
    for kind, heading in HEADINGS.items():
        some = [one for one in changes if one.change == kind]
        if some:
            items = "".join(_item(one, portal) for one in some)
            parts.append(f"<h2>{heading} <small>({len(some):,})</small></h2><ul>{items}</ul>")
    title = escape(f"Changes on {portal}")
    return _PAGE.format(
        title=title, summary=f"{counted(len(changes), 'change')}: {summary(changes)}.", body="".join(parts)
    )


def _item(change: Change, portal: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td><del>{escape(old)}</del></td><td><ins>{escape(new)}</ins></td></tr>"
        for name, old, new in (field_changes(change) if change.change in ("changed", "back") else ())
    )
    table = f"<table>{rows}</table>" if rows else ""
    link = f'<a href="{escape(address(portal, change))}">{escape(change.title or change.name)}</a>'
    why = f" <small>{escape(reason(change))}</small>" if reason(change) else ""
    return f"<li>{link} <time>{change.at[:16].replace('T', ' ')}</time>{why}{table}</li>"


def address(portal: str, change: Change) -> str:
    """The page of a record on its portal."""
    return f"{portal}/{change.kind}/{quote(change.name or change.id)}"
