"""Who signed: SM2 by the libcrypto of the system, RSA and P-256 by cryptography."""
