"""What keeps an installation well: doctor, health, backups, archives, key rotation."""
