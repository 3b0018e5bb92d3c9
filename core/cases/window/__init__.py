"""The processing window: carries out approved cases,
and what administrators decide of days and windows.

Comes in: approved cases and the clock. Goes out: ended bindings, states, letters, events, one
transaction a case. It may ask: intake, letters, core.accounts, data.
"""
