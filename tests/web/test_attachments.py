"""An attachment as it came: what a browser may show of it, under which name, and who asked."""

from dataclasses import replace
from email.message import EmailMessage
from hashlib import sha256

import pytest

from core.cases.intake.receive import receive
from core.data.submission import Attachment, AttachmentKind
from mail_intake.message.opening import contents_of
from tests.web.harness import request
from web.console.mail_pages import UNKNOWN_TYPE, displayed_kind

PDF = b"%PDF-1.4\n%%EOF"
WORD = b"\xd0\xcf\x11\xe0 a document"
PAGE = b"<script>alert(1)</script>"


def mail(*files: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "handler1@example.com", "CA锁解绑申请"
    message.set_content("您好")
    for name, content in files:
        message.add_attachment(content, maintype="text", subtype="html", filename=name)
    return message.as_bytes()


@pytest.fixture
def case(harness):
    harness.register(1)
    submission, _images = request(1, harness.clock.now())
    kinds = (
        ("材料.pdf", PDF, AttachmentKind.PDF),
        ("../../说明.html", WORD, AttachmentKind.WORD),
        ("假的.pdf", PAGE, AttachmentKind.PDF),
    )
    attachments = tuple(
        Attachment(name, kind, len(content), sha256(content).hexdigest())
        for name, content, kind in kinds
    )
    submission = replace(submission, message=replace(submission.message, attachments=attachments))
    mail_id = harness.stored(mail(*((name, content) for name, content, _ in kinds)))
    receive(harness.desk, mail_id, submission, {})
    with harness.tx() as tx:
        return tx.cases.get(tx.mails.get(mail_id).case_id)


def test_a_pdf_is_shown_in_a_sandbox_and_the_asking_is_written_down(harness, admin, case):
    assert (
        'action="/mails/1/attachments/0" target="_blank"' in admin.see(f"/cases/{case.number}").text
    )
    answer = admin.submit("/mails/1/attachments/0")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (
        200,
        PDF,
        "application/pdf",
    )
    assert answer.headers["content-disposition"] == 'inline; filename="mail-1-1.pdf"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == (
        "no-store",
        "nosniff",
    )
    with harness.tx() as tx:
        newest = tx.audit.entries(case.id)[0]
    assert (newest.action, newest.actor, newest.detail["attachment"]) == (
        "mail.attachment_opened",
        "wang",
        "1",
    )


def test_what_is_no_pdf_is_a_file_under_a_name_of_ours(admin, case):
    """A Word file, and what a sender calls a PDF although it is a page with a script."""
    admin.see(f"/cases/{case.number}")
    for index, content in ((1, WORD), (2, PAGE)):
        answer = admin.submit(f"/mails/1/attachments/{index}")
        assert (answer.content, answer.headers["content-type"]) == (content, UNKNOWN_TYPE)
        assert (
            answer.headers["content-disposition"]
            == f'attachment; filename="mail-1-{index + 1}.bin"'
        )


def test_only_what_is_there_is_opened_and_only_by_a_form_of_the_desk(harness, admin, case):
    admin.see(f"/cases/{case.number}")
    assert {
        admin.submit(path).status_code
        for path in ("/mails/1/attachments/3", "/mails/9/attachments/0")
    } == {404}
    assert admin.post("/mails/1/attachments/0", data={"csrf": "another"}).status_code == 403
    assert admin.get("/mails/1/attachments/0").status_code == 404, "it is no picture"
    with harness.tx() as tx:
        tx.mails.purge([1])
    assert admin.submit("/mails/1/attachments/0").status_code == 404


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        (AttachmentKind.PDF, b"\n" * 100 + PDF, "pdf"),
        (AttachmentKind.IMAGE, b"\x89PNG\r\n\x1a\n", "png"),
        (AttachmentKind.IMAGE, b"<svg onload=alert(1)>", "bin"),
        (AttachmentKind.OTHER, PDF, "bin"),
        (AttachmentKind.PDF, b"", "bin"),
    ],
)
def test_a_browser_is_told_only_what_the_bytes_are(kind, content, told):
    assert displayed_kind(kind, content) == told


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 100, b"Content-Type: multipart/mixed\n\n--", mail()]
)
def test_a_mail_without_attachments_gives_none(raw):
    assert contents_of(raw) == {}
