"""Administrators: login, second factor, roles and their changes."""
