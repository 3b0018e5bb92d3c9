"""Whether a PDF carries embedded electronic signatures (ISO 32000-2, 12.8: a signature dictionary with /ByteRange and /Contents).

They are told, not verified: Chinese seals are mostly SM2 (GB/T 38540), and a signature proves nothing here until its certificate is known. A signature
dictionary names byte offsets of its own file, so it never lies inside a packed object stream, and its words can be looked for in the file as it is.
"""

import re
from typing import Final

SIGNED: Final = "[本文件含电子签名，未在本机验证 signed, not verifiable here]"
_SIGNATURE: Final = re.compile(rb"/ByteRange\s*\[\s*\d+\s+\d+\s+\d+\s+\d+")


def signature_note(data: bytes) -> str:
    """The note for the file's first page, or "" where nothing is signed."""
    return SIGNED if _SIGNATURE.search(data) else ""
