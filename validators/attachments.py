"""The attachments as files: present, a PDF by content, openable, within the limits.

Source: RULES.md sections 1 and 4. Names and declared types are not believed, links are never fetched. A file that cannot be opened returns
the mail only when it could hold something that is missing: a request that the other files may complete is not returned for a broken extra.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from core.cases.finding import Severity
from core.cases.submission import UNPROVED, AttachmentKind, Unopened
from validators.absence import IN_CHINESE, Need, proved_absent
from validators.evidence import TOLD_ONE_BY_ONE, Evidence, Observation, could_hold_pdf, ordinal, readable_kinds

_WHAT: Final = "请将经办人身份证和营业执照扫描件加盖单位公章，放在同一个 PDF 文件中"
_NEEDED_UNLESS_TOLD: Final = {
    Need.ID_FRONT: Severity.REJECT, Need.LICENCE: Severity.REJECT, Need.ID_BACK: Severity.REVIEW, Need.SEAL: Severity.REJECT,
}


def none(evidence: Evidence) -> Iterator[Observation]:
    """Nothing attached at all: decorations of the body are no attachment, a cloud link has its own code."""
    if not (evidence.counted or evidence.submission.message.cloud_links or evidence.unopened or evidence.documents.pages):
        yield Observation(f"邮件没有附件。{_WHAT}，作为附件发送。")


def cloud_link(evidence: Evidence) -> Iterator[Observation]:
    if evidence.submission.message.cloud_links and not _has_readable_kind(evidence) and not evidence.unopened:
        yield Observation(f"文件是以云附件（超大附件、网盘链接）发来的，本邮箱不会打开链接。{_WHAT}，作为普通附件发送。")


def not_pdf(evidence: Evidence) -> Iterator[Observation]:
    """Something is attached and none of it is a PDF; a wrapper that could not be opened may hold one and is told by its own code."""
    if evidence.counted and not _has_readable_kind(evidence) and not evidence.unopened and not evidence.documents.pages:
        yield Observation(f"附件中没有 PDF 文件（图片、Word、OFD 和压缩包不能代替）。{_WHAT}，作为附件发送。")


def encrypted(evidence: Evidence) -> Iterator[Observation]:
    told = "设有打开密码，无法阅读。请去掉密码后重新发送 PDF 文件，不要在邮件中告知密码。"
    yield from _cannot_open(evidence, {Unopened.ENCRYPTED: told})


def damaged(evidence: Evidence) -> Iterator[Observation]:
    yield from _cannot_open(evidence, {
        Unopened.DAMAGED: "已损坏，无法打开。请在本机确认文件能正常打开后重新发送 PDF 文件。",
        Unopened.EMPTY: "是空文件，没有内容。请在本机确认文件能正常打开后重新发送 PDF 文件。",
    })


def too_large(evidence: Evidence) -> Iterator[Observation]:
    limit = f"{evidence.policy.max_bytes / 1024 / 1024:g} MiB"
    told = f"超过大小上限（{limit}）。请降低扫描分辨率或压缩后，作为普通附件重新发送 PDF 文件。"
    yield from _cannot_open(evidence, {Unopened.TOO_LARGE: told})


def too_many_pages(evidence: Evidence) -> Iterator[Observation]:
    told = f"页数超过上限（{evidence.policy.max_pages} 页）。请只保留经办人身份证和营业执照所在的页，重新发送 PDF 文件。"
    yield from _cannot_open(evidence, {Unopened.TOO_MANY_PAGES: told})


def several(evidence: Evidence) -> Iterator[Observation]:
    pdfs = {a.sha256 for a in evidence.counted if a.kind is AttachmentKind.PDF}
    if len(pdfs) > 1:
        yield Observation(f"共有 {len(pdfs)} 个 PDF 附件，已合并阅读。请一并查看各个附件。")


def has_pdf(evidence: Evidence) -> bool:
    """Whether anything that counts as the document is attached, opened or not."""
    return _has_readable_kind(evidence) or bool(evidence.documents.pages) or any(
        could_hold_pdf(a) and a.name in evidence.unopened for a in evidence.counted
    )


def _has_readable_kind(evidence: Evidence) -> bool:
    return any(a.kind in readable_kinds(evidence.policy) for a in evidence.counted)


def _cannot_open(evidence: Evidence, told: dict[Unopened, str]) -> Iterator[Observation]:
    for reason, words in told.items():
        if names := [name for name, found in evidence.unopened.items() if found is reason]:
            yield from _told_of(evidence, names, words)


def _told_of(evidence: Evidence, names: Sequence[str], words: str) -> Iterator[Observation]:
    """Each of the first files by its ordinal, the rest by their number: a mail of a thousand broken files is told in a few lines."""
    doubt, lacking = _others_may_suffice(evidence), _also_missing(evidence)
    for name in names[:TOLD_ONE_BY_ONE]:
        yield Observation(ordinal(evidence, name) + words + lacking, name, doubt=doubt)
    if names[TOLD_ONE_BY_ONE:]:
        yield Observation(f"另有 {len(names) - TOLD_ONE_BY_ONE} 个附件{words}{lacking}", doubt=doubt)


def _also_missing(evidence: Evidence) -> str:
    """What the other files lack, so that the sender hears it at once and not after the next try."""
    lacking = _lacking(evidence)
    return f"其余附件中没有看到：{'、'.join(IN_CHINESE[n] for n in lacking)}，请一并补齐。" if lacking else ""


def _others_may_suffice(evidence: Evidence) -> bool:
    """Whether the rest may be a whole request: something of it was read or may yet be, and it proves no lack that returns a mail."""
    unproved = not UNPROVED.isdisjoint(evidence.unopened.values())
    return unproved or (bool(evidence.opened.pages) and not _lacking(evidence))


def _lacking(evidence: Evidence) -> tuple[Need, ...]:
    severities = evidence.policy.severities
    return tuple(n for n in proved_absent(evidence.opened) if severities.get(n.value, _NEEDED_UNLESS_TOLD[n]) is Severity.REJECT)
