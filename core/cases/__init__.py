"""Cases: one request from its mail to the letter that ends it.

Comes in: judged mails, acts of people, the clock. Goes out: states, letters, bindings, audit rows,
one transaction a step. It may ask: accounts, store, data. Rooms from the bottom: letters, intake,
window and accounts, decision, upkeep.
"""
