"""Disclaimers, which mail servers put below or above what people write: they say nothing of what
the sender wants, whatever words they hold (please delete it, 请作废, unauthorized).

One begins where a sentence speaks of a mail in wrong hands or of who may read it, or is headed as
one; it lasts to the sentence's end, and goes on in sentences about copying or deleting the mail. A
sentence by which a sender asks, takes back, puts off or denies is none.
"""

import re

from core.cases.intake.denials import disputes

_MAIL = (
    r"(?:(?:caution|warning)\W+)?(?:th(?:is|e)\ )?(?:e-?mails?|messages?|communication|information)"
)
_BEGINS = re.compile(
    rf"""
    # who may read it, and what a wrong recipient does
    if\ [^.]{{0,60}}\b(?:recipient|addressee|in\ error|by\ mistake|erroneously|mistakenly)\b
    |{_MAIL}\ [^.]{{0,120}}\b(?:recipient|addressee|confidential|privileged|virus(?:es)?)
    |(?:intended|named|designated)\ (?:\w+\ )?(?:recipient|addressee)
    |[如若倘][^。！!\n]{{0,16}}
     (?:[误誤错錯]收|[误誤][发發传傳投送]|(?:错误|錯誤|意外|[误誤])地?[收接])
    |[如若倘非不][^。！!，,\n]{{0,12}}(?:收件|接收|收信)[人者方]
    |(?:仅|僅|只|专)(?:供|限|向|发|發)[^。！!\n]{{0,16}}(?:收件|接收|收信|列出的)[人者方个]
    |(?:本|此|该|這封|这封)(?:电子|電子)?(?:邮件|郵件|电邮|電郵)[^。！!\n]{{0,60}}
     (?:收件人|接收[者人方]|[误誤错錯]收|机密|機密|保密|商业秘密|特权|特權)
    # its heading
    |(?:confidentiality|privacy|legal)\ (?:notice|note|warning)|\bdisclaimer\b
    |(?:免责|免責|保密|法律)(?:声明|聲明|条款|提示|须知)
    |any\ (?:views|opinions)\ |unauthori[sz]ed\ (?:use|review|copying|disclosure|distribution)
    # from outside, and on paper
    |{_MAIL}\ [^.]{{0,20}}(?:from\ outside|external)|external\ (?:e-?mail|sender)
    |外部(?:邮件|郵件)|(?:邮件|郵件)[^。！!\n]{{0,4}}来自[^。！!，,\n]{{0,6}}外
    |(?:please\ )?consider\ the\ environment|[请請]在[^。\n]{{0,8}}前[^。\n]{{0,4}}[环環][保境]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GOES_ON = re.compile(
    r"delet|destroy|notify|copies|copying|disclos|distribut|disseminat|prohibit|virus|liab"
    r"|recogni[sz]e the sender"
    r"|本邮件|删除|刪除|销毁|銷毀|清除|复制|複製|散发|散布|披露|泄露|传播|转发|病毒|发件人|發件人",
    re.IGNORECASE,
)
_OF_SENDER = re.compile(
    r"解\s*[绑綁锁鎖除]|重\s*[置设設]|[绑綁]定|申\s*请|企\s*业\s*名\s*称|unbind|reset"
    r"|不用|不必|[无無]需|先别|撤回|商量|作[数數]|[办辦]理",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"""(?:
        [^.。!！?？\n]
        |[.!?](?=\S)
        |(?<=[^\n]{30})\n(?=[^\n\s])    # a long line goes on in the next
    )*+ [.。!！?？\n]?""",
    re.VERBOSE,
)


def without_disclaimers(text: str) -> str:
    """The text without them; its lines stay lines."""
    left, inside = list[str](), False
    for sentence in _SENTENCE.findall(text):
        cut = _begin(sentence, inside=inside)
        inside = cut is not None or (inside and not sentence.strip())
        left.append(sentence if cut is None else sentence[:cut] + "\n")
    return "".join(left)


def _begin(sentence: str, *, inside: bool) -> int | None:
    """Where a disclaimer begins in a sentence, or goes on; None where it does neither. `inside`:
    the sentence before was one."""
    found = _BEGINS.search(sentence.replace("\n", " "))
    goes_on = inside and _GOES_ON.search(sentence)
    if not (found or goes_on) or _OF_SENDER.search(sentence) or disputes(sentence):
        return None
    return found.start() if found else 0
