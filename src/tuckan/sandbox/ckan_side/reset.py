"""Empty a running portal: every dataset, user, token, table and job but the administrator: `python reset.py` with JSON in.

Nothing is restarted: CKAN keeps its connections, and the administrator's tokens stay valid.
"""

import json
import shutil
import socket
import sys
from pathlib import Path

import psycopg2

KEPT_TABLES = ("user", "api_token", "spatial_ref_sys")
ATTEMPTS = 5
IN_THE_WAY = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)
PATIENCE = 700
"""The initial lock timeout in milliseconds; each attempt waits longer, for busy machines."""
LONG_ONES_OUT = f"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND usename = current_user
    AND xact_start < clock_timestamp() - interval '{PATIENCE} ms'
"""
ADMINISTRATOR_AS_NEW = """
    UPDATE "user" SET state = 'active', sysadmin = true, fullname = 'Administrator', email = 'admin@example.org',
    about = NULL, image_url = NULL, plugin_extras = NULL, reset_key = NULL, password = %s WHERE name = 'admin'
"""
FORGET = b" ".join(
    line.strip()
    for line in b"""
    local doomed = 0
    for _, key in ipairs(redis.call('KEYS', '*')) do
        if key:sub(1, 9) ~= 'rq:worker' and key:sub(1, 8) ~= 'rq:clean' then
            doomed = doomed + redis.call('DEL', key)
        end
    end
    return doomed
    """.splitlines()
)
"""A raw Valkey command: importing a client library would take longer than everything else."""


def names(cursor, query):
    """The first column of a query's result."""
    cursor.execute(query)
    return [row[0] for row in cursor.fetchall()]


def insistently(empty, url, *given):
    """Empty a database; sessions that hold locks are given time, and then terminated.

    A running request or job holds locks on tables to be emptied. Most end at once.
    """
    for attempt in range(ATTEMPTS):
        connection = psycopg2.connect(url)
        try:
            with connection, connection.cursor() as cursor:
                if attempt:
                    cursor.execute(LONG_ONES_OUT)
                cursor.execute(f"SET lock_timeout = {PATIENCE * (attempt + 1)}")
                empty(cursor, *given)
        except IN_THE_WAY:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return
        finally:
            connection.close()


def empty_portal(cursor, tokens, password, seeds):
    """Empty CKAN's own tables, except migrations; the administrator is restored.

    Rows that plugins had added before the first start are restored, too.
    """
    tables = [
        table
        for table in names(cursor, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        if table not in KEPT_TABLES and not table.endswith("alembic_version")
    ]
    cursor.execute("TRUNCATE {} CASCADE".format(", ".join(f'"{one}"' for one in tables)))
    cursor.execute("DELETE FROM api_token WHERE NOT id = ANY(%s)", (list(tokens),))
    cursor.execute("""DELETE FROM "user" WHERE name NOT IN ('admin', 'sandbox')""")
    if seeds:
        cursor.execute("SET LOCAL session_replication_role = replica")
        sow(cursor, seeds / "ckan.sql")
        cursor.execute("SET LOCAL session_replication_role = origin")
    cursor.execute(ADMINISTRATOR_AS_NEW, (password,))
    cursor.executemany(
        """INSERT INTO api_token (id, name, user_id, created_at)
        SELECT %s, %s, id, now() AT TIME ZONE 'utc' FROM "user" WHERE name = 'admin' ON CONFLICT DO NOTHING""",
        list(tokens.items()),
    )


def sow(cursor, path):
    """Execute the output of pg_dump, which starts with session settings."""
    cursor.execute(path.read_text(encoding="utf-8"))
    cursor.execute("SET search_path TO DEFAULT")


def empty_datastore(cursor, seeds):
    """Drop every table of the DataStore and its dependents; CKAN's own (with an underscore) are emptied."""
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
    if seeds and (seeds / "datastore.sql").stat().st_size:
        sow(cursor, seeds / "datastore.sql")


def empty_queue(path):
    """Delete jobs, sessions and caches atomically, without affecting the waiting worker."""
    with socket.socket(socket.AF_UNIX) as valkey:
        valkey.connect(path)
        valkey.sendall(b'EVAL "%s" 0\r\n' % FORGET)
        answer = valkey.makefile("rb").readline()
    if not answer.startswith(b":"):
        raise OSError(f"The queue of jobs could not be emptied: {answer.decode().strip()}")


def main(given):
    """The whole body."""
    empty_queue(given["valkey"])  # first, so that no new job starts
    seeds = Path(given["seeds"]) if given["seeds"] else None
    insistently(empty_portal, given["ckan"], given["tokens"], given["password"], seeds)
    insistently(empty_datastore, given["datastore"], seeds)
    for folder in map(Path, given["folders"]):
        for one in folder.iterdir():
            if one.is_dir():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink()
        if seeds:
            shutil.copytree(seeds / folder.name, folder, dirs_exist_ok=True)


if __name__ == "__main__":
    main(json.load(sys.stdin))
