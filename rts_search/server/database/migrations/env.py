"""Runs alembic on the connection that it gets, with its own version table."""

from alembic import context

from rts_search.server.database.tables import Base

VERSIONS = "rts_alembic_version"
"""Optuna uses alembic's default version table for its own tables."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSIONS,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
