"""How the desk writes to the world: letters in words, SMTP, Maildir, webhooks,
events for trading systems.

Comes in: letters and events of the outbox. Goes out: an accepted message, or why not.
It may ask: cases, keys, data, errors. Only `app` chooses it.
"""
