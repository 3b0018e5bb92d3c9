"""The contact answers the notice with 谢谢 where the desk reads first, and denies in another part,
charset, tag or picture of its mail: each sets the case aside."""

import base64
import binascii
from io import BytesIO

import pytest
from PIL import Image

from core.cases.decision.approve import approve
from core.data.case import State
from tests.security.test_contact_answers import answered, notice
from tests.sender.conftest import PASS, STRANGER
from tests.world import CONTACT

DENIAL, THANKS = "我们没有申请解绑", "谢谢"
ON_TOP = (
    "Authentication-Results: mx.desk.example; dmarc=pass header.from=example.org\r\n"
    "Received: from x by mx.desk.example; Wed, 25 Nov 2026 10:00:00 +0800\r\n"
    f"From: {CONTACT}\r\nTo: support@example.org\r\nSubject: Re: x\r\n"
    "Message-ID: <z@example.org>\r\nMIME-Version: 1.0\r\n"
)
HTML = "text/html; charset=utf-8"


def leaf(kind, body, *more):
    """A part, or the rest of a mail: headers and body."""
    body = body.encode() if isinstance(body, str) else body
    return "\r\n".join([f"Content-Type: {kind}", *more, "", ""]).encode() + body


def multi(kind, *parts, end=b"\r\n--b--\r\n"):
    within = b"".join(b"\r\n--b\r\n" + part for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="b"\r\n\r\n'.encode() + within + end


def plain(body, *more, charset="utf-8", kind="text/plain"):
    return leaf(f"{kind}; charset={charset}", body, *more)


def beside(*parts, **how):
    return multi("mixed", plain(THANKS), *parts, **how)


def html(text):
    return leaf(HTML, text)


def picture(width, height):
    file = BytesIO()
    Image.effect_noise((width, height), 90).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


BASE64 = base64.encodebytes(DENIAL.encode())
WITHIN = f"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{DENIAL}"
UUENCODED = b"begin 644 x\r\n" + binascii.b2a_uu(DENIAL.encode()) + b"`\r\nend\r\n"
FORMS = {
    "utf-7": plain(DENIAL.encode("utf-7"), charset="utf-7"),
    "hz": plain(DENIAL.encode("hz"), charset="hz-gb-2312"),
    "big5": plain("我們沒有申請解綁".encode("big5"), charset="big5"),
    "utf-16": plain(
        base64.encodebytes(DENIAL.encode("utf-16")),
        "Content-Transfer-Encoding: base64",
        charset="utf-16",
    ),
    "wrong charset": plain(DENIAL.encode("gbk")),
    "charset of meta": leaf(
        "text/html; charset=gbk", f"<meta charset=utf-8><p>{THANKS}</p>{DENIAL}"
    ),
    "uuencoded": plain(UUENCODED, "Content-Transfer-Encoding: x-uuencode"),
    "comment": plain(BASE64, "Content-Transfer-Encoding: (x) base64"),
    "quoted": plain(BASE64, 'Content-Transfer-Encoding: "base64"'),
    "markdown": beside(plain(DENIAL, kind="text/markdown")),
    "rtf": beside(leaf("text/rtf", "{\\rtf1 x}")),
    "amp": multi("alternative", plain(THANKS), plain(DENIAL, kind="text/x-amp-html"), html(THANKS)),
    "alternative in the middle": multi("alternative", plain(THANKS), html(DENIAL), html(THANKS)),
    "mail": beside(leaf("message/rfc822", WITHIN)),
    "mail as a file": beside(leaf("application/octet-stream; name=x.eml", WITHIN)),
    "mail as a file without a name": beside(leaf("application/octet-stream; name=x", WITHIN)),
    "text as a file": beside(plain(DENIAL, "Content-Disposition: attachment; filename=a.txt")),
    "named text": beside(leaf("text/plain; charset=utf-8; name=a.txt", DENIAL)),
    "not the first of related": multi("related", html(THANKS), html(DENIAL)),
    "svg file": beside(leaf("image/svg+xml", f"<svg>{DENIAL}</svg>")),
    "elsewhere": beside(leaf("message/external-body; access-type=URL; URL=x", "\r\n")),
    "a part of a mail": leaf('message/partial; id="x"; number=1; total=2', WITHIN),
    "not closed": beside(plain(DENIAL), end=b""),
    "conditional": html(f"<p>{THANKS}</p><![if !mso]><p>{DENIAL}</p><![endif]>"),
    "textarea": html(f"<p>{THANKS}</p><textarea>{DENIAL}</textarea>"),
    "plaintext": html(f"<p>{THANKS}</p><plaintext>{DENIAL}"),
    "xmp": html(f"<p>{THANKS}</p><xmp>{DENIAL}</xmp>"),
    "svg": html(f"<p>{THANKS}</p><svg><text>{DENIAL}</text></svg>"),
    "ruby": html(f"<p>{THANKS}</p><ruby>x<rt>{DENIAL}</rt></ruby>"),
    "right to left": html(f"<p>{THANKS}</p><bdo dir=rtl>{DENIAL[::-1]}</bdo>"),
    "nul": html(f"<p>{THANKS}</p>\0{DENIAL}"),
    "in a quote": html(f"<p>{THANKS}</p><div class=gmail_quote>{DENIAL}</div>"),
    "signature": plain(f"{THANKS}\r\n\r\n-- \r\n{DENIAL}"),
    "picture of another server": html("<p></p><img src='http://x.example/a.png'>"),
    "such below a greeting": html("<p>您好</p><img src='http://x.example/a.png'>"),
    "small picture in the text": html("<img src='data:image/png;base64,iVBORw0KGgo='>"),
    "scan in the text": html(
        f"<p>{THANKS}</p><img src='data:image/png;base64,{picture(900, 700)}'>"
    ),
    "drawing": html("<svg><path d='M0 0'/></svg>"),
    "film": html("<video src='http://x.example/a.mp4'></video>"),
}


def arrives(post, rest):
    thread = f"In-Reply-To: {notice(post).message_id}\r\n"
    return post.arrives((ON_TOP + thread).encode() + rest)


@pytest.mark.parametrize("form", FORMS)
def test_it_sets_the_case_aside(post, rival, form):
    record = arrives(post, FORMS[form])
    assert (post.harness.again(rival).state, record.unread) == (State.HELD, True)


@pytest.mark.parametrize(
    "rest",
    [
        html(f"<p>{THANKS}</p><img src='http://x.example/logo.png'>"),
        html(f"<p>{THANKS}</p><img src='data:image/png;base64,{picture(60, 30)}'>"),
        plain(THANKS),
    ],
)
def test_thanks_with_a_logo_are_thanks(post, rival, rest):
    assert not arrives(post, rest).unread
    assert post.harness.again(rival).state is State.QUEUED


@pytest.mark.parametrize(
    "sender", ["CONTACT@EXAMPLE.ORG", "contact@example.org.", "<contact@example.org> (x)"]
)
def test_another_spelling_of_the_address_is_the_contact(post, rival, sender):
    passed = "dmarc=pass header.from=example.org"
    post.sends(sender, passed, papers=(), words=DENIAL, subject="说明")
    assert post.harness.again(rival).state is State.HELD


def test_words_between_invisible_characters_are_read(post, rival):
    answered(post, "我们没\u200b有申\u200b请解\u2060绑")
    assert post.harness.again(rival).state is State.HELD


def test_a_subject_with_other_numbers_hides_no_words(post, rival):
    """More numbers than are looked for, which the rival put into the subject that it answers."""
    numbers = " ".join(f"JB20250101-000{number}" for number in range(1, 5))
    subject = f"{numbers} {rival.number}"
    record = post.sends(CONTACT, PASS, papers=(), words="章是假的", subject=subject)
    assert (record.case_id, record.unread) == (rival.id, True)


def test_a_supplement_brings_no_case_back_that_the_contact_denied(post, rival):
    answered(post, DENIAL)
    post.sends(STRANGER, PASS, words="补充材料", subject=rival.number, answers="")
    assert post.harness.again(rival).state is State.HELD


@pytest.mark.parametrize(
    "words",
    [
        "这不是我们申请的",
        "我们没有申请过解绑，有人盗用邮箱",
        "我们没有申请过解绑，怎么回事？",
        "这不是我们申请的，请问是谁申请的？",
        "我们没有申请。为什么会收到这封邮件？",
    ],
)
@pytest.mark.parametrize("sender", [CONTACT, STRANGER])
def test_who_denies_the_own_request_stops_it(post, sender, words):
    """Somebody else used its mailbox, and it answers what the desk wrote to it."""
    own = post.case(post.sends(sender, PASS))
    received = post.harness.letter("received").message_id
    record = post.sends(sender, PASS, papers=(), words=words, answers=received, subject="Re: x")
    assert (record.unread, post.harness.again(own).state) == (True, State.HELD)


@pytest.mark.parametrize("words", ["怎么回事，还没有办理", "为什么不给办？", "锁还是登不上"])
def test_who_complains_does_not(post, words):
    own = post.case(post.sends(CONTACT, PASS))
    approve(post.desk, own.id, own.version, "li")
    post.sends(CONTACT, PASS, papers=(), words=words, subject=own.number)
    assert post.harness.again(own).state is State.APPROVED
