"""`unbind check`, `read` and `replay`: verdicts and readings for files. They store nothing and send
nothing (RULES.md section 5)."""

import contextlib
import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from app.cli.command_desk import progress, wiring_of
from app.judging import Judgement, read_document, unread
from app.replay import Comparison, OldMail, old_mails, read_decisions, write_table
from app.wiring import Wiring
from core.cases.letters.words import ANSWERS, DECISIONS, QUESTIONS
from core.clock import LOCAL
from mail_intake.message.opening import arrival_of
from papers.opening.confinement import why_unconfined
from papers.paper_reading import DocumentReader

commands = typer.Typer()
T = TypeVar("T")
AT_ONCE = 2
"""How many files or mails are judged at the same time: two keep the reading processes busy."""
AHEAD = AT_ONCE + 1
"""How many are begun before the first result is printed."""
SIGNS = {"reject": "✗", "review": "?", "note": "·"}

CHECK_EXAMPLE = (
    "Example: unbind check tests/data/*.eml --json    Example: "
    "unbind check - --arrived 2026-11-25T11:29:59+08:00 < mail.eml"
)
READ_EXAMPLE = (
    "Example: unbind read scan.pdf --json    Example: unbind read scan.pdf --overlay out/"
)
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object a line, in the order of the files.")
]


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no ISO instant; write it like 2026-11-25T11:29:59+08:00"
        ) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=LOCAL)


@commands.command("check", epilog=CHECK_EXAMPLE)
def check(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Messages (.eml); - is standard input."),
    ],
    as_json: AsJson = False,
    arrived: Annotated[
        datetime | None,
        typer.Option(
            parser=_instant,
            metavar="ISO",
            help="When they arrived. Default: Received, else Date, else now.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show how the words were read: forms, tokens, rows; to standard error.",
        ),
    ] = False,
) -> None:
    """Judge mails as the desk would: 判断邮件是否齐全。
    Changes nothing, sends nothing, needs no database or network."""
    explain_to = partial(typer.echo, err=True) if explain else None
    with _judgement(wiring_of(context), explain_to) as judgement:

        def judge(file: str) -> dict[str, Any]:
            try:
                raw = bytes_of(file)
            except OSError as error:
                return unread(file, f"无法读取文件：{error.strerror or error}")
            return judgement.of(file, raw, arrived)

        for result in in_order(judge, files):
            (_print_json if as_json else _print_verdict)(result)


@commands.command("read", epilog=READ_EXAMPLE)
def read(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="A PDF or an image; - is standard input."),
    ],
    as_json: AsJson = False,
    overlay: Annotated[
        Path | None,
        typer.Option(help="A folder for pictures of the pages with what was read drawn over."),
    ] = None,
) -> None:
    """Read the pages of a PDF or an image: 识别身份证、营业执照和公章。"""
    wiring = wiring_of(context)
    _warn_unconfined()
    if overlay:
        overlay.mkdir(parents=True, exist_ok=True)
    settings = replace(wiring.document_settings(), allow_images=True)
    with contextlib.closing(DocumentReader(settings)) as reader:

        def read_one(file: str) -> dict[str, Any]:
            try:
                return read_document(file, bytes_of(file), reader, overlay)
            except OSError as error:
                return {
                    "file": file,
                    "documents": [],
                    "seals": [],
                    "error": f"无法读取文件：{error.strerror or error}",
                }

        for result in in_order(read_one, files):
            (_print_json if as_json else _print_reading)(result)


@commands.command(
    "replay", epilog="Example: unbind replay 2025.mbox --table verdicts.csv --decided people.csv"
)
def replay(
    context: typer.Context,
    archive: Annotated[
        Path,
        typer.Argument(
            metavar="ARCHIVE.mbox|DIR",
            help="An .eml or mbox file, a Maildir, or a folder of .eml or mbox files.",
        ),
    ],
    table: Annotated[Path, typer.Option(help="Where the table of verdicts goes (CSV).")] = Path(
        "replay.csv"
    ),
    decided: Annotated[
        Path | None,
        typer.Option(help="What people decided: CSV, the mail's name and 办理 or 退回."),
    ] = None,
) -> None:
    """Judge old mail and compare with what people decided: 用历史邮件试运行。
    Account, sender and case rules are not applied."""
    comparison = Comparison(read_decisions(decided) if decided else {})
    with _judgement(wiring_of(context)) as judgement, progress("replay") as show:

        def judge(mail: OldMail) -> dict[str, Any]:
            arrived = arrival_of(mail.raw)
            return {
                **judgement.of(mail.name, mail.raw, arrived),
                "arrived": arrived.astimezone(LOCAL).isoformat(" ", "minutes") if arrived else "",
            }

        def rows() -> Iterator[dict[str, str]]:
            for number, verdict in enumerate(in_order(judge, old_mails(archive)), 1):
                show(number, None)
                yield comparison.add(verdict["file"], verdict)

        write_table(rows(), table)
    for line in comparison.summary():
        typer.echo(line)
    typer.echo(f"明细：{table}")


@contextlib.contextmanager
def _judgement(wiring: Wiring, explain: Callable[[str], None] | None = None) -> Iterator[Judgement]:
    _warn_unconfined()
    with contextlib.closing(wiring.reader()) as reader:
        yield Judgement(
            wiring.reading(reader),
            wiring.policy(),
            wiring.clock,
            wiring.own_words(),
            explain,
        )


def _warn_unconfined() -> None:
    if why := why_unconfined():
        typer.echo(
            f"警告：这台机器上无法隔离陌生文件（{why}）；原因与办法见 unbind doctor。", err=True
        )


def bytes_of(file: str) -> bytes:
    """The bytes of a file, or of standard input for "-". Raises OSError."""
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def in_order(work: Callable[[T], dict[str, Any]], things: Iterable[T]) -> Iterator[dict[str, Any]]:
    """The results of `work` for each thing, in their order. Works on AT_ONCE of them at a time and
    begins at most AHEAD."""
    pool, waiting = ThreadPoolExecutor(AT_ONCE), deque[Future[dict[str, Any]]]()
    try:
        for thing in things:
            waiting.append(pool.submit(work, thing))
            if len(waiting) == AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _print_json(result: dict[str, Any]) -> None:
    """Print one line of UTF-8 in any terminal; bytes of a file name that are not UTF-8 become
    escapes."""
    typer.echo(json.dumps(result, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _print_verdict(result: dict[str, Any]) -> None:
    failed = result.get("error")
    verdict = "未能读取" if failed else DECISIONS[result["decision"]]
    typer.echo(f"{result['file']}：{verdict}")
    request = result["request"]
    if result["decision"] in {"queue", "reject"}:
        typer.echo(
            "  "
            + "　".join(
                f"{label}：{ANSWERS.get(request[question], request[question])}"
                for question, label in QUESTIONS.items()
            )
        )
    if result.get("own_words"):
        typer.echo(f"  自定词表：{result['own_words']}")
    for finding in result["findings"]:
        typer.echo(f"  {SIGNS[finding['severity']]} {finding['message']}（{finding['code']}）")
    if failed:
        typer.echo(f"  ! {failed}")


def _print_reading(result: dict[str, Any]) -> None:
    typer.echo(f"{result['file']}：")
    for part in result["documents"]:
        fields = "　".join(f"{name}={value}" for name, value in part["fields"].items() if value)
        typer.echo(f"  第{part['page']}页 {part['kind']} ({part['confidence']:.2f})　{fields}")
    for seal in result["seals"]:
        typer.echo(f"  第{seal['page']}页 seal {seal['kind']}　{seal['text'] or '（未读出）'}")
    if result.get("error"):
        typer.echo(f"  ! {result['error']}")
