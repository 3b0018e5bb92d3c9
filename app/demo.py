"""The demonstration: a desk with a window that is always open, registered sample enterprises and a
dozen sample mails, on loopback.

Its data lies in its own folder: a second start continues with it, `fresh` deletes it first. Nothing
leaves the machine: mail comes by a Maildir and an SMTP receiver on 127.0.0.1, letters go into a
Maildir.
"""

import json
import shutil
import sys
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

import typer

from app.process_lock import alone
from app.register_file import read_register
from app.service import serve
from app.settings.config import load
from app.wiring import Wiring, console_of
from core.accounts.administrators import personnel
from core.accounts.enterprises.register_import import register
from core.cases.desk import Desk, Risk
from core.data.audit_entry import DESK
from core.errors import ConfigError, PortBusy
from core.maildir import deliver, make_maildir

SAMPLES = Path(__file__).parents[1] / "tests" / "data"
ADMINISTRATOR = "admin"
SERVER = "demo.unbind.invalid"
"""The server's name in the Authentication-Results of the samples that the demonstration delivers.

Mail by SMTP stays unproved even with such a header: the receiver puts a Received line above it.
"""
MARK = "demo"
"""A file that marks the folder as a demonstration's: no other folder is emptied."""

CONFIG = """# Written by `unbind demo` at each start.
centre:
  {{name: 演示公共资源交易中心, portal_url: "{page}/portal", phone: 010-00000000, qq: "100000000"}}
entrance:
  papers:
    licence: {{title: 营业执照, is_licence: true}}
    authority: {{title: 授权委托书, required: false}}
storage: {{folder: .}}
mailbox: {{maildir: {{smtp_port: {smtp_port}, poll_interval_s: 0.3}}}}
sender: {{authserv_ids: [{server}]}}
window: {{hours: ["00:00-24:00"], every_day: true}}
cases:
  letters_per_sender_day: 50
  objection_hours: 0
  approvals_required: {risks}
web: {{port: {port}, base_url: "{page}"}}
logging: {{file: desk.log}}
{locks}"""
CERTIFICATES = """certificates:
  profiles:
    bjca:
      issuers: ["{samples}/demo-ca-bjca.pem"]
      revocation: none
      where_to_apply: 演示市政务服务大厅二层 CA 窗口
      phone: 010-00000001
      drivers: [北京CA数字证书驱动（演示）, 统一数字证书应用环境（演示）]
    beijing_yzt:
      issuers: ["{samples}/demo-ca-yzt.pem"]
      revocation: none
      where_to_apply: 演示市政务服务大厅一层
      phone: 010-00000002
      drivers: [一证通驱动（演示）]
"""
LOCKS = """    gmt0015: {{title: 演示锁, issuers: {issuers}, drivers: [SoftHSM]}}
  crl_folder: {folder}
"""


def run_demo(folder: Path, port: int, smtp_port: int, *, fresh: bool) -> None:
    """Run until Ctrl-C.

    Raises DeskError for busy ports, missing samples, a folder that is not a demonstration's.
    """
    folder = folder.absolute()
    if not (SAMPLES / "enterprises.csv").is_file():
        raise ConfigError(f"找不到样例邮件 {SAMPLES}：请在项目目录中运行，或先执行 make samples。")
    begin(folder, fresh=fresh)
    wiring = Wiring(load(write_config(folder, port, smtp_port)))
    try:
        serve(wiring, demo=True, ready=lambda desk: load_samples(wiring, desk))
    except PortBusy as error:
        options = "--port 端口号 --smtp-port 端口号"
        remedy = f'演示换端口：make run DEMO="{options}"，或 unbind demo {options}'
        raise ConfigError(f"{error}{remedy}") from error
    typer.echo("\n演示已停止。再次运行会接着上次的数据；从头开始：unbind demo --fresh", err=True)


def begin(folder: Path, *, fresh: bool) -> None:
    """Create the folder, empty if `fresh`. Raises ConfigError for a folder of something else."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(f"{folder} 不是演示数据目录且不为空，请换一个 --folder。")
    if fresh and folder.is_dir():
        with alone(folder):
            shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()


def write_config(folder: Path, port: int, smtp_port: int) -> Path:
    """Write the demonstration's config.yaml, which the other commands can use too; gives its
    path."""
    file = folder / "config.yaml"
    text = CONFIG.format(
        page=f"http://127.0.0.1:{port}",
        port=port,
        smtp_port=smtp_port,
        locks=demonstration_locks(folder.parent / "lock" / "ca"),
        server=SERVER,
        risks=json.dumps(dict.fromkeys(Risk, 1)),
    )
    file.write_text(text, encoding="utf-8")
    return file


def demonstration_locks(authority: Path) -> str:
    """The settings of two invented CAs, whose keys nobody has, and of the CA that
    `python -m tools.demo_lock var/lock` created beside the folder, if it is there.
    """
    invented = CERTIFICATES.format(samples=json.dumps(str(SAMPLES))[1:-1])
    issuers = [str(file) for file in sorted(authority.glob("demo-ca-*.pem"))]
    if not issuers:
        return invented
    return invented + LOCKS.format(folder=json.dumps(str(authority)), issuers=json.dumps(issuers))


def load_samples(wiring: Wiring, desk: Desk) -> None:
    """Add enterprises, an administrator and sample mails at the first start, then print what to try
    and a password."""
    with desk.view() as tx:
        first = tx.administrators.by(name=ADMINISTRATOR) is None
    if first:
        with desk.step() as tx:
            register(tx, DESK, read_register(SAMPLES / "enterprises.csv"))
        password = personnel.create(console_of(desk), DESK, ADMINISTRATOR)
        put_samples(wiring.config.maildir, int(desk.now().timestamp()))
    else:
        password = renewed_password(desk)
    typer.echo(welcome(wiring, password, first=first))


def put_samples(maildir: Path, now: int) -> None:
    """Deliver the sample mails. `now`: seconds since 1970, for the names of their files."""
    make_maildir(maildir)
    for number, sample in enumerate(sorted(SAMPLES.glob("*.eml"))):
        deliver(maildir, f"{now}.{number:02d}.{sample.stem}.demo", vouched_for(sample.read_bytes()))


def vouched_for(raw: bytes) -> bytes:
    """A sample mail with the header by which a receiving server authenticates its sender."""
    sender = parseaddr(str(message_from_bytes(raw, policy=default).get("From", "")))[1]
    domain = sender.rpartition("@")[2]
    return (
        f"Authentication-Results: {SERVER}; spf=pass smtp.mailfrom={domain}; "
        f"dmarc=pass header.from={domain}\r\n"
    ).encode() + raw


def renewed_password(desk: Desk) -> str:
    """A new one-time password; "" once a person has chosen a password."""
    with desk.view() as tx:
        must_change = personnel.named(tx, ADMINISTRATOR).must_change
    return personnel.reset(console_of(desk), DESK, ADMINISTRATOR) if must_change else ""


def welcome(wiring: Wiring, password: str, *, first: bool) -> str:
    """An introduction for newcomers, one screen long."""
    settings = wiring.settings
    command = f"{sys.argv[0]} -c {wiring.config.source}"
    mail = (
        f"{sys.executable} -c \"import smtplib; smtplib.SMTP('127.0.0.1', "
        f"{settings.mailbox.maildir.smtp_port}).sendmail('me@example.com', "
        f"'{settings.mailbox.address}', '''From: me@example.com\\nTo: "
        f"{settings.mailbox.address}\\nSubject: unbind\\n\\n"
        "企业名称：演示科技有限公司\\n是否解绑：是'''.encode())\""
    )
    samples = (
        "样例邮件正在读取，约一分钟 / the sample mails are being read, about a minute"
        if first
        else "接着上次的数据 / going on with the last data"
    )
    secret = (
        f"一次性密码 / one-time password  {password}"
        if password
        else "密码为您自己设置的 / the password you chose (new one: --fresh)"
    )
    return f"""
  解绑办理台演示 / Unbind Desk, demonstration          Ctrl-C 停止 / ends it

  网页 / page    {settings.web.base_url}/
  企业 / portal  {settings.web.base_url}/portal
  账号 / name    {ADMINISTRATOR}
  密码           {secret}
  {samples}

  1. 登录，看“待审核”：勾选齐全的工单，批准；窗口全天开放，几秒内办结。
     Log in; in the queue tick the complete cases and approve them: the window is open all day,
     they are done in seconds.
  2. 看“回执”页上的信：退回补正、受理、办结。重置密码的链接只在企业收到的信里：
     See the letters on their page. A reset link stands only in the mail that the enterprise got:
     {command} show 工单号 --letters
  3. 自己寄一封：发件人未经证实，补件会在工单页“来信待核实”中等您决定。
     Send one yourself; nobody vouches for you, so a supplement waits at its case for a person
     to take it over. (any mail program: SMTP 127.0.0.1:{settings.mailbox.maildir.smtp_port},
     to {settings.mailbox.address})
     {mail}
  4. 命令行 / command line:  {command} queue
"""
