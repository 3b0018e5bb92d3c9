"""What the desk makes of pages that a second generator draws (tests.drawing.world).

Papers are HTML and SVG drawn by Chromium; names are characters of GB 2312 at large. Nothing is
tuned on its pages, so that it shows what the first one flatters.
"""
