"""Settings of the entrance for enterprises: the pages, and how the certificates of each CA are read.

Profiles stand in config.yaml as data, because nobody here has seen a real certificate (docs/CERTIFICATES.md). A source is written as
"subject OID" or "extension OID", followed where needed by a regular expression whose group 1 is the value.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.accounts.issuer_profiles import BUILT_IN, IssuerProfile, Place, Source

_SOURCE: Final = re.compile(r"(subject|extension) (\d+(?:\.\d+)+)(?: (.+))?", re.DOTALL)


class EntranceZone(BaseModel):
    """The pages for enterprises."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    open: bool = True
    origins: tuple[str, ...] = ()
    challenge_s: Annotated[int, Field(ge=10, le=300)] = 60
    tries: Annotated[int, Field(ge=3, le=10)] = 5
    session_hours: Annotated[float, Field(gt=0, le=24)] = 8.0
    system: str = "综合交易系统"

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[^/\s]+", origin):
                raise ValueError(f"{origin} 不是网页来源，请写成 https://主机 或 https://主机:端口，末尾不带斜杠")
        return origins


class ProfileZone(BaseModel):
    """One CA's profile (core.accounts.issuer_profiles.IssuerProfile)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    issuers: tuple[Path, ...] = ()
    name: tuple[str, ...]
    uscc: tuple[str, ...]
    organisation_code: tuple[str, ...] = ()
    unique_id: tuple[str, ...] = ()
    person_ids: tuple[str, ...] = ()
    person_unique_id: str = ""
    enterprise_unique_id: str = ""
    can_sign_bids: bool = True
    require_key_usage: bool = True
    revocation: Literal["auto", "none", "crl", "ocsp", "either"] = "auto"
    crl_grace_hours: Annotated[float, Field(ge=0, le=720)] = 0.0
    crl_urls: tuple[str, ...] = ()
    where_to_apply: str = ""
    phone: str = ""
    drivers: tuple[str, ...] = ()

    @field_validator("name", "uscc", "organisation_code", "unique_id", "person_ids")
    @classmethod
    def _are_sources(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            source_of(source)
        return sources

    @field_validator("crl_urls")
    @classmethod
    def _are_list_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(?:/[!-~]*)?", url):
                raise ValueError(f"{url} 不是吊销列表的地址，请写成 http://主机/路径 或 https://主机/路径")
        return urls

    @field_validator("person_unique_id", "enterprise_unique_id")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        compiled(pattern)
        return pattern


class CertificatesZone(BaseModel):
    """Which CAs' locks are accepted, and how their certificates are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roots: tuple[Path, ...] = ()
    crl_folder: Path | None = None
    crl_interval_s: Annotated[float, Field(ge=60, le=86400)] = 3600.0
    crl_timeout_s: Annotated[float, Field(ge=1, le=600)] = 60.0
    profiles: dict[str, ProfileZone] = Field(default_factory=lambda: {one.id: zone_of(one) for one in BUILT_IN.values()})

    @field_validator("profiles", mode="before")
    @classmethod
    def _over_the_built_in(cls, written: object) -> object:
        """What is written of a built-in profile goes over its defaults; profiles that are not written stay."""
        if not isinstance(written, dict):
            return written
        defaults = {one.id: zone_of(one).model_dump() for one in BUILT_IN.values()}
        over = {name: defaults.get(name, {}) | one if isinstance(one, dict) else one for name, one in written.items()}
        return defaults | over


def source_of(text: str) -> Source:
    """A source from its text. Raises ValueError."""
    match = _SOURCE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} 应写成 “subject OID” 或 “extension OID”，后面可加一个空格和正则表达式")
    pattern = match[3] or "(.+)"
    if compiled(pattern).groups != 1:
        raise ValueError(f"{pattern!r} 应有且只有一个捕获组（其余请用 (?:…)）")
    return Source(Place(match[1]), match[2], pattern)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled. Raises ValueError."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} 不是正则表达式：{error}") from error


def zone_of(profile: IssuerProfile) -> ProfileZone:
    """A built-in profile as config.yaml writes it."""
    lists = {field: _texts(getattr(profile, field)) for field in ("name", "uscc", "organisation_code", "unique_id", "person_ids")}
    plain = ("title", "person_unique_id", "enterprise_unique_id", "can_sign_bids", "require_key_usage", "crl_grace_hours", "crl_urls")
    return ProfileZone.model_validate(lists | {field: getattr(profile, field) for field in (*plain, "where_to_apply", "phone", "drivers")})


def profile_of(profile_id: str, zone: ProfileZone, issuers: Iterable[bytes]) -> IssuerProfile:
    """The profile of a zone, with the DER certificates of its issuers."""
    sources: dict[str, Any] = {
        field: tuple(map(source_of, getattr(zone, field))) for field in ("name", "uscc", "organisation_code", "unique_id", "person_ids")
    }
    return IssuerProfile(
        id=profile_id, title=zone.title, person_unique_id=zone.person_unique_id, enterprise_unique_id=zone.enterprise_unique_id,
        can_sign_bids=zone.can_sign_bids, require_key_usage=zone.require_key_usage, crl_grace_hours=zone.crl_grace_hours,
        revocation=revocation_of(zone), crl_urls=zone.crl_urls, issuers=tuple(issuers),
        where_to_apply=zone.where_to_apply, phone=zone.phone, drivers=zone.drivers, **sources,
    )  # fmt: skip


def revocation_of(zone: ProfileZone) -> str:
    """How revocation is judged: by lists as soon as issuers are named, unless config.yaml says otherwise."""
    if zone.revocation != "auto":
        return zone.revocation
    return "crl" if zone.issuers else "none"


def _texts(sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(f"{s.place} {s.oid}" + (f" {s.pattern}" if s.pattern != "(.+)" else "") for s in sources)
