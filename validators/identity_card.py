"""The handler's ID card: its number's check digit and birth date (GB 11643-1999), its validity.

A wrong check digit is review and can be made no more: it is as often a misread digit as a false one. No message repeats the number.
"""

from collections.abc import Iterator

from core.cases.submission import PartKind
from core.check_digits import id_number_ok
from validators.evidence import Evidence, Observation, place
from validators.validity import ended_before

_LENGTH = 18


def number_invalid(evidence: Evidence) -> Iterator[Observation]:
    for part in evidence.documents.of(PartKind.ID_FRONT):
        number = part.fields.get("id_number", "").upper()
        if len(number) == _LENGTH and not id_number_ok(number):
            told = "身份证号码未通过校验，可能是识别有误，也可能证件有问题。请对照图像人工核对。"
            yield Observation(told, place(part.attachment, part.page))


def expired(evidence: Evidence) -> Iterator[Observation]:
    """Any ID card in the mail whose validity ended before the mail arrived."""
    for part in evidence.documents.of(PartKind.ID_BACK):
        if ended_before(part.fields.get("valid_until"), evidence.submission.message.arrived):
            told = "身份证有效期限已过。请提供有效期内的经办人身份证扫描件。"
            yield Observation(told, place(part.attachment, part.page), doubt="valid_until" in part.doubts)
