"""Whether the desk can run here: tries every part, and reports each broken one with its
remedy. Changes nothing that a start would not make."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from app.credentials import VAULT
from app.diagnosis import Line, broken, warning, well
from app.mail_checks import MAILBOX, OUTBOX, SENDER, Inspected, senders, unknown_aliases
from app.mailbox_kinds import MAILBOXES
from app.operations.certificate_checks import authorities, revocation
from app.operations.config_report import report, secret_files
from app.operations.health import disk_line
from app.settings.config import load
from app.settings.mail_settings import GENERIC
from app.start_checks import require_for_service
from app.system_wiring import robots
from app.vault_keys import vault_key_file, vault_keys
from app.ways_out import OUTBOXES
from app.wiring import Wiring
from core.cases.letters.words import UNOPENED
from core.clock import local
from core.errors import ConfigError, DeskError, MailboxError, SecretUnavailable, TransportError
from core.listening import bound_socket
from core.mail_servers import LOOPBACK
from core.store.schema import revisions
from mail_intake.message.mime_parts import headers_of
from papers.opening.confinement import why_unconfined

PROBE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 "
    b"obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F "
    b"5 0 R>>>>>>endobj "
    b"4 0 obj<</Length 41>>stream\nBT /F 60 Tf 90 500 Td (TEST 20261125) Tj ET\nendstream endobj "
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj trailer<</Root 1 0 R>>"
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
CHINESE = re.compile(
    r"cjk|hans|wqy|uming|ukai|fallback|sim(?:sun|hei|kai|fang)|msyh|song|heiti|kaiti|fangsong"
    r"|pingfang|hiragino.*gb|sourcehan",
    re.IGNORECASE,
)
CONFIG = "配置 config"
EARLIEST = datetime(2026, 11, 1, tzinfo=UTC)
"""Before this program was written: a clock that shows an earlier time is wrong."""
Check = Callable[[Wiring], Iterator[Line]]


def diagnose(config_file: Path | None) -> Iterator[Line]:
    """Every check in turn; one that fails is reported and stops no other, but without a
    configuration there is nothing to check."""
    try:
        wiring = Wiring(load(config_file))
        require_for_service(wiring)
    except DeskError as error:
        yield replace(broken(str(error), "按上面每一条改正 config.yaml 或环境变量"), name=CONFIG)
        return
    for name, check in CHECKS:
        try:
            for line in check(wiring):
                yield replace(line, name=line.name or name)
        except DeskError as error:
            yield replace(broken(str(error)), name=name)
        except PermissionError as error:
            remedy = "请用运行办理台的用户执行，或改正其属主和权限"
            yield replace(broken(f"无权读写 {error.filename or error}", remedy), name=name)
        except Exception as error:  # noqa: BLE001  a check that breaks is itself the finding
            yield replace(broken(f"{type(error).__name__}: {error}", "请告诉维护人员"), name=name)


def configuration(wiring: Wiring) -> Iterator[Line]:
    """Which file counts, and how much of it is not the default."""
    config = wiring.config
    changed = sum(setting.changed for setting in report(config))
    yield well(
        f"{config.source or '未指定文件，使用默认设置'}，"
        f"{changed} 项与默认不同（unbind config show --changed）"
    )


def clock(wiring: Wiring) -> Iterator[Line]:
    now = wiring.clock.now()
    text = f"{local(now):%Y-%m-%d %H:%M:%S}（北京时间）"
    if now < EARLIEST:
        remedy = "请校准系统时间（如启用 systemd-timesyncd 或 chrony）：窗口按它开关"
        yield broken(f"{text}，明显偏早", remedy)
    else:
        yield well(f"{text}，请与北京时间核对")


def calendar(wiring: Wiring) -> Iterator[Line]:
    """The next window, and a year whose holidays are not known. Days and windows of the page 日历
    count as far as the database answers: another check reports one that does not."""
    workdays, now = wiring.workdays(), wiring.clock.now()
    with contextlib.ExitStack() as opened:
        with contextlib.suppress(DeskError):
            store = opened.enter_context(contextlib.closing(wiring.store()))
            workdays = wiring.desk(store).workdays
        yield well(f"下一个处理窗口：{workdays.window_for(now)}")
        year = workdays.unknown_year_ahead(now)
    if year is not None:
        remedy = (
            f"升级 chinesecalendar，或在 config.yaml 的 window.overrides 写明 {year} 年的放假与调休"
        )
        yield warning(f"缺少 {year} 年，届时按周一至周五处理并标为暂定", remedy)


def disk(wiring: Wiring) -> Iterator[Line]:
    line = disk_line(wiring)
    remedy = "" if line.ok else "请清理磁盘，或把 storage.folder 移到更大的磁盘"
    yield Line(f"{wiring.config.folder} {line.text}", remedy, ok=line.ok)


def privacy(wiring: Wiring) -> Iterator[Line]:
    """Whether only the desk's own user can read its files: folders of mode 700, files of mode 600.
    A file of a secret may be of its group's, too, as config.yaml is."""
    log_file = wiring.settings.logging.file
    places = [
        wiring.config.folder,
        wiring.sqlite_file(),
        vault_key_file(wiring.config),
        wiring.config.maildir,
        wiring.config.sent_folder,
        log_file,
    ]
    open_ones = [place for place in places if place and _may(place, 0o077)]
    secrets = [place for place in secret_files(wiring.config) if _may(place, 0o007)]
    if open_ones or secrets:
        names = "、".join(map(str, (*open_ones, *secrets)))
        remedies = (("-R go-rwx", open_ones), ("o-rwx", secrets))
        remedy = "；".join(
            f"chmod {mode} {' '.join(map(str, found))}" for mode, found in remedies if found
        )
        yield warning(f"可被本机其他用户读取：{names}", remedy)
    else:
        yield well("数据目录、文件和密码文件只有运行用户可读")


def _may(place: Path, mode: int) -> bool:
    """Whether a place exists and gives one of these permissions."""
    return place.exists() and bool(place.stat().st_mode & mode)


def vault(wiring: Wiring) -> Iterator[Line]:
    """Where the key comes from, and whether a former one lies beside it."""
    key_id = wiring.vault().key_id
    file = vault_keys(wiring).file
    if file is None:
        yield well(f"来自环境变量或凭据 {VAULT}，编号 {key_id}")
        return
    yield well(f"{file}，编号 {key_id}（请另行备份，与数据库备份分开存放）")
    former = sorted(file.parent.glob(f"{file.name}.old-*"))
    if former:
        yield warning(
            f"旧密钥仍在旁边：{'、'.join(map(str, former))}",
            "移到更换前的备份处；旧备份不再需要时一并销毁",
        )


def database(wiring: Wiring) -> Iterator[Line]:
    url = make_url(wiring.database_url())
    host = url.query.get("host", url.host) or "/"
    # libpq's own default goes on in clear where the server has no TLS
    sslmode = url.query.get("sslmode", wiring.environ.get("PGSSLMODE"))
    is_elsewhere = host[0] != "/" and host not in LOOPBACK
    if is_elsewhere and sslmode not in ("require", "verify-ca", "verify-full"):
        remedy = "在 storage.database_url 末尾加 ?sslmode=verify-full（及 sslrootcert=证书文件）"
        yield warning(f"与 {host} 的连接没有要求 TLS，密码和数据可能明文传输", remedy)
    with contextlib.closing(wiring.store(check_schema=False)) as store:
        now, wanted = revisions(store.engine)
        if now is None:
            yield well("还是空的，首次启动时建立")
            return
        if now != wanted:
            yield broken(
                f"版本 {now}，程序需要 {wanted}",
                "先备份（unbind backup DIR），再执行 unbind db upgrade",
            )
            return
        store.require_own_key()
        with store.view() as tx:
            cases = sum(tx.cases.count().values())
            has_people = any(not one.disabled for one in tx.administrators.oldest())
        yield well(f"版本 {now}，工单 {cases} 件")
        if not has_people:
            yield warning("还没有管理员", "unbind admin create 姓名", "管理员 administrators")


def mailbox(wiring: Wiring) -> Iterator[Line]:
    """The mailbox by the check of its kind, mails of before the first start, and the servers that
    vouch for senders."""
    kind, inspected = MAILBOXES[wiring.settings.mailbox.kind], Inspected()
    try:
        first, *others = kind.check(wiring, inspected)
        yield replace(first, text=_provider(wiring) + first.text)
        yield from others
        yield from _old_mails(wiring, inspected)
    except (MailboxError, SecretUnavailable) as error:
        yield _at_the_provider(wiring, error)
        return
    yield from unknown_aliases(wiring.settings.mailbox.own_addresses, inspected.headers)
    if kind.is_remote:
        for line in senders(wiring.settings.sender, inspected.headers):
            yield replace(line, name=SENDER)


def outbox(wiring: Wiring) -> Iterator[Line]:
    """The way letters leave."""
    kind = OUTBOXES[wiring.settings.outbox.kind]
    try:
        line = kind.check(wiring)
        yield replace(line, text=_provider(wiring) + line.text)
    except TransportError as error:
        yield _at_the_provider(wiring, error)


def announcements(wiring: Wiring) -> Iterator[Line]:
    """Whether each robot accepts a message. Its group sees that it is a test."""
    for name, robot in robots(wiring).items():
        which = f"{name}（{robot.messenger.title}）"
        try:
            robot.post_message(
                "解绑办理台", "unbind doctor 试发：收到即表示机器人可用。", f"doctor-{name}"
            )
            yield well(f"{which}：试发的消息已送达")
        except TransportError as error:
            yield broken(f"{which}：{error}", "请核对 announce.robots 中的地址和加签密钥")


def _provider(wiring: Wiring) -> str:
    """A named provider and its setting: 腾讯企业邮（mailbox.provider: exmail）."""
    name = wiring.settings.mailbox.provider
    return "" if name == GENERIC else f"{wiring.config.provider.title}（mailbox.provider: {name}）"


def _at_the_provider(wiring: Wiring, error: DeskError) -> Line:
    """What is wrong, and what to do at a named provider, or where the login is refused."""
    preset, text, named = wiring.config.provider, str(error), _provider(wiring)
    steps = f"请逐项核对（程序用的密码是{preset.code}）：{preset.advice}"
    remedy = steps if named or preset.advice in text else ""
    return broken(named + text.replace(preset.advice, "").replace("。。", "。"), remedy)


def _old_mails(wiring: Wiring, inspected: Inspected) -> Iterator[Line]:
    """A warning of mails that are in the box before the first start: it would answer them. The
    trial mails of `unbind setup` do not count."""
    address = wiring.settings.mailbox.address
    own = sum(address in headers_of(raw).raw("from") for raw in inspected.headers)
    mails = inspected.mails - own
    if mails <= 0:
        return
    # another check reports a database that does not answer
    with (
        contextlib.suppress(DeskError),
        contextlib.closing(wiring.store(check_schema=False)) as store,
    ):
        if revisions(store.engine)[0] is not None:
            with contextlib.closing(wiring.mailbox()) as box, store.view() as tx:
                if tx.mails.last_uid(box.name, inspected.uidvalidity):
                    return
        remedy = (
            "若其中有人工已处理的旧邮件，请把 mailbox.imap.not_before 设为启用办理台的时刻；"
            "否则首次启动会逐封处理并回信"
        )
        yield warning(f"邮箱里已有 {mails} 封邮件，办理台还一封未读", remedy)


def ports(wiring: Wiring) -> Iterator[Line]:
    """Whether the port of the pages is free, and whether addresses in letters open elsewhere."""
    web = wiring.settings.web
    try:
        with bound_socket(web.host, web.port, "web."):
            yield well(f"{web.host}:{web.port} 可用")
    except ConfigError as error:
        yield warning(str(error), "若办理台正在运行则属正常")
    base = urlsplit(web.base_url)
    if base.scheme == "http" and {web.host, base.hostname} - LOOPBACK:
        remedy = "请在前面放 HTTPS 反向代理（见 deploy/），并把 base_url 改为 https"
        yield warning("网页以 http 对外提供，密码和材料可能明文传输", remedy)
    addresses = {
        "web.base_url": web.base_url,
        "centre.portal_url": wiring.settings.centre.portal_url,
    }
    local_only = [name for name, url in addresses.items() if urlsplit(url).hostname in LOOPBACK]
    if local_only and wiring.settings.outbox.kind == "smtp":
        yield warning(
            f"回信中的网址只有本机能打开：{'、'.join(local_only)}",
            "请改为企业能打开的 https 地址，前面放 HTTPS 反向代理（见 deploy/）",
        )


def confinement(wiring: Wiring) -> Iterator[Line]:
    """Whether the processes that open attachments can be sandboxed on this machine."""
    why, required = why_unconfined(), wiring.settings.documents.confine == "require"
    if not why:
        yield well("陌生文件在隔离中读取（bubblewrap、seccomp）")
        return
    remedy = (
        "apt-get install bubblewrap；仍不行时请允许用户命名空间（容器、Ubuntu 24.04 以上的 "
        "AppArmor，见 docs/OPERATIONS.md），"
        "正式使用请设 documents.confine: require"
    )
    text = f"{'无法隔离' if required else '未隔离'}陌生文件：{why}"
    yield (broken if required else warning)(text, remedy)


def models(wiring: Wiring) -> Iterator[Line]:
    """Whether a small page is read in the way of a mail's: child process, limits, models."""
    with contextlib.closing(wiring.reader()) as reader:
        documents = reader.read([("doctor.pdf", PROBE)]).documents
    if documents.unopened or not any("TEST" in page.text for page in documents.pages):
        why = (
            "、".join(UNOPENED[reason] for reason in documents.unopened.values())
            or "没有读出测试页上的文字"
        )
        yield broken(
            why,
            "请确认内存充足（至少 2 GiB）、documents 各限额未改得过小，"
            "并按 requirements.lock 重装软件包",
        )
    else:
        yield well(f"测试页已读出（{sum(documents.timing_ms.values()):.0f} ms）")


def fonts(_wiring: Wiring) -> Iterator[Line]:
    """PDFs whose Chinese fonts are not embedded (from Word, say) are drawn with the system's;
    without one their text is blank."""
    if any(
        CHINESE.search(file.name)
        for folder in FONT_FOLDERS
        for file in Path(folder).expanduser().rglob("*.[ot]t[cf]")
    ):
        yield well("已安装")
    else:
        yield warning(
            "没有找到：未嵌入字体的 PDF 无法认读，只能交人工审阅",
            "apt-get install fonts-noto-cjk（或任一种中文字体）",
        )


CHECKS: tuple[tuple[str, Check], ...] = (
    (CONFIG, configuration),
    ("时钟 clock", clock),
    ("磁盘 disk", disk),
    ("文件权限 modes", privacy),
    ("保险库密钥 vault", vault),
    ("数据库 database", database),
    ("工作日历 calendar", calendar),
    (MAILBOX, mailbox),
    (OUTBOX, outbox),
    ("群机器人 robots", announcements),
    ("网页 web", ports),
    ("隔离 confine", confinement),
    ("识别 reading", models),
    ("中文字体 fonts", fonts),
    ("CA证书 authorities", authorities),
    ("吊销列表 revocation", revocation),
)
