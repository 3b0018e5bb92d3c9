"""How each CA writes its certificates: where name, USCC, unique id and kind stand,
and what its locks can do.

A profile belongs to issuers whose certificates are configured and validated; a certificate's own
texts never choose it. The profiles themselves are data (app/settings/certificates.yaml), because
nobody who wrote them had a real certificate in hand (docs/CERTIFICATES.md).
"""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """The part of a certificate that holds a value."""

    SUBJECT = "subject"  # an attribute of the subject's name
    EXTENSION = "extension"  # an extension of the certificate


@dataclass(frozen=True)
class Source:
    """A place to read a value from.

    `pattern`: a regular expression that the whole text must match; its group 1 is the value.
    """

    place: Place
    oid: str
    pattern: str = "(.+)"


@dataclass(frozen=True)
class IssuerProfile:
    """How to read one CA's certificates.

    Sources are tried in order; the first that gives a value counts.

    `unique_id`: the CA's number of the holder. `person_ids`: sources whose value marks a person's
    lock when nothing marks an enterprise's. `person_unique_id`, `enterprise_unique_id`: patterns
    that the whole unique id matches for a person or an enterprise; a unique id that says person
    outweighs everything else, because an employee's lock names the enterprise too.
    `require_key_usage`: a certificate without keyUsage is refused. `revocation`: "none", or else
    by lists; `crl_grace_hours`: how long past its next update a list still counts; `crl_urls`:
    where its lists are fetched. `issuers`: DER certificates of the CAs that it reads.
    """

    id: str
    title: str
    name: tuple[Source, ...]
    uscc: tuple[Source, ...]
    organisation_code: tuple[Source, ...]
    unique_id: tuple[Source, ...]
    person_ids: tuple[Source, ...]
    person_unique_id: str
    enterprise_unique_id: str
    can_sign_bids: bool
    require_key_usage: bool
    revocation: str
    crl_grace_hours: float
    crl_urls: tuple[str, ...]
    issuers: tuple[bytes, ...]
