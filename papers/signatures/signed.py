"""Electronic signatures of a PDF, as the child that opened it reported them (`check`).

Whether a file is signed at all is seen here: a signature dictionary (ISO 32000-2, 12.8) names byte
offsets of its own file, so it never lies inside a packed object stream, and its words can be looked
for in the file as it is. A signature that is announced and that the child did not live to judge is
reported as not verifiable, never left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.data.documents import Signature, SignatureState
from core.visible_text import visible_line

_SIGNATURE = re.compile(rb"/ByteRange\s*\[\s*\d+\s+\d+\s+\d+\s+\d+")
_MOST = 20
_LONGEST = 200


def is_signed(data: bytes) -> bool:
    """Whether the PDF carries a filled signature."""
    return _SIGNATURE.search(data) is not None


def signatures_of(
    attachment: str, data: bytes, report: Iterable[Mapping[str, Any]]
) -> tuple[Signature, ...]:
    """The signatures of one attachment. The child is not believed in more than their words."""
    found = tuple(
        _signature(attachment, one) for one in list(report)[:_MOST] if isinstance(one, Mapping)
    )
    return found or (
        (Signature(attachment, "", SignatureState.NOT_VERIFIABLE),) if is_signed(data) else ()
    )


def _signature(attachment: str, report: Mapping[str, Any]) -> Signature:
    signer, algorithm = (
        visible_line(str(report.get(name) or ""), _LONGEST) for name in ("signer", "algorithm")
    )
    states = {state.value: state for state in SignatureState}
    known = states.get(str(report.get("state")))
    return Signature(
        attachment,
        signer,
        known or SignatureState.NOT_VERIFIABLE,
        trusted=bool(known) and report.get("trusted") is True,
        algorithm=algorithm,
    )
