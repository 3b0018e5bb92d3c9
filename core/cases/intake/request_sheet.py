"""A request sheet (申请页): the A4 page that the portal makes for a request, with frames for the
papers and the seal, and a code by which it is known again.

Nothing is stored of a sheet. Its code says a nonce, the day it was made and the USCC that was
typed, with a MAC by a key of the vault: where the MAC holds, the portal made it. Of who asked for
it the code proves nothing, for anybody may ask for a sheet.

Places are millimetres of the sheet, origin top left. The page is drawn by them
(templates/web/portal/_sheet.html) and a scan is measured by them: the place of the code on a page
tells where everything else is.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from core.data.documents import Box
from core.locks.challenge import Mac

MARK = "UNBIND1"
TITLE = "CA锁解绑申请页"
TITLE_SIGN = "申请页"
"""The part of the title that must be read before a code is looked for."""
MAC_CHARACTERS = 20
_CODE = re.compile(
    rf"{MARK}/([0-9A-F]{{16}})/(\d{{8}})/([0-9A-Z]{{18}})/([0-9A-F]{{{MAC_CHARACTERS}}})"
)


class Place(NamedTuple):
    """A rectangle of the sheet, in millimetres."""

    x: float
    y: float
    width: float
    height: float


WIDTH, HEIGHT = 210.0, 297.0
HEADER = Place(10, 8, 160, 32)
CODE = Place(172, 11, 26, 26)
ID_FRONT = Place(12, 46, 90, 56)
ID_BACK = Place(108, 46, 90, 56)
LICENCE = Place(16, 109, 178, 124)
SEAL = Place(14, 240, 46, 46)
NOTES = Place(62, 235, 140, 54)
CAPTION = 6.0
"""Height of the line above each frame that says what it is for."""
FRAMES = (ID_FRONT, ID_BACK, LICENCE, SEAL)
OWN_WORDS = (
    HEADER,
    NOTES,
    *(Place(frame.x, frame.y - CAPTION, frame.width, CAPTION) for frame in FRAMES),
)
"""Where the sheet itself prints words."""


@dataclass(frozen=True)
class SheetCode:
    """The content of a code. `mac`: over all the rest."""

    nonce: str
    made_on: date
    uscc: str
    mac: str

    @property
    def payload(self) -> str:
        """All but the MAC."""
        return f"{MARK}/{self.nonce}/{self.made_on:%Y%m%d}/{self.uscc}"

    @property
    def text(self) -> str:
        """The text of the QR code, in its alphanumeric mode, which needs the fewest modules."""
        return f"{self.payload}/{self.mac}"


def make_code(mac: Mac, uscc: str, made_on: date) -> SheetCode:
    """A new code."""
    code = SheetCode(secrets.token_hex(8).upper(), made_on, uscc, "")
    return replace(code, mac=_mac_of(code, mac))


def code_in(text: str) -> SheetCode | None:
    """The code that a text is, made here or not."""
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    try:
        made_on = date.fromisoformat(match[2])
    except ValueError:
        return None
    return SheetCode(match[1], made_on, match[3], match[4])


def is_genuine(mac: Mac, code: SheetCode) -> bool:
    """Whether the desk's own portal made it."""
    return hmac.compare_digest(_mac_of(code, mac), code.mac)


def on_page(code: Box, place: Place) -> Box:
    """Where a place of the sheet lies on the page that shows its code there."""
    x_scale, y_scale = (code.x1 - code.x0) / CODE.width, (code.y1 - code.y0) / CODE.height
    x0, y0 = code.x0 + (place.x - CODE.x) * x_scale, code.y0 + (place.y - CODE.y) * y_scale
    edges = (x0, y0, x0 + place.width * x_scale, y0 + place.height * y_scale)
    return Box(*(min(max(edge, 0.0), 1.0) for edge in edges))


def _mac_of(code: SheetCode, mac: Mac) -> str:
    digest = hashlib.sha256(mac(f"sheet:{code.payload}").encode())
    return digest.hexdigest()[:MAC_CHARACTERS].upper()
