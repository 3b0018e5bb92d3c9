"""Second factors of administrators, as config.yaml has them."""

from app.config import Config
from core.accounts.second_factor import FactorPolicy, SecondFactors
from core.adapters.one_time_codes import ClockCodes
from core.adapters.passkeys import SitePasskeys, may_have_passkeys


def second_factors(config: Config) -> SecondFactors | None:
    """Codes by the clock, and passkeys where the site's address can have them; None where `console.second_factor` turns both off."""
    settings = config.settings
    policy, base_url, name = settings.console.second_factor, settings.web.base_url, settings.centre.desk_name
    if policy is FactorPolicy.OFF:
        return None
    return SecondFactors(policy, ClockCodes(name), SitePasskeys(base_url, name) if may_have_passkeys(base_url) else None)
