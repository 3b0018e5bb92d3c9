"""Whether the pages show the papers, and whether they could be read at all.

Source: RULES.md section 4, document.*. A paper is missing only when everything attached was opened and every page was read with confidence
(validators.absence); else the pages are told as unreadable. A paper seen in a picture beside the PDF is not proved missing.
"""

from collections.abc import Iterator

from core.accounts.names import fold_name
from core.cases.submission import AttachmentKind, Part, PartKind, SealKind, Unopened
from validators.absence import Need, organisation_papers, personal_papers, read_whole, shown
from validators.agreement import seal_name
from validators.evidence import TOLD_ONE_BY_ONE, Evidence, Observation, ordinal, place
from validators.request_form import said_names

_KEY_FIELDS = {
    PartKind.ID_FRONT: {"name": "身份证上的姓名", "id_number": "身份证号码"},
    PartKind.LICENCE: {"enterprise_name": "营业执照上的企业名称", "uscc": "统一社会信用代码"},
}
_UNREAD_FILE = {
    Unopened.LIMIT: "未能读取，将由工作人员人工查看。如收到补件通知，请重新发送清晰、大小适中的 PDF 扫描件。",
    Unopened.UNREAD: "因附件过多或读取过慢，未在限定时间内读完，将由工作人员人工查看。如收到补件通知，请只发送一个清晰、大小适中的 PDF 文件。",
}
_CHECKED_BY_DIGIT = {"id_number", "uscc"}
_NUMBER_LENGTH = 18


def id_front_missing(evidence: Evidence) -> Iterator[Observation]:
    yield from _missing(evidence, Need.ID_FRONT, PartKind.ID_FRONT, (
        "PDF 中没有经办人身份证人像面（印有照片和姓名的一面）。请将身份证扫描件加盖单位公章，与营业执照放在同一个 PDF 文件中发送。"))


def licence_missing(evidence: Evidence) -> Iterator[Observation]:
    yield from _missing(evidence, Need.LICENCE, PartKind.LICENCE, (
        "PDF 中没有营业执照。请将营业执照扫描件加盖单位公章，与经办人身份证放在同一个 PDF 文件中发送。"))


def id_back_missing(evidence: Evidence) -> Iterator[Observation]:
    yield from _missing(evidence, Need.ID_BACK, PartKind.ID_BACK, (
        "PDF 中没有经办人身份证国徽面（印有有效期限的一面）。请将身份证正反两面的扫描件放在同一个 PDF 文件中。"))


def other_certificate(evidence: Evidence) -> Iterator[Observation]:
    """Another certificate in the place of a licence or an ID card that is not there."""
    documents = evidence.documents
    in_place = () if documents.of(PartKind.LICENCE) else organisation_papers(documents)
    in_place += () if documents.of(PartKind.ID_FRONT) else personal_papers(documents)
    for part in dict.fromkeys((p.attachment, p.page) for p in in_place):
        yield Observation("提交的是其他证件，不是营业执照或居民身份证。请人工核对证件的种类、名称和有效期。", place(*part))


def unreadable(evidence: Evidence) -> Iterator[Observation]:
    """Pages, key fields and whole attachments that could not be read with confidence."""
    yield from _unread_attachments(evidence)
    for attachment in dict.fromkeys(p.attachment for p in evidence.documents.pages):
        yield from _unread_pages(evidence, attachment)
    for kind, fields in _KEY_FIELDS.items():
        yield from _unread_fields(evidence, kind, fields)


def _missing(evidence: Evidence, need: Need, kind: PartKind, message: str) -> Iterator[Observation]:
    if evidence.unopened or not read_whole(evidence.documents) or shown(evidence.documents, need):
        return
    picture = next((p for p in evidence.outside if p.kind is kind), None)
    yield Observation(message, place(picture.attachment, picture.page) if picture else "", doubt=picture is not None)


def _unread_attachments(evidence: Evidence) -> Iterator[Observation]:
    for reason, message in _UNREAD_FILE.items():
        names = [name for name, found in evidence.unopened.items() if found is reason]
        for name in names[:TOLD_ONE_BY_ONE]:
            yield Observation(ordinal(evidence, name) + message, name)
        if names[TOLD_ONE_BY_ONE:]:
            yield Observation(f"另有 {len(names) - TOLD_ONE_BY_ONE} 个附件{message}")
    nothing_read = not evidence.documents.pages and not evidence.unopened
    if nothing_read and any(a.kind is AttachmentKind.PDF for a in evidence.counted):
        yield Observation(f"附件{_UNREAD_FILE[Unopened.LIMIT]}")


def _unread_pages(evidence: Evidence, attachment: str) -> Iterator[Observation]:
    numbers = "、".join(str(p.number) for p in evidence.documents.pages if p.attachment == attachment and not p.confident)
    if numbers:
        yield Observation(
            f"{ordinal(evidence, attachment)}第 {numbers} 页未能清楚识别，将由工作人员人工查看。"
            "如收到补件通知，请将该页重新扫描清楚（端正、完整、无反光）后发送。",
            f"{attachment} 第{numbers}页",
        )


def _unread_fields(evidence: Evidence, kind: PartKind, fields: dict[str, str]) -> Iterator[Observation]:
    """Key fields that no part of this kind gives reliably, said once; pages told as unread already are left out."""
    poor = {(p.attachment, p.number) for p in evidence.documents.pages if not p.confident}
    parts = evidence.documents.of(kind)
    if not parts or any((p.attachment, p.page) in poor for p in parts):
        return
    lost = [label for name, label in fields.items() if not any(_is_read(p, name) or _borne_out(evidence, p, name) for p in parts)]
    if lost:
        told = f"{'、'.join(lost)}未能清楚识别，将由工作人员人工查看。如收到补件通知，请重新扫描清楚后发送。"
        yield Observation(told, place(parts[0].attachment, parts[0].page))


def _is_read(part: Part, name: str) -> bool:
    """A number of full length is read: its check digit judges it. Any other field is read when the reader relies on it."""
    value = part.fields.get(name, "")
    if name in _CHECKED_BY_DIGIT:
        return len(value) == _NUMBER_LENGTH
    return bool(value) and name not in part.doubts


def _borne_out(evidence: Evidence, part: Part, name: str) -> bool:
    """Whether mail and official seal each say the name that was read with doubt: rare characters are read right more often than they are read surely."""
    folded = fold_name(part.fields.get(name, ""))
    sealed = (s for s in evidence.documents.seals if s.kind is SealKind.OFFICIAL and s.legible and not s.doubtful)
    return name == "enterprise_name" and folded in said_names(evidence.submission.request) and any(seal_name(s) == folded for s in sealed)
