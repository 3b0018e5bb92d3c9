"""Runs in a bounded child only: a picture file (photo, scan, fax) as pages,
where a centre allows pictures in a PDF's place.

A picture that breaks off is shown as far as it goes and is doubt; so is one of a kind that cannot
be read here (HEIC, JPEG XL). Only a file of a known kind in which nothing can be read is damaged.
"""

import io
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from core.data.documents import Box, Unopened
from papers.opening.hidden_content import breaks_off
from papers.opening.socket_frames import Limits, Sent

MOST_SIDE = 3200  # pixels of the longer side
_QUALITY = 92
_MOST_BYTES = 6 * 2**20
"""A page takes 0.2 to 1.5 MiB, a sharp photograph up to 4: what takes more is noise, with which a
small file would fill the disk."""
_MOST_PIXELS = 120_000_000
_READABLE = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
    b"GIF8",
    b"RIFF",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
)
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Refused(Exception):
    """Why a child does not open a file: raised while reading it,
    reported to the desk as its reason."""

    def __init__(self, reason: Unopened) -> None:
        super().__init__(reason)
        self.reason = reason


def image_pages(data: bytes, limits: Limits) -> Iterator[Sent]:
    """The pages of a picture file (a TIFF of a fax may hold several),
    each no larger than the pixel limit. Raises Refused."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    opened, frames = _opened(data)
    if frames > limits["max_pages"]:
        raise Refused(Unopened.TOO_MANY_PAGES)
    for number in range(1, frames + 1):
        try:
            opened.seek(number - 1)
            yield _page(opened, number, limits["max_pixels"])
        except (MemoryError, Image.DecompressionBombError):
            raise Refused(Unopened.LIMIT) from None
        except Exception:  # noqa: BLE001
            # Pillow's readers raise many kinds on broken files: all mean "cannot be read"
            if frames == 1:
                raise Refused(Unopened.DAMAGED) from None
            yield {"page": number}, b""


def _opened(data: bytes) -> tuple[Image.Image, int]:
    """The picture, and how many pages it has."""
    try:
        opened = Image.open(io.BytesIO(data))
        return opened, int(getattr(opened, "n_frames", 1)) if opened.format == "TIFF" else 1
    except (MemoryError, Image.DecompressionBombError):
        raise Refused(Unopened.LIMIT) from None
    except UnidentifiedImageError:
        raise Refused(Unopened.DAMAGED if data.startswith(_READABLE) else Unopened.LIMIT) from None
    except Exception:  # noqa: BLE001  as above
        raise Refused(Unopened.DAMAGED) from None


def _page(opened: Image.Image, number: int, max_pixels: int) -> Sent:
    picture = _shrunk(opened, max_pixels)
    doubtful = breaks_off(np.asarray(picture), [_WHOLE])
    page = {"page": number, "pictures": [asdict(_WHOLE)], "doubtful": doubtful}
    return page, jpeg(picture)


def _shrunk(opened: Image.Image, max_pixels: int) -> Image.Image:
    """The picture in colour, turned as its camera says, within the limits.

    Raises DecompressionBombError beyond 120 megapixels.
    """
    width, height = opened.size
    if width * height > _MOST_PIXELS:
        raise Image.DecompressionBombError
    shrink = max(1.0, max(width, height) / MOST_SIDE, (width * height / max_pixels) ** 0.5)
    longest = int(max(width, height) / shrink)
    opened.draft("RGB", (int(width / shrink), int(height / shrink)))
    picture = _in_colour(ImageOps.exif_transpose(opened))
    picture.thumbnail((longest, longest))
    return picture


def _in_colour(picture: Image.Image) -> Image.Image:
    """The picture as RGB on white: Pillow clips grey of 16 bits, and transparent means paper, not
    black."""
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture)
        picture = Image.fromarray(
            (values.clip(0, 65535) // (257 if values.max() > 255 else 1)).astype(np.uint8)
        )
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(paper, picture).convert("RGB")
    return picture.convert("RGB")


def jpeg(picture: Image.Image) -> bytes:
    """The page's picture on its way to the reading worker; one of noise at half its size."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue() if out.tell() <= _MOST_BYTES else jpeg(picture.reduce(2))
