"""How each CA writes its certificates, as data: where name, USCC, unique id and kind stand, and what its locks can do.

A profile belongs to issuers whose certificates are configured and validated; it is never chosen by what a certificate says of itself. The
tables below are the defaults that config.yaml starts from. Sources: GM/T 0015-2012 (and its 2023 edition) for 1.2.156.10260.4.1.*, their
RSA-era twins 1.2.86.11.7.*, and the CAs' public manuals for their own numbers. Nobody who wrote this had a real certificate in hand
(docs/CERTIFICATES.md): that is why all of it is data.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

GIVEN_NAME: Final = "2.5.4.42"
COMMON_NAME: Final = "2.5.4.3"
ORGANISATION: Final = "2.5.4.10"
OLD_CODE: Final = "2.5.4.1"
SUBJECT_SERIAL: Final = "2.5.4.5"

USCC_PATTERN: Final = r"([0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10})"
ORGANISATION_CODE_PATTERN: Final = r"([0-9A-Z]{8}-?[0-9X])"


class Place(StrEnum):
    """Where on a certificate a value stands."""

    SUBJECT = "subject"      # an attribute of the subject's name
    EXTENSION = "extension"  # an extension of the certificate


@dataclass(frozen=True, slots=True)
class Source:
    """A place to read a value from. `pattern`: a regular expression that the whole text must match; its group 1 is the value."""

    place: Place
    oid: str
    pattern: str = "(.+)"


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """How to read one CA's certificates. Sources are tried in order; the first that gives a value counts.

    `unique_id`: the CA's number of the holder. `person_ids`: sources whose value marks a person's lock when nothing marks an enterprise's.
    `person_unique_id`, `enterprise_unique_id`: patterns that the whole unique id matches for a person or an enterprise; a unique id that says
    person outweighs everything else, because an employee's lock names the enterprise too. `purposes`: what these locks may be used for
    (empty: everything). `require_key_usage`: a certificate without keyUsage is refused. `revocation`: "none", "crl", "ocsp" or
    "either"; `crl_grace_hours`: how long past its next update a list still counts; `crl_urls`: where its lists
    are fetched. `issuers`: DER certificates of the CAs that it reads.
    """

    id: str
    title: str
    name: tuple[Source, ...]
    uscc: tuple[Source, ...]
    organisation_code: tuple[Source, ...] = ()
    unique_id: tuple[Source, ...] = ()
    person_ids: tuple[Source, ...] = ()
    person_unique_id: str = ""
    enterprise_unique_id: str = ""
    purposes: frozenset[str] = frozenset()
    can_sign_bids: bool = True
    require_key_usage: bool = True
    revocation: str = "none"
    crl_grace_hours: float = 0.0
    crl_urls: tuple[str, ...] = ()
    issuers: tuple[bytes, ...] = ()
    where_to_apply: str = ""
    phone: str = ""
    drivers: tuple[str, ...] = ()


def _extensions(*oids: str, pattern: str = "(.+)") -> tuple[Source, ...]:
    return tuple(Source(Place.EXTENSION, oid, pattern) for oid in oids)


def _subject(*oids: str, pattern: str = "(.+)") -> tuple[Source, ...]:
    return tuple(Source(Place.SUBJECT, oid, pattern) for oid in oids)


# GM/T 0015: .4 holds the organisation code or, since 2015, the USCC; the 2023 edition perhaps moved the USCC to 1.2.156.10260.4.4.
_CODE_OIDS: Final = ("1.2.156.10260.4.1.4", "1.2.156.10260.4.4", "1.2.86.11.7.4")
# Since the three-in-one licence, registration and tax numbers are the USCC as well.
_ALSO_USCC: Final = ("1.2.156.10260.4.1.3", "1.2.86.11.7.3", "1.2.156.10260.4.1.5", "1.2.86.11.7.5")

GENERIC: Final = IssuerProfile(
    id="gmt0015",
    title="GM/T 0015 通用格式",
    name=_subject(ORGANISATION, COMMON_NAME),
    uscc=_extensions(*_CODE_OIDS, *_ALSO_USCC, pattern=USCC_PATTERN),
    organisation_code=_extensions(*_CODE_OIDS, pattern=ORGANISATION_CODE_PATTERN),
    person_ids=_extensions("1.2.156.10260.4.1.1", "1.2.86.11.7.1", "1.2.156.10260.4.1.2"),
)

_BJCA_LEAD: Final = r"(?:[0-9A-Z]{1,12}@[0-9]{1,12})?"
_BJCA_UNIQUE_ID: Final = _extensions("1.2.156.112562.2.1.1.1", "1.2.156.112562.2.1.1.24", "2.16.840.1.113732.2")

BJCA: Final = replace(
    GENERIC,
    id="bjca",
    title="北京CA（法人一证通）",
    unique_id=_BJCA_UNIQUE_ID,
    uscc=(*GENERIC.uscc, *(replace(source, pattern=_BJCA_LEAD + "JJ0?" + USCC_PATTERN) for source in _BJCA_UNIQUE_ID)),
    organisation_code=(
        *GENERIC.organisation_code,
        *(replace(source, pattern=_BJCA_LEAD + "JJ0?" + ORGANISATION_CODE_PATTERN) for source in _BJCA_UNIQUE_ID),
    ),
    person_unique_id=_BJCA_LEAD + "SF0?[0-9]{17}[0-9X]",
    enterprise_unique_id=f"{_BJCA_LEAD}JJ0?(?:{USCC_PATTERN}|{ORGANISATION_CODE_PATTERN})",
)

BEIJING_ONE: Final = replace(BJCA, id="beijing_yzt", title="北京一证通", can_sign_bids=False)
YIXIN: Final = replace(GENERIC, id="yixin", title="颐信CA")

SHECA: Final = replace(
    GENERIC,
    id="sheca",
    title="上海CA（协卡）",
    unique_id=_extensions("1.2.156.1.8888.148"),
    uscc=(*GENERIC.uscc, *_extensions("1.2.156.1.8888.148", pattern="(?!SF)(?:[A-Z]{2})?" + USCC_PATTERN)),
    person_unique_id="SF[0-9]{17}[0-9X]",
)

OLD_ZJCA: Final = replace(
    GENERIC,
    id="zjca_old",
    title="浙江CA（旧格式）",
    name=_subject(GIVEN_NAME, ORGANISATION),
    uscc=(*_subject(OLD_CODE, pattern=USCC_PATTERN), *GENERIC.uscc),
    organisation_code=(*_subject(OLD_CODE, pattern=ORGANISATION_CODE_PATTERN), *GENERIC.organisation_code),
)

BUILT_IN: Final = {profile.id: profile for profile in (BJCA, BEIJING_ONE, YIXIN, GENERIC, SHECA, OLD_ZJCA)}
