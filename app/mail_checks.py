"""Whether mail can be received and sent: checks of the mailbox, of the SMTP server or folder for
letters, and of the servers that vouch for senders.

Each server is logged in to once, because providers count logins. Only the headers of the newest
mails are read; nothing is marked or sent, but a folder that `after_reading` names is created. The
configured names of the receiving server are compared with the Authentication-Results of these
mails; where none is configured, names are proposed from there. Anybody can write such a header, so
an administrator compares the proposal with a mail of their own.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from app.diagnosis import Line, broken, warning, well
from app.settings.config import Installation
from app.settings.mail_settings import SenderZone
from core.mail_servers import raw_message
from core.maildir import make_maildir
from core.outgoing.smtp_transport import SmtpTransport
from mail_intake.intake import NEARLY_FULL, NO_SPACE
from mail_intake.mailboxes.imap_mailbox import MOVE_ADVICE, ImapMailbox, provided
from mail_intake.mailboxes.imap_reading import Folder, newest_headers
from mail_intake.mailboxes.mailbox import AfterReading
from mail_intake.message.loop_guard import recipients
from mail_intake.message.mime_parts import headers_of
from mail_intake.sender.results import ServerResults, results_in

MailResults = tuple[ServerResults, ...]
"""The Authentication-Results of one mail, topmost first."""
MAILBOX = "邮箱 mailbox"
OUTBOX = "发信 outbox"
SENDER = "发件人核实 sender"
RECENT = 40
"""Mails whose headers are looked at."""
FEWEST_MAILS = 3
"""A server is proposed if its results are topmost in so many mails at least."""
LEAST_SHARE = 0.8
"""Of the mails that a proposal must cover. The receiving server writes results into all mails from
outside; a name in few of them was written by their senders."""
_COMPARE = "请与您自己从外部邮箱寄来的一封信核对后写入 config.yaml："
_BY_HAND = (
    "如确无可用的核验结果，请设 sender.accept_unauthenticated: true（来信逐封人工核实），"
    "并设 sender.dns_servers: [] 由本机核对 DKIM"
)


@dataclass(slots=True)
class Inspected:
    """The result of a check of a mailbox: the header sections of its newest mails; and of an IMAP
    folder that is read from its first mail on, the number of its mails and its UIDVALIDITY."""

    headers: list[bytes] = field(default_factory=list)
    mails: int = 0
    uidvalidity: int = 0


def letters_folder(here: Installation) -> Line:
    """The folder of letters, where no SMTP server is configured."""
    line = writable(here.config.sent_folder)
    if not line.ok:
        return line
    return warning(f"{line.text}；回执只存放在此，不会寄出", "正式使用请把 outbox.kind 设为 smtp")


def check_smtp(transport: SmtpTransport) -> Line:
    """Log in to the SMTP server. Raises TransportError."""
    transport.reach()
    transport.close()
    return well(f"{transport.settings.host}:{transport.settings.port} 已连接并登录，未发信")


def writable(folder: Path) -> Line:
    """Whether mails can be written into a Maildir, which is created if missing."""
    try:
        make_maildir(folder)
        probe = folder / "tmp" / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return broken(f"{folder}：{error.strerror or error}", "请检查路径、权限和磁盘空间")
    return well(str(folder))


def check_imap(mailbox: ImapMailbox, inspected: Inspected) -> Iterator[Line]:
    """Log in to the IMAP account and open its folder; also what the server does not support there.
    Fills `inspected`. Raises MailboxError."""
    settings, after = mailbox.settings, AfterReading.parse(mailbox.settings.after_reading)
    with contextlib.closing(mailbox), mailbox.opened() as (client, folder):
        idle = (
            "支持 IDLE"
            if client.has_capability("IDLE")
            else f"无 IDLE，每 {settings.poll_interval_s:.0f} 秒查看一次"
        )
        limits = list(_limits(client, folder, after, settings.keyword))
        if (used := mailbox.used_share()) > NEARLY_FULL:
            limits.append(warning(NO_SPACE.format(used)))
        inspected.headers += newest_headers(client, folder, RECENT)
        if settings.not_before is None:
            inspected.mails, inspected.uidvalidity = folder.exists, folder.uidvalidity
    yield well(
        f"{settings.host} {settings.folder}：{folder.exists} 封，{idle}，"
        f"每小时至多登录 {settings.logins_per_hour} 次"
    )
    yield from limits


def _limits(
    client: IMAPClient, folder: Folder, after: AfterReading, keyword: str
) -> Iterator[Line]:
    """Why the server cannot do what `after_reading` requires.

    Mails are read nevertheless: the desk has its own records of those that were.
    """
    if after.act == "keep":
        return
    if folder.readonly:
        yield warning(
            "文件夹是只读的，已读邮件无法作标记",
            "请向服务商要写权限，或把 mailbox.imap.after_reading 设为 keep",
        )
    elif after.act == "keyword" and not folder.stores(keyword):
        yield warning(
            "服务器不接受自定义标记，已读邮件将不作标记",
            "如需在网页邮箱里看出哪些已读，请把 mailbox.imap.after_reading 设为 seen",
        )
    elif after.act == "move":
        try:
            client.folder_status(provided(client, after.folder), "MESSAGES")
        except IMAPClientError as error:
            yield broken(
                f"文件夹“{after.folder}”不存在，也无法建立（{raw_message(error)}）", MOVE_ADVICE
            )


def results_of(headers: Iterable[bytes]) -> list[MailResults]:
    """The Authentication-Results in each header section."""
    return [tuple(results_in(headers_of(raw))) for raw in headers]


def senders(zone: SenderZone, headers: Sequence[bytes]) -> Iterator[Line]:
    """Whether the configured servers vouch for the senders of recent mails.

    `headers`: the header sections of these mails; none where the mailbox could not be read.
    """
    found = results_of(headers)
    if zone.authserv_ids:
        yield _compared(zone, found)
    elif zone.accept_unauthenticated:
        yield warning(
            "没有配置收信服务器：除 DKIM 能在本机核实的以外，来信一律待人工核实。"
            f"{servers_in(found)}",
            _proposal(found) or (_BY_HAND if zone.dns_servers is None else ""),
        )
    else:
        text = (
            "没有配置 sender.authserv_ids，unbind serve 将拒绝启动：无从分辨冒名的来信。"
            f"{servers_in(found)}"
        )
        yield broken(text, _proposal(found) or _BY_HAND)


def _compared(zone: SenderZone, found: Sequence[MailResults]) -> Line:
    names = "、".join(zone.authserv_ids)
    if not found:
        return warning(
            f"{names}：邮箱里没有来信可供核对", "请从外部邮箱给本邮箱寄一封信，再运行 unbind doctor"
        )
    trusted = {name.strip().lower() for name in zone.authserv_ids}
    above = lines_above(trusted, found)
    if above is not None and above > zone.received_above:
        return warning(
            f"{names}：其核验结果之上多有 {above} 行 Received，这些来信都将待人工核实",
            f"{_COMPARE}sender.received_above: {above}",
        )
    fitting = sum(
        any(
            one.server in trusted
            and one.received_above <= zone.received_above
            and not one.is_forgeable
            for one in results
        )
        for results in found
    )
    if fitting:
        return well(f"{names}：最近 {len(found)} 封来信中 {fitting} 封有其核验结果")
    return warning(
        f"{names}：最近 {len(found)} 封来信中没有一封有其核验结果，来信都将待人工核实。"
        f"{servers_in(found)}",
        _proposal(found) or _BY_HAND,
    )


def unknown_aliases(own: Collection[str], headers: Sequence[bytes]) -> Iterator[Line]:
    """Addresses that several recent mails were written to and config.yaml does not name: such mails
    get no automatic letter (RFC 3834)."""
    names = {address.strip().lower() for address in own}
    written_to = [frozenset(recipients(headers_of(raw))) for raw in headers]
    counts = Counter(one for found in written_to if names.isdisjoint(found) for one in found)
    for address, count in counts.most_common(3):
        if count >= FEWEST_MAILS:
            yield warning(
                f"最近 {len(headers)} 封来信中 {count} 封写给 {address}，收件人和抄送中没有"
                "本邮箱的地址：这样的来信不能自动回信",
                "如果它是本邮箱的别名，或转发到本邮箱的地址，请写入 mailbox.aliases 后重启；"
                "已收到的须人工答复（网页“需人工答复”）",
            )


def lines_above(servers: Collection[str], found: Iterable[MailResults]) -> int | None:
    """How many Received lines usually stand above the results of these servers; None where no mail
    has theirs, or a sender could have written it there."""
    usual: dict[str, int] = {}
    for top, _ in topmost(found).most_common():
        if top.server in servers and not top.is_forgeable:
            usual.setdefault(top.server, top.received_above)
    return max(usual.values(), default=None)


def topmost(found: Iterable[MailResults]) -> Counter[ServerResults]:
    """The number of mails by their topmost results: those of the receiving server."""
    return Counter(results[0] for results in found if results)


def servers_in(found: Sequence[MailResults]) -> str:
    """The servers of the topmost results, described for people."""
    if not found:
        return "邮箱里还没有可供参考的来信。"
    rows = [
        f"{top.server}（其上 {top.received_above} 行 Received"
        f"{'，发件人也能写在该处，无法与伪造的区分' if top.is_forgeable else ''}）{count} 封"
        for top, count in topmost(found).most_common(4)
    ]
    return (
        f"最近 {len(found)} 封来信最上方的 Authentication-Results：{'；'.join(rows) or '均没有'}。"
    )


def _proposal(found: Sequence[MailResults]) -> str:
    """The settings for config.yaml that fit the mails, as an advice; "" where none do."""
    usual = {
        top: count
        for top, count in topmost(found).items()
        if count >= FEWEST_MAILS and not top.is_forgeable
    }
    if not usual or sum(usual.values()) < LEAST_SHARE * len(found):
        return ""
    names = json.dumps(sorted({top.server for top in usual}), ensure_ascii=False)
    above = max(top.received_above for top in usual)
    return f"{_COMPARE}sender: {{authserv_ids: {names}, received_above: {above}}}"
