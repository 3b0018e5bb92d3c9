"""Page pictures as JPEG and as pixels, their sizes and contrast."""

import cv2
import numpy as np

from papers.lines.ocr_models import Image

_QUALITY = 82


def decode(picture: bytes) -> Image:
    """The picture as pixels. Raises ValueError where it is none."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    if image is None:
        raise ValueError("No picture.")
    return image


def encode(image: Image) -> bytes:
    """The picture for the case page."""
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if ok else b""


def resized(image: Image, width: int, height: int) -> Image:
    """The image in another size: of a smaller one each pixel is the mean of those that it covers.

    Halving by whole pixels first takes a quarter of the time.
    """
    image = halved(image, width, height)
    smaller = image.shape[0] > height
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=how)


def halved(image: Image, width: int, height: int) -> Image:
    """The image at half its size, as often as that leaves it no smaller than this."""
    while image.shape[0] >= 2 * height and image.shape[1] >= 2 * width:
        half_height, half_width = image.shape[0] // 2, image.shape[1] // 2
        even = image[: 2 * half_height, : 2 * half_width]
        image = cv2.resize(even, (half_width, half_height), interpolation=cv2.INTER_AREA)
    return image


def square(side: int) -> Image:
    """The neighbourhood of a pixel, so many pixels wide and high, for morphology."""
    return np.ones((side, side), np.uint8)


def contrast(grey: Image) -> Image:
    """By how much the pixels around each differ, grain aside."""
    return cv2.morphologyEx(cv2.GaussianBlur(grey, (3, 3), 0), cv2.MORPH_GRADIENT, square(5))
