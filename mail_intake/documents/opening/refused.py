"""Why a child does not open a file: raised while reading it, reported to the desk as its reason."""

from core.cases.submission import Unopened


class Refused(Exception):
    """The file cannot be read."""

    def __init__(self, reason: Unopened) -> None:
        super().__init__(reason)
        self.reason = reason
