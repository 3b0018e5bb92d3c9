"""Settings of certificates: which CAs' locks are accepted, and how each CA's certificates are read.

How they are read is data (certificates.yaml, whose head describes its form); what config.yaml
writes goes over it, profile by profile and setting by setting. A profile that is changed there
changes no other one of the data file, also none that is like it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails

from app.settings.config_file import KeyPath, Written, read
from app.settings.config_problems import validated
from app.settings.setting_kinds import Example, Zone, matching, problem
from core.locks.issuer_profiles import IssuerProfile, Place, Source

DATA_FILE: Final = Path(__file__).with_name("certificates.yaml")
INHERITED: Final = "inherited"
LISTS: Final = ("name", "uscc", "organisation_code", "unique_id", "person_ids")
READING: Final = (*LISTS, "person_unique_id", "enterprise_unique_id")
"""What `like` takes from another profile: how certificates are read.

Trust, abilities and addresses are each CA's own.
"""
NEEDED: Final = ("title", "name", "uscc")

_SOURCE: Final = re.compile(r"(subject|extension) (\d+(?:\.\d+)+)(?: (.+))?", re.DOTALL)
_NAMED: Final = re.compile(r"\{([a-z_]+)\}")


@cache
def data() -> Written:
    """The data file as it is written."""
    return read(DATA_FILE.read_text(encoding="utf-8"))


def _with_patterns(text: str, info: ValidationInfo) -> str:
    """The text with the expressions that it names.

    `info.context`: the patterns by name; without one those of the data file.
    """
    patterns: Mapping[str, str] = info.context or data().values["patterns"]
    unknown = [name for name in _NAMED.findall(text) if name not in patterns]
    if unknown:
        known = ", ".join(patterns)
        raise problem(
            f"没有名为 {{{unknown[0]}}} 的表达式，只有 {known}",
            f"no pattern has the name {{{unknown[0]}}}; there are {known}",
        )
    return _NAMED.sub(lambda found: patterns[found[1]], text)


def _source_text(text: str, info: ValidationInfo) -> str:
    if text == INHERITED:
        return text
    text = _with_patterns(text, info)
    source_of(text)
    return text


def _pattern(text: str, info: ValidationInfo) -> str:
    text = _with_patterns(text, info)
    compiled(text)
    return text


Sources = tuple[Annotated[str, AfterValidator(_source_text)], ...]
Pattern = Annotated[str, AfterValidator(_pattern)]
ListUrl = Annotated[
    str,
    matching(
        r"https?://[A-Za-z0-9.\[\]:-]+(?:/[!-~]*)?",
        "不是吊销列表的地址，请写成 http://主机/路径 或 https://主机/路径",
        "no address of a list; write it like http://host/path",
    ),
]


class ProfileZone(Zone):
    """One CA's profile (core.locks.issuer_profiles.IssuerProfile)."""

    model_config = ConfigDict(str_strip_whitespace=False)

    like: str = ""
    """another profile, whose way of reading counts for what is left out here"""
    title: str = ""
    """the CA's name as enterprises read it"""
    issuers: Annotated[tuple[Path, ...], Example("[/etc/unbind/ca/bjca.cer]")] = ()
    """files of the CA's certificates (DER or PEM). []: its locks are not accepted"""
    can_sign_bids: bool = True
    """false: these locks may log in, but not sign bids"""
    revocation: Annotated[Literal["auto", "none", "crl"], Example("crl")] = "auto"
    """how revocation is judged: auto | none | crl. auto: crl as soon as issuers are named.
    none: `unbind doctor` warns"""
    crl_urls: Annotated[tuple[ListUrl, ...], Example("[http://crl.ca.example.cn/bjca.crl]")] = ()
    """http(s) addresses of this CA's lists. Those on the certificates of locks are never asked"""
    crl_grace_hours: Annotated[float, Field(ge=0, le=720)] = 0.0
    """hours that a list still counts after its next update"""
    require_key_usage: bool = True
    """a certificate without keyUsage is refused"""
    where_to_apply: Annotated[str, Example("https://ca.example.cn/apply")] = ""
    """where enterprises get such a lock; shown to them"""
    phone: Annotated[str, Example("010-00000001")] = ""
    """the CA's telephone; shown to enterprises"""
    drivers: Annotated[tuple[str, ...], Example("[https://ca.example.cn/driver]")] = ()
    """where drivers are found; shown to enterprises"""
    name: Sources = ()
    """sources of the enterprise's name"""
    uscc: Sources = ()
    """sources of the unified social credit code (统一社会信用代码)"""
    organisation_code: Sources = ()
    """sources of the organisation code (组织机构代码)"""
    unique_id: Sources = ()
    """sources of the CA's own number of the holder"""
    person_ids: Sources = ()
    """sources whose value marks a person's lock where nothing marks an enterprise's"""
    person_unique_id: Pattern = ""
    """what the whole unique id of a person's lock matches:
    refused, also where it names the enterprise"""
    enterprise_unique_id: Pattern = ""
    """what the whole unique id of an enterprise's lock matches"""


class DataFile(Zone):
    """certificates.yaml. To be validated with its own patterns as context."""

    patterns: dict[str, str]
    profiles: dict[str, ProfileZone]

    @field_validator("profiles")
    @classmethod
    def _whole(cls, profiles: dict[str, ProfileZone]) -> dict[str, ProfileZone]:
        return layered(profiles, {})


@cache
def shipped() -> Mapping[str, ProfileZone]:
    """The profiles of the data file, whole."""
    return profiles_of(data(), DATA_FILE.name)


def profiles_of(written: Written, name: str) -> Mapping[str, ProfileZone]:
    """The profiles of a data file, each with what it takes from another.

    Raises ConfigError with every problem, each with its line.
    """
    patterns = written.values.get("patterns") if isinstance(written.values, dict) else None
    return validated(DataFile, written, written.values, name, context=patterns).profiles


class CertificatesZone(Zone):
    roots: Annotated[tuple[Path, ...], Example("[/etc/unbind/ca/root.cer]")] = ()
    """files of root certificates (DER or PEM), where an issuer of a profile is not a root itself"""
    crl_folder: Path | None = None
    """where lists in use are kept; a .crl file (DER or PEM) put there is taken up at the next
    round. null = crl in storage.folder"""
    crl_interval_s: Annotated[float, Field(ge=60, le=86400)] = 3600.0
    """seconds between rounds of fetching lists; 300 at most after one that failed"""
    crl_timeout_s: Annotated[float, Field(ge=1, le=600)] = 60.0
    """seconds that the fetching of one list may take"""
    profiles: Annotated[dict[str, ProfileZone], Example("bjca")] = Field(
        default_factory=lambda: dict(shipped())
    )
    """the CAs, by name: bjca, beijing_yzt, yixin, gmt0015, sheca, zjca_old,
    or a new one with a title and `like: gmt0015`"""

    @field_validator("profiles")
    @classmethod
    def _over_the_data_file(cls, written: dict[str, ProfileZone]) -> dict[str, ProfileZone]:
        return layered(written, shipped())


def layered(
    written: Mapping[str, ProfileZone], below: Mapping[str, ProfileZone]
) -> dict[str, ProfileZone]:
    """Whole profiles: what is written of each goes over the one of that name below, or what it is
    like. Raises ValidationError."""
    layer = _Layer(written, below)
    return {**below, **{key: layer.whole(key) for key in written}}


@dataclass(frozen=True, slots=True)
class _Layer:
    written: Mapping[str, ProfileZone]
    below: Mapping[str, ProfileZone]

    def whole(self, key: str, asked: tuple[str, ...] = ()) -> ProfileZone:
        if key not in self.written:
            return self.below[key]
        one = self.written[key]
        base = {
            **dict(self.below.get(key, ProfileZone())),
            **self._reading(key, one, (*asked, key)),
            "like": "",
        }
        values = base | {
            field: self._value(key, field, value, base)
            for field, value in one
            if field in one.model_fields_set - {"like"}
        }
        for field in NEEDED:
            if not values[field]:
                raise _wrong(
                    (key, field),
                    "必须填写（读法可用 like 沿用另一个）",
                    "must be given (`like` takes the sources of another one)",
                )
        return ProfileZone.model_construct(**values)

    def _reading(self, key: str, one: ProfileZone, asked: tuple[str, ...]) -> dict[str, Any]:
        if not one.like:
            return {}
        if one.like in asked or one.like not in {*self.written, *self.below}:
            known = ", ".join(sorted({*self.written, *self.below} - {key}))
            raise _wrong(
                (key, "like"),
                f"须是另一个且不循环引用：{known}",
                f"must be another one, and not lead back here: {known}",
            )
        return {field: value for field, value in self.whole(one.like, asked) if field in READING}

    def _value(self, key: str, field: str, value: Any, base: Mapping[str, Any]) -> Any:
        if field not in LISTS or INHERITED not in value:
            return value
        if not base[field]:
            where = (key, field, str(value.index(INHERITED)))
            raise _wrong(
                where,
                "没有可沿用的，请删去它或写 like",
                "there is nothing to inherit; take it out or write `like`",
            )
        return tuple(
            source for text in value for source in (base[field] if text == INHERITED else (text,))
        )


def _wrong(where: KeyPath, zh: str, en: str) -> ValidationError:
    return ValidationError.from_exception_data(
        "profiles", [InitErrorDetails(type=problem(zh, en), loc=where, input={})]
    )


def source_of(text: str) -> Source:
    """A source from its text. Raises PydanticCustomError (a ValueError)."""
    match = _SOURCE.fullmatch(text)
    if match is None:
        raise problem(
            "应写成 “subject OID” 或 “extension OID”，后面可加一个空格和正则表达式",
            "write `subject OID` or `extension OID`, and if needed a space and a "
            "regular expression",
        )
    pattern = match[3] or "(.+)"
    if compiled(pattern).groups != 1:
        raise problem(
            "正则表达式应有且只有一个捕获组（其余请用 (?:…)）",
            "the expression needs exactly one group (write others as (?:…))",
        )
    return Source(Place(match[1]), match[2], pattern)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled. Raises PydanticCustomError (a ValueError)."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise problem(f"不是正则表达式（{error}）", f"no regular expression ({error})") from error


def profile_of(profile_id: str, zone: ProfileZone, issuers: Iterable[bytes]) -> IssuerProfile:
    """The profile of a zone, with the DER certificates of its issuers."""
    sources: dict[str, Any] = {
        field: tuple(map(source_of, value)) for field, value in zone if field in LISTS
    }
    return IssuerProfile(
        id=profile_id,
        title=zone.title,
        person_unique_id=zone.person_unique_id,
        enterprise_unique_id=zone.enterprise_unique_id,
        can_sign_bids=zone.can_sign_bids,
        require_key_usage=zone.require_key_usage,
        crl_grace_hours=zone.crl_grace_hours,
        revocation=revocation_of(zone),
        crl_urls=zone.crl_urls,
        issuers=tuple(issuers),
        where_to_apply=zone.where_to_apply,
        phone=zone.phone,
        drivers=zone.drivers,
        **sources,
    )


def revocation_of(zone: ProfileZone) -> str:
    """How revocation is judged: by lists as soon as issuers are named,
    unless config.yaml says otherwise."""
    if zone.revocation != "auto":
        return zone.revocation
    return "crl" if zone.issuers else "none"
