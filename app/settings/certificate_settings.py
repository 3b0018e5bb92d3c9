"""Settings of certificates: which CAs' locks are accepted, and how each CA's certificates are read.

How they are read is data (certificates.yaml, whose head describes its form); what config.yaml
writes goes over it, profile by profile and setting by setting. A profile that is changed there
changes no other one, also none that is like it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

from app.settings.certificate_sources import data, expression, source_text
from core.locks.issuer_profiles import IssuerProfile
from core.settings import setting

LISTS = ("name", "uscc", "organisation_code", "unique_id", "person_ids")
PATTERNS = ("person_unique_id", "enterprise_unique_id")
READING = (*LISTS, *PATTERNS)
"""The settings that `like` copies from another profile: how certificates are read.

Trust, abilities and addresses are each CA's own.
"""
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class ProfileZone(IssuerProfile):
    """One CA's profile, with what it takes from the one that it is like."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", validate_default=True)

    like: str = setting(
        "",
        "a shipped profile, whose way of reading counts for what is left out here",
        kind="shipped profile",
    )
    issuers: tuple[Path, ...] = setting(
        (),
        "files of the CA's certificates (DER or PEM). []: its locks are not accepted",
        example="[/etc/unbind/ca/bjca.cer]",
    )


@cache
def shipped() -> Mapping[str, ProfileZone]:
    """The profiles of the data file."""
    return TypeAdapter(Mapping[str, ProfileZone]).validate_python(_plain())


@cache
def _plain() -> Mapping[str, Plain]:
    """The same as plain values, expressions written out. What a profile is like is above it in the
    file."""
    whole: dict[str, Plain] = {}
    for key, one in data()["profiles"].items():
        sources = {name: list(map(source_text, one[name])) for name in LISTS if name in one}
        patterns = {name: expression(one[name]) for name in PATTERNS if name in one}
        whole[key] = _reading(whole, one) | one | sources | patterns
    return whole


def completed_profiles(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """The profiles of config.yaml whole: what is written of each goes over the one of that name in
    the data file, or what it is like."""
    whole = dict(_plain())
    for key, one in written.items():
        if isinstance(one, Mapping):
            whole[key] = {**whole.get(key, {}), **_reading(_plain(), one), **one}
        elif one is not None:
            whole[key] = one
    return whole


def _reading(known: Mapping[str, Plain], one: Plain) -> dict[str, Any]:
    """The settings that a profile copies from the one that it is like."""
    other = known.get(str(one.get("like")), {})
    return {name: other[name] for name in READING if name in other}


@dataclass(frozen=True)
class CertificatesZone:
    roots: tuple[Path, ...] = setting(
        (),
        "files of root certificates (DER or PEM), where an issuer of a profile is "
        "not a root itself",
        example="[/etc/unbind/ca/root.cer]",
    )
    crl_folder: Path | None = setting(
        None,
        "where lists in use are kept; a .crl file (DER or PEM) put there is taken up at the next "
        "round. null = crl in storage.folder",
    )
    profiles: Mapping[str, ProfileZone] = setting(
        lambda: dict(shipped()),
        "the CAs, by name: bjca, beijing_yzt, yixin, gmt0015, sheca, zjca_old, or a new one with "
        "a title and `like: gmt0015`",
        example="bjca",
    )
