"""Tricks with the header of a mail, from its bytes to the case: who it is from, whose answer it
gets, and what a signature still says of it."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from core.data.case import State
from core.data.mail_record import AuthResult, Disposition
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings
from tests.flows.walker import IDENTITY, LICENCE
from tests.message.mails import ARRIVED, mail, opened
from tests.sender.conftest import FAIL, HANDLER, NONE, PASS, STRANGER
from tests.sender.test_dkim import MAIL, signed, zone
from tests.world import CONTACT

AUTHENTICATED = SenderAuthSettings(authserv_ids=("mx.desk.example",))


def result(raw, settings=None, dns=None):
    return Authenticator(settings or SenderAuthSettings(), dns or zone())(
        raw, opened(raw).message
    ).result


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        (f'"{HANDLER}" <{STRANGER}>', STRANGER),
        (f"{HANDLER} <{STRANGER}>", STRANGER),
        (f"<{HANDLER}> <{STRANGER}>", STRANGER),
        (f"({HANDLER}) {STRANGER}", STRANGER),
        (f'"a\\" <{HANDLER}> \\"" <{STRANGER}>', STRANGER),
        (f"=?utf-8?Q?{HANDLER.replace('@', '=40')}?= <{STRANGER}>", STRANGER),
        (f"{STRANGER} ({HANDLER})", STRANGER),
        (f"x: {STRANGER};", STRANGER),
        (f"<@{HANDLER.split('@')[1]}:{STRANGER}>", STRANGER),
        (f"{STRANGER}\r\n ({HANDLER})", STRANGER),
        ("h\u0430ndler@example.com", "h\u0430ndler@example.com"),
        ("handler@examp\u217ce.com", "handler@examp\u217ce.com"),
        ("HANDLER@Example.COM", HANDLER),
        (f"<{HANDLER}", ""),
    ],
)
def test_who_a_mail_is_from(value, sender):
    assert opened(mail(f"From: {value}".encode())).message.sender in {
        sender,
        HANDLER if sender == "" else sender,
    }


@pytest.mark.parametrize(
    "value",
    [
        f"{HANDLER}, {STRANGER}",
        f"{HANDLER}\r\nFrom: {STRANGER}",
        f"{STRANGER}\r\nFrom: {HANDLER}",
        f"{STRANGER}\r\nFrom : {HANDLER}",
        f"g: {HANDLER}, {STRANGER};",
        f"{HANDLER}: {STRANGER};",
        f"{HANDLER} {STRANGER}",
        f"<{HANDLER}> <{STRANGER}>",
        '"handler"@example.com',
        f"<{HANDLER}> {STRANGER}",
        f'"x\udc81\\" <{HANDLER}> (" <{STRANGER}>)',
        f"{STRANGER} (<{HANDLER}>",
        f'{STRANGER} "<{HANDLER}>',
    ],
)
def test_a_mail_from_several_never_passes(value):
    """Nor one that programs read by bytes, of which 0x81 and a backslash are one character of GB
    18030 for others."""
    raw = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n"
        b"Received: x\r\n"
    ) + mail(f"From: {value}".encode(errors="surrogateescape"))
    assert result(raw, AUTHENTICATED) is AuthResult.FAIL


@pytest.mark.parametrize(
    "value",
    [
        HANDLER,
        f"<{HANDLER}>",
        f"Zhang San <{HANDLER}>",
        f'"Zhang, San" <{HANDLER}>',
        f"=?utf-8?B?5byg5LiJ?= <{HANDLER}>",
        f"contact@example.com <{HANDLER}>",
        f"{HANDLER} (Zhang)",
        f"Zhang San\r\n <{HANDLER}>",
        f'"誠信公司" <{HANDLER}>',  # 誠 ends in a backslash
    ],
)
def test_one_sender_in_any_usual_form_passes(value):
    raw = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n"
        b"Received: x\r\n"
    ) + mail(f"From: {value}".encode("gb18030"))
    assert result(raw, AUTHENTICATED) is AuthResult.PASS


@pytest.mark.parametrize(
    ("sender", "envelope", "found"),
    [
        ("contact@163.com", "rival@163.com", AuthResult.FAIL),
        ("contact@163.com", "163.com", AuthResult.FAIL),
        ("contact@eyou.com", "rival@eyou.com", AuthResult.FAIL),
        ("contact@proton.me", "rival@proton.me", AuthResult.FAIL),
        ("contact@163.com", "contact@163.com", AuthResult.PASS),
        ("a@firm.example.com", "b@firm.example.com", AuthResult.FAIL),
        ("a@firm.example.com", "firm.example.com", AuthResult.PASS),
        ("a@firm.example.com", "example.com", AuthResult.PASS),
    ],
)
def test_an_envelope_names_the_very_sender(sender, envelope, found):
    """Everybody at a provider passes its SPF."""
    by = (
        f"Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom={envelope}\r\n"
        "Received: x\r\n"
    )
    assert result(by.encode() + mail(f"From: {sender}".encode()), AUTHENTICATED) is found


@pytest.mark.parametrize(
    ("sender", "envelope", "found"),
    [
        ("contact@sina.com", "rival@sina.com", AuthResult.FAIL),
        ("contact@sina.com", "contact@sina.com", AuthResult.PASS),
        ("contact@sina.com", "sina.com", AuthResult.PASS),
        ("a@firm.example", "b@firm.example", AuthResult.PASS),
    ],
)
def test_dmarc_of_a_provider_without_a_signature_is_no_word_for_its_customer(
    sender, envelope, found
):
    domain = sender.partition("@")[2]
    by = (
        f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}; "
        f"spf=pass smtp.mailfrom={envelope}; dkim=none\r\nReceived: x\r\n"
    )
    assert result(by.encode() + mail(f"From: {sender}".encode()), AUTHENTICATED) is found


def test_two_senders_in_the_thread_never_join(post):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    both = post.sends(
        f"{HANDLER}, {STRANGER}",
        "dmarc=pass header.from=example.com",
        papers=(IDENTITY,),
        answers=post.harness.letter("returned").message_id,
    )
    assert both.disposition is Disposition.UNPROVED
    assert post.case(first).state is State.INCOMPLETE


@pytest.mark.parametrize(
    "forged",
    [
        f"Reply-To: {STRANGER}\r\n",
        f"Sender: {STRANGER}\r\n",
        f"Return-Path: <{STRANGER}>\r\n",
        f"Disposition-Notification-To: {STRANGER}\r\n",
        f"Errors-To: {STRANGER}\r\nResent-From: {STRANGER}\r\n",
    ],
)
def test_letters_go_to_from_and_to_nobody_else(post, forged):
    case = post.case(post.sends(HANDLER, PASS, papers=(LICENCE,), forged=forged.encode()))
    with post.harness.tx() as tx:
        addresses = {letter.recipient for letter in tx.letters.newest(case_id=case.id)}
    assert addresses
    assert STRANGER not in addresses
    assert case.sender == HANDLER


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n",
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n" * 5,
        (
            b"Received: from y by mx.desk.example; Wed, 25 Nov 2026 09:00:00 +0800\r\n"
            b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.com\r\n"
        ),
        b"ARC-Authentication-Results: i=1; mx.desk.example; dmarc=pass header.from=example.com\r\n",
        b"Authentication-Results: mx.desk.example.; dmarc=pass header.from=example.com\r\n",
        b"Received-SPF: pass\r\n",
    ],
)
@pytest.mark.parametrize("says", [FAIL, NONE])
def test_results_that_the_sender_wrote_help_nothing(post, forged, says):
    first = post.sends(HANDLER, PASS, papers=(LICENCE,))
    second = post.sends(HANDLER, says, papers=(IDENTITY,), forged=forged)
    assert second.case_id != first.case_id
    assert "sender.unauthenticated" in post.codes(second)


@pytest.mark.parametrize(
    "added",
    [
        b"Subject: =?utf-8?B?6Kej57uR?=\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"From: zhang@example.org\r\n",
    ],
)
def test_a_field_put_above_the_signed_one_undoes_the_signature(added):
    raw = b"Content-Transfer-Encoding: 7bit\r\n" + MAIL
    assert result(signed(raw)) is AuthResult.PASS
    assert result(added + signed(raw)) is AuthResult.FAIL
    by_server = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org\r\n"
        b"Received: x\r\n"
    )
    assert result(by_server + signed(raw), AUTHENTICATED) is AuthResult.PASS
    assert result(by_server + added + signed(raw), AUTHENTICATED) is AuthResult.FAIL


DOUBLED = ["Date", "Message-ID", "To", "Cc", "Sender", "Reply-To", "In-Reply-To", "References"]


@pytest.mark.parametrize("name", DOUBLED)
def test_a_field_that_stands_twice_proves_nothing(name):
    field = (
        f"{name}: {format_datetime(ARRIVED) if name == 'Date' else '<2@example.org>'}\r\n".encode()
    )
    once = MAIL if name in {"Message-ID", "To"} else field + MAIL
    raw = signed(once, include_headers=[b"from", b"subject", name.lower().encode()])
    assert result(raw) is AuthResult.PASS
    assert result(field + raw) is AuthResult.FAIL
    assert result(BY_SERVER + field + raw, AUTHENTICATED) is AuthResult.FAIL
    assert result(BY_ENVELOPE + field + raw, AUTHENTICATED) is AuthResult.FAIL


def stamp(days: int) -> int:
    return int((ARRIVED + timedelta(days=days)).timestamp())


BY_SERVER = (
    b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org; "
    b"dkim=pass header.d=example.org; spf=none\r\n"
    b"Received: x\r\n"
)
BY_ENVELOPE = BY_SERVER.replace(b"spf=none", b"spf=pass smtp.mailfrom=example.org")
COVERED = [
    ("h=From:To:Cc:Subject:Date; t={now}", AuthResult.PASS),
    ("h=From:Content-Type:Mime-Version:Subject:Message-Id: Date", AuthResult.PASS),
    (
        "h=From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck",
        AuthResult.PASS,
    ),
    (
        (
            "h=to:subject:message-id:date:from:mime-version:from:to:cc:subject:date:message-id:"
            "reply-to; t={now}; x={later}"
        ),
        AuthResult.PASS,
    ),
    ("h=from : date :\r\n\tsubject ; t=soon; x=never", AuthResult.PASS),
    ("h=From:Subject; t={now}", AuthResult.PASS),
    ("h=From:Subject; t={old}", AuthResult.FAIL),
    ("h=From:Subject:Date; t={old}", AuthResult.FAIL),
    ("h=From:Subject", AuthResult.FAIL),
    ("h=From:Subject; t=99999999999999999999999999", AuthResult.FAIL),
    ("h=From:To:Date; t={now}", AuthResult.FAIL),
    ("h=Subject:Date; t={now}", AuthResult.FAIL),
    ("t={now}", AuthResult.FAIL),
    ("h=From:Subject:Date; l=10", AuthResult.FAIL),
    ("h=From:Subject:Date; x={old}", AuthResult.FAIL),
]


@pytest.mark.parametrize(("tags", "expected"), COVERED)
def test_a_servers_pass_by_signature_counts_as_far_as_the_signature_reaches(tags, expected):
    """What QQ, 163, Outlook and Gmail sign passes; so does a field that stands once and decides
    nothing."""
    tags = tags.format(now=stamp(0), old=stamp(-30), later=stamp(7))
    raw = (
        f"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; bh=x; b=y; {tags}\r\n".encode()
        + dated(0)
    )
    assert result(BY_SERVER + raw, AUTHENTICATED) is expected
    assert result(BY_ENVELOPE + raw, AUTHENTICATED) is AuthResult.PASS
    others = b"DKIM-Signature: d=evil.example; l=1\r\n"
    assert result(BY_SERVER + others + raw, AUTHENTICATED) is expected
    better = b"DKIM-Signature: d=example.org; h=from:subject:date\r\n"
    assert result(BY_SERVER + better + raw, AUTHENTICATED) is expected


def test_a_signature_that_is_not_there_vouches_for_nothing():
    by_signature = BY_SERVER.replace(b"dmarc=pass header.from=example.org; ", b"")
    assert result(by_signature + dated(0), AUTHENTICATED) is AuthResult.FAIL


def test_fields_beyond_what_is_read_leave_the_mail_unproved():
    raw = (
        BY_SERVER
        + b"".join(b"X-Filler: %d\r\n" % number for number in range(1000))
        + signed(dated(400))
    )
    assert result(b"From: zhang@example.org\r\n" + raw, AUTHENTICATED) is not AuthResult.PASS
    assert (
        result(
            BY_SERVER + dated(0).replace(b"Date:", b"X-Long: " + b"x" * 40_000 + b"\r\nDate:"),
            AUTHENTICATED,
        )
        is AuthResult.FAIL
    )


@pytest.mark.parametrize("headers", [[b"from", b"to", b"date"], [b"from", b"to"]])
def test_a_signature_that_leaves_the_subject_out_proves_nothing(headers):
    assert result(signed(include_headers=headers)) is AuthResult.FAIL


def test_a_withdrawal_of_last_month_under_a_new_date_holds_nothing(post):
    first = post.sends(HANDLER, PASS)
    number, now = post.case(first).number, post.harness.clock.now()
    text = (
        f"From: {HANDLER}\r\nTo: support@example.org\r\nSubject: {number}\r\n"
        "Message-ID: <old@example.com>\r\n"
    )
    old = (
        f"Date: {format_datetime(now - timedelta(days=30))}\r\n{text}\r\n我们撤回这份申请\r\n"
    ).encode()
    signature = (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; "
        b"h=from:to:subject:date:message-id; bh=x; b=y\r\n"
    )
    new = f"Date: {format_datetime(now)}\r\n".encode()
    replayed = post.arrives(
        BY_SERVER.replace(b"example.org", b"example.com") + new + signature + old
    )
    assert replayed.disposition is Disposition.UNPROVED
    assert post.case(first).state is State.QUEUED


def dated(days: int) -> bytes:
    return f"Date: {format_datetime(ARRIVED - timedelta(days=days))}\r\n".encode() + MAIL


SIGNED_BY = [
    b"",
    (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org; "
        b"dkim=pass header.d=example.org; spf=fail smtp.mailfrom=evil.example\r\nReceived: x\r\n"
    ),
]


@pytest.mark.parametrize("on_top", SIGNED_BY)
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, AuthResult.PASS),
        (5, AuthResult.PASS),
        (8, AuthResult.FAIL),
        (400, AuthResult.FAIL),
        (-1, AuthResult.PASS),
        (-3, AuthResult.PASS),  # a PC's clock; the server that signed has the right time
    ],
)
def test_a_signed_mail_sent_again_later_is_doubted(on_top, days, expected):
    raw = on_top + signed(dated(days), include_headers=[b"from", b"subject", b"to", b"date"])
    assert result(raw, AUTHENTICATED) is expected


@pytest.mark.parametrize("on_top", SIGNED_BY)
def test_a_mail_signed_for_a_later_day_would_never_grow_old(on_top):
    covered = [b"from", b"subject", b"to", b"date"]
    raw = on_top + signed(dated(-3), at=ARRIVED + timedelta(days=3), include_headers=covered)
    assert result(raw, AUTHENTICATED) is AuthResult.FAIL


def test_a_wrong_clock_is_no_replay_where_the_envelope_vouches():
    on_top = (
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org; "
        b"spf=pass smtp.mailfrom=example.org\r\nReceived: x\r\n"
    )
    assert result(on_top + dated(4000), AUTHENTICATED) is AuthResult.PASS


def test_a_mail_replayed_whole_opens_nothing(post):
    first = post.sends(HANDLER, PASS)
    with post.harness.tx() as tx:
        raw = tx.mails.raw(first.id)
    before = post.harness.letters()
    assert post.arrives(raw).case_id == first.case_id
    assert post.harness.letters() == before
    assert (
        post.arrives(
            b"Received: from z by mx.desk.example; Thu, 26 Nov 2026 10:00:00 +0800\r\n" + raw
        ).case_id
        == first.case_id
    )
    with post.harness.tx() as tx:
        assert {letter.recipient for letter in tx.letters.newest()} == {HANDLER, CONTACT}
        assert len(tx.cases.find()) == 1


def test_the_contacts_name_as_display_name_does_not_make_the_contact(post):
    first = post.sends(CONTACT, PASS, papers=(LICENCE,), display="登记联系人")
    tricked = post.sends(
        STRANGER, PASS, display="登记联系人", answers=post.harness.letter("returned").message_id
    )
    assert tricked.case_id != first.case_id
