"""The business licence: the check character of its unified social credit code (GB 32100-2015), its validity."""

from collections.abc import Iterator

from core.cases.submission import PartKind
from core.check_digits import uscc_ok
from validators.evidence import Evidence, Observation, place
from validators.validity import ended_before

_LENGTH = 18


def expired(evidence: Evidence) -> Iterator[Observation]:
    for part in evidence.documents.of(PartKind.LICENCE):
        if ended_before(part.fields.get("valid_until"), evidence.submission.message.arrived):
            told = "营业执照营业期限已过。请提供营业期限内的营业执照扫描件。"
            yield Observation(told, place(part.attachment, part.page), doubt="valid_until" in part.doubts)


def uscc_invalid(evidence: Evidence) -> Iterator[Observation]:
    for part in evidence.documents.of(PartKind.LICENCE):
        code = part.fields.get("uscc", "").upper()
        if len(code) == _LENGTH and not uscc_ok(code):
            told = "统一社会信用代码未通过校验，可能是识别有误，也可能证件有问题。请对照图像人工核对。"
            yield Observation(told, place(part.attachment, part.page))
