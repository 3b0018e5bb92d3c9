"""QR codes: that of a licence, whose address of the public register carries the credit code
(parsed, never fetched), and that of a request sheet."""

import re
from dataclasses import dataclass

import cv2
import zxingcpp

from core.cases.intake.request_sheet import code_in
from core.check_digits import uscc_ok
from core.data.documents import Box
from papers.lines.layout import box_around, in_fractions
from papers.lines.ocr_models import Image

_USCC = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")


@dataclass(frozen=True)
class Code:
    """A QR code: its place on the page, and the credit code in it, if there is one.

    `sheet`: the text of a request sheet's code, which is no licence's.
    """

    box: Box
    uscc: str | None
    sheet: str = ""


def find_codes(page: Image, *, of_sheet: bool = False) -> list[Code]:
    """The codes of licences on a page, or those of request sheets; once more at twice the size
    where none of that kind is found.

    A sheet shows the code of the licence that lies on it too:
    finding that one says nothing of its own.
    """
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    codes: list[Code] = []
    for factor in (1, 2):
        image = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        found = zxingcpp.read_barcodes(
            image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
        codes = [_code(one, image) for one in found]
        codes = [code for code in codes if bool(code.sheet) is of_sheet]
        if codes or grey.size > 9_000_000:
            break
    return codes


def _code(found: zxingcpp.Barcode, page: Image) -> Code:
    p = found.position
    corners = (p.top_left, p.top_right, p.bottom_right, p.bottom_left)
    box = box_around([in_fractions((corner.x, corner.y), page) for corner in corners])
    if code_in(found.text):
        return Code(box, None, found.text)
    codes = {m.group() for m in _USCC.finditer(found.text.upper()) if uscc_ok(m.group())}
    return Code(box, codes.pop() if len(codes) == 1 else None)
