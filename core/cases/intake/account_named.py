"""Which enterprise a submission names, by which licence, and which account that is.

A case may bring licences of two enterprises: of a branch and its head office, of another one by
mistake, or of a victim beside the stranger's own. Its credit code is that of the licence whose name
its words give, however well the others were read.
"""

from dataclasses import replace

from core.check_digits import uscc_ok
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
    on_licence = (one.fields.get("enterprise_name") for one in licences_named(submission)[:1])
    return submission.request.enterprise_name or next(on_licence, None)


def uscc_named(submission: Submission) -> str | None:
    """The credit code on its licence."""
    return next((one.fields.get("uscc") for one in licences_named(submission)), None)


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


def _is_same(name: str, other: str) -> bool:
    return fold_name(name) == fold_name(other)


def _rank(licence: Part) -> tuple[bool, float]:
    return uscc_ok(licence.fields.get("uscc", "").upper()), licence.confidence
