"""A second generator, written apart from the first: other fonts, another renderer, other wear."""
