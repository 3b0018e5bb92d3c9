"""Certificates on CA locks: parsed, traced to an issuer,
held against lists of revoked ones, read by profile."""
