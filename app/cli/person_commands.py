"""`unbind person`: exports or erases the data on one person, at that person's request.

Without --who, the command reads the person from standard input, so that no ID number stays in a
shell's history or in the list of processes.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from app.cli.command_desk import Yes, actor, opened, progress
from core.cases.desk import Desk
from core.cases.letters.masked import mask_address
from core.cases.letters.words import UNNAMED, text_of
from core.cases.upkeep.personal_data import PersonData, erase_person, find_person
from core.clock import moment
from core.data.case import Case
from core.disk import only_own_user
from core.errors import DeskError
from core.masking import hide_numbers

commands = typer.Typer(
    name="person", help="Requests of a person about their data: 个人信息查询与删除。"
)
NOT_ERASED = {
    "open": "未删除（尚在办理）：{}。办结后请再次执行。",
    "unsent": "未删除（回执尚未发出）：{}。发出后请再次执行。",
    "disputed": "未删除（登记联系人仍可提出异议，或异议尚未处理完毕）：{}。之后请再次执行。",
    "contact_of": "未删除（登记联系人，账号需要）：{}。请先变更联系人。",
    "proposed": "未删除（待核对、待确认的登记联系人）：{}。核对、确认或失效后请再次处理。",
}
Who = Annotated[
    str,
    typer.Option(
        "--who",
        prompt="姓名、证件号码或邮箱地址",
        help="Full name, ID number or e-mail address; prompted for when left out.",
    ),
]


@commands.command("export", epilog="Example: unbind person export export.zip")
def export(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.zip", help="A new file; it is not encrypted."),
    ],
    who: Who,
) -> None:
    """Write all data on a person into one file: original mails, letters, and readings.
    导出个人信息。"""
    with opened(context) as here:
        data = _found(here.desk, who)
        if not (data.mails or data.contact_of or data.proposed):
            raise DeskError("没有找到与此人有关的信息，未写文件。请核对姓名、证件号码或邮箱地址。")
        write(here.desk, data, file)
        with here.desk.step() as tx:
            tx.audit.write(
                actor(),
                "person.exported",
                mails=len(data.mails),
                cases=len(data.cases),
            )
    typer.echo(
        f"已导出到 {file}：邮件 {len(data.mails)} 封，工单 {len(data.cases)} 件，"
        f"回执 {len(data.letters)} 封，联系人登记 {len(data.contact_of) + len(data.proposed)} 条。"
    )


@commands.command("erase", epilog="Example: unbind person erase")
def erase(
    context: typer.Context,
    who: Who,
    yes: Yes = False,
) -> None:
    """Remove the data on a person. 删除个人信息。 Open cases and registered contacts remain,
    and are listed."""
    with opened(context) as here:
        data = _found(here.desk, who)
        for line in _to_be_erased(data):
            typer.echo(line)
        if not yes:
            typer.confirm(
                "请核对以上是否都属于此人（同名、名字相近的也会列出）。"
                "删除后无法恢复（备份除外）。继续？",
                abort=True,
            )
        erased = erase_person(here.desk, data, actor())
    typer.echo(f"已删除：办结工单 {erased.cases} 件，其他邮件 {erased.mails} 封。审计记录保留。")
    for reason, named in erased.remaining.items():
        if named:
            typer.echo(NOT_ERASED[reason].format("、".join(named)))
    typer.echo("邮箱中的原件由办理台在下次收信时删除；已有的备份请按备份保存期限处理。", err=True)


def _found(desk: Desk, who: str) -> PersonData:
    with progress("已查看邮件") as show:
        return find_person(desk, who, lambda looked_at: show(looked_at, None))


def _to_be_erased(data: PersonData) -> Iterator[str]:
    """A line for each case and mail that will be erased."""
    for case in data.ended:
        yield (
            f"工单 {case.number}  {case.enterprise_name or UNNAMED}  来信人 "
            f"{mask_address(case.sender)}"
        )
    for mail in data.beside_cases:
        yield (
            f"邮件 {mail.id}  {moment(mail.arrived)}  {mask_address(mail.sender)}  "
            f"{hide_numbers(mail.subject)}"
        )


def write(desk: Desk, data: PersonData, file: Path) -> None:
    """Write the export into a new zip file of mode 600.

    Raises DeskError for a file that exists or cannot be written.
    """
    try:
        with (
            open(file, "xb", opener=only_own_user) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack,
        ):
            for mail in data.mails:
                with desk.view() as tx:
                    pack.writestr(f"mails/{mail.id}.eml", tx.mails.raw(mail.id))
                    pack.writestr(
                        f"mails/{mail.id}.json",
                        _json({"record": asdict(mail), "reading": tx.mails.reading(mail.id)}),
                    )
            for letter in data.letters:
                pack.writestr(
                    f"letters/{letter.id}.txt",
                    f"{letter.recipient}\n{letter.rendered.subject}\n\n{letter.rendered.text}",
                )
            pack.writestr("cases.json", _json([asdict(_in_words(case)) for case in data.cases]))
            pack.writestr("proposed_contact.json", _json(data.proposed))
            for one in data.contact_of:
                with desk.view() as tx:
                    for paper in tx.papers.oldest(enterprise_id=one.id):
                        pack.writestr(
                            f"papers/{one.id}-{paper.id}.{paper.kind}", tx.papers.content(paper.id)
                        )
            own = [replace(one, contact_proposal=None) for one in data.contact_of]
            pack.writestr("contact_of.json", _json([asdict(one) for one in own]))
    except FileExistsError as error:
        raise DeskError(f"{file} 已存在，不会覆盖；请换一个文件名。") from error
    except OSError as error:
        raise DeskError(
            f"无法写入 {file}（{error.strerror}）：请检查路径、权限和磁盘空间。"
        ) from error


def _in_words(case: Case) -> Case:
    """The case with a sentence for each finding, for people who read an export."""
    return replace(
        case,
        findings=tuple(replace(finding, message=text_of(finding)) for finding in case.findings),
    )


def _json(value: object) -> bytes:
    from pydantic_core import to_json

    return to_json(value, indent=1)
