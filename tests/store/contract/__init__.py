"""What each group of a transaction promises by its port (core.cases.ports, core.accounts.ports), on SQLite and on PostgreSQL."""
