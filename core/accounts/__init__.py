"""Accounts of enterprises and administrators: registration, binding, login, lockout.

Comes in: proofs of locks, passwords, acts of administrators. Goes out: sessions, bindings, audit
rows. It may ask: locks, store, data. It knows no case.
"""
