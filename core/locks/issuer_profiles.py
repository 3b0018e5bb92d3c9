"""How each CA writes its certificates: where name, USCC, unique id and kind stand,
and what its locks can do.

A profile belongs to issuers whose certificates are configured and validated; a certificate's own
texts never choose it. The profiles themselves are data (app/settings/certificates.yaml), because
nobody who wrote them had a real certificate in hand (docs/CERTIFICATES.md).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

from core.settings import setting


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


@cache
def source_of(text: str) -> Source:
    """The source that the settings have as `subject OID` or `extension OID`, with or without a
    pattern. Raises ValueError for another place."""
    place, oid, *pattern = text.split(" ", 2)
    return Source(Place(place), oid, *pattern)


@dataclass(frozen=True)
class LockKind:
    """A CA whose locks are accepted, and where enterprises get them (config.yaml,
    `certificates.profiles`)."""

    title: str = setting("", "the CA's name as enterprises read it", min_length=1)
    can_sign_bids: bool = setting(True, "false: these locks may log in, but not sign bids")
    where_to_apply: str = setting(
        "",
        "where enterprises get such a lock; shown to them",
        example="https://ca.example.cn/apply",
    )
    phone: str = setting("", "the CA's telephone; shown to enterprises")
    drivers: tuple[str, ...] = setting((), "where drivers are found; shown to enterprises")


@dataclass(frozen=True)
class IssuerProfile(LockKind):
    """How to read one CA's certificates.

    Sources are tried in order; the first that gives a value counts. A unique id that says person
    outweighs everything else, because an employee's lock names the enterprise too.

    `id`: the profile's name. `authorities`: DER certificates of the CAs that it reads.
    """

    id: str = ""
    authorities: tuple[bytes, ...] = ()
    revocation: Literal["auto", "none"] = setting(
        "auto",
        "how revocation is judged: auto (by lists) | none (`unbind doctor` warns)",
    )
    crl_urls: tuple[str, ...] = setting(
        (),
        "http(s) addresses of this CA's lists. Those on the certificates of locks are never asked",
        example="[http://crl.ca.example.cn/bjca.crl]",
        kind="list url",
    )
    crl_grace_hours: float = setting(
        0.0, "hours that a list still counts after its next update", ge=0, le=720
    )
    require_key_usage: bool = setting(True, "a certificate without keyUsage is refused")
    name: tuple[str, ...] = setting(
        (), "sources of the enterprise's name", kind="source", min_length=1
    )
    uscc: tuple[str, ...] = setting(
        (),
        "sources of the unified social credit code (统一社会信用代码)",
        kind="source",
        min_length=1,
    )
    organisation_code: tuple[str, ...] = setting(
        (), "sources of the organisation code (组织机构代码)", kind="source"
    )
    unique_id: tuple[str, ...] = setting(
        (), "sources of the CA's own number of the holder", kind="source"
    )
    person_ids: tuple[str, ...] = setting(
        (),
        "sources whose value marks a person's lock where nothing marks an enterprise's",
        kind="source",
    )
    person_unique_id: str = setting(
        "",
        "what the whole unique id of a person's lock matches: refused, "
        "also where it names the enterprise",
        kind="expression",
    )
    enterprise_unique_id: str = setting(
        "", "what the whole unique id of an enterprise's lock matches", kind="expression"
    )
