"""Give the tokens of a user a past: `python age_tokens.py` with JSON in; some were forgotten long ago."""

import json
import sys

import psycopg2

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
    """All of it, in one transaction."""
    with psycopg2.connect(given["url"]) as connection, connection.cursor() as cursor:
        cursor.execute(AGES, given)
    connection.close()


if __name__ == "__main__":
    main(json.load(sys.stdin))
