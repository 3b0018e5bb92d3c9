"""Which enterprise a submission names, by which licence, and which account that is; what of it a
case keeps when another mail comes.

A case may bring licences of two enterprises: of a branch and its head office, of another one by
mistake, or of a victim beside the stranger's own. Its credit code is that of the licence whose name
its words give, however well the others were read.
"""

from dataclasses import replace
from typing import Any

from core.check_digits import uscc_ok
from core.data.case import Case
from core.data.documents import Part
from core.data.enterprise import AccountFacts
from core.data.submission import Submission
from core.enterprise_names import fold_name, is_short_for
from core.store.store import Transaction


def account_named(tx: Transaction, submission: Submission) -> AccountFacts:
    """The registry's facts on the name and the USCC of a submission."""
    name, uscc = enterprise_named(submission), uscc_named(submission)
    by_uscc = tx.accounts.by_uscc(uscc) if uscc else None
    by_name = tx.accounts.by_name(name) if name else None
    facts = AccountFacts(by_uscc, by_name)
    if not facts.matched:
        return facts
    bound = tx.bindings.of_enterprise(facts.matched.id)
    return replace(facts, binding_ids=tuple(binding.id for binding in bound))


def enterprise_named(submission: Submission) -> str | None:
    """The one enterprise that its words name, else that on its licence."""
    return submission.request.enterprise_name or _on_licence(submission, "enterprise_name")


def uscc_named(submission: Submission) -> str | None:
    """The credit code on its licence."""
    return _on_licence(submission, "uscc")


def _on_licence(submission: Submission, field: str) -> str | None:
    return next((one.fields.get(field) for one in licences_named(submission)), None)


def licences_named(submission: Submission) -> list[Part]:
    """The licences of the enterprises that its words name, in full before in short, else all;
    those with a right credit code first, then those that were read best."""
    licences = sorted(submission.documents.licences, key=_rank, reverse=True)
    for fits in (_is_same, is_short_for):
        named = [
            one
            for one in licences
            if any(
                fits(name, one.fields.get("enterprise_name", ""))
                for name in submission.request.enterprise_names
            )
        ]
        if named:
            return named
    return licences


def unnamed(case: Case) -> Case:
    """The case without what its papers alone named, for the first words that name an enterprise; an
    account that a person chose stays."""
    if not case.account_chosen_by:
        case = replace(case, enterprise_id=None, binding_ids=())
    return replace(case, enterprise_name=None, uscc=None)


def kept_by(case: Case, submission: Submission, enterprise_id: int | None) -> dict[str, Any]:
    """The fields that a case keeps when a mail supplements it: papers of another enterprise rename
    no case and change no account (RULES.md section 6).

    `submission`: all mails together; `enterprise_id`: the account that it names. A wrong code goes
    with the account that it led to.
    """
    kept: dict[str, Any] = {}
    is_wrong = _is_code_wrong(case, submission)
    if case.enterprise_name:
        kept["enterprise_name"] = case.enterprise_name
    if case.uscc and not is_wrong:
        kept["uscc"] = case.uscc
    is_other = case.enterprise_id not in {None, enterprise_id}
    if is_other and (case.account_chosen_by or not is_wrong):
        account = ("enterprise_id", "binding_ids", "account_chosen_by")
        kept |= {name: getattr(case, name) for name in account}
    return kept


def _is_code_wrong(case: Case, submission: Submission) -> bool:
    """Whether the case's code came from a licence of another enterprise or was misread: the
    licences of its own name show a right one, and not this."""
    shown = {one.fields.get("uscc", "") for one in licences_named(submission)}
    right = {code for code in shown if uscc_ok(code.upper())}
    is_own = _is_same(enterprise_named(submission) or "", case.enterprise_name or "")
    replaced = bool(case.uscc) and case.uscc not in right and uscc_named(submission) in right
    return is_own and replaced


def _is_same(name: str, other: str) -> bool:
    return fold_name(name) == fold_name(other)


def _rank(licence: Part) -> tuple[bool, float]:
    return uscc_ok(licence.fields.get("uscc", "").upper()), licence.confidence
