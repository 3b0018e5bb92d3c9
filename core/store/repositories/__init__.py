"""One class a subject: reads and writes its records within a transaction."""
