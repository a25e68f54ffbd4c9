"""Create API tokens for a user, some of them long unused: `python tokens_with_a_past.py` with JSON on stdin; prints how many it created."""

import json
import secrets
import sys

import psycopg2

THERE = """
    SELECT api_token.name, count(*) FROM api_token JOIN "user" ON "user".id = api_token.user_id
    WHERE "user".name = %(user)s GROUP BY 1
"""

MAKE = 'INSERT INTO api_token (id, name, user_id) SELECT %s, %s, id FROM "user" WHERE name = %s'

AGES = """
    WITH numbered AS (
        SELECT api_token.id, api_token.name, row_number() OVER (ORDER BY api_token.id) AS n
        FROM api_token JOIN "user" ON "user".id = api_token.user_id WHERE "user".name = %(user)s
    )
    UPDATE api_token SET
        created_at = now() AT TIME ZONE 'utc' - interval '1 day' * (CASE WHEN numbered.name = %(forgotten)s THEN 200 + n %% 900 ELSE 30 + n %% 60 END),
        last_access = CASE
            WHEN numbered.name <> %(forgotten)s THEN now() AT TIME ZONE 'utc' - interval '1 hour' * (n %% 500)
            WHEN n %% 3 = 0 THEN NULL
            ELSE now() AT TIME ZONE 'utc' - interval '1 day' * (120 + n %% 80)
        END
    FROM numbered WHERE numbered.id = api_token.id
"""


def main(given):
    """Create them, in one transaction."""
    with psycopg2.connect(given["url"]) as connection, connection.cursor() as cursor:
        cursor.execute(THERE, given)
        there = dict(cursor.fetchall())
        wanted = given["tokens"].items()
        names = [name for name, count in wanted for _ in range(count - there.get(name, 0))]
        cursor.executemany(MAKE, [(secrets.token_urlsafe(32), name, given["user"]) for name in names])
        if names:
            cursor.execute(AGES, given)
    connection.close()
    sys.stdout.write(f"{len(names)}\n")


if __name__ == "__main__":
    main(json.load(sys.stdin))
