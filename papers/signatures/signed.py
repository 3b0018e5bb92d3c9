"""Electronic signatures of a PDF, as the child that opened it reported them (`check`).

Whether a file is signed at all is seen here: a signature dictionary (ISO 32000-2, 12.8) names byte
offsets of its own file, so it never lies inside a packed object stream, and its words can be looked
for in the file as it is. A signature that is announced and that the child did not live to judge is
reported as not verifiable, never left out.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace

from core.data.documents import Signature, SignatureState
from core.visible_text import visible_line

_SIGNATURE = re.compile(rb"/ByteRange\s*\[\s*\d+\s+\d+\s+\d+\s+\d+")
_MOST = 20
_LONGEST = 200


def is_signed(data: bytes) -> bool:
    """Whether the PDF carries a filled signature."""
    return _SIGNATURE.search(data) is not None


def signatures_of(
    attachment: str, data: bytes, reported: Iterable[Signature]
) -> tuple[Signature, ...]:
    """The signatures of one attachment. The child is not believed in more than their words."""
    found = tuple(
        replace(
            one,
            attachment=attachment,
            signer=visible_line(one.signer, _LONGEST),
            algorithm=visible_line(one.algorithm, _LONGEST),
        )
        for one in itertools.islice(reported, _MOST)
    )
    unjudged = Signature(attachment, "", SignatureState.NOT_VERIFIABLE)
    return found or ((unjudged,) if is_signed(data) else ())
