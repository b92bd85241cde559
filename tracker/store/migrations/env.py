"""Runs revisions on the connection that `tracker.store.upkeep.upgrade` hands over. Configures no logging of its own."""

from alembic import context
from sqlmodel import SQLModel

from tracker.store.schema import ddl as _ddl  # noqa: F401 - fills the metadata, tables included

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)

with context.begin_transaction():
    context.run_migrations()
