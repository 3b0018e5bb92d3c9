"""Keys and secrets of the desk: the vault, the audit chain, passwords, passkeys, signed tokens.

Comes in: key files, plain values. Goes out: sealed values, MACs, hashes.
It may ask: data, errors.
"""
