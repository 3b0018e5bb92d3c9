"""Keeps the desk's own log out of the figures' way."""

import logging

import structlog


def hush() -> None:
    """Log errors only."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
