"""Settings of certificates: which CAs' locks are accepted, and how each CA's certificates are read.

How they are read is data (certificates.yaml, whose head describes its form); what config.yaml
writes goes over it, profile by profile and setting by setting. A profile that is changed there
changes no other one of the data file, also none that is like it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from app.settings.config_file import KeyPath, Written, read
from app.settings.config_problems import Problem, validated
from app.settings.setting_kinds import Wrong
from core.locks.issuer_profiles import IssuerProfile, Place, Source
from core.settings import setting
from web.common.page_settings import LockKind

DATA_FILE = Path(__file__).with_name("certificates.yaml")
INHERITED = "inherited"
LISTS = ("name", "uscc", "organisation_code", "unique_id", "person_ids")
PATTERNS = ("person_unique_id", "enterprise_unique_id")
READING = (*LISTS, *PATTERNS)
"""The settings that `like` copies from another profile: how certificates are read.

Trust, abilities and addresses are each CA's own.
"""
NEEDED = ("title", "name", "uscc")
_SOURCE = re.compile(r"(subject|extension) (\d+(?:\.\d+)+)(?: (.+))?", re.DOTALL)
_NAMED = re.compile(r"\{([a-z_]+)\}")
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class ProfileZone(LockKind):
    """One CA's profile, whole: `like` and `inherited` are resolved."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    like: str = setting(
        "", "another profile, whose way of reading counts for what is left out here"
    )
    issuers: tuple[Path, ...] = setting(
        (),
        "files of the CA's certificates (DER or PEM). []: its locks are not accepted",
        example="[/etc/unbind/ca/bjca.cer]",
    )
    revocation: Literal["auto", "none", "crl"] = setting(
        "auto",
        "how revocation is judged: auto | none | crl. "
        "auto: crl as soon as issuers are named. none: `unbind doctor` warns",
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
    name: tuple[str, ...] = setting((), "sources of the enterprise's name")
    uscc: tuple[str, ...] = setting(
        (), "sources of the unified social credit code (统一社会信用代码)"
    )
    organisation_code: tuple[str, ...] = setting(
        (), "sources of the organisation code (组织机构代码)"
    )
    unique_id: tuple[str, ...] = setting((), "sources of the CA's own number of the holder")
    person_ids: tuple[str, ...] = setting(
        (), "sources whose value marks a person's lock where nothing marks an enterprise's"
    )
    person_unique_id: str = setting(
        "",
        "what the whole unique id of a person's lock matches: refused, "
        "also where it names the enterprise",
    )
    enterprise_unique_id: str = setting(
        "", "what the whole unique id of an enterprise's lock matches"
    )

    @property
    def how_revoked(self) -> str:
        """How revocation is judged: by lists as soon as issuers are named,
        unless config.yaml says otherwise."""
        if self.revocation != "auto":
            return self.revocation
        return "crl" if self.issuers else "none"


@cache
def data() -> Written:
    """The data file as it is written."""
    return read(DATA_FILE.read_text(encoding="utf-8"))


@cache
def shipped() -> Mapping[str, ProfileZone]:
    """The profiles of the data file, whole."""
    return profiles_of(data(), DATA_FILE.name)


def profiles_of(written: Written, name: str) -> Mapping[str, ProfileZone]:
    """The profiles of a data file, each with what it takes from another.

    Raises ConfigError with every problem, each with its line.
    """
    layers = Layers(written.values["profiles"], {}, written.values["patterns"], ("profiles",))
    return validated(
        TypeAdapter(Mapping[str, ProfileZone]),
        layers.whole(),
        written,
        name,
        layers.problems,
        ("profiles",),
    )


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
    crl_interval_s: float = setting(
        3600.0,
        "seconds between rounds of fetching lists; 300 at most after one that failed",
        ge=60,
        le=86400,
    )
    profiles: Mapping[str, ProfileZone] = setting(
        lambda: dict(shipped()),
        "the CAs, by name: bjca, beijing_yzt, yixin, gmt0015, sheca, zjca_old, or a new one with "
        "a title and `like: gmt0015`",
        example="bjca",
    )


def over_the_data_file(written: Plain, problems: list[Problem]) -> Mapping[str, Any]:
    """The profiles of config.yaml whole: what is written of each goes over the one of that name in
    the data file, or what it is like."""
    values = data().values
    below = Layers(values["profiles"], {}, values["patterns"], ()).whole()
    layers = Layers(written, below, values["patterns"], ("certificates", "profiles"))
    whole = layers.whole()
    problems += layers.problems
    return whole


@dataclass(slots=True)
class Layers:
    """Profiles that are written over others.

    `problems`: what is wrong with them, at its place below `path`.
    """

    written: Mapping[str, Plain | None]
    below: Mapping[str, Plain]
    patterns: Mapping[str, str]
    path: KeyPath
    problems: list[Problem] = field(default_factory=list)

    def whole(self) -> dict[str, Any]:
        return {**self.below, **{key: self._profile(key) for key in self.written}}

    def _profile(self, key: str, others: tuple[str, ...] = ()) -> Plain:
        """One profile. `others`: those that are like it."""
        one = self.written.get(key)
        if not isinstance(one, Mapping):
            return self.below.get(key, {})
        reading = self._reading(key, str(one.get("like") or ""), (*others, key))
        base = {**self.below.get(key, {}), **(reading or {})}
        values = base | {
            name: self._value((key, name), value, base.get(name, ()))
            for name, value in one.items()
            if name != "like"
        }
        for name in NEEDED:
            if not values.get(name) and not others and reading is not None:
                self._refuse(
                    (key, name),
                    Wrong(
                        "必须填写（读法可用 like 沿用另一个）",
                        "must be given (`like` takes the sources of another one)",
                    ),
                )
        return values

    def _reading(self, key: str, like: str, others: tuple[str, ...]) -> Plain | None:
        """The settings that a profile copies from the one named by `like`; None where there is no
        such profile."""
        if not like:
            return {}
        known = {*self.written, *self.below} - {key}
        if like in others or like not in known:
            listed = ", ".join(sorted(known))
            self._refuse(
                (key, "like"),
                Wrong(
                    f"须是另一个且不循环引用：{listed}",
                    f"must be another one, and not lead back here: {listed}",
                ),
            )
            return None
        return {
            name: value for name, value in self._profile(like, others).items() if name in READING
        }

    def _value(self, where: KeyPath, value: Any, base: Iterable[str]) -> Any:
        """A written value; of a list of sources with those that it inherits, of expressions with
        the patterns that they name."""
        if where[-1] in PATTERNS and isinstance(value, str):
            return self._checked(where, value)
        if where[-1] not in LISTS or not isinstance(value, list | tuple):
            return value
        sources: list[str] = []
        for number, text in enumerate(value):
            if text != INHERITED:
                sources.append(self._checked((*where, str(number)), str(text)))
            elif base:
                sources += base
            else:
                self._refuse(
                    (*where, str(number)),
                    Wrong(
                        "没有可沿用的，请删去它或写 like",
                        "there is nothing to inherit; take it out or write `like`",
                    ),
                )
        return sources

    def _checked(self, where: KeyPath, text: str) -> str:
        try:
            text = self._with_patterns(text)
            if where[-1] in PATTERNS:
                compiled(text)
            else:
                source_of(text)
        except Wrong as wrong:
            self._refuse(where, wrong)
        return text

    def _with_patterns(self, text: str) -> str:
        """The text with the expressions that it names."""
        for name in _NAMED.findall(text):
            if name not in self.patterns:
                known = ", ".join(self.patterns)
                raise Wrong(
                    f"没有名为 {{{name}}} 的表达式，只有 {known}",
                    f"no pattern has the name {{{name}}}; there are {known}",
                )
        return _NAMED.sub(lambda found: self.patterns[found[1]], text)

    def _refuse(self, where: KeyPath, wrong: Wrong) -> None:
        problem = Problem((*self.path, *where), wrong.zh, wrong.en)
        if problem not in self.problems:
            self.problems.append(problem)


def source_of(text: str) -> Source:
    """A source from its text. Raises Wrong."""
    match = _SOURCE.fullmatch(text)
    if match is None:
        raise Wrong(
            "应写成 “subject OID” 或 “extension OID”，后面可加一个空格和正则表达式",
            "write `subject OID` or `extension OID`, and if needed a space and a "
            "regular expression",
        )
    pattern = match[3] or "(.+)"
    if compiled(pattern).groups != 1:
        raise Wrong(
            "正则表达式应有且只有一个捕获组（其余请用 (?:…)）",
            "the expression needs exactly one group (write others as (?:…))",
        )
    return Source(Place(match[1]), match[2], pattern)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled. Raises Wrong."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise Wrong(f"不是正则表达式（{error}）", f"no regular expression ({error})") from error


def profile_of(profile_id: str, zone: ProfileZone, issuers: Iterable[bytes]) -> IssuerProfile:
    """The profile of a zone, with the DER certificates of its issuers."""
    same = {
        one.name: getattr(zone, one.name)
        for one in fields(IssuerProfile)
        if hasattr(zone, one.name)
    }
    sources = {name: tuple(map(source_of, same[name])) for name in LISTS}
    return IssuerProfile(
        **{
            **same,
            **sources,
            "id": profile_id,
            "issuers": tuple(issuers),
            "revocation": zone.how_revoked,
        }
    )
