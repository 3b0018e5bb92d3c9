"""The records that the desk stores: cases, letters, mails, enterprises, administrators.

Comes in: values. Goes out: frozen records and the rules that need nothing but one record.
It may ask: names, tokens, locks, errors, clock.
"""
