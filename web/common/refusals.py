"""Why a page is refused; web.common.failures says each of them in its place."""

from starlette.exceptions import HTTPException

from core.errors import DeskError


class NotSignedIn(DeskError):
    """The page is for administrators only."""


class MustChange(DeskError):
    """The one-time password must be replaced first."""


class MustEnrol(DeskError):
    """A second factor is required, and none is set up yet."""


class NoRight(DeskError):
    """The administrator's roles do not give the right that the route asks for."""


class NotAtPortal(DeskError):
    """The page is for enterprises that are logged in."""


class StrangeForm(DeskError):
    """The form's token is missing or another one's."""


class NotFound(HTTPException):
    """There is no such record."""

    def __init__(self) -> None:
        super().__init__(404)


class TooOften(HTTPException):
    """The client tried too often."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(429, headers={"Retry-After": str(wait_s)})
