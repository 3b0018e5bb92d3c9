"""Settings of cases: the window, who approves what, limits of letters, how long data are kept."""

from datetime import date, time
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from app.settings.setting_kinds import Count, Example, TimeOfDay, Zone, problem
from core.cases.desk import CaseSettings, Retention, Risk, StrangerCheck
from core.data.workday import MOST_WORKING_HOURS

_CASES, _RETENTION = CaseSettings(), Retention()


class WindowZone(Zone):
    opens: Annotated[TimeOfDay, Example('"10:00"')] = time(11, 0)
    """time of day, included"""
    closes: Annotated[TimeOfDay, Example('"12:00"')] = time(11, 30)
    """time of day, not included: at 11:30, 11:29:59 is in and 11:30:00 is the next workday's.
    24:00 (or 00:00) ends the day"""
    office_opens: TimeOfDay = time(9, 0)
    """time of day; between it and office_closes, on workdays,
    working hours pass (cases.objection_hours)"""
    office_closes: TimeOfDay = time(17, 0)
    """time of day"""
    every_day: bool = False
    """true: weekends and holidays too (demonstrations)"""
    overrides: Annotated[dict[date, bool], Example("{2026-12-31: false, 2027-01-03: true}")] = (
        Field(default_factory=dict)
    )
    """over the State Council calendar (true = workday)"""

    @field_validator("closes", "office_closes")
    @classmethod
    def _after_it_opens(cls, closes: time, info: ValidationInfo) -> time:
        name = str(info.field_name).replace("closes", "opens")
        opens = info.data.get(name)
        if opens is not None and closes != time(0, 0) and closes <= opens:
            raise problem(f"须晚于 {name}", f"must be later than `{name}`")
        return closes


class CasesZone(Zone):
    approvals_required: Annotated[
        dict[Risk, Annotated[int, Field(ge=1, le=2)]],
        Example("{account_chosen: 1, review_findings: 2}"),
    ] = Field(default_factory=lambda: dict(_CASES.approvals_required))
    """how many people approve a case, by its risk. stranger_reset: a reset asked for by neither the
    registered contact nor a known sender | contact_untold: somebody else asks, and no notice can
    reach the registered contact | account_chosen: a person named the account | unfrozen: an
    objection for the enterprise, or a frozen account, within 90 days | review_findings: findings to
    be judged. One approver alone: 1"""
    stranger_check: Annotated[StrangerCheck, Example("opened")] = _CASES.stranger_check
    """what a case needs that somebody unknown asks for. contacted: the approver reaches the
    enterprise and says how | opened: it is opened and approved by itself"""
    objection_hours: Annotated[int, Field(ge=0, le=MOST_WORKING_HOURS), Example("4")] = (
        _CASES.objection_hours
    )
    """working hours that the registered contact has to object, from when a server took its notice,
    before a case is carried out that somebody else asked for; 0 = none"""
    own_domain: Annotated[str, Example("ggzy.example.cn")] = _CASES.own_domain
    """right side of the Message-IDs of our letters; your mail domain"""
    expire_days: Annotated[int, Field(ge=1, le=365), Example("15")] = _CASES.expire_days
    """days an incomplete request waits for its supplement"""
    link_hours: Annotated[int, Field(ge=1, le=168), Example("12")] = _CASES.link_hours
    """hours a reset link is good for; one use"""
    objection_days: Annotated[int, Field(ge=1, le=60), Example("15")] = _CASES.objection_days
    """days the registered contact can object by the link of the notice"""
    letters_per_sender_day: Annotated[Count, Example("10")] = _CASES.letters_per_sender_day
    """automatic letters to one address in 24 hours, proved and unproved senders counted separately.
    What a limit holds back leaves by itself, oldest first and fair by recipient. Proved: the
    receiving server vouches"""
    letters_per_hour: Annotated[Count, Example("400")] = _CASES.letters_per_hour
    """automatic letters to proved senders in all, in an hour; a flood must not make a flood"""
    letters_per_domain_hour: Annotated[Count, Example("20")] = _CASES.letters_per_domain_hour
    """automatic letters an hour to one organisation's domain (not at mail providers):
    one owner has many senders"""
    unproved_letters_per_hour: Annotated[Count, Example("20")] = _CASES.unproved_letters_per_hour
    """automatic letters to unproved senders in all, in an hour:
    their From may be an innocent's address"""
    notices_per_hour: Annotated[Count, Example("400")] = _CASES.notices_per_hour
    """notices to registered contacts in an hour, of cases of proved
    and of unproved senders separately"""
    notices_per_contact_day: Annotated[Count, Example("10")] = _CASES.notices_per_contact_day
    """notices to one contact in 24 hours, counted separately as well"""
    same_rejection_hours: Annotated[int, Field(ge=0, le=720)] = _CASES.same_rejection_hours
    """hours in which the same mail of the same sender is answered once only"""
    undo_s: Annotated[int, Field(ge=0, le=3600), Example("120")] = _CASES.undo_s
    """seconds that the letter of an administrator's act waits;
    until then the act can be taken back"""
    reverse_hours: Annotated[int, Field(ge=0, le=168), Example("48")] = _CASES.reverse_hours
    """hours in which a case that was carried out can be taken back; 0 = never"""

    @field_validator("approvals_required")
    @classmethod
    def _over_the_defaults(cls, written: dict[Risk, int]) -> dict[Risk, int]:
        return {**_CASES.approvals_required, **written}


Days = Annotated[int, Field(ge=0, le=36_500)]


class RetentionZone(Zone):
    completed_days: Annotated[Days, Example("1825")] = _RETENTION.completed_days
    """days after an unbinding: three years are the general period of limitation
    (Civil Code, article 188)"""
    declined_days: Annotated[Days, Example("180")] = _RETENTION.declined_days
    """days after an administrator declined"""
    withdrawn_days: Annotated[Days, Example("90")] = _RETENTION.withdrawn_days
    """days after the sender withdrew"""
    expired_days: Annotated[Days, Example("90")] = _RETENTION.expired_days
    """days after no supplement came in time"""
    other_mail_days: Annotated[Days, Example("90")] = _RETENTION.other_mail_days
    """days after arrival: mail that belongs to no case"""
    remove_from_mailbox: Annotated[bool, Example("false")] = _RETENTION.remove_from_mailbox
    """delete such mail in the mailbox too. What after_reading moved elsewhere is out of reach"""
