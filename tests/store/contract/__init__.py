"""What every use case expects of the store, on SQLite and on PostgreSQL."""
