"""Certificates on CA locks: parsed, traced to an issuer,
held against CRL and OCSP, read by profile."""
