"""The Chinese of states, questions, answers, kinds and findings (docs/GLOSSARY.md).

Letters, console, portal and command line take it from here. The words are in templates/words.toml
and templates/findings.toml: a sentence for each finding, or for each of its variants.
"""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from string import Formatter
from typing import Any

from core.data.documents import SealCheck, SealVerdict
from core.data.finding import Finding
from core.data.roles import Role


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((files("templates") / name).read_text("utf-8"))


_TABLES: Mapping[str, dict[str, str]] = _file("words.toml")
"""Texts by code, which a member of an enumeration equals."""
QUESTIONS = _TABLES["questions"]
"""The questions that a request must answer. A question that is neither the name nor in YES_OR_NO is
answered in words (RequestForm.labelled)."""
YES_OR_NO = ("unbind", "reset_password")
_SETTLED = {"yes": True, "no": False, "unsettled": None}
ANSWERS = {_SETTLED[code]: text for code, text in _TABLES["answers"].items()}
UNNAMED = "（企业名称未写明）"
STATES = _TABLES["states"]
SEVERITIES = _TABLES["severities"]
DISPOSITIONS = _TABLES["dispositions"]
LETTERS = _TABLES["letters"]
DECISIONS = _TABLES["decisions"]
LETTER_STATES = _TABLES["letter_states"]
ATTACHMENTS = _TABLES["attachments"]
AUTHENTICATION = _TABLES["authentication"]
SIGNATURES = _TABLES["signatures"]
UNOPENED = _TABLES["unopened"]
PARTS = _TABLES["parts"]
SEALS = _TABLES["seals"]
SEAL_ANSWERS = _TABLES["seal_answers"]
MOST_UNCLEAR = 6
MOST_ODD = 3
"""Characters of a seal that are named."""
PAPERS = _TABLES["papers"]
FIELDS = _TABLES["fields"]
NEXT_STEP = _TABLES["next_step"]
ACTIONS = _TABLES["actions"]
ALERTS = _TABLES["alerts"]
BY = _TABLES["by"]
CASE_ANSWERS = _TABLES["case_answers"]
ROLES = _TABLES["roles"]
ROLE_NOTES = _TABLES["role_notes"]
RISKS = _TABLES["risks"]
CONTACTED_BY = _TABLES["contacted_by"]
ACTORS = _TABLES["actors"]
DETAILS = _TABLES["details"]
OTHER_PAPERS: Mapping[str, Sequence[str]] = _file("words.toml")["other_papers"]
"""Documents that are no papers of a request, each with words of its title, folded."""
COUNTS_AS = _TABLES["counts_as"]


def alert(kind: str) -> str:
    """The subject of an alert of this kind."""
    while kind:
        if kind in ALERTS:
            return ALERTS[kind]
        kind = kind.rpartition(".")[0]
    return "其他提醒"


def roles(assigned: Collection[Role]) -> str:
    """Roles in words: 审核员、批准人."""
    return "、".join(name for role, name in ROLES.items() if role in assigned)


def seal_answer(check: SealCheck, name: str) -> str:
    """A seal's answer to a name, with the characters that are not seen as claimed."""
    if check.verdict is SealVerdict.UNSURE:
        odd = unclear(claimed for claimed, _ in check.odd)
    else:
        odd = [difference(claimed, seen, "处为") for claimed, seen in few(check.odd)]
    return SEAL_ANSWERS[check.verdict].format(name=name) + (f"（{'；'.join(odd)}）" if odd else "")


def few(odd: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The characters that differ, or none where so many do that it is another name altogether."""
    return odd if len(odd) <= MOST_ODD else ()


def unclear(characters: Iterable[str]) -> list[str]:
    """The characters of a name that nobody could see: of many the first ones. At most one text."""
    lost = "".join(characters)
    if len(lost) > MOST_UNCLEAR:
        return [f"“{lost[:MOST_UNCLEAR]}”等 {len(lost)} 字看不清"]
    return [f"“{lost}”看不清"] if lost else []


def difference(expected: str, read: str, verb: str) -> str:
    """One character that is read otherwise, too little or too much."""
    if expected and read:
        return f"“{expected}”{verb}“{read}”"
    return f"少“{expected}”" if expected else f"多“{read}”"


def place(attachment: str, pages: Sequence[int] = ()) -> str:
    """An attachment and pages of it: a.pdf 第 1、3 页."""
    return f"{attachment} 第 {'、'.join(map(str, pages))} 页" if pages else attachment


FINDINGS: dict[str, dict[str, Any]] = _file("findings.toml")
"""By code: `title`, and `text` or a sentence for each variant; `console` has the same for the
administrator, and `confirmed` for a doubt that he found true."""
_FIELDS = QUESTIONS | {
    "handler": "经办人",
    "id_front.name": "身份证上的姓名",
    "id_front.id_number": "身份证号码",
    "licence.enterprise_name": "营业执照上的企业名称",
    "licence.uscc": "统一社会信用代码",
}


def text_of(finding: Finding) -> str:
    """The finding in Chinese, for the enterprise; its code where this version has no sentence for
    it, or the sentence names a parameter that the finding of another version lacks.
    """
    return finding.message or _in_words(finding, sentence_of(finding))


def console_text(finding: Finding) -> str:
    """The same for the administrator, who decides on it."""
    sentence = sentence_of(finding, "console") or sentence_of(finding)
    return finding.message or _in_words(finding, sentence)


def confirmed_text(finding: Finding) -> str:
    """What a letter says of a doubt that the administrator found true; "" where none may."""
    sentence = sentence_of(finding, "confirmed")
    return _in_words(finding, sentence) if sentence else ""


def _in_words(finding: Finding, sentence: str) -> str:
    if not sentence or places_in(sentence) - finding.parameters.keys():
        return finding.code
    return _WORDS.format(sentence, **finding.parameters)


def title_of(code: str) -> str:
    """The short name of a code."""
    title: str = FINDINGS.get(code, {}).get("title", "其他检查项")
    return title


def sentence_of(finding: Finding, to: str = "") -> str:
    """The sentence with its places, or "". `to`: its table, "console" or "confirmed"."""
    texts = FINDINGS.get(finding.code, {})
    sentence: str = (texts.get(to, {}) if to else texts).get(finding.variant or "text", "")
    return sentence


def places_in(sentence: str) -> set[str]:
    """The parameters that a sentence names."""
    return {name for _, name, _, _ in _WORDS.parse(sentence) if name}


def _nth_file(ordinal: int) -> str:
    """A file by its place among several PDFs: 0 for the only one, -n for n more of them."""
    if ordinal < 0:
        return f"另有 {-ordinal} 个附件"
    return f"第 {ordinal} 个 PDF 附件" if ordinal else "附件"


def _absent(codes: tuple[str, ...], advice: str = "") -> str:
    papers = "、".join(PAPERS[code] for code in codes)
    return f"其余附件中没有看到：{papers}{advice}。" if papers else ""


def _differences(pairs: tuple[tuple[str, str], ...]) -> str:
    words = "；".join(difference(expected, read, "读作") for expected, read in pairs)
    return f"（{words}）" if words else ""


_FORMS: Mapping[str, Callable[[Any], str]] = {
    "": str,
    "list": "、".join,
    "file": _nth_file,
    "absent": _absent,
    "lacking": partial(_absent, advice="，请一并补齐"),
    "question": QUESTIONS.__getitem__,
    "fields": lambda names: "、".join(_FIELDS[name] for name in names),
    "seal": SEALS.__getitem__,
    "differences": _differences,
    "bracketed": lambda text: f"（{text}）" if text else "",
}


class _InWords(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return _FORMS[format_spec](value)


_WORDS = _InWords()
