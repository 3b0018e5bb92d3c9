"""From a mailbox to a verdict: `intake` is the flow, and each folder one step of it.

`mailboxes` fetch mails, `message` opens them, `sender` says who sent them, `request` reads their
words, `documents` their files. Only `intake` knows all of them; the others import downward
(contracts in pyproject.toml).
"""
