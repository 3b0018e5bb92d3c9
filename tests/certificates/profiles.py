"""The profiles of app/settings/certificates.yaml, without issuers and revocation."""

from dataclasses import replace

from app.settings.certificate_settings import shipped

BJCA, GENERIC, OLD_ZJCA, SHECA, BEIJING_ONE = (
    replace(shipped()[name], id=name, revocation="none")
    for name in ("bjca", "gmt0015", "zjca_old", "sheca", "beijing_yzt")
)
