"""Creates the table of requests with a key, and makes names of active jobs differ in more than case."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and write the names of active jobs in lower case."""
    op.create_table(
        "rts_requests",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("job", sa.Integer, nullable=True),
        sa.Column("created", sa.Float, nullable=False, index=True),
    )
    jobs = sa.table("rts_jobs", sa.column("id", sa.Integer), sa.column("active", sa.String))
    connection = op.get_bind()
    rows = connection.execute(sa.select(jobs.c.id, jobs.c.active).where(jobs.c.active.is_not(None))).all()
    taken = {active for _, active in rows}
    for number, active in rows:
        if active.casefold() not in taken:  # two active sweeps that differ in case alone keep their names
            taken.add(active.casefold())
            connection.execute(sa.update(jobs).where(jobs.c.id == number).values(active=active.casefold()))


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("rts_requests")
