"""Certificates on CA locks: parsed, traced to an issuer,
checked against revocation lists, read by profile."""
