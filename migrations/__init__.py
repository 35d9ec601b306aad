"""The revisions of the database's schema, and the environment that Alembic runs them in."""
