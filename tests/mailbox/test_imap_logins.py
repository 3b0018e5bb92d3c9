"""Logging in: as often as the provider allows, and refusals in its own words."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import LoginRefused, MailboxError
from tests.mailbox.test_contract import read, subjects
from tests.mailbox.test_imap_providers import Make, box_of, fill
from tests.servers.certificates import ServerCertificate, certificate, make_certificate
from tests.servers.scripted_imap import NETEASE, PLAIN, TENCENT, scripted

__all__ = ["certificate", "scripted"]


def test_a_provider_that_limits_logins_is_left_alone_when_it_says_so(scripted: Make) -> None:
    """QQ answers a login too many with the words of a wrong password."""
    server, now = scripted(replace(TENCENT, closes_after_select=True)), [0.0]
    fill(server, 1)
    box = box_of(server, monotonic=lambda: now[0])
    refused_at = None
    while now[0] < 3600:
        try:
            read(box)
        except LoginRefused:
            refused_at = refused_at or now[0]
        except MailboxError:
            pass
        now[0] += 5
    assert refused_at is not None
    assert server.provider.logins_allowed < server.logins <= server.provider.logins_allowed + 4
    box.close()


@pytest.mark.parametrize("per_hour", [1, 7, 30])
def test_no_hour_sees_more_logins_than_allowed(scripted: Make, per_hour: int) -> None:
    server, now, at = scripted(replace(PLAIN, closes_after_select=True)), [0.0], []
    fill(server, 1)
    box = box_of(server, monotonic=lambda: now[0], logins_per_hour=per_hour)
    while now[0] < 3 * 3600:
        before = server.logins
        with pytest.raises(MailboxError):
            read(box)
        at += [now[0]] * (server.logins - before)
        now[0] += 20
    assert max(sum(start <= other < start + 3600 for other in at) for start in at) <= per_hour
    assert len(at) >= min(per_hour, 3)
    box.close()


def test_a_refused_token_is_told_in_the_servers_own_words(scripted: Make) -> None:
    """The server explains in a challenge first, and takes anything but an empty
    answer for a broken command."""
    box = box_of(scripted(PLAIN), "expired", auth="xoauth2")
    with pytest.raises(LoginRefused, match="wrong password") as told:
        read(box)
    assert "expired" not in str(told.value)
    box.close()


def test_id_is_sent_unasked_where_the_provider_is_known_to_want_it(scripted: Make) -> None:
    server = scripted(replace(NETEASE, before_login="IMAP4rev1", after_login="IMAP4rev1"))
    fill(server, 1)
    box = box_of(server, send_id=True)
    assert subjects(read(box)) == [1]
    box.close()


def test_an_id_that_is_refused_does_not_end_the_login(scripted: Make) -> None:
    server = scripted(replace(PLAIN, id_answer="BAD unknown"))
    fill(server, 1)
    box = box_of(server, send_id=True)
    assert subjects(read(box)) == [1]
    box.close()


def test_a_refusal_is_told_with_the_providers_own_advice(scripted: Make) -> None:
    box = box_of(scripted(TENCENT), "wrong", login_advice="1. 开启IMAP")
    with pytest.raises(LoginRefused, match=r"1\. 开启IMAP"):
        read(box)
    box.close()


def test_a_certificate_of_an_unknown_authority_ends_the_attempt(
    scripted: Make, certificate: ServerCertificate
) -> None:
    server = scripted(PLAIN, certificate.context())
    box = box_of(server, security="tls")
    with pytest.raises(MailboxError, match=r"证书未通过校验.*ca_file"):
        read(box)
    assert server.commands == []
    box.close()


def test_an_expired_certificate_is_named(scripted: Make, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, lasts=timedelta(minutes=-1))
    server = scripted(PLAIN, certificate.context())
    box = box_of(server, security="tls", ca_file=str(certificate.ca_file))
    with pytest.raises(MailboxError, match="证书已过期，请邮件服务器的管理员更换"):
        read(box)
    box.close()
