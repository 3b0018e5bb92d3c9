"""The request as a mail's words say it: forms and prose weighed against each other (one answer each for unbinding and for the reset).

A form and the prose must agree, else the answer is AMBIGUOUS. Words that settle nothing are UNREAD: a wrong yes would hand an account to a stranger,
and a wrong MISSING would reject a complete request, so whatever is spoken of at all is at least UNREAD.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.cases.letter_marks import CASE_WORD
from core.cases.submission import Answer, RequestForm
from mail_intake.request.clauses import ANY, Said, Told, told
from mail_intake.request.form import Form, read_forms
from mail_intake.request.names import Found, distinct, known_spans, names_in
from mail_intake.request.tokens import MAX_CHARACTERS, NAME, Folded, Token, fold, letters_of, lexicon, tokens

__all__ = ["MAX_CHARACTERS", "Heard", "listen", "read_letter", "read_request", "with_forwarded", "with_letter"]

_PREFIX: Final = re.compile(r"^(?:\s*(?:自动回复|自动答复|automatic reply|re|fwd?|回复|答复|转发|回覆|轉寄|转)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
_OUR_SUBJECT: Final = re.compile(
    rf"{CASE_WORD}|工单|^\s*【(?:办理完毕|请核对|未予办理|逾期关闭|办理顺延|办理进度|已受理|重置密码|退回补正|补件收到|已撤回)】(?:CA锁解绑申请|涉及贵单位|设置新密码)")
_WRAPPED: Final = re.compile(
    r"([^\n]{17}[^\n。；;：:！!])\n[ \t\u3000]*(?=[^\n]{1,})(?![^\n]{0,14}[:：])(?!\s*(?:\d{1,2}[.、]|[①-⑩]|[(（]?[一二三四五][、)）]))")
_SIGNATURE: Final = re.compile(r"(?:^|\n)--[ ]*(?=\n)|\n[ ]*(?:地址|电话|传真|tel|add|fax|手机)[^\n]*\d")


@dataclass(frozen=True, slots=True)
class Heard:
    """One text, read: what --explain prints."""

    folded: Folded
    tokens: tuple[Token, ...]
    names: tuple[Found, ...]
    labelled: tuple[str, ...]
    name_unread: bool
    form: Form
    clauses: tuple[Told, ...]


def read_request(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> RequestForm:
    """The request as subject and new text say it together.

    `known`: names on the papers, seals and certificate of the submission and those registered for its sender. `own_words`: the operator's lexicon.
    """
    title = _PREFIX.sub("", subject).replace("\n", " ")
    parts = [listen("" if _OUR_SUBJECT.search(title) else title, known, own_words), listen(new_text, known, own_words)]
    unbind, reset = (_weighed(parts, topic) for topic in ("unbind", "reset"))
    labelled = [name for part in parts for name in part.labelled]
    prose = [name for part in parts for name in part.names if not name.unsure]
    unread = any(part.name_unread or any(name.unsure for name in part.names) for part in parts)
    signed = _signed_from(parts[1])
    body = {id(name) for name in parts[1].names}
    beside = [name for name in prose if name.aside]
    own = [name for name in prose if not name.aside]
    claims = [name for name in own if not (id(name) in body and name.start > signed)] or ([] if labelled else own)
    names = distinct([*labelled, *(name.name for name in claims)]) or distinct(name.name for name in beside)
    return RequestForm(
        enterprise_names=names, name_unread=unread and not names, unbind=unbind, reset_password=reset,
        has_request_words=_asks_something(parts), asks_progress=_asks_progress(parts), withdraws=_withdraws(parts),
    )


def listen(written: str, known: Collection[str] = (), own_words: Path | None = None) -> Heard:
    """One text, read: its names, its forms, and what its clauses say."""
    folded = fold(written)
    found = tokens(folded.text, lexicon(own_words), known_spans(folded, known))
    names = names_in(found, folded)
    sure = [name for name in names if not name.unsure]
    whole = _with_names(found, sure)
    form, left = read_forms(whole)
    labelled, unread, spans = _labelled(form, folded, names)
    names = [replace(name, aside=True) if any(start <= name.start < end for start, end in form.others) else name
             for name in names if not any(start <= name.start < end for start, end in [*spans, *form.senders])]
    return Heard(folded, tuple(whole), tuple(names), labelled, unread, form, tuple(told(left)))


def _with_names(found: list[Token], names: list[Found]) -> list[Token]:
    """The tokens with each name as one."""
    merged: list[Token] = []
    waiting = iter(names)
    name = next(waiting, None)
    for token in found:
        while name and token.start >= name.end:
            name = next(waiting, None)
        if name is None or token.end <= name.start:
            merged.append(token)
        elif token.start == name.start or not merged or merged[-1].start != name.start:
            merged.append(Token(NAME, name.name, name.start, name.end))
    return merged


_POINTS_ELSEWHERE: Final = re.compile(r"(?:详?见|参见|请见|同|如)(?:附件|上|下|营业执照|执照|邮件|标题|主题|题|扫描件|图|前|材料).*|附件.{0,6}|营业执照.{0,8}")
_UNFILLED: Final = re.compile(r"[\W_]*(?:[x某○〇]{1,12}(?:科技|集团)?(?:股份)?(?:有限)?(?:责任)?(?:公司|单位|企业)?|公司|企业|单位|[(]?(?:请|待)?(?:填|写|输入).{0,12}|是/否|无)?[\W_]*")


def _labelled(form: Form, folded: Folded, names: list[Found]) -> tuple[tuple[str, ...], bool, list[tuple[int, int]]]:
    """The names in labelled values: those of `names` inside, else the value itself where it is one phrase."""
    kept: list[str] = []
    unread = bool(form.senders)
    spans: list[tuple[int, int]] = []
    for start, end, plain in form.names:
        start += len(folded.text[start:end]) - len(folded.text[start:end].lstrip(" ")) if end > start else 0
        start += folded.text[start:end].startswith(("是", "为")) and folded.text[start - 1:start] not in ":| \t"
        value = folded.text[start:end].strip(" ,;:。|()") if end > start else ""
        inside = [name for name in names if start <= name.start < end]
        spans.append((start, end))
        if _UNFILLED.fullmatch(value):
            continue
        if letters_of(tokens(value, lexicon())) in ("o", "of", "fo"):
            unread = True
            continue
        whole = folded.cut(start, end).strip(" ,，;；:：。|\t/\"“”'[]【】<>{}、.*_‘’『』「」《》👈👉")
        whole = whole.rstrip("）)") if whole.count("（") + whole.count("(") < whole.count("）") + whole.count(")") else whole
        first = _from_label(inside[0], folded, start) if inside else None
        if first and first.unsure and not (first.end >= end - 1 and "?" not in value and "\ufffd" not in value and _one_phrase(value)):
            unread = True
        elif first and first.unsure:
            kept.append(whole)
        elif first and len(inside) > 1:
            kept += [name.name for name in [first, *inside[1:]] if not name.aside]
        elif first and not re.search(r"\w", folded.text[first.end:end]):
            kept.append(first.name)
        elif first and first.end < end and re.search(r"[\w]", folded.text[first.end:end]):
            rest = folded.text[first.end:end].strip()
            kept.append(first.name if rest[:1] in "(,;. " or len(rest) > 6 or folded.text[first.end] in " (" else whole)
        elif "?" in value or "\ufffd" in value or _POINTS_ELSEWHERE.fullmatch(value) or not plain or value.isascii() or not _one_phrase(value):
            unread = True
        else:
            kept.append(whole)
    return tuple(kept), unread, spans


def _from_label(name: Found, folded: Folded, start: int) -> Found:
    """A labelled name begins where its value does, when nothing but a few words of names stands between."""
    gap = folded.text[start:name.start]
    if gap.startswith("原") or letters_of(tokens(gap, lexicon())) == "g":
        return name
    if gap.strip(" (") and re.fullmatch(r"[\w()&·.+-]{1,20}", gap) and not re.search(r"[URANvJ]", letters_of(tokens(gap, lexicon()))):
        return replace(name, name=folded.cut(start, name.end), start=start, unsure=False)
    return name


def _one_phrase(value: str) -> bool:
    letters = letters_of(tokens(value, lexicon()))
    if letters[-1:] in "Cm" and not re.search("[URv ]", letters):
        return True   # behind a label a full name may hold any word
    return 2 <= len(value) <= 60 and not re.search(r"[URNv]|A[^.]", letters.removesuffix("C"))


def _signed_from(part: Heard) -> int:
    """Where the signature begins: behind "-- ", or at an address or a telephone below the last clause that speaks of a topic."""
    asked = max((token.end for token in part.tokens if token.letter in "URP"), default=len(part.folded.text))
    signature = next((match for match in _SIGNATURE.finditer(part.folded.text) if match.start() >= asked or match[0].strip() == "--"), None)
    if signature is None:
        return len(part.folded.text)
    return signature.start() if signature[0].strip() == "--" else min(asked, signature.start())


def _weighed(parts: list[Heard], topic: str) -> Answer:
    """One answer from forms and prose: they must agree; doubt beats a yes or no; a mere mention beats nothing."""
    labels = [answer for part in parts for answer in part.form.answers[topic]]
    said = [each for part in parts for clause in part.clauses for each in clause.statements]
    prose = [each.said for each in said if each.topic == topic] + [Said.MENTIONS for part in parts if topic in part.form.mentions]
    if not any(set(answers) - {Answer.MISSING} for part in parts for answers in part.form.answers.values()):
        prose += [each.said for each in said if each.topic == ANY and (prose or each.said is Said.MENTIONS)]
    if Answer.AMBIGUOUS in labels:
        return Answer.AMBIGUOUS
    says_yes = Answer.YES in labels or Said.ASKS in prose or (Said.TITLES in prose and not {Said.QUESTIONS, Said.DOUBTS} & set(prose))
    says_no = Answer.NO in labels or Said.REFUSES in prose
    says_yes = says_yes or (says_no and Said.TITLES in prose)
    if says_yes and says_no:
        return Answer.AMBIGUOUS
    if Answer.UNREAD in labels or Said.DOUBTS in prose:
        return Answer.UNREAD
    if says_yes or says_no:
        return Answer.YES if says_yes else Answer.NO
    return Answer.UNREAD if prose else Answer.MISSING


_PROGRESS: Final = re.compile(r"r|5[^,;\n]{0,4}U|U[^,;\n]{0,3}5|v[AL]?TU|vU[LP]*T|UT*Q|UTw")


def _asks_progress(parts: list[Heard]) -> bool:
    """Whether the text asks how far a request is."""
    return any(_PROGRESS.search(letters_of(token for token in part.tokens if token.letter not in "fj ")) for part in parts)


_NEED: Final = re.compile(r"[WEuVGZn]|A[AfP]*L|LA|Lq[AV]")
_SHORT_TITLE: Final = 12   # "CA" alone is about locks, an English sentence with CA in it is not
_TROUBLE: Final = re.compile(r"[LP].*[WuK]|[WuK].*[LP]")


def _asks_something(parts: list[Heard]) -> bool:
    """Whether anything is asked for, refused or told that the desk could act on; questions, thanks and other systems are not."""
    if any(part.form.answers["unbind"] or part.form.answers["reset"] for part in parts):
        return True
    for part in parts:
        for clause in part.clauses:
            if any(each.said is not Said.QUESTIONS for each in clause.statements):
                return True
            if "O" not in clause.letters and _TROUBLE.search(clause.letters):
                return True
            if "L" in clause.letters and (_NEED.search(clause.letters) and (not re.search("[QOv5]", clause.letters) or re.search("q[AV]", clause.letters))):
                return True
    letters = [clause.letters for part in parts for clause in part.clauses if not clause.clause.isascii() or len(clause.clause) <= _SHORT_TITLE]
    if any("L" in one for one in letters) and any(token.letter == "r" for part in parts for token in part.tokens):
        return True
    return any("L" in one and "O" not in one for one in letters) and not any(re.search("[Qv5q]", one) and one != "Q" for one in letters)


_TAKES_BACK: Final = re.compile(r"E[^,;\n%]{0,3}[AUM](?![^,;\n]{0,6}Z)|[Nn]U|U[^,;\nN]{0,2}E|[AM]E|(?:^|[,;\n ])[A.]?!(?=$|[,;\n ])")
_NO_MORE: Final = re.compile(r"不再(?:申请|需要|要|办理|给我们){0,2}解绑")
_GIVEN_UP: Final = frozenset({"不办了", "算了", "就算了", "不弄了", "不解了", "不做了", "作罢"})


def _withdraws(parts: list[Heard]) -> bool:
    """Whether the text takes an earlier request back, and does not put this one in its place."""
    letters = "\n".join("".join("!" if token.text in _GIVEN_UP else token.letter for token in part.tokens if token.letter not in "fj") for part in parts)
    return bool(_TAKES_BACK.search(letters) or any(_NO_MORE.search(part.folded.text) for part in parts)) and "y" not in letters


def read_letter(text: str, known: Collection[str] = (), own_words: Path | None = None) -> RequestForm:
    """The request as a request letter inside the PDF words it: its lines are those of the page, so sentences run over their ends."""
    return read_request("", _WRAPPED.sub(r"\1", text), known, own_words)


def with_letter(form: RequestForm, letter: RequestForm) -> RequestForm:
    """`form` with what it leaves MISSING filled from the letter; `from_letter` tells what was."""
    filled: set[str] = set()
    if not form.enterprise_names and not form.name_unread and letter.enterprise_names:
        form = replace(form, enterprise_names=letter.enterprise_names)
        filled.add("enterprise_name")
    if form.unbind is Answer.MISSING and letter.unbind is not Answer.MISSING:
        form = replace(form, unbind=letter.unbind)
        filled.add("unbind")
    if form.reset_password is Answer.MISSING and letter.reset_password is not Answer.MISSING:
        form = replace(form, reset_password=letter.reset_password)
        filled.add("reset_password")
    return replace(
        form, from_letter=form.from_letter | filled, has_request_words=form.has_request_words or (bool(filled) and letter.has_request_words),
    )


def with_forwarded(form: RequestForm, forwarded: str, known: Collection[str] = (), own_words: Path | None = None) -> RequestForm:
    """`form` of a forward's own words; what they leave MISSING is doubt where the mail that was forwarded speaks of it, for people to see."""
    inner = read_request("", forwarded, known, own_words)
    unbind, reset = (
        Answer.UNREAD if own is Answer.MISSING and other is not Answer.MISSING else own
        for own, other in ((form.unbind, inner.unbind), (form.reset_password, inner.reset_password))
    )
    named = bool(form.enterprise_names) or form.name_unread
    return replace(form, unbind=unbind, reset_password=reset, name_unread=form.name_unread or (not named and bool(inner.enterprise_names or inner.name_unread)))
