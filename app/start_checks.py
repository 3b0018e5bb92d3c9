"""Requirements before the service starts: hosts, names, secrets, and a way to prove senders."""

from app.credentials import one_for_both, password_origin, variable
from app.mailbox_kinds import MAILBOXES
from app.settings.config import Installation
from app.settings.config_problems import Problem, refuse
from app.settings.mail_settings import account_of
from app.ways_out import OUTBOXES
from core.errors import ConfigError


def require_named_server(here: Installation) -> None:
    """Require a way to authenticate senders, or the setting that there is none. Raises ConfigError.

    Without it a desk that reads a remote mailbox could prove nobody, and every supplement would
    wait for a person without anyone having chosen so.
    """
    settings = here.settings
    if (
        MAILBOXES[settings.mailbox.kind].is_remote
        and not settings.sender.authserv_ids
        and not settings.sender.accept_unauthenticated
    ):
        raise ConfigError(
            "sender.authserv_ids 没有填写：发件人（From）可以随意伪造，"
            "须写明由哪台收信服务器核验。请先运行 unbind doctor，它从邮箱中的来信"
            "查出该填的名称；确无核验结果的邮箱，请写 sender.accept_unauthenticated: "
            "true，此后未经证实的来信一律由人工核实。"
        )


def require_for_service(here: Installation) -> None:
    """Hosts, names and secrets of the services that the desk uses.

    Raises ConfigError with all that is missing.
    """
    settings, missing = here.settings, list[Problem]()
    is_shared = one_for_both(here.config) and password_origin(here, settings.mailbox)
    for section, kinds in (("mailbox", MAILBOXES), ("outbox", OUTBOXES)):
        zone = getattr(settings, section)
        kind, account = zone.kind, account_of(zone)
        required = kinds[kind].required
        missing += [
            Problem((section, kind, name), "必须填写（常用服务商可只写 mailbox.provider）")
            for name in required
            if not getattr(getattr(zone, kind), name)
        ]
        logs_in = account and (account.user or "user" in required)
        has_code = section == "outbox" and is_shared
        if logs_in and not has_code and not password_origin(here, zone):
            name = variable(kind, "password")
            missing.append(
                Problem(
                    (section, kind, "password_file"),
                    f"没有密码：请设置环境变量（或 systemd 凭据）{name}，"
                    "或让本设置指向一个可读的、第一行是密码（授权码）的文件",
                )
            )
    refuse(missing, here.config.written)
