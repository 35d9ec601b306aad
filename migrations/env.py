"""Runs revisions on the connection that `store.db.migrate` hands over; its transaction is the caller's."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
