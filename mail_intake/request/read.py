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
from mail_intake.request.grammar import has, only, rows
from mail_intake.request.names import Found, distinct, known_spans, names_in
from mail_intake.request.tokens import UNKNOWN, Folded, Token, fold, letters_of, lexicon, tokens

_PREFIX: Final = re.compile(r"^(?:\s*(?:自动回复|自动答复|automatic reply|re|fwd?|回复|答复|转发|回覆|轉寄|转)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
_OUR_SUBJECT: Final = re.compile(
    rf"{CASE_WORD}|工单|^\s*【(?:办理完毕|请核对|未予办理|逾期关闭|办理顺延|办理进度|已受理|重置密码|退回补正|补件收到|已撤回)】(?:CA锁解绑申请|涉及贵单位|设置新密码)")
_SIGNATURE: Final = re.compile(r"(?:^|\n)--[ ]*(?=\n)|\n[ ]*(?:地址|电话|传真|tel|add|fax|手机)[^\n]*\d")


@dataclass(frozen=True, slots=True)
class Heard:
    """One text, read: its names (labelled ones first), its forms, and what its clauses say."""

    folded: Folded
    tokens: list[Token]
    names: list[Found]
    form: Form
    clauses: list[Told]


def read_request(subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None) -> RequestForm:
    """The request as subject and new text say it together.

    `known`: names on the papers, seals and certificates of the submission. `own_words`: the operator's lexicon.
    """
    title = _PREFIX.sub("", subject).replace("\n", " ")
    parts = [listen("" if _OUR_SUBJECT.search(title) else title, known, own_words), listen(new_text, known, own_words)]
    found = [name for part in parts for name in part.names]
    letters = "\n".join(letters_of(token for token in part.tokens if token.letter not in "fj") for part in parts)
    sure = [name for name in found if not name.unsure]
    names = distinct(name.name for name in sure if not name.aside) or distinct(name.name for name in sure)
    return RequestForm(
        enterprise_names=names, name_unread=not names and bool(found or "t" in letters),
        unbind=_weighed(parts, "unbind"), reset_password=_weighed(parts, "reset"),
        has_request_words=_asks_something(parts), asks_progress=_shows(letters, "progress"),
        withdraws=_shows(letters, "withdraws") and "y" not in letters,
    )


def listen(written: str, known: Collection[str] = (), own_words: Path | None = None) -> Heard:
    """One text, read by itself."""
    folded, words = fold(written), lexicon(own_words)
    names = names_in(tokens(folded.text, words, known_spans(folded, known)), folded)
    found = tokens(folded.text, words, [(name.start, name.end) for name in names if not name.unsure])
    form, left = read_forms(found)
    signed = _signed_from(folded.text, found)
    labelled = [one for span in form.names for one in _labelled(folded, span, names)]
    others = [name for name in names if not any(start <= name.start < end for start, end, _plain in form.names)]
    unsettled = {name for name in others if name.unsure or any(start <= name.start < end for start, end in form.others)}
    beside = [replace(name, aside=name.aside or name.start > signed, unsure=name in unsettled) for name in others]
    return Heard(folded, found, labelled + beside, form, list(told(left)))


_POINTS_ELSEWHERE: Final = re.compile(r"(?:详?见|参见|请见|同|如)(?:附件|上|下|营业执照|执照|邮件|标题|主题|题|扫描件|图|前|材料).*|附件.{0,6}|营业执照.{0,8}")
_UNFILLED: Final = re.compile(
    r"[\W_]*(?:[x某○〇]{1,12}(?:科技|集团)?(?:股份)?(?:有限)?(?:责任)?(?:公司|单位|企业)?|公司|企业|单位|[(]?(?:请|待)?(?:填|写|输入).{0,12}|是/否|无)?[\W_]*")
_AROUND: Final = " ,，;；:：。|\t/\"“”'[]【】<>{}、.*_‘’『』「」《》👈👉"
_LONGEST_VALUE: Final = 60


def _labelled(folded: Folded, label: tuple[int, int, bool], names: list[Found]) -> list[Found]:
    """The names in one labelled value; one that is unsure where it cannot be read. Behind a label one phrase is a name as it stands."""
    start, end, plain = label
    start += len(folded.text[start:end]) - len(folded.text[start:end].lstrip(" "))
    start += folded.text[start:end].startswith(("是", "为")) and folded.text[start - 1:start] not in ":| \t"   # 企业名称是…
    value, whole = _tidy(folded.text[start:end]), Found(_tidy(folded.cut(start, end)), start, end)
    if _UNFILLED.fullmatch(value):
        return []
    phrase = _one_phrase(value) and not ("?" in value or "\ufffd" in value)
    inside = [name for name in names if start <= name.start < end]
    if not inside:
        return [replace(whole, unsure=not phrase or not plain or value.isascii() or bool(_POINTS_ELSEWHERE.fullmatch(value)))]
    first = inside[0]
    before = letters_of(tokens(folded.text[start:first.start], lexicon())).strip("fgjJ( ")
    if phrase and len(inside) == 1 and end - first.end <= 1 and "t" not in before and (first.unsure or before):
        return [whole]
    unsure = first.unsure or has(before, "URPN")
    return [replace(first, unsure=True)] if unsure else [name for name in inside if name is first or not name.aside]


def _tidy(written: str) -> str:
    whole = written.strip(_AROUND)
    opened, closed = (sum(whole.count(sign) for sign in signs) for signs in ("（(", "）)"))
    return (whole.rstrip("）)") if opened < closed else whole).rstrip("啊呀啦哈哦嘛呢的了")


def _one_phrase(value: str) -> bool:
    """Whether a value can be one name: a full name may hold any word but those of the questions."""
    letters = letters_of(tokens(value, lexicon()))
    if letters in ("o", "of", "fo"):
        return False   # the centre that is written to
    if letters.rstrip("g()")[-1:] in ("C", "m") and not has(letters, "URv "):
        return True
    return 2 <= len(value) <= _LONGEST_VALUE and not has(letters.removesuffix("C"), "URNvA")


def _signed_from(text: str, found: list[Token]) -> int:
    """Where the signature begins: behind "-- ", or at an address or a telephone below the last clause that speaks of a topic."""
    asked = max((token.end for token in found if token.letter in "URP"), default=len(text))
    for match in _SIGNATURE.finditer(text):
        if match[0].strip() == "--" or match.start() >= asked:
            return match.start() if match[0].strip() == "--" else asked
    return len(text)


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


def _shows(letters: str, sign: str) -> bool:
    """Whether a row of the table `sign` meets the letters."""
    return any(row.says == sign and row.pattern.search(letters) for row in rows("sign"))


def _asks_something(parts: list[Heard]) -> bool:
    """Whether anything is asked for, refused or told that the desk could act on; questions, thanks, other systems and foreign mail are not."""
    clauses = [clause for part in parts for clause in part.clauses]
    spoken = letters_of(token for part in parts for token in part.tokens)
    said = {each.said for clause in clauses for each in clause.statements if not only(clause.letters, "Y")}
    named = any(not name.unsure for part in parts for name in part.names)
    wishes = any(has(clause.letters, "AD") and not has(clause.letters, "Qv5q") for clause in clauses)
    if any(answers for part in parts for answers in part.form.answers.values()) or (said and (any(part.form.names for part in parts) or (named and wishes))):
        return True
    foreign = not any(character >= "\u3400" for part in parts for character in part.folded.text)
    alien = foreign and "U" not in spoken and not (has(spoken, "RP") and "L" in spoken) and UNKNOWN in spoken
    if alien or ("O" in spoken and not has(spoken, "UL")) or _reports_success(parts[-1]):
        return False   # ca and key are words of other tongues
    if "x" in spoken:
        return any("x" not in letters_of(clause.tokens) and {Said.ASKS, Said.ONLY} & {each.said for each in clause.statements} for clause in clauses)
    if any(_shows(clause.letters[:200], "concerns") for clause in clauses) or said - {Said.QUESTIONS, Said.REFUSES}:
        return True
    about_locks = any("L" in clause.letters and "O" not in clause.letters for clause in clauses)
    return about_locks and ("r" in spoken or not any(has(clause.letters, "Qv5q") and clause.letters != "Q" for clause in clauses))


def _reports_success(body: Heard) -> bool:
    """Whether a text tells of a topic only that it is done."""
    about = [clause for clause in body.clauses if clause.statements]
    done = all("T" in clause.letters and {each.said for each in clause.statements} == {Said.MENTIONS} for clause in about)
    return bool(about) and done and not has(letters_of(body.tokens), "DWNnwI")
