"""The administrator's commands: queue, show, approve, hold, release, run-window, mails, letters.

Answers: app.cli.answer_commands, the audit: app.cli.audit_commands.

A case is named NUMBER@VERSION, as `unbind queue` prints it:
what is acted on is exactly what was seen (RULES.md section 6).
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import Opened, actor, opened
from core.cases.decision import approve as verbs
from core.cases.decision import batch_approval, unproved
from core.cases.intake.receive import retry_mail
from core.cases.intake.unread import mark_read
from core.cases.letters import words
from core.cases.letters.deliver import cancel_letter, retry_letter
from core.cases.letters.finding_words import text_of
from core.cases.letters.letter_content import mask_address
from core.cases.window.process import roll_over, run_window
from core.clock import moment
from core.data.case import Case, Contacted, ContactedBy, State
from core.data.letter import Letter, LetterState
from core.data.mail_record import CountsAs, Disposition, MailRecord
from core.errors import NotAllowed
from core.store.store import Transaction
from web.common.masking import hide_numbers

commands = typer.Typer()
SEEN = re.compile(r"(?P<number>[^@\s]+)@(?P<version>\d{1,9})")
SeenArgument = Annotated[
    str,
    typer.Argument(
        metavar="NUMBER@VERSION", help="A case as `unbind queue` prints it.", show_default=False
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason", "-r", help="Why; kept with the case.", prompt="理由", show_default=False
    ),
]
LONGEST_SUBJECT = 60
WHOSE_MOVE = (State.QUEUED, State.HELD, State.APPROVED, State.INCOMPLETE)
"""The order of the queue: what waits for an administrator comes first."""


@commands.command("queue", epilog="Example: unbind queue    Example: unbind queue --state held")
def queue(
    context: typer.Context,
    state: Annotated[
        State | None,
        typer.Option(
            help="Only cases in this state (default: all that are open).", show_default=False
        ),
    ] = None,
) -> None:
    """List the cases that are open, by window date: 待办工单。"""
    with opened(context) as here, here.store.view() as tx:
        wanted = (state,) if state else WHOSE_MOVE
        for one in wanted:
            cases = tx.cases.find([one])
            reasons = _judged(here, tx, cases)
            for case in cases:
                typer.echo(case_row(case, reasons))
        waiting = " · ".join(f"{words.STATES[s]} {n}" for s, n in tx.cases.count().items() if n)
        typer.echo(waiting or "没有工单。")
        for alert in tx.alerts.find():
            more = f"（另有 {alert.times} 次同类提醒）" if alert.collected else ""
            typer.echo(f"! {moment(alert.at)} {alert.text}{more}")


def _judged(here: Opened, tx: Transaction, cases: Sequence[Case]) -> dict[int, str]:
    """Of the cases that wait for approval: whether they may be approved unseen, or why not,
    by id."""
    waiting = [case for case in cases if case.state is State.QUEUED]
    reasons = batch_approval.looked_up(tx, here.desk, waiting, here.desk.clock.now())
    return {
        case_id: f"　须核实：{'；'.join(why)}" if why else f"　{batch_approval.CHECKED}"
        for case_id, why in reasons.items()
    }


def case_row(case: Case, judged: Mapping[int, str] | None = None) -> str:
    """A case in one line, beginning with NUMBER@VERSION."""
    window = case.window_date.isoformat() if case.window_date else "—"
    asks = f"解绑{words.ANSWERS[case.unbind]} 重置{words.ANSWERS[case.reset_password]}"
    notes = (judged or {}).get(case.id, "")
    return (
        f"{case.number}@{case.version}  {words.STATES[case.state]}  {window}  "
        f"{case.enterprise_name or words.UNNAMED}  {asks}{notes}"
    )


@commands.command("show", epilog="Example: unbind show JB20261125-0001")
def show(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="A case's number.", show_default=False)
    ],
) -> None:
    """Show one case: its request, account, findings, mails, letters and history. 工单详情。"""
    with opened(context) as here, here.store.view() as tx:
        case = case_of(tx, number.partition("@")[0])
        typer.echo(case_row(case, _judged(here, tx, [case])))
        for line in (*_particulars(tx, case), *_findings(case), *_history(tx, case)):
            typer.echo(line)


def _particulars(tx: Transaction, case: Case) -> Iterator[str]:
    yield (
        f"  来信地址 {mask_address(case.sender)}　收件登记 {moment(case.opened_at)}　齐全 "
        f"{moment(case.complete_at)}"
    )
    if case.reason:
        yield f"  理由　{case.reason}"
    if case.enterprise_id is not None:
        enterprise = tx.accounts.get(case.enterprise_id)
        yield f"  账号　{enterprise.name}（{enterprise.uscc}）"
        for binding in tx.bindings.of_enterprise(enterprise.id, ended=True):
            mark = (
                "将解除"
                if binding.id in (case.binding_ids or ()) and not binding.ended_at
                else "已解除"
                if binding.ended_at
                else "保留"
            )
            yield (
                f"    {'主锁' if binding.primary else '副锁'} {binding.label} "
                f"{binding.serial}　绑定于 {moment(binding.bound_at)}　{mark}"
            )


def _findings(case: Case) -> Iterator[str]:
    for finding in case.findings:
        where = f"（{words.place(finding.where, finding.pages)}）" if finding.where else ""
        yield f"  [{words.SEVERITIES[finding.severity]}] {text_of(finding)}{where} {finding.code}"


def _history(tx: Transaction, case: Case) -> Iterator[str]:
    for mail in tx.mails.find(case_id=case.id):
        needed = (
            "来信待核实（unbind take-over）"
            if mail.disposition is Disposition.UNPROVED
            else f"待阅（unbind mails --read {mail.id}）"
        )
        waits = f"　{needed}" if mail.unread else ""
        yield f"  来信 #{mail.id} {moment(mail.arrived)} {_cut(mail.subject)}{waits}"
    for letter in tx.letters.find(case_id=case.id):
        yield f"  {_letter_row(letter)}"
    for entry in tx.audit.entries(case.id):
        yield f"  {moment(entry.at)} {entry.actor} {words.ACTIONS.get(entry.action, entry.action)}"


@commands.command("approve", epilog="Example: unbind approve JB20261125-0001@2 JB20261125-0002@1")
def approve(
    context: typer.Context,
    cases: Annotated[
        list[str],
        typer.Argument(
            metavar="NUMBER@VERSION",
            help="Cases as `unbind queue` prints them.",
            show_default=False,
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
    reached_by: Annotated[
        ContactedBy | None,
        typer.Option(help="How the enterprise was reached.", show_default=False),
    ] = None,
    whom: Annotated[str, typer.Option(help="Who was reached there.", show_default=False)] = "",
    note: Annotated[str, typer.Option(help="Why in another way.", show_default=False)] = "",
) -> None:
    """Approve cases for their window: 批准。 Each on its own;
    one refusal does not stop the others."""
    if looked_at and len(cases) > 1:
        raise NotAllowed("--looked-at 每次只能批准一件工单，请逐件核实、逐件批准。")
    with opened(context) as here:
        with here.store.view() as tx:
            seen = [_seen(tx, text) for text in cases]
        if looked_at:
            now = here.desk.clock.now()
            how = (
                Contacted(reached_by, whom.strip(), note.strip(), now, actor())
                if reached_by
                else None
            )
            approved = verbs.approve(here.desk, *seen[0], actor(), how)
            typer.echo(f"{approved.number}：{words.STATES[approved.state]}")
            return
        outcomes = verbs.approve_batch(here.desk, seen, actor())
    for outcome in outcomes:
        typer.echo(f"{outcome.number}：{outcome.error or words.STATES[State.APPROVED]}")
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


@commands.command("hold", epilog='Example: unbind hold JB20261125-0001@2 --reason "电话核实中"')
def hold(context: typer.Context, case: SeenArgument, reason: Reason) -> None:
    """Set a case aside; the enterprise does not see the reason. 暂缓。"""
    _act(
        context,
        case,
        lambda here, case_id, version: verbs.hold(here.desk, case_id, version, actor(), reason),
    )


@commands.command("release", epilog="Example: unbind release JB20261125-0001@2")
def release(context: typer.Context, case: SeenArgument) -> None:
    """Put a held case back. 恢复办理。"""
    _act(
        context,
        case,
        lambda here, case_id, version: verbs.release(here.desk, case_id, version, actor()),
    )


@commands.command(
    "take-over", epilog="Example: unbind take-over JB20261125-0001@2 --mail 17 --as supplement"
)
def take_over(
    context: typer.Context,
    case: SeenArgument,
    mail: Annotated[
        int,
        typer.Option(
            metavar="ID", help="The mail, as `unbind show` numbers it.", show_default=False
        ),
    ],
    taken_as: Annotated[
        CountsAs, typer.Option("--as", help="What a person found it to be.", show_default=False)
    ],
) -> None:
    """Decide what a mail counts as whose sender nobody vouches for. 核实来信。"""
    _act(
        context,
        case,
        lambda here, case_id, version: unproved.take_over(
            here.desk, case_id, version, mail, actor(), taken_as
        ),
    )


def _act(context: typer.Context, text: str, act: Callable[[Opened, int, int], Case]) -> None:
    with opened(context) as here:
        typer.echo(case_row(act(here, *seen_case_of(here, text))))


def seen_case_of(here: Opened, text: str) -> tuple[int, int]:
    """Id and version of NUMBER@VERSION. Raises NotAllowed."""
    with here.store.view() as tx:
        return _seen(tx, text)


@commands.command("run-window", epilog="Example: unbind run-window")
def run_window_now(context: typer.Context) -> None:
    """Carry out what is approved for the window that is open now,
    and move on what a closed one left. 办理。"""
    with opened(context) as here:
        moved = roll_over(here.desk)
        report = run_window(here.desk, actor())
        upcoming = here.desk.workdays.window_for(here.desk.clock.now())
    if report.window is None:
        typer.echo(f"现在不在处理窗口内。下一个处理窗口：{upcoming}")
    else:
        typer.echo(
            f"窗口 {report.window}：办结 {len(report.completed)} 件，"
            f"出错暂缓 {len(report.failed)} 件，未及办理 {report.left} 件"
        )
    if moved:
        typer.echo(f"顺延 {moved} 件")


@commands.command(
    "mails", epilog="Example: unbind mails --kind quarantined    Example: unbind mails --retry 17"
)
def mails(
    context: typer.Context,
    kind: Annotated[
        Disposition | None,
        typer.Option(help="Only mails with this disposition.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    retry: Annotated[
        int | None,
        typer.Option(
            metavar="ID", help="Have a quarantined mail read once more.", show_default=False
        ),
    ] = None,
    read: Annotated[
        int | None,
        typer.Option(
            metavar="ID", help="Mark a mail as read that waits for it.", show_default=False
        ),
    ] = None,
) -> None:
    """List what arrived and what became of it. 来信。"""
    with opened(context) as here:
        for mail_id, act, done in (
            (retry, retry_mail, "将重新读取"),
            (read, mark_read, "已标为已阅"),
        ):
            if mail_id is not None:
                act(here.desk, mail_id, actor())
                typer.echo(f"邮件 {mail_id} {done}。")
                return
        with here.store.view() as tx:
            for record in tx.mails.find([kind] if kind else (), limit=limit):
                typer.echo(_mail_row(tx, record))


def _mail_row(tx: Transaction, record: MailRecord) -> str:
    case = f"　{tx.cases.get(record.case_id).number}" if record.case_id else ""
    note = f"　{record.note}" if record.note else ""
    return (
        f"#{record.id}  {moment(record.arrived)}  {words.DISPOSITIONS[record.disposition]}{case}  "
        f"{_cut(record.subject) or '（无主题）'}{note}"
    )


def _cut(subject: str) -> str:
    """A subject on one line, with ID numbers hidden as on the pages."""
    subject = hide_numbers(subject)
    return subject if len(subject) <= LONGEST_SUBJECT else subject[:LONGEST_SUBJECT] + "…"


@commands.command(
    "letters",
    epilog=(
        "Example: unbind letters --read 7    Example: unbind letters --parked    Example: "
        "unbind letters --retry 12"
    ),
)
def letters(
    context: typer.Context,
    parked: Annotated[
        bool, typer.Option("--parked", help="Only letters that could not be sent.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    retry: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Send a parked letter after all.", show_default=False),
    ] = None,
    cancel: Annotated[
        int | None, typer.Option(metavar="ID", help="Give a parked letter up.", show_default=False)
    ] = None,
    read: Annotated[
        int | None, typer.Option(metavar="ID", help="Print a letter's words.", show_default=False)
    ] = None,
) -> None:
    """List the letters that were written. 回执。"""
    with opened(context) as here:
        if read is not None:
            typer.echo(_words(here, read))
            return
        for letter_id, act, done in (
            (retry, retry_letter, "将重新发送"),
            (cancel, cancel_letter, words.LETTER_STATES[LetterState.CANCELLED]),
        ):
            if letter_id is not None:
                act(here.desk, letter_id, actor())
                typer.echo(f"回执 {letter_id} {done}。")
                return
        with here.store.view() as tx:
            for letter in tx.letters.find(
                states=[LetterState.PARKED] if parked else (), limit=limit
            ):
                typer.echo(_letter_row(letter))


def _words(here: Opened, letter_id: int) -> str:
    """A letter as it lies in the outbox's Maildir, where that is what the outbox is; else as it is
    stored, without the link's token."""
    with here.store.view() as tx:
        letter = tx.letters.by_id(letter_id)
    if letter is None:
        raise NotAllowed(f"没有回执 {letter_id}。用 unbind letters 查看现有回执。")
    sent = (
        sent_text(here.wiring.sent_folder(), letter)
        if here.wiring.config.settings.outbox.kind == "maildir"
        else ""
    )
    return f"{letter.rendered.subject}\n\n{sent or letter.rendered.text}"


def sent_text(folder: Path, letter: Letter) -> str:
    """The words of the letter's file in the Maildir, "" where there is none."""
    digest = hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]
    for file in folder.glob(f"*/*.{digest}.unbind*"):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
        return str(body.get_content()) if body else ""
    return ""


def _letter_row(letter: Letter) -> str:
    error = f"　{letter.error}" if letter.error and letter.state is not LetterState.SENT else ""
    kind, state = words.LETTERS[letter.kind], words.LETTER_STATES[letter.state]
    return (
        f"回执 #{letter.id} {moment(letter.sent_at or letter.created_at)} {kind} → "
        f"{mask_address(letter.recipient)} {state}{error}"
    )


def case_of(tx: Transaction, number: str) -> Case:
    """The case with that number. Raises NotAllowed."""
    case = tx.cases.by_number(number.strip().upper())
    if case is None:
        raise NotAllowed(f"没有工单 {number}。用 unbind queue 查看现有工单。")
    return case


def _seen(tx: Transaction, text: str) -> tuple[int, int]:
    """Id and version of NUMBER@VERSION.

    A number alone is refused, because it does not say which version was looked at.
    """
    found = SEEN.fullmatch(text.strip())
    if not found:
        case = case_of(tx, text)
        raise NotAllowed(
            f"请写明所见的版本：{case.number}@版本（现为 {case.number}@{case.version}，"
            f"请先用 unbind show {case.number} 核对）。"
        )
    return case_of(tx, found["number"]).id, int(found["version"])
