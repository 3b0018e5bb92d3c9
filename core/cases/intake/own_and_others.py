"""What a sender's own words do to cases beside the one that its mail lies at: to each of its own
that it may take back, and to what others asked for its enterprise."""

from core.cases.intake.hand_in import PORTAL_BOX
from core.cases.intake.incoming import Incoming
from core.cases.intake.related_case import MOST_DOUBTED, cases_of_others, own_open_cases
from core.cases.intake.request_case import hold_for_correction, hold_for_withdrawal
from core.cases.intake.unread import CONTACT_WROTE, raise_unread_alert
from core.data.case import PLANNED, Case

WHICH_ONE = "来信要求撤回或暂缓，未写明是哪一件，其待办工单均已暂缓，请核实"


def hold_each(mail: Incoming) -> list[Case]:
    """The cases of a proved sender who takes a request back, or stops it, and does not say which of
    several: all wait for a person, since a window could carry out the one that is meant."""
    takes_back = mail.request.withdraws or mail.stops
    if mail.is_own_request or not (takes_back and mail.proved):
        return []
    complete = [one for one in own_open_cases(mail) if one.state in PLANNED]
    return [hold_for_withdrawal(mail.tx, case) for case in complete]


def hold_corrected(mail: Incoming, opened: Case) -> None:
    """Who asks for an enterprise and says that the mail prevails over an earlier one (刚才发错了)
    does not want what it asked for before: its other complete cases wait for a person, too."""
    tx, record = mail.tx, mail.record
    if not (mail.proved and mail.corrects) or record.mailbox == PORTAL_BOX:
        return
    for case in tx.cases.newest(state=PLANNED, sender=record.sender, limit=MOST_DOUBTED):
        if case.id != opened.id:
            hold_for_correction(tx, case, opened)


def report_to_others(mail: Incoming, case: Case) -> None:
    """What the contact writes to its own case may be about what somebody else asked for: the words
    of a denial are many."""
    others = cases_of_others(mail) if mail.record.sender == case.sender else []
    for other in others[-1:]:
        raise_unread_alert(mail.tx, CONTACT_WROTE, other)
