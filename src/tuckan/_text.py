"""Text for people: values made short enough to read, and nothing in them that a terminal obeys."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CONTEXT = 20
"""Characters that are shown before a difference."""
LONGEST_TEXT = 100
MOST_ITEMS = 4
DEEPEST = 2
_NEARLY_THE_SAME = 0.9


# Control characters move the cursor and hide text, direction marks turn it around; a portal's words do neither here.
TRICKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TRICKS_ON_ONE_LINE = re.compile(rf"[\n\t]|{TRICKS.pattern}")


def printable(text: str, *, one_line: bool = False) -> str:
    r"""Text with control characters spelled out, so that a terminal shows them instead of obeying them.

    Args:
        text: any text.
        one_line: make line ends and tabs a space.

    Example:
        >>> printable("red \x1b[31m\n"), printable("two\nlines", one_line=True)
        ('red \\x1b[31m\n', 'two lines')
    """
    if one_line:
        return _TRICKS_ON_ONE_LINE.sub(lambda found: " " if found[0] in "\r\n\t" else _spelled(found), text)
    return TRICKS.sub(_spelled, text.replace("\r\n", "\n"))


def _spelled(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def shorten(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text cut to a length, telling how many characters are missing.

    Example:
        >>> shorten("abcdefghij", 6)
        'abcdef… +4 characters'
    """
    return text if len(text) <= longest else f"{text[:longest].rstrip()}… +{len(text) - longest:,} characters"


def closest(name: str, known: Iterable[str], *, most: int = 3, cutoff: float = 0.7) -> list[str]:
    """The known names that resemble one, the closest first; case, spaces, hyphens and underscores make no difference.

    A name that is nearly the same comes alone. One in which a word begins with this name resembles it too.

    Args:
        name: the name that is not known.
        known: the names that are.
        most: how many to return at most.
        cutoff: how similar they must be, from 0 to 1.

    Example:
        >>> closest("Organisation", ["organization", "group"]), closest("river_level", ["river-levels", "rain"])
        (['organization'], ['river-levels'])
        >>> closest("rain", ["rain-2024-by-station", "train", "snow"])
        ['train', 'rain-2024-by-station']
    """
    from difflib import SequenceMatcher  # noqa: PLC0415 - only a mistake needs it

    plain = _plain(name)
    matcher = SequenceMatcher(b=plain)
    near: list[tuple[float, str]] = []
    for one in dict.fromkeys(known):
        other = _plain(one)
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff and matcher.ratio() >= cutoff:
            near.append((matcher.ratio(), one))
        elif len(plain) > 2 and f"_{plain}" in f"_{other}":
            near.append((0, one))
    near.sort(key=lambda pair: -pair[0])
    return [one for _, one in near[: 1 if near and near[0][0] > _NEARLY_THE_SAME else most]]


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.7) -> str:
    """The names that may have been meant, as a question; empty when none is similar.

    Example:
        >>> did_you_mean("titel", ["title", "notes"]), did_you_mean("xyz", ["title"])
        ("Did you mean 'title'?", '')
    """
    near = closest(name, known, cutoff=cutoff)
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else ""


def choices(name: str, known: Sequence[str], *, what: str = "It has", most: int = 10) -> str:
    """Suggestions for an unknown name: similar names, then the first of all.

    Args:
        name: the name that is not known.
        known: the names that are.
        what: the beginning of the sentence that lists them.
        most: how many to list at most.

    Example:
        >>> choices("rain 2025", ["snow", "rain 2024"]), choices("sun", [])
        ("Did you mean 'rain 2024'? It has 'snow', 'rain 2024'.", '')
    """
    listed = ", ".join(map(repr, known[:most])) + (f" and {len(known) - most:,} more" if len(known) > most else "")
    return " ".join(filter(None, [did_you_mean(name, known), f"{what} {listed}." if listed else ""]))


def counted(number: int, thing: str) -> str:
    """A number of things, in words.

    Example:
        >>> counted(1, "row"), counted(1200, "row"), counted(2, "chunk of rows")
        ('1 row', '1,200 rows', '2 chunks of rows')
    """
    noun, of, rest = thing.partition(" of ")
    return f"{number:,} {noun}{'s' * (number != 1)}{of}{rest}"


def listed(items: Sequence[str]) -> str:
    """Items as a sentence lists them.

    Example:
        >>> listed(["1 group", "2 datasets", "3 files"]), listed(["1 file"])
        ('1 group, 2 datasets and 3 files', '1 file')
    """
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def brief(value: Any, *, longest: int = LONGEST_TEXT, depth: int = 0) -> str:
    """Any JSON value on one line: nesting, long lists and long texts abbreviated, with counts.

    Args:
        value: what to show.
        longest: characters of one text at most.
        depth: how deep inside the record this value is.

    Example:
        >>> brief({"a": [1, 2, 3, 4, 5, 6], "b": None})
        '{a: [1, 2, 3, 4, … +2], b: null}'
    """
    if isinstance(value, dict):
        return _nested(value, "{}", depth, lambda item: f"{item[0]}: {brief(item[1], longest=40, depth=depth + 1)}")
    if isinstance(value, (list, tuple)):
        return _nested(value, "[]", depth, lambda item: brief(item, longest=40, depth=depth + 1))
    if isinstance(value, str):
        line = " ".join(value.split())
        return shorten(line, longest) if depth == 0 else _as_json(shorten(line, longest))
    return _as_json(value)


def _as_json(value: Any) -> str:
    import json  # noqa: PLC0415 - `--help` needs none

    return json.dumps(value, ensure_ascii=False, default=str)


def brief_pair(old: Any, new: Any, *, longest: int = LONGEST_TEXT) -> tuple[str, str]:
    """Two different values on a line each, like `brief`; what long ones begin with alike is left out.

    Args:
        old: a value.
        new: another.
        longest: characters of one text at most.

    Example:
        >>> brief_pair("Rain in the north of the country, by day", "Rain in the north of the country, by week", longest=30)
        ('… of the country, by day', '… of the country, by week')
        >>> brief_pair("Rain", "Snow", longest=30)
        ('Rain', 'Snow')
    """
    shown = brief(old, longest=longest), brief(new, longest=longest)
    as_json = [_as_json(one) for one in (old, new)]
    whole = [
        " ".join(one.split()) if isinstance(one, str) else text for one, text in zip((old, new), as_json, strict=True)
    ]
    if whole[0] == whole[1]:  # only spaces and line ends differ
        whole = as_json
    alike = next(
        (place for place, (one, other) in enumerate(zip(*whole, strict=False)) if one != other), min(map(len, whole))
    )
    # Of nested values, brief counts what it leaves out: the difference may be in there.
    if shown[0] != shown[1] and (alike < longest - _CONTEXT or max(map(len, whole)) <= longest):
        return shown
    start = max(0, alike - _CONTEXT)
    cut = [one[start:] if start else one for one in whole]
    return tuple(f"{'…' * bool(start)}{shorten(one, longest - 1)}" for one in cut)  # type: ignore[return-value]  # two


def _nested(value: Any, brackets: str, depth: int, one: Any) -> str:
    items = list(value.items()) if isinstance(value, dict) else list(value)
    if not items:
        return brackets
    if depth >= DEEPEST:
        what = "key" if isinstance(value, dict) else "item"
        return f"{brackets[0]}{counted(len(items), what)}{brackets[1]}"
    parts = [one(item) for item in items[:MOST_ITEMS]]
    if len(items) > MOST_ITEMS:
        parts.append(f"… +{len(items) - MOST_ITEMS}")
    return brackets[0] + ", ".join(parts) + brackets[1]


IDENTITY = ("name", "title", "display_name", "fullname", "organization")
"""What tells one record from another; it stands first."""

IN_A_RESULT = ("name", "title", "organization", "num_resources", "metadata_modified")
WIDTH_OF_A_ROW = 100


def identity_first(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with what identifies it first: its name, title and organization, the last of them by its title.

    Example:
        >>> identity_first({"id": "5d", "organization": {"name": "city", "title": "City"}, "name": "rain"})
        {'name': 'rain', 'organization': 'City', 'id': '5d'}
    """
    first = {name: record[name] for name in IDENTITY if record.get(name)}
    owner = first.get("organization")
    if isinstance(owner, dict):
        first["organization"] = owner.get("title") or owner.get("name") or owner
    return first | {name: value for name, value in record.items() if name not in first}


def in_rows(records: Sequence[Mapping[str, Any]], columns: Sequence[str], width: int = WIDTH_OF_A_ROW) -> str:
    """Records as the rows of a table in plain text; only columns that one of them has.

    Example:
        >>> print(in_rows([{"name": "rain", "title": "Rain"}, {"name": "sun", "title": "Sun hours"}], ("name", "title")))
        name  title
        rain  Rain
        sun   Sun hours
    """
    columns = [name for name in columns if any(one.get(name) not in (None, "") for one in records)]
    rows = [columns, *([_cell(one.get(name)) for name in columns] for one in records)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(columns))]
    while sum(widths) + 2 * len(widths) > width and max(widths) > 20:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return "\n".join(
        "  ".join(
            f"{cell if len(cell) <= wide else cell[: wide - 1] + '…':<{wide}}"
            for cell, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = brief(value, longest=60)
    return text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)?", text) else text


def as_text(records: Sequence[Any], *, keys: int, records_shown: int) -> str:
    """Records one under the other, each key on a line of its own."""
    shown = records[:records_shown]
    blocks: list[str] = []
    for number, record in enumerate(shown, 1):
        heading = [f"Record {number} of {len(records):,}"] if len(records) > 1 else []
        blocks.append("\n".join(heading + _lines(record, keys)))
    left = len(records) - len(shown)
    if left:
        blocks.append(f"… and {counted(left, 'more record')}")
    return "\n\n".join(blocks) or "no records"


def _lines(record: Any, keys: int) -> list[str]:
    if not isinstance(record, dict):
        return [f"  {brief(record)}"]
    if not record:
        return ["  {}"]
    names = list(record)[:keys]
    width = max(len(str(name)) for name in names)
    lines = [f"  {name!s:<{width}}  {brief(record[name])}" for name in names]
    return [*lines, *([f"  {_rest(record, keys)}"] if len(record) > keys else [])]


def _rest(record: Mapping[str, Any], keys: int) -> str:
    rest = [str(name) for name in record][keys:]
    named = ", ".join(rest[:6]) + (", …" if len(rest) > 6 else "")
    return f"… and {counted(len(rest), 'more key')}: {named}"


def as_html(records: Sequence[Any], *, keys: int, records_shown: int, note: str = "", in_a_row: bool = False) -> str:
    """The same as a table: a record in a row, or for one record a key in a row.

    Args:
        records: the records.
        keys: keys of each at most.
        records_shown: records at most.
        note: what to say below.
        in_a_row: show one record in a row, too.
    """
    shown = list(records[:records_shown])
    if len(records) == 1 and isinstance(records[0], dict) and not in_a_row:
        record = records[0]
        pairs = [(name, brief(record[name])) for name in list(record)[:keys]]
        return _table((), pairs, _rest(record, keys) if len(record) > keys else "")
    names = list(dict.fromkeys(name for record in shown if isinstance(record, dict) for name in record))
    rows = [(str(number), *_cells(record, names[:keys])) for number, record in enumerate(shown, 1)]
    notes = [note] if note else []
    notes += [_rest(dict.fromkeys(names), keys)] if len(names) > keys else []
    left = len(records) - len(shown)
    notes += [f"… and {counted(left, 'more record')}"] if left else []
    return _table(("", *names[:keys]), rows, "; ".join(notes) or ("" if rows else "no records"))


def _cells(record: Any, names: Sequence[str]) -> list[str]:
    if not isinstance(record, dict):
        return [brief(record)]
    return [brief(record[name]) if name in record else "" for name in names]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    import html  # noqa: PLC0415 - only for notebooks

    def line(cells: Sequence[str], tag: str) -> str:
        first, *others = (html.escape(str(cell)) for cell in cells)
        rest = "".join(f'<{tag} style="text-align:left">{cell}</{tag}>' for cell in others)
        return f'<tr><th style="text-align:left">{first}</th>{rest}</tr>'

    header = f"<thead>{line(head, 'th')}</thead>" if head else ""
    body = "".join(line(row, "td") for row in rows)
    caption = f'<p style="margin:0.3em 0"><small>{html.escape(note)}</small></p>' if note else ""
    return f"<div><table>{header}<tbody>{body}</tbody></table>{caption}</div>"


def duration(count: int, unit: int) -> str:
    """A duration as ISO 8601 has it; in hours, as they are not always counted in days.

    Args:
        count: how many parts of a second it is.
        unit: how many of these a second has, a power of ten.

    Example:
        >>> duration(129_600, 1), duration(-90_500, 1000), duration(0, 1)
        ('PT36H', '-PT1M30.5S', 'PT0S')
    """
    seconds, rest = divmod(abs(count), unit)
    fraction = f".{rest:0{len(str(unit)) - 1}}".rstrip("0") if rest else ""
    parts = ((str(seconds // 3600), "H"), (str(seconds // 60 % 60), "M"), (f"{seconds % 60}{fraction}", "S"))
    told = "".join(number + letter for number, letter in parts if number != "0")
    return f"{'-' if count < 0 else ''}PT{told or '0S'}"


def parse_timestamp(text: Any) -> datetime | None:
    """A time as CKAN writes it, in UTC without saying so; None if it is not a time.

    Example:
        >>> parse_timestamp("2024-01-31T12:00:00").isoformat(), parse_timestamp(None)
        ('2024-01-31T12:00:00+00:00', None)
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
