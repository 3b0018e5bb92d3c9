"""Fonts of the system that draw Chinese, by style.

Debian's fonts-noto-cjk is enough; fonts-arphic-ukai, fonts-arphic-uming, fonts-lxgw-wenkai and
fonts-wqy-* add variety where installed.
"""

import functools
from pathlib import Path

from PIL import ImageFont

_SIMPLIFIED = 2  # index of the SC face in the Noto collections
_FACES = {
    "song": (
        ("opentype/noto/NotoSerifCJK-Regular.ttc", _SIMPLIFIED),
        ("truetype/arphic/uming.ttc", 0),
    ),
    "song_bold": (("opentype/noto/NotoSerifCJK-Bold.ttc", _SIMPLIFIED),),
    "hei": (
        ("opentype/noto/NotoSansCJK-Regular.ttc", _SIMPLIFIED),
        ("truetype/wqy/wqy-microhei.ttc", 0),
        ("truetype/wqy/wqy-zenhei.ttc", 0),
    ),
    "hei_bold": (("opentype/noto/NotoSansCJK-Bold.ttc", _SIMPLIFIED),),
    "kai": (
        ("truetype/arphic/ukai.ttc", 0),
        ("truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0),
        ("opentype/noto/NotoSerifCJK-Regular.ttc", _SIMPLIFIED),
    ),
    "digits": (
        ("truetype/liberation/LiberationSans-Regular.ttf", 0),
        ("truetype/dejavu/DejaVuSans.ttf", 0),
        ("opentype/noto/NotoSansCJK-Regular.ttc", _SIMPLIFIED),
    ),
}
_ROOT = Path("/usr/share/fonts")


@functools.cache
def _faces(style: str) -> tuple[tuple[str, int], ...]:
    found = tuple(
        (str(_ROOT / path), index) for path, index in _FACES[style] if (_ROOT / path).exists()
    )
    if not found:
        raise FileNotFoundError("No Chinese font found: apt-get install fonts-noto-cjk")
    return found


@functools.lru_cache(maxsize=256)
def font(style: str, size_px: int, variant: int = 0) -> ImageFont.FreeTypeFont:
    """A face of the style at a size in pixels; `variant` chooses among those installed (0: Noto,
    where the style has it first)."""
    faces = _faces(style)
    path, index = faces[variant % len(faces)]
    return ImageFont.truetype(path, size_px, index=index)
