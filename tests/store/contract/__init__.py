"""What each group of a transaction promises by its port (core.data.case_ports,
core.data.account_ports), on SQLite and on PostgreSQL."""
