"""What an SMTP server may do to a letter, and what the desk makes of it."""

import smtplib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.errors import ConfigError, PermanentFailure, TemporaryFailure, TransportError
from core.outgoing.smtp_transport import SmtpSettings, SmtpTransport
from tests.servers.certificates import ServerCertificate, certificate, wrong_certificate
from tests.servers.ports import free_port
from tests.servers.smtp_sink import Fault, SmtpSink, smtp_sink
from tests.transports.test_contract import LETTER

__all__ = ["certificate", "smtp_sink", "wrong_certificate"]


def plain(sink: SmtpSink, **changes: object) -> SmtpTransport:
    settings = replace(
        SmtpSettings("127.0.0.1", sink.port, security="none", timeout_s=40), **changes
    )
    return SmtpTransport(settings, sink.password)


@pytest.fixture
def transport(smtp_sink: SmtpSink) -> Iterator[SmtpTransport]:
    transport = plain(smtp_sink)
    yield transport
    transport.close()


def test_a_refused_sender_is_the_accounts_trouble_and_parks_no_letter(
    smtp_sink: SmtpSink, transport: SmtpTransport
) -> None:
    smtp_sink.next_faults.append(Fault.REFUSE_SENDER)
    for _ in range(2):  # the second one is not even tried
        with pytest.raises(TemporaryFailure, match="不接受发件人") as told:
            transport.send(LETTER)
        assert told.value.unusable


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.GREYLIST, TemporaryFailure),
        (Fault.BUSY_DATA, TemporaryFailure),
        (Fault.SHUT_DOWN, TemporaryFailure),
        (Fault.DROP_BEFORE_DATA, TemporaryFailure),
        (Fault.DROP_AFTER_DATA, TemporaryFailure),
        (Fault.DROP_UNTAKEN, TemporaryFailure),
        (Fault.REFUSE_RECIPIENT, PermanentFailure),
        (Fault.REFUSE_DATA, PermanentFailure),
    ],
)
def test_a_fault_is_told_apart_and_the_next_letter_goes(
    smtp_sink: SmtpSink,
    transport: SmtpTransport,
    fault: Fault,
    error: type[TransportError],
) -> None:
    smtp_sink.next_faults.append(fault)
    with pytest.raises(error):
        transport.send(LETTER)
    transport.send(replace(LETTER, message_id="<letter.2@example.org>"))
    arrived = [
        smtp_sink.take().message["Message-ID"]
        for _ in range(2 if fault is Fault.DROP_AFTER_DATA else 1)
    ]
    assert arrived[-1] == "<letter.2@example.org>"


@pytest.mark.parametrize("code", [250, 299])
def test_a_server_that_does_not_wait_for_the_letter_has_not_accepted_it(
    smtp_sink: SmtpSink,
    transport: SmtpTransport,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    """An answer that belongs to another command, say: DATA wants 354."""

    def data(_smtp: smtplib.SMTP, _raw: bytes) -> None:
        raise smtplib.SMTPDataError(code, b"OK")

    monkeypatch.setattr(smtplib.SMTP, "data", data)
    with pytest.raises(TemporaryFailure):
        transport.send(LETTER)
    monkeypatch.undo()
    transport.send(LETTER)
    assert smtp_sink.take().message["Message-ID"] == LETTER.message_id


def test_a_letter_whose_answer_never_comes_is_tried_again(smtp_sink: SmtpSink) -> None:
    transport = plain(smtp_sink, data_timeout_s=0.3)
    smtp_sink.next_faults.append(Fault.SILENT)
    with pytest.raises(TemporaryFailure, match="同一 Message-ID"):
        transport.send(LETTER)
    transport.close()


def test_a_batch_goes_over_one_connection(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    for number in range(10):
        transport.send(replace(LETTER, message_id=f"<letter.{number}@example.org>"))
    assert (smtp_sink.connections, smtp_sink.letters.qsize()) == (1, 10)


def test_lines_that_begin_with_dots_and_long_words_pass_unchanged(
    smtp_sink: SmtpSink, transport: SmtpTransport
) -> None:
    text = ".\n..\n" + "长" * 4000 + "\n.\n"
    transport.send(replace(LETTER, text=text))
    body = smtp_sink.take().message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text


@pytest.fixture
def tls_sink(request: pytest.FixtureRequest, certificate: ServerCertificate) -> Iterator[SmtpSink]:
    sink = SmtpSink(certificate.context(), starttls=request.param == "starttls", auth_required=True)
    sink.start()
    yield sink
    sink.stop()


@pytest.mark.parametrize("tls_sink", ["tls", "starttls"], indirect=True)
def test_letters_go_encrypted_and_authenticated(
    tls_sink: SmtpSink, certificate: ServerCertificate, request: pytest.FixtureRequest
) -> None:
    security = request.node.callspec.params["tls_sink"]
    settings = SmtpSettings(
        "127.0.0.1",
        tls_sink.port,
        security=security,
        user=tls_sink.user,
        ca_file=str(certificate.ca_file),
    )
    transport = SmtpTransport(settings, tls_sink.password)
    transport.send(LETTER)
    letter = tls_sink.take()
    assert (letter.tls, letter.authenticated) == (True, True)
    transport.close()


@pytest.mark.parametrize("tls_sink", ["tls", "starttls"], indirect=True)
def test_a_certificate_of_an_unknown_authority_ends_the_attempt(
    tls_sink: SmtpSink, request: pytest.FixtureRequest
) -> None:
    settings = SmtpSettings(
        "127.0.0.1",
        tls_sink.port,
        security=request.node.callspec.params["tls_sink"],
        user=tls_sink.user,
    )
    with pytest.raises(TemporaryFailure, match="ca_file"):
        SmtpTransport(settings, tls_sink.password).send(LETTER)
    assert (tls_sink.letters.qsize(), tls_sink.logins) == (0, [])


@pytest.mark.parametrize(("token", "works"), [("right", True), ("expired", False)])
def test_a_token_logs_in_by_xoauth2_and_is_asked_for_at_every_login(
    smtp_sink: SmtpSink, token: str, works: bool
) -> None:
    settings = SmtpSettings(
        "127.0.0.1", smtp_sink.port, security="none", user=smtp_sink.user, auth="xoauth2"
    )
    asked: list[str] = []

    def secret() -> str:
        asked.append(token)
        return smtp_sink.password if token == "right" else token

    transport = SmtpTransport(settings, secret)
    for number in range(2):
        if works:
            transport.send(replace(LETTER, message_id=f"<letter.{number}@example.org>"))
            assert smtp_sink.take().authenticated
        else:
            with pytest.raises(TemporaryFailure, match="拒绝登录"):
                transport.send(LETTER)
        transport.close()
    assert smtp_sink.logins == ["XOAUTH2"] * len(asked)
    assert len(asked) == (2 if works else 1)


def test_a_certificate_for_another_host_ends_the_attempt(
    wrong_certificate: ServerCertificate,
) -> None:
    sink = SmtpSink(wrong_certificate.context())
    sink.start()
    settings = SmtpSettings(
        "127.0.0.1", sink.port, user=sink.user, ca_file=str(wrong_certificate.ca_file)
    )
    with pytest.raises(TemporaryFailure, match="证书"):
        SmtpTransport(settings, sink.password).send(LETTER)
    assert sink.logins == []
    sink.stop()


def test_no_starttls_never_falls_back_to_clear_text(smtp_sink: SmtpSink) -> None:
    transport = SmtpTransport(
        SmtpSettings("127.0.0.1", smtp_sink.port, security="starttls", user=smtp_sink.user),
        smtp_sink.password,
    )
    with pytest.raises(TemporaryFailure, match="不会退回明文"):
        transport.send(LETTER)
    assert (smtp_sink.letters.qsize(), smtp_sink.logins) == (0, [])


def test_refused_credentials_do_not_park_letters_and_are_not_tried_a_hundred_times(
    smtp_sink: SmtpSink,
) -> None:
    now = [0.0]
    settings = SmtpSettings("127.0.0.1", smtp_sink.port, security="none", user=smtp_sink.user)
    transport = SmtpTransport(settings, smtp_sink.password, monotonic=lambda: now[0])
    smtp_sink.refuse_auth = True
    for _ in range(100):
        with pytest.raises(TemporaryFailure, match="授权码"):
            transport.send(LETTER)
    tried = len(smtp_sink.logins)
    assert 1 <= tried <= 3  # one attempt, by each mechanism that the server offers
    smtp_sink.refuse_auth = False
    now[0] = 601
    transport.send(LETTER)
    assert smtp_sink.take().authenticated
    transport.close()


def test_a_password_in_full_width_letters_is_named(smtp_sink: SmtpSink) -> None:
    settings = SmtpSettings("127.0.0.1", smtp_sink.port, security="none", user=smtp_sink.user)
    with pytest.raises(TemporaryFailure, match="全角字符"):
        SmtpTransport(settings, "ｃｏｄｅ").send(LETTER)


def test_a_busy_server_is_no_refusal_of_the_credentials(smtp_sink: SmtpSink) -> None:
    smtp_sink.busy_auth = True
    settings = SmtpSettings("127.0.0.1", smtp_sink.port, security="none", user=smtp_sink.user)
    with pytest.raises(TemporaryFailure, match=r"稍后会自动重试（\(454, 4\.7\.0") as failure:
        SmtpTransport(settings, smtp_sink.password).send(LETTER)
    assert "授权码" not in str(failure.value)


def test_an_unreachable_server_is_temporary_and_says_what_to_check() -> None:
    with pytest.raises(TemporaryFailure, match="请检查主机和端口"):
        SmtpTransport(SmtpSettings("127.0.0.1", free_port(), security="none")).send(LETTER)


def test_settings_that_cannot_work_are_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="ca_file"):
        SmtpTransport(SmtpSettings("mail.example.org", ca_file="/nowhere/ca.pem"))
