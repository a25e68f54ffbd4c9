"""What a workbook would change, as a page for a browser."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from tuckan._text import printable
from tuckan.errors import CannotWrite
from tuckan.jobs.kinds import kind_of
from tuckan.shapes import without_secrets
from tuckan.snapshot.losses import KEYS, by_key
from tuckan.snapshot.value_forms import titled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tuckan.jobs.entries import Entry
    from tuckan.jobs.operation import Intent, Operation
    from tuckan.snapshot.value_forms import Titles

CONFLICTS = "conflicts"
"""Where a refused operation keeps what both sides have changed: the field, the workbook's value, and the portal's."""

_LONGEST_COMPARED, _ALIKE = 20_000, 0.5
"""Characters of texts whose words are compared, and how much of them is to be the same."""
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_Row: TypeAlias = "tuple[str, Any, Any]"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --dim: #6a6a6a; }}
@media (prefers-color-scheme: dark) {{ :root {{ --good: #3fb950; --bad: #ff7b72; --dim: #9a9a9a; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ overflow-wrap: anywhere; }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 .2rem; overflow-wrap: anywhere; }} .at {{ color: var(--dim); margin: 0; }}
table {{ border-collapse: collapse; margin: .5rem 0; width: 100%; table-layout: fixed; font-size: .9em; }}
th {{ text-align: left; font-weight: 600; }} th, td {{ border-top: 1px solid var(--line); padding: .25rem .5rem; }}
td {{ vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; }} th:first-child {{ width: 25%; }}
del, .old {{ color: var(--bad); text-decoration: none; }} ins, .new {{ color: var(--good); text-decoration: none; }}
del {{ background: color-mix(in srgb, var(--bad) 12%, transparent); }}
ins {{ background: color-mix(in srgb, var(--good) 12%, transparent); }}
.refused {{ border-left: .3rem solid var(--bad); padding-left: .8rem; }} i {{ color: var(--dim); }}
</style></head><body><h1>{title}</h1><p>{summary}</p>{body}</body></html>
"""


def as_html(
    title: str, summary: str, notes: Iterable[str], entries: Iterable[Entry], titles: Titles | None = None
) -> str:
    """The operations of a job as one page without scripts, which fetches nothing.

    Args:
        title: what the job does, and where.
        summary: its plan, in a sentence.
        notes: what is worth knowing of it.
        entries: its operations, those that are refused as well.
        titles: what people call values, by the paths of fields.
    """
    said = "".join(f"<p>{_text(one)}</p>" for one in notes)
    sections: dict[str, list[Entry]] = {}
    for entry in entries:
        # A file, or what is done last, belongs to its record.
        needs = entry.operation.needs
        sections.setdefault(needs[0] if needs else entry.operation.key, []).append(entry)
    body = said + "".join(_section(one, titles or {}) for one in sections.values())
    return _PAGE.format(title=_text(title), summary=_text(summary), body=body)


def write_html(path: Path, page: str) -> None:
    """Write a page to a file.

    Raises:
        CannotWrite: when it cannot be written.
    """
    try:
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CannotWrite(f"{path} can't be written: {error.strerror or error}.", hint="Write another file.") from error


def _section(entries: list[Entry], titles: Titles) -> str:
    operation = entries[0].operation
    at = f'<p class="at">{_text(operation.origin)}</p>'
    if entries[0].state == "refused":
        both = without_secrets((operation.data or {}).get(CONFLICTS) or [])
        head = ("Changed on both sides", "In the workbook", "On the portal")
        cells = ((name, _value(here), _value(there)) for name, here, there in both)
        why = _table(head, cells) if both else f"<p>{_text(entries[0].reason)}</p>"
        return f'<section class="refused"><h2>{_text(operation.subject)}: refused</h2>{at}{why}</section>'
    intents = [kind_of(one.operation.kind).intent(one.operation) for one in entries]
    rows = [
        row for one, intent in zip(entries, intents, strict=True) for row in _changes(one.operation, intent, titles)
    ]
    table = _table(("Field", "Before", "After"), ((name, *_both(old, new)) for name, old, new in rows)) if rows else ""
    notes = "".join(f"<p>{_text(one)}</p>" for intent in intents for one in intent.notes)
    # Of a record that is as it is wanted, a file alone may be new.
    what = intents[0].what if not operation.needs else "changed"
    return f"<section><h2>{_text(operation.subject)}: to be {_text(what)}</h2>{at}{table}{notes}</section>"


def _changes(operation: Operation, intent: Intent, titles: Titles) -> Iterator[_Row]:
    fields = dict(intent.fields)
    if intent.what == "created":
        fields = {name: (None, value) for name, value in operation.data.items() if name != "id"}
    old, new = (without_secrets({name: pair[side] for name, pair in fields.items()}) for side in (0, 1))
    for name in fields:
        yield from rows_of(name, titled(name, old.get(name), titles), titled(name, new.get(name), titles))


def _table(head: tuple[str, str, str], rows: Iterable[tuple[str, str, str]]) -> str:
    cells = "".join(f"<tr><td>{_text(name)}</td><td>{one}</td><td>{other}</td></tr>" for name, one, other in rows)
    return f"<table><tr>{''.join(f'<th>{one}</th>' for one in head)}</tr>{cells}</table>"


def _both(old: Any, new: Any) -> tuple[str, str]:
    """Two values with their colours; of texts that are much alike, the words that differ have them alone."""
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) <= _LONGEST_COMPARED:
        words = [re.findall(r"\s+|\S+", printable(one)) for one in (old, new)]
        matcher = SequenceMatcher(None, words[0], words[1], autojunk=False)
        if matcher.ratio() >= _ALIKE:
            marked = [""] * 2
            for what, i, end, j, until in matcher.get_opcodes():
                for side, tag, some in ((0, "del", words[0][i:end]), (1, "ins", words[1][j:until])):
                    text = escape("".join(some))
                    marked[side] += f"<{tag}>{text}</{tag}>" if what != "equal" and text else text
            return marked[0], marked[1]
    return f'<span class="old">{_value(old)}</span>', f'<span class="new">{_value(new)}</span>'


def rows_of(name: str, old: Any, new: Any) -> Iterator[_Row]:
    """What differs between two values, with its place: lists item by item, records field by field.

    Args:
        name: the name of the field.
        old: its value before.
        new: its value afterwards.

    Example:
        >>> list(rows_of("tags", [{"name": "sky"}, {"name": "sun"}], [{"name": "sun"}, {"name": "ice"}]))
        [('tags', 'sky', None), ('tags', None, 'ice')]
        >>> list(rows_of("maker", '[{"maker": "Sea"}]', [{"maker": "Air"}]))
        [('maker[1].maker', 'Sea', 'Air')]
    """
    old, new = _decoded(old), _decoded(new)
    lists = all(isinstance(one, list) or one in _NOTHING for one in (old, new))
    if old == new or (old in _NOTHING and new in _NOTHING):
        return
    if lists and name in KEYS:
        yield from _keyed(name, by_key(old, KEYS[name]), by_key(new, KEYS[name]))
    elif lists:
        yield from _items(name, old or [], new or [])
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from rows_of(f"{name}.{key}", old.get(key), new.get(key))
    else:
        yield name, old, new


def _keyed(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[_Row]:
    named = name not in ("extras", "resources")  # of the others, only the name counts
    for key, one in old.items():
        if key not in new:
            yield name, key if named else one, None
    for key, one in new.items():
        if key not in old:
            yield name, None, key if named else one
        elif not named:
            label = str(old[key].get("name") or key)
            # A resource may be sent by its id alone, to be kept as it is.
            kept = old[key] if name == "resources" else {}
            yield from rows_of(f"{name} {label}", old[key], {**kept, **one})
    before, after = ([one for one in some if one in old and one in new] for some in (old, new))
    if name == "resources" and before != after:
        yield f"{name}: order", _in_order(before, old), _in_order(after, old)


def _in_order(keys: list[str], items: dict[str, Any]) -> str:
    return "\n".join(str(items[one].get("name") or one) for one in keys)


def _items(name: str, old: list[Any], new: list[Any]) -> Iterator[_Row]:
    texts = [[json.dumps(one, sort_keys=True) for one in some] for some in (old, new)]
    matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for what, i, end, j, until in matcher.get_opcodes():
        if what == "equal":
            continue
        paired = end - i == until - j
        for step in range(max(end - i, until - j)):
            before = old[i + step] if i + step < end else None
            after = new[j + step] if j + step < until else None
            if paired and isinstance(before, dict) and isinstance(after, dict):
                yield from rows_of(f"{name}[{j + step + 1}]", before, after)
            else:
                yield f"{name}[{(j if after is not None else i) + step + 1}]", before, after


def _decoded(value: Any) -> Any:
    """A list or record that a field keeps as JSON text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _value(value: Any) -> str:
    if value in _NOTHING:
        return "<i>nothing</i>"
    if isinstance(value, dict):
        said = {name: one for name, one in value.items() if one not in _NOTHING and (name != "id" or len(value) == 1)}
        return _text("\n".join(f"{name}: {_plain(one)}" for name, one in said.items()))
    return _text(_plain(value))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str) -> str:
    return escape(printable(str(text)))
