"""Filled-in forms: labelled lines, tables, ticked lists, numbered answers,
answers before their question."""
