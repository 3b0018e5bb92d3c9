"""Upkeep: reconciliation after a restart, retention, one person's data, statistics,
alerts to administrators.

Comes in: ticks of the engine. Goes out: repaired states, removed data, figures, alerts.
It may ask: every other room of cases.
"""
