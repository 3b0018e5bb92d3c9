"""The administrator's answers on the command line: return, accept, decline, withdraw, undo, which
takes the last one back, and reverse, which takes back what a window carried out.

The letter is shown before it is sent: `--draft` shows it and changes nothing; what is done shows
the letter that leaves, and until when it is taken back.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from app.cli.case_commands import SeenArgument, case_row, seen_case_of
from app.cli.command_desk import Opened, actor, opened
from core.cases.decision import answering, reversal
from core.cases.decision.answering import Answer, Words
from core.cases.letters.letter_content import mask_address
from core.clock import local
from core.data.case import State
from core.data.letter import Rendered
from core.errors import NotAllowed

commands = typer.Typer()
Reason = Annotated[
    str,
    typer.Option(
        "--reason", "-r", help="Why; the enterprise is given it.", prompt="理由", show_default=False
    ),
]
Inside = Annotated[
    str,
    typer.Option("--reason", "-r", help="Why; for colleagues.", prompt="理由", show_default=False),
]
Draft = Annotated[bool, typer.Option("--draft", help="Show the letter, and change nothing.")]


@commands.command(
    "return",
    epilog=(
        "Example: unbind return JB20261125-0001@2 --finding document.licence.missing --point "
        '"委托书没有盖章"'
    ),
)
def return_case(
    context: typer.Context,
    case: SeenArgument,
    finding: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="A finding that is told, as `unbind show` names it.",
            show_default=False,
        ),
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(help="Something else to be supplemented.", show_default=False),
    ] = None,
    draft: Draft = False,
) -> None:
    """Send a case back for a supplement. 退回补正。"""
    with opened(context) as here:
        case_id, version = seen_case_of(here, case)
        words = Words("\n".join(point or ()), _sentences(here, case_id, finding or ()))
        _answer(here, case_id, version, Answer.RETURN, words, draft=draft)


@commands.command(
    "accept", epilog='Example: unbind accept JB20261125-0001@2 --reason "执照已另行核验"'
)
def accept(
    context: typer.Context, case: SeenArgument, reason: Inside, draft: Draft = False
) -> None:
    """Take as complete what was returned. 材料齐全，转入审核。"""
    _answer_with(context, case, Answer.ACCEPT, reason, draft=draft)


@commands.command(
    "decline", epilog='Example: unbind decline JB20261125-0001@2 --reason "执照已注销"'
)
def decline(
    context: typer.Context, case: SeenArgument, reason: Reason, draft: Draft = False
) -> None:
    """Refuse a case for good; the enterprise is given the reason. 不予办理。"""
    _answer_with(context, case, Answer.DECLINE, reason, draft=draft)


@commands.command(
    "withdraw", epilog='Example: unbind withdraw JB20261125-0001@2 --reason "企业来电撤回"'
)
def withdraw(
    context: typer.Context, case: SeenArgument, reason: Reason, draft: Draft = False
) -> None:
    """End a case that the enterprise took back. 按撤回办结。"""
    _answer_with(context, case, Answer.WITHDRAW, reason, draft=draft)


@commands.command("undo", epilog="Example: unbind undo JB20261125-0001@2")
def undo(context: typer.Context, case: SeenArgument) -> None:
    """Take the last answer back, while its letter waits. 撤销。"""
    with opened(context) as here:
        case_id, version = seen_case_of(here, case)
        typer.echo(case_row(answering.undo(here.desk, case_id, version, actor())))


@commands.command(
    "reverse", epilog='Example: unbind reverse JB20261125-0001@2 --reason "办错了企业"'
)
def reverse(
    context: typer.Context, case: SeenArgument, reason: Reason, draft: Draft = False
) -> None:
    """Take back what a window carried out; where two people approved,
    the first time as the first of two. 撤销办理。"""
    with opened(context) as here:
        case_id, version = seen_case_of(here, case)
        planned, letters = reversal.draft(here.desk, case_id, version, reason)
        after = None if draft else reversal.reverse(here.desk, case_id, version, actor(), reason)
    if after:
        typer.echo(case_row(after))
    if after and after.state is State.COMPLETED:
        typer.echo(
            f"本工单由两人批准，撤销办理也须两人：{after.first_reversed_by} 已要求撤销，"
            "请另一名批准人核实后再执行。"
        )
        return
    for line in planned.in_words(done=after is not None):
        typer.echo(f"  {line}")
    if not letters:
        typer.echo("没有可发信的地址，请另行告知企业。")
    for recipient, letter in letters:
        typer.echo(f"\n收件人 {mask_address(recipient)}{_shown(letter)}")


def _answer_with(
    context: typer.Context, case: str, answer: Answer, reason: str, *, draft: bool
) -> None:
    with opened(context) as here:
        case_id, version = seen_case_of(here, case)
        _answer(here, case_id, version, answer, Words(reason), draft=draft)


def _answer(
    here: Opened, case_id: int, version: int, answer: Answer, words: Words, *, draft: bool
) -> None:
    letter = answering.draft(here.desk, case_id, version, answer, words)
    if not draft:
        typer.echo(
            case_row(after := answering.give(here.desk, case_id, version, actor(), answer, words))
        )
        typer.echo(
            (
                f"{local(after.undo.until):%H:%M:%S} 前可撤销："
                f"unbind undo {after.number}@{after.version}"
            )
            if after.undo
            else ""
        )
    typer.echo(_shown(letter))


def _shown(letter: Rendered | None) -> str:
    return (
        f"\n{letter.subject}\n\n{letter.text}"
        if letter
        else "本工单不会向来信人自动发信，请人工答复。"
    )


def _sentences(here: Opened, case_id: int, codes: Sequence[str]) -> tuple[str, ...]:
    """The sentences of findings by their codes.

    Raises NotAllowed for one that the case does not have, or that is no enterprise's to know.
    """
    with here.store.view() as tx:
        offered = answering.reportable(here.desk, tx.cases.get(case_id))
    known = {finding.code for finding in offered.values()}
    if strange := [code for code in codes if code not in known]:
        raise NotAllowed(
            f"不能告知 {'、'.join(strange)}。"
            f"此工单可告知：{'、'.join(sorted(known)) or '（没有）'}。"
        )
    return tuple(sentence for sentence, finding in offered.items() if finding.code in codes)
