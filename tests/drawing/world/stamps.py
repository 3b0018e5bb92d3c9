"""Seals as SVG, worn by the browser's filters: uneven ink, rough edges, dry patches.

Sizes in millimetres (official seals 38 to 42, registries 45).
"""

import html
import math
import random

_COLOURS = ("#d3202a", "#c8102e", "#e0393a", "#b5243a", "#2b3f9e")
_STAR = " ".join(
    f"{r * math.sin(0.2 * math.pi * i):.2f},{-r * math.cos(0.2 * math.pi * i):.2f}"
    for i, r in enumerate((5.8, 2.2) * 5)
)


def _wear(rng: random.Random, name: str) -> str:
    """A filter: edges that bleed, ink that is thin in patches."""
    patch, dry = rng.uniform(0.02, 0.07), rng.uniform(-0.35, 0.25)
    return (
        f'<filter id="{name}" x="-5%" y="-5%" width="110%" height="110%"><feTurbulence '
        f'type="fractalNoise" baseFrequency=".9" numOctaves="2" seed="{rng.randrange(999)}" '
        'result="grain"/>'
        f'<feDisplacementMap in="SourceGraphic" in2="grain" scale="{rng.uniform(0.1, 0.45):.2f}" '
        'result="rough"/>'
        f'<feTurbulence type="fractalNoise" baseFrequency="{patch:.3f}" numOctaves="3" '
        f'seed="{rng.randrange(999)}"/>'
        f'<feColorMatrix values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  {rng.uniform(2.2, 4.5):.2f} 0 0 '
        f'0 {dry:.2f}" result="ink"/><feComposite in="rough" in2="ink" operator="in"/></filter>'
    )


def stamp(
    name: str,
    rng: random.Random,
    x_mm: float,
    y_mm: float,
    *,
    truth: str = "official",
    bottom: str = "",
    colour: str = "",
    turn: float | None = None,
    worn: bool = True,
) -> str:
    """A seal whose middle is at a place of its sheet.

    `truth`: its kind, or "" for a registry's own, which is no seal of the sender.
    """
    size = 45.0 if not truth else rng.choice((38.0, 40.0, 42.0))
    radius, colour = 20.0, colour or rng.choices(_COLOURS, (6, 4, 3, 2, 1))[0]
    letters = list(name)
    sweep = min(rng.uniform(235, 285), 23.0 * (len(letters) - 1))
    glyph = min(5.4, 2 * math.pi * 15.6 * sweep / 360 / max(1, len(letters) - 1) * 1.28)
    narrow = min(1.0, 2 * math.pi * 15.6 * sweep / 360 / max(1, len(letters) - 1) / glyph * 0.98)
    family = rng.choice(("W Song", "W Song", "W Other", "W Kai"))
    arc = "".join(
        (
            f'<g transform="rotate({-sweep / 2 + sweep * i / max(1, len(letters) - 1):.2f})"><text '
            f'transform="translate(0 {-radius + 1.6 + glyph * 0.86:.2f}) scale({narrow:.3f} 1)" '
            f'font-size="{glyph:.2f}" text-anchor="middle">{html.escape(c)}</text></g>'
        )
        for i, c in enumerate(letters)
    )
    number = (
        ""
        if not truth
        else "".join(
            (
                f'<g transform="rotate({180 + 26 - 4.6 * i})"><text transform="translate(0 '
                f'{-radius + 1.2}) rotate(180)" font-size="1.9" text-anchor="middle" '
                f'font-family="W Digits">{d}</text></g>'
            )
            for i, d in enumerate(f"43{rng.randrange(10**11):011d}"[:12])
        )
    )
    words = f'<text y="10.6" font-size="4" text-anchor="middle">{bottom}</text>' if bottom else ""
    lean, mark = rng.uniform(-40, 40) if turn is None else turn, f"w{rng.randrange(10**9)}"
    ring = (
        f'<circle r="{radius - 0.6}" fill="none" stroke="{colour}" '
        f'stroke-width="{rng.uniform(0.7, 1.2):.2f}"/>'
    )
    told = f'data-seal="{html.escape(name)}" data-kind="{truth}"' if truth else ""
    style = (
        f"left:{x_mm - size / 2:.1f}mm;top:{y_mm - size / 2:.1f}mm;width:{size}mm;height:{size}mm;"
        f"opacity:{rng.uniform(0.72, 0.98) if worn else 1:.2f}"
    )
    filters = (_wear(rng, mark), f'filter="url(#{mark})"') if worn else ("", "")
    return (
        f'<svg class="mark" {told} style="{style}" viewBox="-20.4 -20.4 40.8 40.8">{filters[0]}<g '
        f'{filters[1]}><g transform="rotate({lean:.1f})" fill="{colour}" font-family="{family}" '
        'font-weight="700">'
        f'{ring}<polygon points="{_STAR}"/>{arc}{number}{words}</g></g></svg>'
    )
