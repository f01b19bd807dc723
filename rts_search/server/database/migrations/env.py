"""How alembic reaches the database: on the connection that it is given, with a version table of its own."""

from alembic import context

from rts_search.server.database.tables import Base

VERSIONS = "rts_alembic_version"
"""Optuna keeps the version of its own tables in alembic's usual one."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSIONS,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
