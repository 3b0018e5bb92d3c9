"""What signed mail wraps: the message inside an opaque S/MIME signature,
and the text inside a clear-signed PGP block.

The signature itself is not judged: who a sender is does not hang on it here
(mail_intake.sender.authentication). A multipart/signed needs nothing of this, its first part is
read as any other. Encrypted mail stays closed. Sources: RFC 8551, RFC 9580 section 7.
"""

import re
from typing import Final

_BEGIN: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"


def wrapped_message(data: bytes) -> bytes | None:
    """The MIME entity inside CMS signed-data, or None where there is none
    to be read without a key."""
    from asn1crypto import cms

    try:
        envelope = cms.ContentInfo.load(data)
        if envelope["content_type"].native != "signed_data":
            return None
        content = envelope["content"]["encap_content_info"]["content"].native
    except Exception:  # noqa: BLE001
        # asn1crypto raises many kinds on what strangers write; each means: nothing to be read
        return None
    return content if isinstance(content, bytes) and content.strip() else None


def without_pgp_armour(text: str) -> str:
    """The text with clear-signed PGP blocks reduced to what was signed."""
    out, at = [], 0
    while (begin := text.find(_BEGIN, at)) >= 0:
        signature = text.find(_SIGNATURE, begin)
        end = text.find(_END, signature) if signature >= 0 else -1
        if end < 0:
            break
        signed = text[begin + len(_BEGIN) : signature].lstrip("\r")
        body = signed.split("\n\n", 1)[-1]
        out += [text[at:begin], re.sub(r"^- ", "", body, flags=re.MULTILINE)]
        at = end + len(_END)
    return "".join([*out, text[at:]]) if out else text
