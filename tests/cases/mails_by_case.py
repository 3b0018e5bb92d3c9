"""What each kind of mail does at a case in each state, by who sends it.

`python -m tests.cases.mails_by_case` writes mails_by_case.txt, whose difference shows what a change
of the intake does to every mail. Each mail arrives in a step that is taken back.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from core.cases.decision.approve import approve
from core.cases.intake.receive import receive
from core.cases.window.process import run_window
from core.data.case import Case
from core.data.mail_record import AuthResult, MailRecord, NewMail
from core.data.submission import (
    WORDS_CUT,
    Answer,
    AttachmentKind,
    Bounce,
    Mark,
    RequestForm,
    Submission,
)
from tests.cases.effects import Facts, taken_back, what_follows
from tests.cases.submissions import STRANGER, answer_to, incomplete
from tests.validators.builders import (
    NAME,
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    SENDER,
    attachment,
    complete_submission,
    documents,
    form,
    licence,
    message,
    page,
)
from tests.world import CONTACT, World, store_in

FILE = Path(__file__).with_suffix(".txt")
WORDS = RequestForm(has_request_words=True)
SILENT = RequestForm()


def talk(text: str, request: RequestForm = SILENT, **changes) -> Submission:
    return complete_submission(message((), new_text=text, **changes), request, NO_DOCUMENTS)


def brings_licence(text: str) -> Submission:
    brought = documents(pages=[page(1, "b.pdf")], parts=[licence(1, "b.pdf")], seals=())
    return complete_submission(message([attachment("b.pdf")], new_text=text), SILENT, brought)


def named(mail: Submission, name: str) -> Submission:
    return replace(mail, request=RequestForm((name,)))


MAILS = {
    "thanks": talk("收到，谢谢！"),
    "thanks, a question below": talk("谢谢", quoted_text="何时办理"),
    "thanks, more than is read": talk("谢谢", defects=(WORDS_CUT,)),
    "thanks, with a file": complete_submission(
        message([attachment("d.xlsx", AttachmentKind.OTHER)], new_text="谢谢"), SILENT, NO_DOCUMENTS
    ),
    "a question, a denial below": talk("请看下面", quoted_text="我们没有申请解绑"),
    "thanks, a denial below": talk("谢谢", quoted_text="我们没有申请解绑，有人冒用"),
    "progress, a denial below": talk(
        "进度", RequestForm(asks_progress=True), quoted_text="我们没有申请解绑"
    ),
    "a confirmation": talk("是我单位申请的，请办理。"),
    "progress": talk("进度", RequestForm(asks_progress=True)),
    "progress, and a complaint": talk("我们没有申请过，请问进度", RequestForm(asks_progress=True)),
    "a withdrawal": talk("撤回申请", replace(WORDS, withdraws=True)),
    "a stop": talk("请暂缓办理"),
    "a complaint": talk("为什么不给办？"),
    "a denial": talk("我们没有申请解绑，有人冒用", replace(WORDS, unbind=Answer.NO)),
    "another answer": talk("密码也重置", replace(WORDS, reset_password=Answer.YES)),
    "doubtful words": talk("解绑的事再看看", replace(WORDS, unbind=Answer.UNREAD)),
    "the name alone": talk(NAME, RequestForm((NAME,))),
    "a licence": brings_licence("见附件"),
    "a licence, and a question": brings_licence("请问还缺什么？"),
    "a whole request": complete_submission(message([attachment("c.pdf")])),
    "a request for another": talk("解绑", form(enterprise_names=(OTHER_NAME,))),
    "progress of another": talk(OTHER_NAME, RequestForm((OTHER_NAME,), asks_progress=True)),
    "progress of another, and the number": talk(
        f"JB20261125-0001 {OTHER_NAME}", RequestForm((OTHER_NAME,), asks_progress=True)
    ),
    "a licence, and the number": named(brings_licence("JB20261125-0001"), NAME),
    "a licence of another, and the number": named(brings_licence("JB20261125-0001"), OTHER_NAME),
    "a file in the cloud": talk("见超大附件", cloud_links=("QQ 超大附件",)),
    "a request for two": complete_submission(request=form(enterprise_names=(NAME, OTHER_NAME))),
    "an automatic answer": talk("放假", marks=[Mark.AUTO_REPLIED]),
    "a denial by a system": talk("我公司没有申请过", marks=[Mark.AUTO_GENERATED]),
    "a denial that came back": talk(
        "我公司没有申请过", marks=[Mark.REPORT], bounce=Bounce((), "failed")
    ),
    "a letter of ours that denies": talk("我公司没有申请过", marks=[Mark.OWN]),
    "an urgent question": talk("锁丢了，下午就要投标", RequestForm(urgent=True)),
}
ANSWERED = {SENDER: ("received", "returned"), CONTACT: ("contact_notice",)}
WHO = {
    "the sender": (SENDER, SENDER),
    "the sender anew": (SENDER, ""),
    "somebody unproved": (SENDER, SENDER),
    "the contact": (CONTACT, CONTACT),
    "the contact anew": (CONTACT, ""),
    "the contact unproved anew": (CONTACT, ""),
    "a colleague": (STRANGER, CONTACT),
}
"""Address, and whose letter the mail answers."""
ANEW = (
    "progress of another",
    "progress of another, and the number",
    "a licence, and the number",
    "a licence of another, and the number",
    "a request for another",
    "thanks, a question below",
    "a question, a denial below",
)
FEW = (
    "thanks",
    "thanks, a denial below",
    "progress, and a complaint",
    "a withdrawal",
    "a stop",
    "a denial",
    "another answer",
    "a licence",
    "a whole request",
)
TRIED = {
    "none": {
        "the sender": (
            *FEW,
            "thanks, more than is read",
            "thanks, with a file",
            "a request for two",
            "an automatic answer",
            "an urgent question",
        ),
        "somebody unproved": ("a licence", "a whole request"),
    },
    "incomplete": {"the sender": MAILS, "the contact": FEW},
    "queued": {
        "the sender": MAILS,
        "the sender anew": (*FEW, *ANEW),
        "somebody unproved": FEW,
        "the contact": MAILS,
        "the contact anew": (*FEW, *ANEW),
        "the contact unproved anew": FEW,
        "a colleague": FEW,
    },
    "approved": {"the sender": FEW, "somebody unproved": ["a stop"], "the contact anew": FEW},
    "completed": {"the sender": FEW, "the contact": FEW},
}
"""The mails by the state of their case and who sends them."""


def begun(world: World, state: str) -> Case | None:
    """A case of the enterprise in this state, its letters sent."""
    if state == "none":
        return None
    case = world.case(world.mail(incomplete() if state == "incomplete" else complete_submission()))
    world.send_letters()
    ids = (case.id, case.version)
    if state in {"approved", "completed"}:
        approve(world.desk, *ids, "li")
    if state == "completed":
        world.clock.at = case.window_opens_at
        run_window(world.desk)
        world.mail(complete_submission(message(sender=STRANGER)))
    world.send_letters()
    return world.again(case)


def lines() -> Iterator[str]:
    for state, senders in TRIED.items():
        with TemporaryDirectory() as folder:
            world = World(store_in(Path(folder)), letters=Facts())
            world.register()
            world.register("second@example.org", name=OTHER_NAME, uscc=OTHER_USCC)
            case = begun(world, state)
            for who, names in senders.items():
                for name in names:
                    first, *others = effects(world, case, sent_by(world, case, who, MAILS[name]))
                    yield f"{state} · {who} · {name} → {first}"
                    yield from (f"    {one}" for one in others)
            world.store.close()


def sent_by(world: World, case: Case | None, who: str, mail: Submission) -> Submission:
    address, of = WHO[who]
    with world.tx() as tx:
        letters = tx.letters.newest(case_id=case.id) if case else []
    answered = next((one for one in letters if one.kind in ANSWERED.get(of, ())), None)
    proof = AuthResult.UNKNOWN if "unproved" in who else AuthResult.PASS
    changes = {"sender": address, "authentication": proof, "message_id": "<new@example.com>"}
    changes |= answer_to(answered) if answered else {}
    return replace(mail, message=replace(mail.message, arrived=world.clock.now(), **changes))


def effects(world: World, case: Case | None, mail: Submission) -> list[str]:
    """All that follows from one mail, its disposition first."""
    with taken_back(world) as tx:
        mail_id = tx.mails.add(NewMail("box", 1, 999, world.clock.now(), 3, b"new"))
        others = what_follows(tx, lambda: receive.__wrapped__(tx, mail_id, mail, {}))
        return [_of_mail(tx.mails.get(mail_id), case), *others]


def _of_mail(record: MailRecord, case: Case | None) -> str:
    whose = "at no case"
    if record.case_id is not None:
        whose = "at the case" if case and record.case_id == case.id else "at a new one"
    marks = [name for name in ("unread", "urgent") if getattr(record, name)]
    marks += filter(None, [record.note])
    return ", ".join((f"{record.disposition} {whose}", *marks))


if __name__ == "__main__":
    FILE.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
