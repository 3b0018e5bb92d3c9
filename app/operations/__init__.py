"""Upkeep of an installation: doctor, health, backups, archives, key rotation."""
