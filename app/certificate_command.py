"""`unbind certificate inspect FILE`: a certificate explained line by line. Changes nothing, asks nobody."""

from pathlib import Path

from core.accounts.ports_certificates import Verifier
from core.adapters.certificates.profiles import certificate_of_file


def inspect_file(path: Path, verifier: Verifier) -> list[str]:
    """The lines about the certificate in a file (DER, PEM or bare Base64). Raises OSError when the file cannot be read."""
    return list(verifier.inspect(certificate_of_file(path.read_bytes())).lines)
