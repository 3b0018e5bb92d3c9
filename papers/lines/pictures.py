"""Page pictures as JPEG and as pixels."""

from typing import Final

import cv2
import numpy as np

from papers.lines.ocr_models import Image

_QUALITY: Final = 82


def decode(picture: bytes) -> Image | None:
    """The picture as pixels, or None where it is none."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    return None if pixels is None else pixels


def encode(image: Image) -> bytes:
    """The picture for the case page."""
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if ok else b""
