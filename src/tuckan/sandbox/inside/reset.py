"""Empty a running portal: every dataset, user, token, table and job but the administrator: `python reset.py` with JSON in.

Nothing is restarted: CKAN keeps its connections, and the administrator's tokens stay valid.
"""

import json
import shutil
import sys
from pathlib import Path

import psycopg2
import redis

KEPT_TABLES = ("user", "api_token", "spatial_ref_sys")
KEPT_KEYS = (b"rq:worker", b"rq:clean")


def names(cursor, query):
    """The first column of what a query gives."""
    cursor.execute(query)
    return [row[0] for row in cursor.fetchall()]


def empty_portal(url, tokens):
    """Empty CKAN's own tables, apart from its migrations and the administrator, who gets back what was taken."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        tables = [
            table
            for table in names(cursor, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            if table not in KEPT_TABLES and not table.endswith("alembic_version")
        ]
        cursor.execute("SET lock_timeout = '2s'")
        cursor.execute("TRUNCATE {} CASCADE".format(", ".join(f'"{one}"' for one in tables)))
        cursor.execute("DELETE FROM api_token WHERE NOT id = ANY(%s)", (list(tokens),))
        cursor.execute("""DELETE FROM "user" WHERE name NOT IN ('admin', 'sandbox')""")
        cursor.execute("""UPDATE "user" SET state = 'active', sysadmin = true WHERE name = 'admin'""")
        cursor.executemany(
            """INSERT INTO api_token (id, name, user_id, created_at)
            SELECT %s, %s, id, now() AT TIME ZONE 'utc' FROM "user" WHERE name = 'admin' ON CONFLICT DO NOTHING""",
            list(tokens.items()),
        )
    connection.close()


def empty_datastore(url):
    """Drop every table of the DataStore and what hangs on it; CKAN's own (with an underscore) are emptied."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        for kind, query in (
            ("VIEW", "SELECT viewname FROM pg_views WHERE schemaname = 'public'"),
            ("TABLE", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
        ):
            for name in names(cursor, query):
                quoted = '"' + name.replace('"', '""') + '"'
                if not name.startswith("_"):
                    cursor.execute(f"DROP {kind} IF EXISTS {quoted} CASCADE")
                elif kind == "TABLE":
                    cursor.execute(f"TRUNCATE {quoted}")
    connection.close()


def empty_queue(socket):
    """Forget jobs, sessions and caches, not the worker that waits for jobs."""
    valkey = redis.Redis(unix_socket_path=socket)
    doomed = [key for key in valkey.scan_iter(count=1000) if not key.startswith(KEPT_KEYS)]
    for start in range(0, len(doomed), 1000):
        valkey.delete(*doomed[start : start + 1000])


def main(given):
    """All of it."""
    empty_portal(given["ckan"], given["tokens"])
    empty_datastore(given["datastore"])
    empty_queue(given["valkey"])
    for folder in Path(given["files"]).iterdir():
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.unlink()


if __name__ == "__main__":
    main(json.load(sys.stdin))
