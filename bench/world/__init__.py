"""Pages of the world, for measuring only: a second generator, written apart from `bench.documents`,
with other fonts, another renderer and other wear.

Papers are HTML and SVG drawn by Chromium; names are characters of GB 2312 at large. Nothing is
tuned on its pages, so that it shows what the first one flatters.
"""
