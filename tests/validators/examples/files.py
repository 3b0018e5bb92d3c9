"""The attachments as files."""

from dataclasses import replace

from core.data.documents import PartKind, Unopened
from core.data.submission import Answer, AttachmentKind
from tests.validators.builders import (
    PDF,
    attachment,
    complete_submission,
    documents,
    form,
    message,
    page,
    unsure_pages,
    without,
)
from tests.validators.examples.example import (
    EXTRA,
    IMAGE,
    MIB,
    F,
    T,
    U,
    add,
    attached,
    shows,
    unopened,
)
from validators.evidence import Policy

LOGO = attachment("logo.png", AttachmentKind.IMAGE, inline_decoration=True)
add("attachment.none", T, "nothing", attached())
add("attachment.none", T, "only the logo of a signature", attached(LOGO))
add("attachment.none", F, "a PDF")
add("attachment.none", F, "a picture", attached(IMAGE))
add("attachment.none", F, "a cloud link", attached(cloud_links=("QQ邮箱超大附件",)))
add(
    "attachment.none",
    F,
    "the body was too large to fetch",
    attached(read=documents((), (), (), {"": Unopened.TOO_LARGE})),
)
add(
    "attachment.none",
    U,
    "a PDF whose reader died",
    unopened(Unopened.LIMIT),
    instead="document.unreadable",
)

add("attachment.cloud_link", T, "only a link", attached(cloud_links=("163云附件",)))
add("attachment.cloud_link", T, "a link and a logo", attached(LOGO, cloud_links=("163云附件",)))
add(
    "attachment.cloud_link",
    F,
    "a link beside the PDF",
    attached(attachment(), cloud_links=("163云附件",), read=documents()),
)
add(
    "attachment.cloud_link",
    T,
    "a link beside a PDF that lacks the licence",
    attached(attachment(), cloud_links=("163云附件",), read=without(PartKind.LICENCE)),
)
add("attachment.cloud_link", F, "no link")
add(
    "attachment.cloud_link",
    U,
    "a link beside an attachment that could not be read",
    attached(
        attachment(), cloud_links=("163云附件",), read=documents((), (), (), {PDF: Unopened.LIMIT})
    ),
    instead="document.unreadable",
)

for _kind in (
    AttachmentKind.IMAGE,
    AttachmentKind.WORD,
    AttachmentKind.OFD,
    AttachmentKind.ARCHIVE,
    AttachmentKind.OTHER,
):
    add("attachment.not_pdf", T, f"only {_kind}", attached(attachment("材料", _kind)))
add(
    "attachment.not_pdf",
    T,
    "called .pdf but a picture by content",
    attached(attachment("材料.pdf", AttachmentKind.IMAGE)),
)
add("attachment.not_pdf", F, "a PDF")
add("attachment.not_pdf", F, "nothing attached", attached())
add(
    "attachment.not_pdf",
    F,
    "an archive with a PDF",
    attached(
        attachment("材料.zip", AttachmentKind.ARCHIVE),
        attachment(inside="材料.zip"),
        read=documents(),
    ),
)
add("attachment.not_pdf", F, "pictures allowed", attached(IMAGE), policy=Policy(allow_images=True))
add(
    "attachment.not_pdf",
    U,
    "an archive whose reader died may hold one",
    attached(
        attachment("材料.zip", AttachmentKind.ARCHIVE),
        read=documents((), (), (), {"材料.zip": Unopened.LIMIT}),
    ),
    instead="document.unreadable",
)

for _reason, _code in (
    (Unopened.ENCRYPTED, "attachment.encrypted"),
    (Unopened.DAMAGED, "attachment.damaged"),
    (Unopened.EMPTY, "attachment.damaged"),
    (Unopened.TOO_LARGE, "attachment.too_large"),
    (Unopened.TOO_MANY_PAGES, "attachment.too_many_pages"),
):
    add(_code, T, f"the only PDF: {_reason}", unopened(_reason))
    add(
        _code,
        T,
        f"{_reason}, and the other file lacks the licence",
        unopened(_reason, without(PartKind.LICENCE), EXTRA),
    )
    add(_code, F, "opened")
    add(
        _code,
        F,
        "a picture that does not count",
        attached(attachment(), IMAGE, read=replace(documents(), unopened={IMAGE.name: _reason})),
    )
    add(
        _code,
        U,
        f"{_reason}, but the other file is complete",
        unopened(_reason, documents(), EXTRA),
    )
    add(
        _code,
        U,
        f"{_reason}, and the other file lacks only the card's back",
        unopened(_reason, without(PartKind.ID_BACK), EXTRA),
    )
    add(
        _code,
        U,
        f"{_reason}, but the other file may be complete",
        unopened(_reason, unsure_pages(without(PartKind.LICENCE)), EXTRA),
    )
    add(
        _code,
        U,
        f"{_reason}, and a third file's reader died",
        unopened(_reason, without(PartKind.LICENCE), EXTRA, more={"第三份.pdf": Unopened.LIMIT}),
        instead="document.unreadable",
    )
ZIP = attachment("材料.zip", AttachmentKind.ARCHIVE)
for _defect, _code in (
    ("encrypted", "encrypted"),
    ("damaged", "damaged"),
    ("too_large", "too_large"),
):
    add(
        f"attachment.{_code}",
        T,
        f"an archive: {_defect}",
        attached(ZIP, defects=(f"archive.{_defect}",)),
    )
    add(
        f"attachment.{_code}",
        U,
        f"an archive: {_defect}, beside a complete PDF",
        attached(ZIP, attachment(), read=documents(), defects=(f"archive.{_defect}",)),
    )
add(
    "attachment.encrypted",
    T,
    "an archive with a password",
    attached(ZIP, read=documents((), (), (), {ZIP.name: Unopened.ENCRYPTED})),
)
add(
    "attachment.damaged",
    U,
    "the supplement bears the name of the broken file",
    attached(
        attachment(sha256="a"),
        attachment(sha256="b"),
        read=replace(documents(), unopened={PDF: Unopened.DAMAGED}),
    ),
)
add(
    "attachment.encrypted",
    T,
    "one member of an archive",
    attached(
        ZIP,
        attachment(inside=ZIP.name),
        read=without(PartKind.LICENCE),
        defects=("archive.encrypted",),
    ),
)
add("attachment.too_large", T, "the mail as a whole", attached(defects=("message.too_large",)))
for _defect in (
    "mime.encrypted_or_opaque",
    "attachment.winmail_dat",
    "mime.too_many_parts",
    "message.unreadable:ValueError",
):
    add(
        "attachment.none",
        U,
        f"parts unseen: {_defect}",
        attached(defects=(_defect,)),
        instead="document.unreadable",
    )
    add(
        "attachment.not_pdf",
        U,
        f"parts unseen: {_defect}",
        attached(attachment("winmail.dat", AttachmentKind.OTHER), defects=(_defect,)),
        instead="document.unreadable",
    )
for _defect in ("mime.encrypted_or_opaque", "body.charset", "body.too_long"):
    add(
        "request.unbind.missing",
        U,
        f"words unread: {_defect}",
        complete_submission(message(defects=(_defect,)), form(unbind=Answer.MISSING)),
        instead="request.unread",
    )
add(
    "request.unbind.missing",
    T,
    "a defect elsewhere",
    complete_submission(message(defects=("mime.unclosed",)), form(unbind=Answer.MISSING)),
)
add(
    "attachment.damaged",
    T,
    "no bytes, called .pdf",
    attached(attachment(kind=AttachmentKind.OTHER, size_bytes=0)),
)
add(
    "attachment.too_large",
    T,
    "over the policy's own limit",
    attached(attachment(size_bytes=MIB + 1)),
    policy=Policy(max_bytes=MIB),
)
add(
    "attachment.too_large",
    T,
    "over the limit, behind a picture that does not count",
    attached(IMAGE, attachment(size_bytes=MIB + 1)),
    policy=Policy(max_bytes=MIB),
)
add(
    "attachment.too_large",
    F,
    "at the limit",
    attached(attachment(size_bytes=MIB), read=documents()),
    policy=Policy(max_bytes=MIB),
)
add(
    "attachment.too_many_pages",
    T,
    "21 pages, though all were read",
    shows(pages=[page(n) for n in range(1, 22)]),
)
add("attachment.too_many_pages", F, "20 pages", shows(pages=[page(n) for n in range(1, 21)]))

add("attachment.several", T, "two", attached(attachment(), attachment(EXTRA), read=documents()))
add("attachment.several", F, "one")
add(
    "attachment.several",
    F,
    "the same file twice",
    attached(attachment(), attachment(), read=documents()),
)
add(
    "attachment.several",
    U,
    "one could not be opened",
    unopened(Unopened.DAMAGED, documents(), EXTRA),
)
