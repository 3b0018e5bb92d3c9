"""Cases on the command line, for an administrator without a browser.

A case is named NUMBER@VERSION, as `unbind queue` prints it. An act on another version than the
present one is refused (RULES.md section 6).
"""

from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import Opened, actor, opened
from core.cases.decision import answering, batch_approval
from core.cases.decision import approve as approving
from core.cases.decision.answering import Answer, Words
from core.cases.desk import DeskStep
from core.cases.letters import words
from core.cases.letters.masked import mask_address
from core.cases.letters.words import console_text
from core.cases.window.process import roll_over, run_window, vacate
from core.clock import local, moment
from core.data.case import OPEN, Case, Contacted, ContactedBy, State
from core.data.case_query import CaseQuery
from core.data.letter import Letter, LetterState
from core.data.mail_record import Disposition
from core.errors import NotAllowed
from core.masking import hide_numbers
from core.outgoing.maildir_transport import end_of_name
from core.store.store import Transaction

commands = typer.Typer()
SeenCase = Annotated[
    str,
    typer.Argument(metavar="NUMBER@VERSION", help="A case as `unbind queue` prints it."),
]
LONGEST_SUBJECT = 60


@commands.command("queue", epilog="Example: unbind queue")
def queue(context: typer.Context) -> None:
    """List the cases that are open, by window date: 待办工单。"""
    with opened(context) as here, here.desk.view() as tx:
        by_state = tx.cases.count()
        for state in OPEN:
            cases = tx.cases.find(CaseQuery((state,), limit=by_state.get(state, 0)))
            reasons = _approval_words(tx, cases)
            for case in cases:
                typer.echo(case_row(case, reasons.get(case.id, "")))
        counts = " · ".join(f"{words.STATES[s]} {n}" for s, n in by_state.items())
        typer.echo(counts or "没有工单。")
        for alert in tx.alerts.find():
            more = f"（另有 {alert.times} 次同类提醒）" if alert.collected else ""
            typer.echo(f"! {moment(alert.at)} {alert.text}{more}")


def _approval_words(tx: DeskStep, cases: Sequence[Case]) -> dict[int, str]:
    """For each queued case, by id: that it may be approved unseen, or the reasons why not."""
    queued = [case for case in cases if case.state is State.QUEUED]
    reasons = batch_approval.looked_up(tx, queued)
    return {
        case_id: f"　须核实：{'；'.join(why)}" if why else f"　{batch_approval.CHECKED}"
        for case_id, why in reasons.items()
    }


def case_row(case: Case, approval: str = "") -> str:
    """A case in one line, beginning with NUMBER@VERSION. `approval`: a note at its end."""
    window = case.window_date.isoformat() if case.window_date else "—"
    request = f"解绑{words.ANSWERS[case.unbind]} 重置{words.ANSWERS[case.reset_password]}"
    return (
        f"{case.number}@{case.version}  {words.STATES[case.state]}  {window}  "
        f"{case.enterprise_name or words.UNNAMED}  {request}{approval}"
    )


@commands.command("show", epilog="Example: unbind show JB20261125-0001 --letters")
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="A case's number.")],
    letters: Annotated[
        bool, typer.Option("--letters", help="Print its letters too, with their Message-IDs.")
    ] = False,
) -> None:
    """Show one case: its request, account, findings, mails, letters and history. 工单详情。"""
    with opened(context) as here, here.desk.view() as tx:
        case = case_of(tx, number.partition("@")[0])
        typer.echo(case_row(case, _approval_words(tx, [case]).get(case.id, "")))
        for line in (*_request(tx, case), *_findings(case), *_history(tx, case)):
            typer.echo(line)
        for letter in tx.letters.newest(case_id=case.id) if letters else ():
            typer.echo(
                f"\n#{letter.id} {letter.message_id}\n{letter.rendered.subject}\n\n"
                f"{sent_text(here.wiring.config.sent_folder, letter) or letter.rendered.text}"
            )


def _request(tx: Transaction, case: Case) -> Iterator[str]:
    yield (
        f"  来信地址 {mask_address(case.sender)}　收件登记 {moment(case.opened_at)}　齐全 "
        f"{moment(case.complete_at)}"
    )
    if case.reason:
        yield f"  理由　{case.reason}"
    if case.not_before and case.state is State.APPROVED:
        yield f"  最早办理　{moment(case.not_before)}（此前登记联系人可提出异议）"
    if case.enterprise_id is not None:
        enterprise = tx.accounts.get(case.enterprise_id)
        yield f"  账号　{enterprise.name}（{enterprise.uscc}）"
        for binding in tx.bindings.of_enterprise(enterprise.id, ended=True):
            ends = "将解除" if binding.id in (case.binding_ids or ()) else "保留"
            mark = "已解除" if binding.ended_at else ends
            yield (
                f"    {'主锁' if binding.primary else '副锁'} {binding.label} "
                f"{binding.serial}　绑定于 {moment(binding.bound_at)}　{mark}"
            )


def _findings(case: Case) -> Iterator[str]:
    for finding in case.findings:
        where = f"（{words.place(finding.where, finding.pages)}）" if finding.where else ""
        text = f"{console_text(finding)}{where} {finding.code}"
        yield f"  [{words.SEVERITIES[finding.severity]}] {text}"


def _history(tx: Transaction, case: Case) -> Iterator[str]:
    for mail in tx.mails.of_case(case.id):
        is_unproved = mail.disposition is Disposition.UNPROVED
        waits_as = words.DISPOSITIONS[mail.disposition] if is_unproved else "待阅"
        note = f"　{waits_as}" if mail.unread else ""
        subject = hide_numbers(mail.subject)[:LONGEST_SUBJECT]
        yield f"  来信 #{mail.id} {moment(mail.arrived)} {subject}{note}"
    for letter in tx.letters.newest(case_id=case.id):
        kind, state = words.LETTERS[letter.kind], words.LETTER_STATES[letter.state]
        error = f"　{letter.error}" if letter.error and letter.state is not LetterState.SENT else ""
        tries = f"，尝试 {letter.attempts} 次" if letter.attempts > 1 else ""
        yield (
            f"  回执 #{letter.id} {moment(letter.sent_at or letter.created_at)} {kind} → "
            f"{mask_address(letter.recipient)} {state}{tries}{error}"
        )
    for entry in tx.audit.entries(case.id):
        yield f"  {moment(entry.at)} {entry.actor} {words.ACTIONS.get(entry.action, entry.action)}"


def sent_text(folder: Path, letter: Letter) -> str:
    """The letter's text in the outbox's Maildir; "" where there is no file of it. That text has
    links, which the stored letter lacks."""
    for file in folder.glob(f"*/*.{end_of_name(letter.message_id)}*"):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
        return str(body.get_content()) if body else ""
    return ""


@commands.command("approve", epilog="Example: unbind approve JB20261125-0001@2 JB20261125-0002@1")
def approve(
    context: typer.Context,
    cases: Annotated[
        list[str],
        typer.Argument(
            metavar="NUMBER@VERSION",
            help="Cases as `unbind queue` prints them.",
        ),
    ],
    looked_at: Annotated[
        bool,
        typer.Option(
            "--looked-at",
            help=(
                "I have read this one case with `unbind show`: "
                "approve it though it is not 机检通过."
            ),
        ),
    ] = False,
    contacted_by: Annotated[
        ContactedBy | None,
        typer.Option("--reached-by", help="How you contacted the enterprise."),
    ] = None,
    whom: Annotated[str, typer.Option(help="Whom you spoke to there.")] = "",
    note: Annotated[str, typer.Option(help="Why you chose another way than usual.")] = "",
) -> None:
    """Approve cases for their window: 批准。 Each on its own;
    one refusal does not stop the others."""
    if looked_at and len(cases) > 1:
        raise NotAllowed("--looked-at 每次只能批准一件工单，请逐件核实、逐件批准。")
    if (contacted_by or whom or note) and not looked_at:
        raise NotAllowed("--reached-by、--whom、--note 须与 --looked-at 一起使用。")
    with opened(context) as here:
        seen = [seen_case(here, text) for text in cases]
        if looked_at:
            now, who, why = here.desk.now(), whom.strip(), note.strip()
            contacted = Contacted(contacted_by, who, why, now, actor()) if contacted_by else None
            approved = approving.approve(here.desk, *seen[0], actor(), contacted)
            typer.echo(f"{approved.number}：{words.STATES[approved.state]}")
            return
        outcomes = approving.approve_batch(here.desk, seen, actor())
    for outcome in outcomes:
        typer.echo(f"{outcome.case.number}：{outcome.error or words.STATES[outcome.case.state]}")
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


@commands.command(
    "return", epilog='Example: unbind return JB20261125-0001@2 --point "委托书没有盖章"'
)
def return_case(
    context: typer.Context,
    case: SeenCase,
    point: Annotated[list[str], typer.Option(help="Something to be supplemented.")],
) -> None:
    """Send a case back for a supplement. 退回补正。 `unbind show NUMBER --letters` prints the
    letter; it can be taken back on the case's page while it waits."""
    with opened(context) as here:
        case_id, version = seen_case(here, case)
        points = Words("\n".join(point))
        after = answering.give(here.desk, case_id, version, actor(), Answer.RETURN, points)
    typer.echo(case_row(after))
    if after.undo:
        typer.echo(f"{local(after.undo.until):%H:%M:%S} 前可在工单页撤销。")


@commands.command("hold", epilog='Example: unbind hold JB20261125-0001@2 --reason "电话核实中"')
def hold(
    context: typer.Context,
    case: SeenCase,
    reason: Annotated[
        str,
        typer.Option("--reason", "-r", help="Why; stored with the case.", prompt="理由"),
    ],
) -> None:
    """Set a case aside; the enterprise does not see the reason. 暂缓。"""
    with opened(context) as here:
        held = approving.hold(here.desk, *seen_case(here, case), actor(), reason.strip())
        typer.echo(case_row(held))


@commands.command("run-window", epilog="Example: unbind run-window")
def run_window_now(context: typer.Context) -> None:
    """Carry out what is approved for the window that is open now,
    and move on what a closed one left. 办理。"""
    with opened(context) as here:
        moved = vacate(here.desk) + roll_over(here.desk)
        report = run_window(here.desk, actor())
        upcoming = here.desk.workdays.window_for(here.desk.now())
    if report.window is None:
        typer.echo(f"现在不在处理窗口内。下一个处理窗口：{upcoming}")
    else:
        typer.echo(
            f"窗口 {report.window}：办结 {len(report.completed)} 件，"
            f"出错暂缓 {len(report.failed)} 件，未及办理 {report.left} 件"
        )
    if moved:
        typer.echo(f"顺延 {moved} 件")


def case_of(tx: Transaction, number: str) -> Case:
    """The case with that number. Raises NotAllowed."""
    case = tx.cases.by(number=number.strip().upper())
    if case is None:
        raise NotAllowed(f"没有工单 {number}。用 unbind queue 查看现有工单。")
    return case


def seen_case(here: Opened, text: str) -> tuple[int, int]:
    """Id and version of NUMBER@VERSION. Raises NotAllowed for an unknown case, and for a number
    alone: it does not name the version that the administrator looked at."""
    number, _, version = text.partition("@")
    with here.desk.view() as tx:
        case = case_of(tx, number)
        if not version.isdecimal():
            raise NotAllowed(
                f"请写明所见的版本：{case.number}@版本（现为 {case.number}@{case.version}，"
                f"请先用 unbind show {case.number} 核对）。"
            )
        return case.id, int(version)
