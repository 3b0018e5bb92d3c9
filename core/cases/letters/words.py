"""The Chinese of states, questions, answers and kinds (templates/words.toml, docs/GLOSSARY.md).

Letters, console, portal and command line take it from here. The sentences of findings are in
core.cases.letters.finding_words.
"""

import tomllib
from collections.abc import Callable, Collection, Sequence
from importlib.resources import files
from typing import Final, TypeVar

from core.cases.desk import Risk
from core.data.case import ContactedBy, State
from core.data.case_query import NOT_THE_CONTACT
from core.data.finding import Decision, Severity
from core.data.letter import LetterKind, LetterState
from core.data.mail_record import AuthResult, CountsAs, Disposition
from core.data.roles import Role
from core.data.submission import (
    AttachmentKind,
    PartKind,
    SealCheck,
    SealKind,
    SealVerdict,
    SignatureState,
    Unopened,
)

__all__ = ["NOT_THE_CONTACT"]

_Key = TypeVar("_Key")
_TABLES: Final = tomllib.loads((files("templates") / "words.toml").read_text("utf-8"))


def _words(table: str, key: Callable[[str], _Key]) -> dict[_Key, str]:
    return {key(code): text for code, text in _TABLES[table].items()}


QUESTIONS: Final = _words("questions", str)
"""What a request must say. A question that is neither the name nor in YES_OR_NO is answered in
words (RequestForm.labelled)."""
YES_OR_NO: Final = ("unbind", "reset_password")
ANSWERS: Final = _words("answers", {"yes": True, "no": False, "unsettled": None}.__getitem__)
UNNAMED: Final = "（企业名称未写明）"
STATES: Final = _words("states", State)
SEVERITIES: Final = _words("severities", Severity)
DISPOSITIONS: Final = _words("dispositions", Disposition)
LETTERS: Final = _words("letters", LetterKind)
DECISIONS: Final = _words("decisions", Decision)
LETTER_STATES: Final = _words("letter_states", LetterState)
ATTACHMENTS: Final = _words("attachments", AttachmentKind)
AUTHENTICATION: Final = _words("authentication", AuthResult)
SIGNATURES: Final = _words("signatures", SignatureState)
UNOPENED: Final = _words("unopened", Unopened)
PARTS: Final = _words("parts", PartKind)
SEALS: Final = _words("seals", SealKind)
SEAL_ANSWERS: Final = _words("seal_answers", SealVerdict)
PAPERS: Final = _words("papers", str)
FIELDS: Final = _words("fields", str)
NEXT_STEP: Final = _words("next_step", State)
ACTIONS: Final = _words("actions", str)
ALERTS: Final = _words("alerts", str)
BY: Final = _words("by", str)
CASE_ANSWERS: Final = _words("case_answers", str)
ROLES: Final = _words("roles", Role)
ROLE_NOTES: Final = _words("role_notes", Role)
RISKS: Final = _words("risks", Risk)
REACHED_BY: Final = _words("reached_by", ContactedBy)
ACTORS: Final = _words("actors", str)
DETAILS: Final = _words("details", str)
TAKEN_AS: Final = _words("taken_as", CountsAs)


def alert(kind: str) -> str:
    """What an alert of this kind is about."""
    while kind:
        if kind in ALERTS:
            return ALERTS[kind]
        kind = kind.rpartition(".")[0]
    return "其他提醒"


def roles(assigned: Collection[Role]) -> str:
    """Roles in words: 审核员、批准人."""
    return "、".join(name for role, name in ROLES.items() if role in assigned)


def seal_answer(check: SealCheck, name: str) -> str:
    """What a seal answers to a name, with the characters that are not seen as claimed."""
    if check.verdict is SealVerdict.UNSURE:
        odd = [f"“{claimed}”看不清" for claimed, _ in check.odd]
    else:
        odd = [difference(claimed, seen, "处为") for claimed, seen in check.odd]
    return SEAL_ANSWERS[check.verdict].format(name=name) + (f"（{'；'.join(odd)}）" if odd else "")


def difference(expected: str, read: str, verb: str) -> str:
    """One character that is read otherwise, too little or too much."""
    if expected and read:
        return f"“{expected}”{verb}“{read}”"
    return f"少“{expected}”" if expected else f"多“{read}”"


def place(attachment: str, pages: Sequence[int] = ()) -> str:
    """An attachment and pages of it: a.pdf 第 1、3 页."""
    return f"{attachment} 第 {'、'.join(map(str, pages))} 页" if pages else attachment
