"""The database (SQLite or PostgreSQL): tables, repositories, the schema, copying, key rotation.

Comes in: records of core.data. Goes out: the same records, one transaction a step.
It may ask: keys, data, errors. No use case is known here.
"""
