"""The report of an audit: one HTML page without scripts that loads nothing, for screens of any size, dark or light, and for paper."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from tuckan._text import counted
from tuckan.audit.findings import LEVELS
from tuckan.audit.mqa import DIMENSIONS, METRICS, OF_LINKS
from tuckan.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tuckan.audit.findings import Finding
    from tuckan.audit.mqa import Dimension, Score
    from tuckan.audit.results import Audit

ORGANIZATIONS = 500
"""How many organizations the report lists at most."""

HOSTS = 100
"""How many hosts with dead links it lists at most."""

_LONGEST = 160
_ORDER: tuple[str, ...] = LEVELS
_MOST: dict[Dimension, int] = {
    dimension: sum(one.weight for one in METRICS if one.dimension == dimension) for dimension in DIMENSIONS
}
_OF_LINKS: dict[Dimension, int] = {
    dimension: sum(METRICS[place].weight for place in OF_LINKS if METRICS[place].dimension == dimension)
    for dimension in DIMENSIONS
}

_STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --back: #fff; --raised: #f6f8fa;
  --good: #1a7f37; --bad: #c4372b; --warn: #8a5a00; --h0: #f9c9c3; --h1: #fbdfbf; --h2: #f6efbc; --h3: #d7edc3; --h4: #b4e2bd; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9aa4af; --line: #3d444d; --back: #0d1117; --raised: #161b22;
  --good: #4cc36a; --bad: #ff8a80; --warn: #e3b341; --h0: #6b2620; --h1: #6b431a; --h2: #5a5316; --h3: #34521f; --h4: #1c5a2e; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 66rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; } h2 { margin: 2.5rem 0 .6rem; font-size: 1.25rem; }
p { margin: .4rem 0; } .soft, small { color: var(--soft); } a { color: inherit; }
.head { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: end; margin: 1.2rem 0; }
.score { font-size: 3.2rem; font-weight: 650; line-height: 1; } .score small { font-size: 1rem; font-weight: 400; }
.rating { text-transform: capitalize; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th { text-align: left; font-weight: 600; }
th, td { padding: .35rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; } .heat td.n { min-width: 4.4rem; } .fix td:nth-child(2) { min-width: 15rem; } .fix td:nth-child(5) { overflow-wrap: anywhere; }
.fix td:nth-child(4) { white-space: nowrap; }
.h0 { background: var(--h0); } .h1 { background: var(--h1); } .h2 { background: var(--h2); } .h3 { background: var(--h3); }
.h4 { background: var(--h4); }
.error { color: var(--bad); } .warning { color: var(--warn); } .note { color: var(--soft); } .gain { color: var(--good); font-weight: 600; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
details ul { margin: .4rem 0; padding-left: 1.2rem; } li { margin: .3rem 0; overflow-wrap: anywhere; }
code { font-size: .88em; background: var(--raised); padding: .05rem .3rem; border-radius: .2rem; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .bar { fill: #4c8fd6; } svg .line { fill: none; stroke: #4c8fd6; stroke-width: 2; } svg .axis { stroke: var(--line); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem 2rem; }
@media (max-width: 40rem) { .fix td:nth-child(5), .fix th:nth-child(5) { display: none; } th, td { padding: .3rem .35rem; }
  .heat td.n, .fix td:nth-child(2) { min-width: 0; } }
@media print { @page { size: A4; margin: 15mm; } :root { color-scheme: light; --text: #000; --soft: #444; --line: #bbb; --back: #fff;
  --raised: #eee; --good: #1a7f37; --bad: #c4372b; --warn: #8a5a00; --h0: #f9c9c3; --h1: #fbdfbf; --h2: #f6efbc; --h3: #d7edc3;
  --h4: #b4e2bd; }
  .fix td:nth-child(2) { min-width: 0; } body { margin: 0; max-width: none; font-size: 10pt; padding: 0; } h2 { break-after: avoid; } tr, svg, details { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def as_html(audit: Audit, earlier: Sequence[dict[str, Any]] = (), *, full: str = "") -> str:
    """The report.

    Args:
        audit: the audit.
        earlier: earlier runs and this one, as `history` gives them, for the trend.
        full: the name of the file with all findings, if there is one.
    """
    title = f"Audit of {audit.portal or 'a catalogue'}"
    parts = (
        _head(audit, title),
        _first(audit),
        _organizations(audit),
        _links(audit),
        _charts(audit, earlier),
        _findings(audit, full),
        _about(audit),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _head(audit: Audit, title: str) -> str:
    score = audit.score
    numbers = ", ".join(
        f'<span class="{level}">{counted(audit.of_level(level), level)}</span>'
        for level in LEVELS
        if audit.of_level(level)
    )
    return (
        f'<h1>{escape(title)}</h1><p class="soft">{audit.at:%d %B %Y, %H:%M} UTC · {counted(audit.tally.datasets, "dataset")},'
        f" {counted(audit.tally.distributions, 'resource')}</p>"
        f'<div class="head"><div><div class="score">{score.points:.0f}<small> of {score.measured} points of the MQA</small></div>'
        f'<div class="rating">{escape(score.rating)}</div></div><div>{_dimensions(score)}</div></div>'
        f"<p>{numbers or 'No findings'}.</p>"
    )


def _measured(dimension: Dimension, score: Score) -> int:
    return _MOST[dimension] - (0 if score.links else _OF_LINKS[dimension])


def _dimensions(score: Score) -> str:
    rows = "".join(
        f'<tr><td>{one.capitalize()}</td><td class="n {_heat(score.of_dimension(one), _measured(one, score))}">'
        f"{score.of_dimension(one):.0f} of {_measured(one, score)}</td></tr>"
        for one in DIMENSIONS
    )
    return f"<table>{rows}</table>"


def _heat(points: float, most: int) -> str:
    share = points / most if most else 0
    return f"h{min(4, int(share * 5))}"


def _first(audit: Audit) -> str:
    rows = audit.to_fix_first()
    shown = [one for one in rows if one["gains"] >= 0.005 or one["level"] != "note"][:25]
    if not shown:
        return "<h2>What to fix first</h2><p>Nothing.</p>"
    body = "".join(
        f'<tr><td class="n gain">{_gain(one["gains"])}</td><td><a href="#{_anchor(one["rule"])}">{escape(one["title"])}</a></td>'
        f'<td class="n">{one["number"]:,}</td><td class="{one["level"]}">{one["level"]}</td><td>{_with_code(one["fix"])}</td></tr>'
        for one in shown
    )
    return (
        "<h2>What to fix first</h2><p class=soft>Points that the whole portal gains if all findings of a row are mended.</p>"
        '<div class="wide"><table class="fix"><thead><tr><th class="n">Points</th><th>Finding</th><th class="n">Number</th>'
        f"<th>Level</th><th>What to do</th></tr></thead><tbody>{body}</tbody></table></div>"
    )


def _with_code(text: str) -> str:
    """Text with what is between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _gain(gains: float) -> str:
    return f"+{gains:.1f}" if gains >= 0.05 else "&lt; 0.1" if gains > 0 else ""


def _anchor(rule: str) -> str:
    return escape(rule.replace("/", "-"))


def _organizations(audit: Audit) -> str:
    scores = audit.organizations
    names = sorted(scores, key=lambda name: (-audit.tallies[name].datasets, name))
    head = "".join(f'<th class="n">{one[:6].capitalize()}{"." if len(one) > 6 else ""}</th>' for one in DIMENSIONS)
    body = "".join(_organization(audit, name, scores[name]) for name in names[:ORGANIZATIONS])
    rest = len(names) - ORGANIZATIONS
    more = f"<p class=soft>And {rest:,} more with fewer datasets.</p>" if rest > 0 else ""
    return (
        '<h2>Score by organization</h2><div class="wide"><table class="heat"><thead><tr><th>Organization</th>'
        f'<th class="n">Datasets</th>{head}<th class="n">Points</th></tr></thead><tbody>{body}</tbody></table></div>{more}'
    )


def _organization(audit: Audit, name: str, score: Score) -> str:
    title = escape(audit.titles.get(name, name) or "no organization")
    if name and audit.portal:
        title = f'<a href="{escape(audit.portal)}/organization/{escape(name)}">{title}</a>'
    cells = "".join(
        f'<td class="n {_heat(score.of_dimension(one), _measured(one, score))}">{score.of_dimension(one):.0f}</td>'
        for one in DIMENSIONS
    )
    return (
        f'<tr><td>{title}</td><td class="n">{audit.tallies[name].datasets:,}</td>{cells}'
        f'<td class="n {_heat(score.points, score.measured)}"><b>{score.points:.0f}</b></td></tr>'
    )


def _links(audit: Audit) -> str:
    if not audit.links:
        return ""
    verdicts = ", ".join(f"{number:,} {name}" for name, number in audit.link_verdicts.items()) or "none"
    head = f"<h2>Links</h2><p>{counted(sum(audit.link_verdicts.values()), 'link')}: {verdicts}.</p>"
    if not audit.link_hosts:
        return head
    rows = "".join(
        f'<tr><td>{escape(one["host"])}</td><td class="n">{one["links"]:,}</td><td class="n error">{one["broken"] or ""}</td>'
        f'<td class="n">{one["suspected"] or ""}</td><td>{escape(_short(one["reason"]))}</td></tr>'
        for one in audit.link_hosts[:HOSTS]
    )
    rest = len(audit.link_hosts) - HOSTS
    more = f"<p class=soft>And {rest:,} more with fewer dead links.</p>" if rest > 0 else ""
    return (
        f'{head}<div class="wide"><table class="hosts"><thead><tr><th>Host with dead links</th><th class="n">Links</th>'
        f'<th class="n">Broken</th><th class="n">Suspected</th><th>One of them</th></tr></thead><tbody>{rows}</tbody></table></div>{more}'
    )


def _charts(audit: Audit, earlier: Sequence[dict[str, Any]]) -> str:
    charts: list[str] = []
    if len(earlier) > 1:
        charts.append(f"<div><h2>Trend</h2>{_trend(earlier)}</div>")
    if audit.ages:
        labels = [("this year" if years == 0 else f"{years} y") if years < 9 else "9 y +" for years in range(10)]
        values = [audit.ages.get(years, 0) for years in range(9)]
        values.append(sum(number for years, number in audit.ages.items() if years > 8))
        charts.append(
            f"<div><h2>Age of the data</h2>{_bars(labels, values)}<small>Years since a file last changed.</small></div>"
        )
    stars = audit.tally.stars[:5]
    labels = ["no licence", "★", "★★", "★★★", "★★★★"]
    charts.append(
        f"<div><h2>Five stars</h2>{_bars(labels, stars)}<small>Datasets by their best resource. A fifth star needs links inside"
        " the data, which metadata do not show.</small></div>"
    )
    return f'<div class="charts">{"".join(charts)}</div>'


def _bars(labels: Sequence[str], values: Sequence[int]) -> str:
    most, height = max(*values, 1), 22
    rows = "".join(
        f'<text x="92" y="{number * height + 15}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="bar" x="98" y="{number * height + 4}" width="{round(165 * value / most, 1)}" height="14" rx="2"/>'
        f'<text x="{round(103 + 165 * value / most, 1)}" y="{number * height + 15}">{value:,}</text>'
        for number, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    told = ", ".join(f"{label}: {value:,}" for label, value in zip(labels, values, strict=True))
    return f'<svg viewBox="0 0 320 {len(values) * height}" role="img" aria-label="{escape(told)}">{rows}</svg>'


def _trend(runs: Sequence[dict[str, Any]]) -> str:
    points = [(str(one["at"])[:10], float(one["points"])) for one in runs[-60:]]
    most, width, height = 405.0, 320, 160
    step = (width - 60) / (len(points) - 1)
    places = [(40 + number * step, 10 + (height - 40) * (1 - value / most)) for number, (_, value) in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    last = places[-1]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Points from {points[0][1]:.0f} to {points[-1][1]:.0f}">'
        f'<path class="axis" d="M40 10V{height - 30}H{width - 10}" fill="none"/><text x="34" y="16" text-anchor="end">405</text>'
        f'<text x="34" y="{height - 28}" text-anchor="end">0</text><polyline class="line" points="{line}"/>'
        f'<text x="{min(last[0], width - 34):.0f}" y="{last[1] - 6:.0f}" text-anchor="middle">{points[-1][1]:.0f}</text>'
        f'<text x="40" y="{height - 10}">{points[0][0]}</text>'
        f'<text x="{width - 10}" y="{height - 10}" text-anchor="end">{points[-1][0]}</text></svg>'
    )


def _findings(audit: Audit, full: str) -> str:
    rules = sorted(audit.examples, key=lambda one: (_ORDER.index(audit.level(one)), one))
    body = "".join(_of_rule(audit, rule) for rule in rules)
    where = (
        f" All of them are in <code>{escape(full)}</code>."
        if full
        else " <code>--jsonl FILE</code> writes all of them."
    )
    return f"<h2>Findings</h2><p class=soft>The first of each rule.{where}</p>{body or '<p>None.</p>'}"


def _of_rule(audit: Audit, rule: str) -> str:
    level, found = audit.level(rule), audit.examples[rule]
    known = audit.rules.get(rule)
    items = "".join(_item(one) for one in found)
    rest = audit.counts[rule] - len(found)
    more = f"<li class=soft>and {rest:,} more</li>" if rest else ""
    return (
        f'<details id="{_anchor(rule)}"><summary><span class="{level}">{level}</span>'
        f" {escape(known.title if known else 'Rules that failed')} <small>{audit.counts[rule]:,} · {escape(rule)}</small></summary>"
        f"<p>{_with_code(known.fix if known else '')}</p><ul>{items}{more}</ul></details>"
    )


def _item(finding: Finding) -> str:
    name = escape(finding.name)
    link = (
        f'<a href="{escape(finding.url)}">{name}</a>'
        if finding.url.startswith(("http://", "https://"))
        else f"<b>{name}</b>"
    )
    evidence = f" <code>{escape(_short(finding.evidence))}</code>" if finding.evidence else ""
    return f"<li>{link}: {escape(_short(finding.message))}{evidence}</li>"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _about(audit: Audit) -> str:
    folded = {
        "best": "In interoperability a dataset has the points of its best resource, in other metrics of resources the share of its"
        " resources that fulfil them. Organizations and the portal have the mean of their datasets.",
        "share": "Each metric has the share of all datasets, or of all resources, that fulfil it.",
    }[audit.configuration.folding]
    links = (
        ""
        if audit.links
        else "<p>Links were not checked: two metrics, 80 points, are not measured, and the rating says what is still possible.</p>"
    )
    ignored = f"<p>{counted(audit.ignored, 'finding')} ignored by the configuration.</p>" if audit.ignored else ""
    notes = "".join(f"<li>{escape(one)}</li>" for one in audit.notes)
    return (
        "<h2>How this was measured</h2><p>The metrics, weights and ratings are those of the Metadata Quality Assessment of"
        " data.europa.eu: excellent from 351 points of 405, good from 221, sufficient from 121. Fields of CKAN are read as properties"
        f" of DCAT as ckanext-dcat documents it. {folded}</p>{links}{ignored}{f'<ul>{notes}</ul>' if notes else ''}"
    )


def history(path: Path, audit: Audit) -> list[dict[str, Any]]:
    """Add the scores of an audit to a file of earlier ones, and return all of them.

    Args:
        path: the file of JSON lines; it is created if it does not exist.
        audit: the audit.

    Raises:
        InvalidArgument: when the file is none of these.
    """
    runs: list[dict[str, Any]] = []
    if path.exists():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            try:
                one = json.loads(line)
                runs.append({"at": str(one["at"]), "points": float(one["points"])})
            except (ValueError, KeyError, TypeError):
                raise InvalidArgument(
                    f"{path}, line {number} is not the score of an audit.", hint="Give a file that --history wrote."
                ) from None
    told = audit.as_dict(datasets=False)
    now = {"at": told["at"], "portal": audit.portal, "points": told["score"]["points"], "findings": told["findings"]}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**now, "of": audit.score.measured, "datasets": audit.tally.datasets}) + "\n")
    return [*runs, {"at": now["at"], "points": now["points"]}]
