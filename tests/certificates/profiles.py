"""The profiles of app/certificates.yaml, without issuers."""

from app.settings_certificates import shipped_profile

BJCA, GENERIC, OLD_ZJCA, SHECA = map(shipped_profile, ("bjca", "gmt0015", "zjca_old", "sheca"))
BEIJING_ONE = shipped_profile("beijing_yzt")
