"""A mirror in the browser, by Datasette, on this machine alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuckan._optional import load
from tuckan._text import counted
from tuckan.mirror.layout import FOUND

if TYPE_CHECKING:
    from tuckan.mirror.reading import MirrorReader


def metadata(mirror: MirrorReader) -> dict[str, Any]:
    """What Datasette shows of a mirror: titles, labels, facets, and queries that link to the portal.

    Args:
        mirror: the mirror.
    """
    status = mirror.status()
    portal = status["portal"]
    page = "(SELECT value FROM meta WHERE name = 'portal') || '/dataset/' || d.name AS page"
    tables: dict[str, Any] = {
        "datasets": {
            "label_column": "title",
            "facets": ["organization", "license_id", "status"],
            "sort_desc": "metadata_modified",
        },
        "resources": {"label_column": "name", "facets": ["format"]},
        "organizations": {"label_column": "title"},
        "groups": {"label_column": "title"},
        "tags": {"label_column": "name"},
        "changes": {"facets": ["change", "kind"], "sort_desc": "key"},
        **{name: {"hidden": True} for name in ("records", "dictionaries", "meta")},
    }
    queries: dict[str, dict[str, Any]] = {
        "search": {
            "title": "Search, best matches first",
            "sql": f"SELECT d.title, d.organization_title AS organization, d.formats, {page} {FOUND.format(words=':words', limit=100)}",
        },
        "changes_of_this_week": {
            "title": "What changed this week",
            "sql": "SELECT at, change, kind, name, title, patch, inverse FROM changes"
            " WHERE at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days') ORDER BY key DESC",
        },
        "without_open_format": {
            "title": "Datasets without CSV, JSON, XML or GeoJSON",
            "sql": f"SELECT d.title, d.organization_title AS organization, d.formats, {page} FROM datasets d WHERE d.status = 'there'"
            " AND NOT EXISTS (SELECT 1 FROM resources r WHERE r.dataset = d.key"
            " AND upper(r.format) IN ('CSV', 'JSON', 'XML', 'GEOJSON')) ORDER BY d.title",
        },
        "organizations_by_datasets": {
            "title": "Organizations by number of datasets",
            "sql": "SELECT o.title, count(d.key) AS datasets, max(d.metadata_modified) AS last_change FROM organizations o"
            " LEFT JOIN datasets d ON d.organization = o.key AND d.status = 'there' GROUP BY o.key ORDER BY 2 DESC",
        },
    }
    for query in queries.values():
        query["hide_sql"] = True
    described = f"{counted(status['datasets'], 'dataset')} and {counted(status['resources'], 'resource')}, last read {status['last_run']}"
    return {
        "title": f"Mirror of {portal}",
        "description": described,
        "source": portal,
        "source_url": portal,
        "databases": {mirror.path.stem: {"tables": tables, "queries": queries}},
    }


def serve(mirror: MirrorReader, port: int) -> int:
    """Serve a mirror until the process is interrupted.

    Args:
        mirror: the mirror.
        port: the port, on 127.0.0.1.

    Returns:
        The exit code of Datasette.

    Raises:
        MissingDependency: when Datasette is not installed.
    """
    load("datasette", extra="serve", purpose="serve a mirror")
    with tempfile.TemporaryDirectory(prefix="tuckan-") as folder:
        path = Path(folder, "metadata.json")
        path.write_text(json.dumps(metadata(mirror)), encoding="utf-8")
        mirror.close()
        # The whole path: a name that begins with a hyphen is no option then.
        command = [sys.executable, "-m", "datasette", "serve", str(mirror.path.absolute()), "--metadata", str(path)]
        command += ["--host", "127.0.0.1", "--port", str(port), "--setting", "sql_time_limit_ms", "5000"]
        try:
            return subprocess.run(command, check=False).returncode  # noqa: S603 - its own program and file
        except KeyboardInterrupt:
            return 0
