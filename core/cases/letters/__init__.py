"""Letters: what they say, the outbox, limits, delivery,
the notice to the registered contact and its answer.

Comes in: facts of a case or an account. Goes out: rows of the outbox, and what became of each
letter. It may ask: the desk, accounts, data.
"""
