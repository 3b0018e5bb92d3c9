"""What telephones, scanning programs, copiers and fax machines do to a sheet.

Pixels are RGB arrays; every kind goes by a generator of numbers.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Wear = Callable[[Pixels, Generator], Pixels]


def _clip(values: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _grid(page: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Columns and rows in shares of the page."""
    h, w = page.shape[:2]
    return np.linspace(0, 1, w, dtype=np.float32)[None, :], np.linspace(0, 1, h, dtype=np.float32)[
        :, None
    ]


def scanned(page: Pixels, rng: Generator) -> Pixels:
    """A flat-bed scanner: a little askew, softened, sharpened again, JPEG."""
    h, w = page.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.normal(0, 0.5)), 1.0)
    flat = cv2.warpAffine(page, turn, (w, h), flags=cv2.INTER_CUBIC, borderValue=(252, 252, 250))
    soft = cv2.GaussianBlur(flat, (0, 0), float(rng.uniform(0.5, 0.9)))
    sharp = cv2.addWeighted(flat, 1.0 + 0.3, soft, -0.3, 0) if rng.random() < 0.5 else soft
    return _compressed(_clip(sharp + rng.normal(0, 2.0, page.shape)), int(rng.integers(60, 85)))


def _compressed(page: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", page[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1], dtype=np.uint8)


def _curled(page: Pixels, rng: Generator) -> Pixels:
    """A sheet that does not lie flat: its lines bend, its bends are darker."""
    h, w = page.shape[:2]
    x, y = _grid(page)
    phase, bend = rng.uniform(0, 2 * np.pi), rng.uniform(0.004, 0.012)
    wave = np.sin(2 * np.pi * (0.8 * x + 0.15 * y) + phase)
    map_y = (y + bend * wave) * h
    map_x = np.broadcast_to(x * w, (h, w)).astype(np.float32) + (
        bend * 0.3 * w * np.cos(2 * np.pi * y + phase)
    ).astype(np.float32)
    bent = cv2.remap(
        page,
        map_x.astype(np.float32),
        map_y.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _clip(
        bent
        * (
            1
            - rng.uniform(0.05, 0.15)
            * (0.5 + 0.5 * np.cos(2 * np.pi * (0.8 * x + 0.15 * y) + phase))
        )[:, :, None]
    )


def _seen_by_phone(page: Pixels, rng: Generator, background: Pixels, reach: float) -> Pixels:
    """The sheet in perspective before a background; `reach`: how far its corners are moved,
    in shares."""
    h, w = page.shape[:2]
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], dtype=np.float32)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=np.float32) * (w, h)
    goal = (corners + inward * rng.uniform(0.2 * reach, reach, (4, 2))).astype(np.float32)
    out = background.copy()
    cv2.warpPerspective(
        page,
        cv2.getPerspectiveTransform(corners, goal),
        (w, h),
        dst=out,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    return out


def _table(page: Pixels, rng: Generator) -> Pixels:
    """Wood, more or less."""
    x, y = _grid(page)
    grain = np.sin(40 * y + 6 * np.sin(9 * x) + rng.uniform(0, 6)) * 10 + rng.normal(
        0, 4, page.shape[:2]
    )
    return _clip(
        np.array(rng.uniform((90, 60, 40), (150, 115, 90)))[None, None] + grain[:, :, None]
    )


def _wall(page: Pixels, rng: Generator) -> Pixels:
    tint = rng.uniform((190, 185, 170), (225, 222, 212))
    return _clip(
        tint[None, None]
        + cv2.GaussianBlur(rng.normal(0, 12, page.shape[:2]).astype(np.float32), (0, 0), 3)[
            :, :, None
        ]
    )


def _shaded(page: Pixels, rng: Generator) -> Pixels:
    """The shadow of whoever takes the picture, and light that falls off."""
    h, w = page.shape[:2]
    mask = np.full((h // 8, w // 8), 255, np.uint8)
    start = rng.uniform(-0.2, 0.6)
    shape = np.array(
        [
            (start, 1.2),
            (start + 0.15, rng.uniform(0.2, 0.6)),
            (start + 0.5, rng.uniform(0.15, 0.5)),
            (start + 0.75, 1.2),
        ]
    ) * (w // 8, h // 8)
    cv2.fillPoly(mask, [shape.astype(np.int32)], int(rng.uniform(120, 190)))
    soft = (
        cv2.resize(cv2.GaussianBlur(mask, (0, 0), 9), (w, h)).astype(np.float32)[:, :, None] / 255
    )
    x, y = _grid(page)
    return _clip(
        page
        * soft
        * (1 - rng.uniform(0, 0.25) * x * y)[:, :, None]
        * np.array(rng.uniform((0.95, 0.92, 0.85), (1.0, 1.0, 1.0)))
    )


def photographed(page: Pixels, rng: Generator) -> Pixels:
    """A sheet on a table, bent, in the shadow of a hand."""
    seen = _seen_by_phone(_curled(page, rng), rng, _table(page, rng), 0.05)
    soft = cv2.GaussianBlur(_shaded(seen, rng), (0, 0), float(rng.uniform(0.6, 1.1)))
    return _compressed(_clip(soft + rng.normal(0, 3.0, page.shape)), int(rng.integers(70, 90)))


def on_a_wall(page: Pixels, rng: Generator) -> Pixels:
    """A paper that hangs in a frame on a wall, photographed from below."""
    framed = page.copy()
    cv2.rectangle(
        framed, (0, 0), (page.shape[1], page.shape[0]), (70, 45, 25), max(8, page.shape[1] // 60)
    )
    seen = _seen_by_phone(framed, rng, _wall(page, rng), 0.12)
    return _compressed(cv2.GaussianBlur(seen, (0, 0), 0.8), 80)


def off_a_screen(page: Pixels, rng: Generator) -> Pixels:
    """A picture of a screen: two gratings beat against each other."""
    x, y = _grid(page)
    h, w = page.shape[:2]
    pitch, lean = rng.uniform(0.24, 0.31), rng.uniform(-0.03, 0.03)
    grating = 0.5 + 0.5 * np.cos(2 * np.pi * pitch * (x * w + lean * y * h)) * np.cos(
        2 * np.pi * pitch * (y * h - lean * x * w)
    )
    colours = np.stack([np.roll(grating, s, axis=1) for s in (0, 1, 2)], axis=2)
    small = cv2.resize(
        _clip(page * (0.86 + 0.14 * colours)), None, fx=0.8, fy=0.8, interpolation=cv2.INTER_LINEAR
    )
    return _compressed(
        _clip(
            cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC) * np.array([0.95, 0.99, 1.05])
        ),
        80,
    )


def by_an_app(page: Pixels, rng: Generator) -> Pixels:
    """A scanning program on a telephone: a photograph made flat, its paper burnt white."""
    light = cv2.resize(
        cv2.GaussianBlur(
            cv2.resize(page, None, fx=1 / 16, fy=1 / 16, interpolation=cv2.INTER_AREA), (0, 0), 8
        ),
        page.shape[1::-1],
    ).astype(np.float32)
    flat = page / np.maximum(light, 60) * 250
    strong = (flat - 128) * rng.uniform(1.15, 1.5) + 140
    return _compressed(cv2.GaussianBlur(_clip(strong), (0, 0), 0.7), int(rng.integers(50, 75)))


def copied(page: Pixels, rng: Generator) -> Pixels:
    """A copy of a copy of a copy, scanned in colour: print thickens, tints go, the seal was pressed
    on the last one by whoever drew it."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY).astype(np.float32)
    for _ in range(int(rng.integers(2, 4))):
        grey = cv2.GaussianBlur(grey, (0, 0), 0.8)
        grey = 255 / (1 + np.exp(-(grey - rng.uniform(135, 165)) / rng.uniform(18, 30)))
        grey -= (rng.random(grey.shape) < 2e-5).astype(np.float32) * 200
    return scanned(_clip(np.repeat(grey[:, :, None], 3, axis=2)), rng)


def faxed(page: Pixels, rng: Generator) -> Pixels:
    """Standard fax: 204 dots across, 98 lines an inch, black or white."""
    h, w = page.shape[:2]
    grey = cv2.resize(
        cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), (w, h // 2), interpolation=cv2.INTER_AREA
    )
    dots = ((grey > rng.uniform(140, 175)) * 255).astype(np.uint8)
    return np.repeat(
        cv2.resize(dots, (w, h), interpolation=cv2.INTER_NEAREST)[:, :, None], 3, axis=2
    )


def as_drawn(page: Pixels, rng: Generator) -> Pixels:
    """Nothing at all."""
    return page


WEAR: Mapping[str, Wear] = {
    "scan": scanned,
    "photo": photographed,
    "wall": on_a_wall,
    "screen": off_a_screen,
    "app": by_an_app,
    "copies": copied,
    "fax": faxed,
    "electronic": as_drawn,
}
