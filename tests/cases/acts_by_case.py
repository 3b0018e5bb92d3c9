"""What each act of an administrator, of the contact or of time does to a case in each state.

`python -m tests.cases.acts_by_case` writes acts_by_case.txt, whose difference shows what a change
of an act does to every case. Each act is a step that is taken back.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from core.cases.accounts import contact_change
from core.cases.decision import answering, approve, merge_split, reversal, unproved
from core.cases.decision.answering import Answer, Words
from core.cases.desk import CaseSettings, DeskStep
from core.cases.intake import case_status
from core.cases.intake.bounces import mark_bounced
from core.cases.letters import objection
from core.cases.window import process
from core.data.case import Case, Contacted, ContactedBy
from core.data.letter import LetterKind
from core.data.mail_record import CountsAs, Disposition, NewMail
from core.data.submission import Answer as Said
from core.data.submission import Bounce
from core.errors import NotAllowed
from tests.cases.effects import Facts, taken_back, what_follows
from tests.cases.submissions import STRANGER, incomplete
from tests.validators.builders import (
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    complete_submission,
    form,
    message,
)
from tests.world import CONTACT, World, decline, store_in

FILE = Path(__file__).with_suffix(".txt")
Act = Callable[[World, DeskStep, Case], object]


def of_case(use_case: Callable[..., object], *given: object, **named: object) -> Act:
    """An act on the case as it is seen."""

    def act(_world: World, tx: DeskStep, case: Case) -> object:
        return use_case.__wrapped__(tx, case.id, case.version, *given, **named)

    return act


def reached(by: ContactedBy, whom: str = "王会计", note: str = "") -> Act:
    def act(world: World, tx: DeskStep, case: Case) -> object:
        contacted = Contacted(by, whom, note, world.clock.now(), "li")
        return approve.approve.__wrapped__(tx, case.id, case.version, "li", contacted)

    return act


def answers(answer: Answer, reason: str = "", *findings: str) -> Act:
    return of_case(answering.give, "li", answer, Words(reason, findings))


def by_link(words: str = "", *, confirms: bool = False) -> Act:
    """The contact uses the link of the newest notice."""

    def act(_world: World, tx: DeskStep, case: Case) -> object:
        notices = tx.letters.newest(case_id=case.id, kind=LetterKind.CONTACT_NOTICE)
        link_id = notices[0].link_id if notices else None
        if link_id is None:
            raise NotAllowed("no link")
        token, version = tx.links.token(link_id), case.version if confirms else None
        return objection.answer_by_link.__wrapped__(tx, token, words, confirms=version)

    return act


def bounces(kind: LetterKind, *, permanent: bool) -> Act:
    def act(_world: World, tx: DeskStep, case: Case) -> object:
        letter = next(iter(tx.letters.newest(case_id=case.id, kind=kind)), None)
        ids = (letter.message_id,) if letter else ()
        return mark_bounced(tx, Bounce(ids, "failed", "5.1.1", permanent, "地址不存在"))

    return act


def unproved_mail(counts_as: CountsAs) -> Act:
    """A mail whose sender is not proved waits at the case, and a person takes it over."""

    def act(world: World, tx: DeskStep, case: Case) -> object:
        words = message((), new_text="密码也重置", authentication="unknown", message_id="<u@b.c>")
        asks = form(enterprise_names=(), unbind=Said.MISSING, reset_password=Said.YES)
        mail_id = tx.mails.add(NewMail("box", 1, 998, world.clock.now(), 3, b"mail"))
        waits = replace(
            tx.mails.get(mail_id),
            disposition=Disposition.UNPROVED,
            sender=SENDER,
            authentication="unknown",
            case_id=case.id,
            unread=True,
        )
        tx.mails.save(waits, complete_submission(words, asks, NO_DOCUMENTS))
        take_over = unproved.take_over.__wrapped__
        return take_over(tx, case.id, case.version, mail_id, "li", counts_as)

    return act


def with_other(use_case: Callable[..., object]) -> Act:
    """The other case of the enterprise becomes part of this one, or this one of it."""

    def act(_world: World, tx: DeskStep, case: Case) -> object:
        other = tx.cases.by(sender=STRANGER)
        return use_case(tx, case, other)

    return act


def merged(tx: DeskStep, case: Case, other: Case) -> Case:
    return merge_split.merge_cases.__wrapped__(
        tx, case.id, case.version, "li", other.id, other.version
    )


def withdraws_by_link(_world: World, tx: DeskStep, case: Case) -> None:
    token = tx.cases.status_token(case.number)
    case_status.ask_to_withdraw.__wrapped__(tx, case.number, token)


def is_carried_out(_world: World, tx: DeskStep, case: Case) -> None:
    accounts = tx.accounts.by_ids({case.enterprise_id})
    process._process(tx, case, accounts, "desk")


def is_postponed(_world: World, tx: DeskStep, case: Case) -> object:
    return process._postpone.__wrapped__(tx, case.id)


def expires(_world: World, tx: DeskStep, case: Case) -> object:
    return process._expire.__wrapped__(tx, case.id, tx.now - timedelta(days=30))


def contact_changes(_world: World, tx: DeskStep, case: Case) -> None:
    account = replace(tx.accounts.get(case.enterprise_id), contact_email="new@example.org")
    tx.accounts.save(account)
    contact_change._ask_anew(tx, account)


ACTS: dict[str, Act] = {
    "approve": of_case(approve.approve, "li"),
    "approve, by another": of_case(approve.approve, "wang"),
    "approve, by telephone": reached(ContactedBy.TELEPHONE),
    "approve, by telephone to nobody": reached(ContactedBy.TELEPHONE, ""),
    "approve, in person": reached(ContactedBy.IN_PERSON),
    "approve, by mail": reached(ContactedBy.MAILBOX),
    "approve, otherwise": reached(ContactedBy.OTHER, note="上级来函"),
    "approve unopened": of_case(approve.approve, "li", opened=False),
    "approve one lock": of_case(approve.approve, "li", None, (1,)),
    "approve with a reset": of_case(approve.approve, "li", with_reset=True),
    "revoke": of_case(approve.revoke, "li"),
    "hold": of_case(approve.hold, "li", "核实"),
    "release": of_case(approve.release, "li"),
    "choose its account": of_case(approve.choose_account, "li", 1),
    "choose another account": of_case(approve.choose_account, "li", 2),
    "settle on a reset too": of_case(approve.settle_request, "li", True, True),
    "settle on a reset alone": of_case(approve.settle_request, "li", False, True),
    "return": answers(Answer.RETURN, "请补公章\n请补执照"),
    "return for nothing": answers(Answer.RETURN),
    "accept": answers(Answer.ACCEPT, "电话核实"),
    "decline": answers(Answer.DECLINE, "不符"),
    "withdraw": answers(Answer.WITHDRAW),
    "dismiss": answers(Answer.DISMISS),
    "dismiss with words": answers(Answer.DISMISS, "来信不是申请，请致电"),
    "undo": of_case(answering.undo, "li"),
    "reverse": of_case(reversal.reverse, "li", "办错了"),
    "merge the other": with_other(merged),
    "merge into the other": with_other(lambda tx, case, other: merged(tx, other, case)),
    "a mail is a supplement": unproved_mail(CountsAs.SUPPLEMENT),
    "a mail is an objection": unproved_mail(CountsAs.OBJECTION),
    "a mail is a case": unproved_mail(CountsAs.NEW_CASE),
    "objection by link": by_link("不是我们"),
    "confirmation by link": by_link(confirms=True),
    "withdrawal by link": withdraws_by_link,
    "the notice bounces": bounces(LetterKind.CONTACT_NOTICE, permanent=True),
    "an answer bounces for now": bounces(LetterKind.RECEIVED, permanent=False),
    "another contact": contact_changes,
    "window": is_carried_out,
    "window missed": is_postponed,
    "nobody answers": expires,
}
STATES = {
    "incomplete": """approve; hold; choose another account; settle on a reset too; return; accept;
        decline; withdraw; dismiss with words; merge the other; merge into the other; a mail is a
        supplement; a mail is an objection; objection by link; withdrawal by link;
        the notice bounces; another contact""",
    "incomplete, a month later": "nobody answers; merge the other",
    "queued": "; ".join(ACTS),
    "of the contact": """approve; approve, by telephone; approve unopened; approve one lock;
        approve with a reset; choose another account; settle on a reset too; return; merge the
        other; merge into the other; a mail is a supplement; another contact""",
    "first approved": """approve; approve, by another; approve, by mail; approve one lock; hold;
        settle on a reset too; return; confirmation by link; another contact""",
    "approved": """approve; revoke; hold; settle on a reset too; return; decline; dismiss; undo;
        a mail is a supplement; objection by link; confirmation by link; the notice bounces; an
        answer bounces for now; another contact; window; window missed""",
    "approved, a day later": "window; window missed; confirmation by link; revoke",
    "of the contact, a week later": "window missed; approve; return; decline",
    "held": """approve; release; return; accept; withdraw; merge the other; merge into the other;
        a mail is a supplement; objection by link; confirmation by link""",
    "completed": """hold; undo; reverse; merge the other; a mail is a supplement; a mail is an
        objection; a mail is a case; objection by link; confirmation by link; withdrawal by link;
        the notice bounces""",
    "completed by two": "reverse; objection by link",
    "completed of the contact": "reverse; objection by link",
    "merged": "withdrawal by link; undo; reverse",
    "declined": """approve; undo; objection by link; confirmation by link; withdrawal by link""",
}


LATER = {
    "": timedelta(0),
    "a day later": timedelta(days=1, hours=1),
    "a week later": timedelta(days=7),
    "a month later": timedelta(days=31),
}


def begun(world: World, state: str) -> Case:
    """A case of the enterprise in this state, its letters sent, and a stranger's beside it."""
    of_contact = state.endswith("of the contact")
    by_two = state in {"first approved", "completed by two"}
    whole = complete_submission(request=form(reset_password=Said.YES) if by_two else form())
    world.register(SENDER if of_contact else CONTACT)
    world.register("second@example.org", name=OTHER_NAME, uscc=OTHER_USCC)
    case = world.case(world.mail(incomplete() if state == "incomplete" else whole))
    world.mail(complete_submission(message(sender=STRANGER)))
    world.send_letters()
    case = world.again(case)
    if "approved" in state or "completed" in state:
        contacted = Contacted(ContactedBy.TELEPHONE, "王会计", "", world.clock.now(), "li")
        case = approve.approve(world.desk, case.id, case.version, "li", contacted)
    if state == "completed by two":
        approve.approve(world.desk, case.id, case.version, "wang", contacted)
    if "completed" in state:
        world.clock.at += timedelta(days=1 - of_contact, hours=1)
        process.run_window(world.desk)
    if state == "held":
        approve.hold(world.desk, case.id, case.version, "li", "核实")
    if state == "merged":
        with world.desk.step() as tx:
            merged(tx, tx.cases.by(sender=STRANGER), case)
    if state == "declined":
        decline(world.desk, case.id, case.version, "li", "不符")
    return world.again(case)


def lines() -> Iterator[str]:
    for state, names in STATES.items():
        with TemporaryDirectory() as folder:
            world = World(store_in(Path(folder)), letters=Facts(), settings=CaseSettings())
            begins, _, later = state.partition(", ")
            case = begun(world, begins)
            world.clock.at += LATER[later]
            for name in map(" ".join, map(str.split, names.split(";"))):
                yield f"{state} · {name}"
                with taken_back(world) as tx:
                    found = what_follows(tx, partial(ACTS[name], world, tx, case))
                yield from (f"    {one}" for one in found)
            world.store.close()


if __name__ == "__main__":
    FILE.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
