"""Decisions of administrators: approve, return, decline, take back, answer,
decide on unproved mails.

Comes in: an administrator's act on an exact version. Goes out: the next state, or why not.
It may ask: window, accounts, intake, letters, data.
"""
