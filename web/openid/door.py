"""The door for the trading systems. Its pages exist only where config.yaml names a system."""

from typing import Annotated

from fastapi import Depends

from core.accounts.signing_keys import SigningKey, keys_now
from core.accounts.systems import Door
from web.site import Site, TheSite


async def door_of(site: TheSite) -> Door:
    """The door. Asynchronous, so that it costs no thread."""
    assert site.door is not None
    return site.door


TheDoor = Annotated[Door, Depends(door_of)]


def keys_of(site: Site, door: Door) -> list[SigningKey]:
    """The signing keys, the oldest first; made where it is time. Not within a transaction."""
    return keys_now(site.desk.store, door.jws.make, site.desk.clock.now(), door.settings.key_life)
