"""How people come in: the sections `console` (administrators) and `entrance` (enterprises) of config.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from app.settings_kinds import Example, MiB, Url, Zone, matching
from core.accounts.front_desk import EntranceSettings
from core.accounts.paper import RequiredPaper
from core.accounts.second_factor import FactorPolicy

_ENTRANCE = EntranceSettings(origins=frozenset())
_PAPER = RequiredPaper("", "")
Origin = Annotated[str, matching(
    r"https?://[^/\s]+", "不是网页来源，请写成 https://主机 或 https://主机:端口，末尾不带斜杠", "no origin; write https://host or https://host:port",
)]


class ConsoleZone(Zone):
    second_factor: Annotated[FactorPolicy, Example("required")] = FactorPolicy.OPTIONAL
    """of administrators, behind the password: a one-time code of a telephone, or a passkey (needs https and a name in web.base_url).
    off | optional: who sets one up is asked for it | required: without one no page but that which sets it up"""


class PaperZone(Zone):
    title: Annotated[str, Field(min_length=1, max_length=40)]
    """what it is, as enterprises read it"""
    kinds: Annotated[tuple[Literal["pdf", "jpeg", "png"], ...], Field(min_length=1)] = ("pdf", "jpeg", "png")
    """which files it may be, by their content"""
    max_mib: Annotated[int, Field(ge=1, le=25)] = _PAPER.max_bytes // MiB
    """size of one file at most, in MiB (1,048,576 bytes)"""
    most: Annotated[int, Field(ge=1, le=10)] = _PAPER.most
    """number of files of it at most"""
    required: bool = _PAPER.required
    """false: it may be left out"""
    licence: bool = _PAPER.is_licence
    """true: name and credit code on it are read and compared with the certificate"""


class EntranceZone(Zone):
    open: Annotated[bool, Example("false")] = True
    """false: only the administrators' pages and the links of letters are there"""
    origins: tuple[Origin, ...] = ()
    """exact origins (https://host) whose pages may ask a lock to sign. []: that of web.base_url"""
    challenge_s: Annotated[int, Field(ge=10, le=300)] = _ENTRANCE.challenge_s
    """seconds that a lock has to answer, the typing of its PIN included"""
    tries: Annotated[int, Field(ge=3, le=10), Example("3")] = _ENTRANCE.limits.in_a_row
    """wrong passwords in a row that lock the password login for their source, 1 minute growing to 15; login by lock, other sources, and
    browsers that logged in before are not affected"""
    session_hours: Annotated[float, Field(gt=0, le=24), Example("4")] = _ENTRANCE.session_hours
    """hours a login lasts; it ends at once when its lock is unbound or reported lost"""
    system: Annotated[str, Example("政府采购交易系统")] = _ENTRANCE.system
    """the trading system that bindings made here belong to"""
    papers: dict[str, PaperZone] = Field(default_factory=dict)
    """what enterprises upload before they submit their information, each by a short name (docs/OPERATIONS.md, Papers of registrations). {}: nothing"""
    agent_download: Annotated[Url | None, Example("https://ggzy.example.cn/unbind-agent")] = None
    """where enterprises get the lock agent, named where a page finds none. null: they are told to ask the centre"""
