"""For every finding code: examples in which it is found, in which it is not, and in which there is doubt.

`TRUE`: the code is found at its default severity. `FALSE`: it is not found. `UNSURE`: it must not reject; where `instead` is given, that
code tells the doubt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum

from core.accounts.enterprise import AccountFacts
from core.cases.finding import Severity
from core.cases.submission import Answer, AttachmentKind, Mark, PartKind, SealKind, Submission, Unopened
from core.check_digits import id_check_digit
from tests.validators.builders import (
    ARRIVED,
    ID_NUMBER,
    NAME,
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    PDF,
    REGISTRY_SEAL,
    USCC,
    attachment,
    bare,
    certificate,
    complete_submission,
    documents,
    enterprise,
    form,
    id_back,
    id_front,
    known,
    letter,
    licence,
    message,
    page,
    part,
    seal,
    unsure_pages,
    without,
)
from validators.check import Policy


class Kind(Enum):
    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Example:
    code: str
    kind: Kind
    tells: str
    submission: Submission
    instead: str = ""
    policy: Policy = field(default_factory=Policy)
    account: AccountFacts | None = None
    competing: tuple[str, ...] = ()


EXAMPLES: list[Example] = []


def add(code: str, kind: Kind, tells: str, submission: Submission | None = None, **more: object) -> None:
    EXAMPLES.append(Example(code, kind, tells, submission or complete_submission(), **more))


def said(**changes: object) -> Submission:
    return complete_submission(request=form(**changes))


def attached(*files: object, read: object = NO_DOCUMENTS, **changes: object) -> Submission:
    return complete_submission(message=message(files, **changes), documents=read)


def shows(**changes: object) -> Submission:
    return complete_submission(documents=documents(**changes))


def unopened(reason: Unopened, read: object = NO_DOCUMENTS, name: str = PDF, *, more: Mapping[str, Unopened] | None = None) -> Submission:
    files = [attachment(), attachment("另一份.pdf")] if name != PDF or read is not NO_DOCUMENTS else [attachment()]
    return attached(*files, read=replace(read, unopened={name: reason, **(more or {})}))


EXTRA = "另一份.pdf"
MIB = 1024 * 1024
IMAGE = attachment("照片.jpg", AttachmentKind.IMAGE)
T, F, U = Kind.TRUE, Kind.FALSE, Kind.UNSURE

# --- the words -------------------------------------------------------------------------------------------------------------------------
add("request.enterprise_name.missing", T, "no name in subject or text", said(enterprise_names=()))
add("request.enterprise_name.missing", T, "only blanks", said(enterprise_names=("　",)))
add("request.enterprise_name.missing", F, "said")
add("request.enterprise_name.missing", U, "spoken of unclearly", said(enterprise_names=(), name_unread=True), instead="request.unread")
add("request.enterprise_name.missing", U, "only in the letter", said(enterprise_names=(), from_letter=frozenset({"enterprise_name"})), instead="request.unread")
add("request.enterprise_name.missing", U, "two names", said(enterprise_names=(NAME, OTHER_NAME)), instead="request.enterprise_name.ambiguous")

for _field, _code in (("unbind", "request.unbind"), ("reset_password", "request.reset_password")):
    add(f"{_code}.missing", T, "not said", said(**{_field: Answer.MISSING}))
    add(f"{_code}.missing", F, "said yes", said(**{_field: Answer.YES}))
    add(f"{_code}.missing", F, "said no", said(unbind=Answer.YES, **({} if _field == "unbind" else {_field: Answer.NO})))
    add(f"{_code}.missing", U, "unclear", said(**{_field: Answer.UNREAD}), instead="request.unread")
    add(f"{_code}.missing", U, "only in the letter", said(**{_field: Answer.MISSING}, from_letter=frozenset({_field})), instead="request.unread")
    add(f"{_code}.missing", U, "the letter says yes", said(**{_field: Answer.YES}, from_letter=frozenset({_field})), instead="request.unread")
    add(
        f"{_code}.missing", U, "a letter on a page that was not read well",
        complete_submission(request=form(**{_field: Answer.MISSING}), documents=documents(
            pages=(page(1), page(2), page(3, confident=False)), parts=(id_front(), id_back(), licence(), letter(3, text="…")))),
        instead="request.unread",
    )
    add(f"{_code}.ambiguous", T, "both", said(**{_field: Answer.AMBIGUOUS}))
    add(f"{_code}.ambiguous", F, "one", said(**{_field: Answer.YES}))
    add(f"{_code}.ambiguous", U, "unclear is not both", said(**{_field: Answer.UNREAD}), instead="request.unread")
add(
    "request.unbind.missing", T, "the letter was read and does not say it",
    complete_submission(request=form(unbind=Answer.MISSING), documents=documents(
        pages=(page(1), page(2), page(3)), parts=(id_front(), id_back(), licence(), letter(3, text="兹委托张三办理")))),
)

add("request.unread", T, "unclear unbind", said(unbind=Answer.UNREAD))
add("request.unread", T, "unclear name", said(enterprise_names=(), name_unread=True))
add("request.unread", F, "all said")
add("request.unread", F, "a name said although another sentence is unclear", said(name_unread=True))
add("request.unread", U, "only the letter says it", said(unbind=Answer.MISSING, from_letter=frozenset({"unbind"})), instead="request.unread")

add("request.enterprise_name.ambiguous", T, "two names", said(enterprise_names=(NAME, OTHER_NAME)))
add("request.enterprise_name.ambiguous", F, "one name", said())
add("request.enterprise_name.ambiguous", F, "one name in two widths", said(enterprise_names=("北京（甲）有限公司", "北京(甲) 有限公司")))
add("request.enterprise_name.ambiguous", U, "two names are never a rejection", said(enterprise_names=(NAME, OTHER_NAME, "甲公司")))

add("request.nothing_requested", T, "both refused", said(unbind=Answer.NO, reset_password=Answer.NO))
add("request.nothing_requested", F, "reset only", said(unbind=Answer.NO, reset_password=Answer.YES))
add("request.nothing_requested", F, "not said is not refused", said(unbind=Answer.NO, reset_password=Answer.MISSING))
add("request.nothing_requested", U, "one refusal is unclear", said(unbind=Answer.NO, reset_password=Answer.UNREAD), instead="request.unread")
add(
    "request.nothing_requested", U, "refused only by the letter",
    said(unbind=Answer.NO, reset_password=Answer.NO, from_letter=frozenset({"unbind"})), instead="request.unread",
)

# --- the files -------------------------------------------------------------------------------------------------------------------------
LOGO = attachment("logo.png", AttachmentKind.IMAGE, inline_decoration=True)
add("attachment.none", T, "nothing", attached())
add("attachment.none", T, "only the logo of a signature", attached(LOGO))
add("attachment.none", F, "a PDF")
add("attachment.none", F, "a picture", attached(IMAGE))
add("attachment.none", F, "a cloud link", attached(cloud_links=("QQ邮箱超大附件",)))
add("attachment.none", F, "the body was too large to fetch", attached(read=documents((), (), (), {"": Unopened.TOO_LARGE})))
add("attachment.none", U, "a PDF whose reader died", unopened(Unopened.LIMIT), instead="document.unreadable")

add("attachment.cloud_link", T, "only a link", attached(cloud_links=("163云附件",)))
add("attachment.cloud_link", T, "a link and a logo", attached(LOGO, cloud_links=("163云附件",)))
add("attachment.cloud_link", F, "a link beside the PDF", attached(attachment(), cloud_links=("163云附件",), read=documents()))
add("attachment.cloud_link", F, "no link")
add("attachment.cloud_link", U, "a link beside an attachment that could not be read", attached(
    attachment(), cloud_links=("163云附件",), read=documents((), (), (), {PDF: Unopened.LIMIT})), instead="document.unreadable")

for _kind in (AttachmentKind.IMAGE, AttachmentKind.WORD, AttachmentKind.OFD, AttachmentKind.ARCHIVE, AttachmentKind.OTHER):
    add("attachment.not_pdf", T, f"only {_kind}", attached(attachment("材料", _kind)))
add("attachment.not_pdf", T, "called .pdf but a picture by content", attached(attachment("材料.pdf", AttachmentKind.IMAGE)))
add("attachment.not_pdf", F, "a PDF")
add("attachment.not_pdf", F, "nothing attached", attached())
add("attachment.not_pdf", F, "an archive with a PDF", attached(
    attachment("材料.zip", AttachmentKind.ARCHIVE), attachment(inside="材料.zip"), read=documents()))
add("attachment.not_pdf", F, "pictures allowed", attached(IMAGE), policy=Policy(allow_images=True))
add("attachment.not_pdf", U, "an archive whose reader died may hold one", attached(
    attachment("材料.zip", AttachmentKind.ARCHIVE), read=documents((), (), (), {"材料.zip": Unopened.LIMIT})), instead="document.unreadable")

for _reason, _code in (
    (Unopened.ENCRYPTED, "attachment.encrypted"), (Unopened.DAMAGED, "attachment.damaged"), (Unopened.EMPTY, "attachment.damaged"),
    (Unopened.TOO_LARGE, "attachment.too_large"), (Unopened.TOO_MANY_PAGES, "attachment.too_many_pages"),
):
    add(_code, T, f"the only PDF: {_reason}", unopened(_reason))
    add(_code, T, f"{_reason}, and the other file lacks the licence", unopened(_reason, without(PartKind.LICENCE), EXTRA))
    add(_code, F, "opened")
    add(_code, F, "a picture that does not count", attached(
        attachment(), IMAGE, read=replace(documents(), unopened={IMAGE.name: _reason})))
    add(_code, U, f"{_reason}, but the other file is complete", unopened(_reason, documents(), EXTRA))
    add(_code, U, f"{_reason}, but the other file may be complete", unopened(_reason, unsure_pages(without(PartKind.LICENCE)), EXTRA))
    add(_code, U, f"{_reason}, and a third file's reader died", unopened(
        _reason, without(PartKind.LICENCE), EXTRA, more={"第三份.pdf": Unopened.LIMIT}), instead="document.unreadable")
ZIP = attachment("材料.zip", AttachmentKind.ARCHIVE)
for _defect, _code in (("encrypted", "encrypted"), ("damaged", "damaged"), ("too_large", "too_large")):
    add(f"attachment.{_code}", T, f"an archive: {_defect}", attached(ZIP, defects=(f"archive.{_defect}",)))
    add(f"attachment.{_code}", U, f"an archive: {_defect}, beside a complete PDF", attached(
        ZIP, attachment(), read=documents(), defects=(f"archive.{_defect}",)))
add("attachment.encrypted", T, "an archive with a password", attached(ZIP, read=documents((), (), (), {ZIP.name: Unopened.ENCRYPTED})))
add("attachment.damaged", U, "the supplement bears the name of the broken file", attached(
    attachment(sha256="a"), attachment(sha256="b"), read=replace(documents(), unopened={PDF: Unopened.DAMAGED})))
add("attachment.encrypted", T, "one member of an archive", attached(
    ZIP, attachment(inside=ZIP.name), read=without(PartKind.LICENCE), defects=("archive.encrypted",)))
add("attachment.too_large", T, "the mail as a whole", attached(defects=("message.too_large",)))
for _defect in ("mime.encrypted_or_opaque", "attachment.winmail_dat", "mime.too_many_parts", "message.unreadable:ValueError"):
    add("attachment.none", U, f"parts unseen: {_defect}", attached(defects=(_defect,)), instead="document.unreadable")
    add("attachment.not_pdf", U, f"parts unseen: {_defect}", attached(
        attachment("winmail.dat", AttachmentKind.OTHER), defects=(_defect,)), instead="document.unreadable")
for _defect in ("mime.encrypted_or_opaque", "body.charset", "body.too_long"):
    add("request.unbind.missing", U, f"words unread: {_defect}", complete_submission(
        message(defects=(_defect,)), form(unbind=Answer.MISSING)), instead="request.unread")
add("request.unbind.missing", T, "a defect elsewhere", complete_submission(message(defects=("mime.unclosed",)), form(unbind=Answer.MISSING)))
add("attachment.damaged", T, "no bytes, called .pdf", attached(attachment(kind=AttachmentKind.OTHER, size_bytes=0)))
add("attachment.too_large", T, "over the policy's own limit", attached(attachment(size_bytes=MIB + 1)), policy=Policy(max_bytes=MIB))
add("attachment.too_large", F, "at the limit", attached(attachment(size_bytes=MIB), read=documents()), policy=Policy(max_bytes=MIB))
add("attachment.too_many_pages", T, "21 pages, though all were read", shows(pages=[page(n) for n in range(1, 22)]))
add("attachment.too_many_pages", F, "20 pages", shows(pages=[page(n) for n in range(1, 21)]))

add("attachment.several", T, "two", attached(attachment(), attachment(EXTRA), read=documents()))
add("attachment.several", F, "one")
add("attachment.several", F, "the same file twice", attached(attachment(), attachment(), read=documents()))
add("attachment.several", U, "one could not be opened", unopened(Unopened.DAMAGED, documents(), EXTRA))

# --- the papers ------------------------------------------------------------------------------------------------------------------------
for _kind, _code in (
    (PartKind.ID_FRONT, "document.id_front.missing"), (PartKind.LICENCE, "document.licence.missing"), (PartKind.ID_BACK, "document.id_back.missing"),
):
    _lacking = without(_kind)
    add(_code, T, "read well and not there", complete_submission(documents=_lacking))
    add(_code, F, "there")
    add(_code, F, "nothing was opened to look at", unopened(Unopened.ENCRYPTED))
    add(_code, F, "nothing attached", attached())
    add(_code, U, "one page was not read well", complete_submission(
        documents=replace(_lacking, pages=(page(1), page(2, confident=False)))), instead="document.unreadable")
    add(_code, U, "pages were not read at all", complete_submission(documents=NO_DOCUMENTS), instead="document.unreadable")
    add(_code, U, "another file's reader died", unopened(Unopened.LIMIT, _lacking, EXTRA), instead="document.unreadable")
    add(_code, U, "it lies in a picture beside the PDF", attached(
        attachment(), IMAGE, read=replace(_lacking, parts=(*_lacking.parts, part(_kind, 1, IMAGE.name)))))
add("document.licence.missing", F, "another certificate in its place", shows(
    parts=(id_front(), id_back(), certificate("事业单位法人证书", 2))))
add("document.id_front.missing", F, "a passport in its place", shows(parts=(certificate("护照"), licence())))
add("document.id_back.missing", F, "a passport has none", shows(parts=(certificate("护照"), licence())))

add("document.other_certificate", T, "for the licence", shows(parts=(id_front(), id_back(), certificate("律师事务所执业许可证", 2))))
add("document.other_certificate", T, "for the ID card", shows(parts=(certificate("港澳居民来往内地通行证"), licence())))
add("document.other_certificate", F, "beside both papers", shows(parts=(id_front(), id_back(), licence(), certificate("社会团体法人登记证书", 2))))
add("document.other_certificate", F, "none")
add("document.licence.missing", F, "its title is doubtful: the passport may be a certificate", shows(
    parts=(id_front(), id_back(), certificate("护照", 2, doubts=("certificate",)))))
add("document.other_certificate", U, "its title was not read: it may be either", shows(parts=(certificate(""),)))

add("document.unreadable", T, "a page read badly", complete_submission(documents=unsure_pages(documents())))
add("document.unreadable", T, "a reader that died", unopened(Unopened.LIMIT))
add("document.unreadable", T, "no time was left for it", unopened(Unopened.UNREAD))
add("document.unreadable", T, "no reading at all", complete_submission(documents=NO_DOCUMENTS))
add("document.unreadable", T, "the licence's name is not to be relied on", shows(
    parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))), seals=(seal(1, text=None), seal(2, legible=False), REGISTRY_SEAL)))
add("document.unreadable", T, "the licence's name is doubtful and the seal bears another", shows(
    parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))), seals=(seal(1, text=OTHER_NAME), REGISTRY_SEAL)))
add("document.unreadable", T, "a doubtful name that is not the mail's", shows(
    parts=(id_front(), id_back(), licence(enterprise_name=OTHER_NAME, doubts=("enterprise_name",))), seals=(seal(1, text=OTHER_NAME), REGISTRY_SEAL)))
add("document.unreadable", F, "a doubtful name that seal and mail bear out", shows(parts=(id_front(), id_back(), licence(doubts=("enterprise_name",)))))
add("document.unreadable", F, "all read")
add("document.unreadable", F, "one of two copies of the licence was read", shows(
    parts=(id_front(), id_back(), licence(), licence(doubts=("enterprise_name",)))))
add("document.unreadable", F, "encrypted has its own code", unopened(Unopened.ENCRYPTED))
add("document.unreadable", U, "half an ID number", shows(parts=(id_front(id_number=ID_NUMBER[:11]), id_back(), licence())), instead="document.unreadable")

# --- the seal --------------------------------------------------------------------------------------------------------------------------
BARE = (bare(1), bare(2))
add("document.seal.missing", T, "colour pages, no ink", shows(pages=BARE, seals=()))
add("document.seal.missing", T, "only the registry's own seal", shows(pages=BARE, seals=(REGISTRY_SEAL,)))
add("document.seal.missing", T, "a blank page between", shows(pages=(*BARE, bare(3, colour=False, blank=True)), seals=()))
add("document.seal.missing", F, "sealed")
add("document.seal.missing", F, "a contract seal is a seal", shows(seals=(seal(1, SealKind.CONTRACT),)))
for _tells, _pages, _seals in (
    ("a grey page", (bare(1), bare(2, colour=False)), ()),
    ("ink that is no known seal", (bare(1), page(2)), ()),
    ("a page not read well", (bare(1), bare(2, confident=False)), ()),
    ("a doubtful candidate", BARE, (seal(1, SealKind.UNKNOWN, None, doubtful=True),)),
    ("a doubtful official seal", BARE, (seal(1, doubtful=True),)),
    ("a seal whose kind was not read", BARE, (seal(1, SealKind.UNKNOWN, None),)),
    ("a registry's seal that may be another", BARE, (replace(REGISTRY_SEAL, doubtful=True),)),
    ("a doubtful contract seal", BARE, (seal(1, SealKind.CONTRACT, doubtful=True),)),
):
    add("document.seal.missing", U, _tells, shows(pages=_pages, seals=_seals), instead="document.seal.unsure")
    add("document.seal.unsure", T, _tells, shows(pages=_pages, seals=_seals))
add("document.seal.missing", U, "another file was not opened", unopened(
    Unopened.LIMIT, documents(pages=BARE, seals=()), EXTRA), instead="document.seal.unsure")
add("document.seal.unsure", F, "a good seal beside a doubtful one", shows(seals=(seal(1), seal(2, SealKind.UNKNOWN, None, doubtful=True))))
add("document.seal.unsure", F, "surely none", shows(pages=BARE, seals=()))
add("document.seal.unsure", F, "surely a contract seal", shows(seals=(seal(1, SealKind.CONTRACT), REGISTRY_SEAL)))
add("document.seal.unsure", U, "on a third page only", shows(
    pages=(page(1), page(2), page(3)), seals=(seal(3), REGISTRY_SEAL)), instead="document.seal.unsure")
add("document.seal.partial", T, "on the licence only", shows(seals=(seal(2),)))
add("document.seal.partial", T, "on the ID page only", shows(seals=(seal(1), REGISTRY_SEAL)))
add("document.seal.partial", F, "on both")
add("document.seal.partial", F, "both papers on one page", shows(pages=(page(1),), parts=(id_front(), id_back(), licence(1)), seals=(seal(1),)))
add("document.seal.partial", F, "no seal at all", shows(pages=BARE, seals=()))
add("document.seal.partial", U, "a doubtful one on the other page", shows(seals=(seal(2), seal(1, doubtful=True))))
add("document.seal.partial", U, "made a rejection by config, but the other page is grey", shows(
    pages=(page(1, colour=False), page(2)), seals=(seal(2),)), policy=Policy(severities={"document.seal.partial": Severity.REJECT}))

# --- what the papers say ---------------------------------------------------------------------------------------------------------------
ENDS_IN_X = next(body + "X" for body in (f"119999199001011{n:02}" for n in range(99)) if id_check_digit(body) == "X")
WRONG_DIGIT = ID_NUMBER[:-1] + ("0" if ID_NUMBER[-1] != "0" else "1")
add("id.number.invalid", T, "check digit", shows(parts=(id_front(id_number=WRONG_DIGIT), id_back(), licence())))
add("id.number.invalid", T, "30 February", shows(parts=(id_front(id_number="119999199002301234"), id_back(), licence())))
add("id.number.invalid", F, "right")
add("id.number.invalid", F, "not read", shows(parts=(part(PartKind.ID_FRONT, name="张三"), id_back(), licence())))
add("id.number.invalid", F, "lower-case x", shows(parts=(id_front(id_number=ENDS_IN_X.lower()), id_back(), licence())))
add("id.number.invalid", U, "cut off", shows(parts=(id_front(id_number=ID_NUMBER[:17]), id_back(), licence())), instead="document.unreadable")


def until(day: str, arrived: datetime = ARRIVED, **more: object) -> Submission:
    return complete_submission(message(arrived=arrived), documents=documents(parts=(id_front(), id_back(valid_until=day, **more), licence())))


def licence_until(day: str, arrived: datetime = ARRIVED, **more: object) -> Submission:
    return complete_submission(message(arrived=arrived), documents=documents(parts=(id_front(), id_back(), licence(valid_until=day, **more))))


for _build, _code in ((until, "id.expired"), (licence_until, "licence.expired")):
    add(_code, T, "the day before arrival", _build("2026-11-24"))
    add(_code, F, "the last day is valid whole", _build("2026-11-25"))
    add(_code, F, "the last day in Shanghai, though UTC is a day behind", _build("2026-11-25", datetime(2026, 11, 25, 15, 59, tzinfo=UTC)))
    add(_code, T, "past midnight in Shanghai, though UTC is not", _build("2026-11-25", datetime(2026, 11, 25, 16, 0, tzinfo=UTC)))
    add(_code, F, "long-term", _build("long-term"))
    add(_code, F, "no date", _build("2026-13-45"))
    add(_code, U, "a date not to be relied on", _build("2006-11-24", doubts=("valid_until",)),
        policy=Policy(severities={_code: Severity.REJECT}), instead=_code)

WRONG_USCC = USCC[:-1] + ("0" if USCC[-1] != "0" else "1")
add("licence.uscc.invalid", T, "check character", shows(parts=(id_front(), id_back(), licence(uscc=WRONG_USCC))))
add("licence.uscc.invalid", F, "right")
add("licence.uscc.invalid", F, "lower case", shows(parts=(id_front(), id_back(), licence(uscc=USCC.lower()))))
add("licence.uscc.invalid", U, "cut off", shows(parts=(id_front(), id_back(), licence(uscc=USCC[:12]))), instead="document.unreadable")

for _kind in (SealKind.CONTRACT, SealKind.FINANCE, SealKind.INVOICE, SealKind.BUSINESS):
    add("seal.not_official", T, f"only {_kind}", shows(seals=(seal(1, _kind), REGISTRY_SEAL)))
add("seal.not_official", F, "beside the official one", shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT))))
add("seal.not_official", F, "none", shows(pages=BARE, seals=()))
add("seal.not_official", U, "kind not read", shows(seals=(seal(1, SealKind.UNKNOWN, None),)), instead="document.seal.unsure")
add("seal.not_official", U, "may be a contract seal", shows(seals=(seal(1, SealKind.CONTRACT, doubtful=True),)), instead="document.seal.unsure")

# --- agreement -------------------------------------------------------------------------------------------------------------------------
add("match.enterprise_name", T, "one character", said(enterprise_names=(OTHER_NAME,)))
add("match.enterprise_name", F, "the same")
add("match.enterprise_name", F, "brackets, width and spaces", complete_submission(
    request=form(enterprise_names=("北京（甲） 有限公司",)), documents=documents(
        parts=(id_front(), id_back(), licence(enterprise_name="北京(甲)有限公司")), seals=(seal(1, text="北京【甲】有限公司"),))))
add("match.enterprise_name", F, "not said", said(enterprise_names=()))
add("match.enterprise_name", F, "not read on the licence", shows(parts=(id_front(), id_back(), part(PartKind.LICENCE, 2, uscc=USCC))))
add("match.enterprise_name", U, "one of two names agrees", said(enterprise_names=(NAME, OTHER_NAME)), instead="request.enterprise_name.ambiguous")
add("match.enterprise_name", U, "read with doubt", shows(
    parts=(id_front(), id_back(), licence(enterprise_name=OTHER_NAME, doubts=("enterprise_name",)))), instead="match.enterprise_name")
add("match.seal", T, "one character", shows(seals=(seal(1, text=OTHER_NAME), seal(2))))
add("match.seal", T, "a contract seal of another", shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT, OTHER_NAME))))
add("match.seal", T, "no licence: held against the mail", shows(
    parts=(id_front(), id_back(), certificate("事业单位法人证书", 2)), seals=(seal(1, text=OTHER_NAME),)))
add("match.seal", F, "the same")
add("match.seal", F, "with its kind in the text", shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT, f"{NAME}合同专用章（1）"))))
add("match.seal", F, "the registry's", shows(seals=(seal(1), seal(2), REGISTRY_SEAL)))
add("match.seal", U, "guessed letters, and the other seal is right", shows(seals=(seal(1, text=OTHER_NAME, legible=False), seal(2))))
add("match.seal", T, "guessed letters on both", shows(seals=(seal(1, text=OTHER_NAME, legible=False), seal(2, text=OTHER_NAME, legible=False))))
add("match.seal", U, "not read", shows(seals=(seal(1, text=None), seal(2))))
add("match.seal", U, "a doubtful seal says nothing", shows(seals=(seal(1, text=OTHER_NAME, doubtful=True), seal(2))))

# --- the registry ----------------------------------------------------------------------------------------------------------------------
NOBODY = AccountFacts()
ANOTHER = enterprise(id=8, name=OTHER_NAME, uscc=OTHER_USCC, contact_email="other@example.com")
add("account.unknown", T, "neither by USCC nor by name", account=NOBODY)
add("account.unknown", F, "known", account=known())
add("account.unknown", F, "account rules not applied")
add("account.unknown", U, "by name only", account=known(by_uscc=None))
add("account.renamed", T, "same USCC, other name", account=known(by_uscc=enterprise(name=OTHER_NAME), by_name=None))
add("account.renamed", F, "same name", account=known())
add("account.renamed", F, "same name in another width", account=known(by_uscc=enterprise(name=f" {NAME}　")))
add("account.renamed", U, "two accounts", account=known(by_uscc=ANOTHER), instead="match.account")
add("match.account", T, "two accounts", account=known(by_uscc=ANOTHER))
add("match.account", T, "the account of this name has another USCC", account=AccountFacts(None, enterprise(uscc=OTHER_USCC), 1))
add("match.account", F, "one account", account=known())
add("match.account", F, "known by name, USCC not read", shows(
    parts=(id_front(), id_back(), part(PartKind.LICENCE, 2, enterprise_name=NAME))), account=known(by_uscc=None))
add("match.account", U, "the USCC read is no USCC", shows(parts=(id_front(), id_back(), licence(uscc=WRONG_USCC))),
    account=known(by_uscc=None), instead="licence.uscc.invalid")
add("account.nothing_bound", T, "nothing bound", account=known(bound=0))
add("account.nothing_bound", F, "bound", account=known())
add("account.nothing_bound", F, "no unbinding asked", said(unbind=Answer.NO, reset_password=Answer.YES), account=known(bound=0))
add("account.nothing_bound", U, "unclear whether asked", said(unbind=Answer.UNREAD), account=known(bound=0), instead="request.unread")
add("account.nothing_bound", U, "unclear whose", account=known(bound=0, by_uscc=ANOTHER), instead="match.account")
add("account.reset_while_bound", T, "reset only", said(unbind=Answer.NO, reset_password=Answer.YES), account=known())
add("account.reset_while_bound", F, "both", said(reset_password=Answer.YES), account=known())
add("account.reset_while_bound", F, "nothing bound", said(unbind=Answer.NO, reset_password=Answer.YES), account=known(bound=0))
add("account.reset_while_bound", U, "unclear unbinding", said(unbind=Answer.AMBIGUOUS, reset_password=Answer.YES),
    account=known(), instead="request.unbind.ambiguous")
add("sender.unregistered", T, "another address", complete_submission(message(sender="stranger@example.com")), account=known())
add("sender.unregistered", F, "the contact", account=known())
add("sender.unregistered", F, "in other letters", complete_submission(message(sender="Handler@Example.COM")), account=known())
add("sender.unregistered", U, "no account to compare", account=NOBODY, instead="account.unknown")
add("sender.unauthenticated", T, "the server found it false", complete_submission(message(authentication="fail", authenticated_by="收件服务器：DMARC 未通过")), account=known())
add("sender.unauthenticated", T, "nothing vouches", complete_submission(message(authentication="none")), account=known())
add("sender.unauthenticated", T, "another address as a name", complete_submission(message(sender_name="contact@example.org")), account=known())
add("sender.unauthenticated", T, "looks like the contact", complete_submission(message(sender="handler@exarnple.com")), account=known())
add("sender.unauthenticated", T, "two scripts in one domain", complete_submission(message(sender="handler@xn--somewhre-h8g.net")), account=known())
add("sender.unauthenticated", F, "vouched for", complete_submission(message(authentication="pass")), account=known())
add("sender.unauthenticated", F, "its own address as a name", complete_submission(message(sender_name="Handler@Example.com")), account=known())
add("sender.unauthenticated", F, "nothing is known")
add("sender.unauthenticated", U, "false, but no account is known", complete_submission(message(authentication="fail")), account=NOBODY, instead="account.unknown")
add("case.competing", T, "another open case", competing=("2026-0007",))
add("case.competing", F, "none")
add("case.competing", U, "two others", competing=("2026-0007", "2026-0008"))

PERSON_MARKS = (Mark.NOREPLY, Mark.SUPPRESS, Mark.NOT_ADDRESSED, Mark.NO_SENDER)
