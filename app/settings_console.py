"""How administrators work: the section `console` of config.yaml."""

from typing import Annotated

from app.settings_kinds import Example, Zone
from core.accounts.second_factor import FactorPolicy


class ConsoleZone(Zone):
    second_factor: Annotated[FactorPolicy, Example("required")] = FactorPolicy.OPTIONAL
    """of administrators, behind the password: a one-time code of a telephone, or a passkey (needs https and a name in web.base_url).
    off | optional: who sets one up is asked for it | required: without one no page but that which sets it up"""
