"""The words of findings: a sentence for each code, or for each of its variants
(templates/findings.toml). This module has the forms in which parameters are written.
"""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from string import Formatter
from typing import Any, Final

from core.cases.letters.words import PAPERS, QUESTIONS, SEALS, difference
from core.data.finding import Finding
from core.data.submission import SealKind

FINDINGS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (files("templates") / "findings.toml").read_text("utf-8")
)
"""By code: `title`, and `text` or a sentence for each variant."""
_FIELDS: Final = QUESTIONS | {
    "handler": "经办人",
    "id_front.name": "身份证上的姓名",
    "id_front.id_number": "身份证号码",
    "licence.enterprise_name": "营业执照上的企业名称",
    "licence.uscc": "统一社会信用代码",
}


def text_of(finding: Finding) -> str:
    """The finding in Chinese; its code where this version has no sentence for it, or the sentence
    names a parameter that the finding of another version lacks.
    """
    if finding.message:
        return finding.message
    sentence = sentence_of(finding)
    if not sentence or places_in(sentence) - finding.parameters.keys():
        return finding.code
    return _WORDS.format(sentence, **finding.parameters)


def title_of(code: str) -> str:
    """A code in a few words."""
    return FINDINGS.get(code, {}).get("title", "其他检查项")


def sentence_of(finding: Finding) -> str:
    """The sentence with its places, or ""."""
    return FINDINGS.get(finding.code, {}).get(finding.variant or "text", "")


def places_in(sentence: str) -> set[str]:
    """The parameters that a sentence names."""
    return {name for _, name, _, _ in _WORDS.parse(sentence) if name}


def _file(ordinal: int) -> str:
    """A file by its place among several: 0 for the only one, -n for n more of them."""
    if ordinal < 0:
        return f"另有 {-ordinal} 个附件"
    return f"第 {ordinal} 个附件" if ordinal else "附件"


def _lacking(codes: tuple[str, ...]) -> str:
    papers = "、".join(PAPERS[code] for code in codes)
    return f"其余附件中没有看到：{papers}，请一并补齐。" if papers else ""


def _differences(pairs: tuple[tuple[str, str], ...]) -> str:
    words = "；".join(difference(expected, read, "读作") for expected, read in pairs)
    return f"（{words}）" if words else ""


_FORMS: Final[Mapping[str, Callable[[Any], str]]] = {
    "": str,
    "list": "、".join,
    "file": _file,
    "lacking": _lacking,
    "question": QUESTIONS.__getitem__,
    "fields": lambda names: "、".join(_FIELDS[name] for name in names),
    "seal": lambda kind: SEALS[SealKind(kind)],
    "differences": _differences,
    "bracketed": lambda text: f"（{text}）" if text else "",
}


class _InWords(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return _FORMS[format_spec](value)


_WORDS: Final = _InWords()
