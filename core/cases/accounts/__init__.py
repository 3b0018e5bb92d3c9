"""Acts on accounts that write letters: reset, contact change, loss of a lock, notices,
events for trading systems.

Comes in: proofs of a lock or of a link, acts of administrators. Goes out: changed accounts and
letters. It may ask: letters, core.accounts, data.
"""
