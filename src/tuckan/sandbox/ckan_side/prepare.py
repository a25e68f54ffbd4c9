"""Create the tables, roles and users of a new sandbox: `python prepare.py ckan.ini`, with superuser's URL in TUCKAN_SUPERUSER."""

import os
import subprocess
import sys
import uuid

import psycopg2


def run_sql(database, *statements):
    """Execute statements as superuser, one by one."""
    connection = psycopg2.connect(os.environ["TUCKAN_SUPERUSER"].replace("/postgres?", f"/{database}?"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values)
    connection.close()


def ckan(ini, *arguments):
    """Run CKAN's own command line and return its output."""
    program = os.path.join(os.path.dirname(sys.executable), "ckan")
    done = subprocess.run([program, "-c", ini, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"ckan {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main(ini):
    """Run all steps."""
    password = os.environ["TUCKAN_DATABASE_PASSWORD"]
    roles = [(f"CREATE ROLE {role} LOGIN PASSWORD %s", (password,)) for role in ("ckan", "reader")]
    run_sql(
        "postgres",
        *roles,
        *[(f"CREATE DATABASE {one} OWNER ckan ENCODING 'utf8'", None) for one in ("ckan", "datastore")],
    )
    ckan(ini, "db", "init")
    permissions = ckan(ini, "datastore", "set-permissions")
    sql = "\n".join(line for line in permissions.splitlines() if not line.startswith("\\"))
    run_sql("datastore", (sql.replace("%", "%%"), ()))
    user = """
        INSERT INTO "user" (id, name, fullname, email, state, sysadmin, created, activity_streams_email_notifications)
        VALUES (%s, 'admin', 'Administrator', 'admin@example.org', 'active', true, now() AT TIME ZONE 'utc', false)
    """
    run_sql("ckan", (user, (str(uuid.uuid4()),)))


if __name__ == "__main__":
    main(sys.argv[1])
