"""A table of gauges, with two of them."""

from alembic import op

revision = "001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE river_gauge (id serial PRIMARY KEY, name text NOT NULL)")
    op.execute("INSERT INTO river_gauge (name) VALUES ('Dresden'), ('Magdeburg')")


def downgrade():
    op.execute("DROP TABLE river_gauge")
