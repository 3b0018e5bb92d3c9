"""What administrators are told by mail and webhook: the section `announce` of config.yaml."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.settings_kinds import Example, MailAddress, Zone
from core.cases.announce import Announcing

_DEFAULTS = Announcing()


class AnnounceZone(Zone):
    mail_to: Annotated[tuple[MailAddress, ...], Example("[chief@centre.example.cn]")] = ()
    """addresses of administrators. [] = nobody is told by mail"""
    digest_before_min: Annotated[int, Field(ge=0, le=720), Example("60")] = _DEFAULTS.digest_before_min
    """minutes before a window opens in which counts of what waits are sent; 0 = none"""
    alerts: bool = _DEFAULTS.alerts
    """tell of each new alert, once; those of five minutes together"""
    webhook_url_file: Annotated[Path | None, Example("/etc/unbind/webhook.url")] = None
    """a 企业微信 robot's address, or your own receiver's; or UNBIND_ANNOUNCE_URL"""
    webhook_secret_file: Path | None = None
    """signs it (Standard Webhooks, whsec_…); or UNBIND_ANNOUNCE_SECRET"""
