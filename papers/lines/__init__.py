"""Lines of text on a picture: the `Ocr` port, its adapter on PP-OCRv6 models,
and the geometry and comparison of lines.

In: pixels. Out: `Line`s with confidence, `Piece`s on rows. Asks no neighbour.
"""
