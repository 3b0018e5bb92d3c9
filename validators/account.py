"""What the registry knows of the enterprise, who sent the mail,
and whether another open case names it.

None of this goes into a letter: it would disclose whether an account exists (RULES.md section 3).
Without account facts, as in `unbind check`, these rules find nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from core.check_digits import uscc_ok
from core.data.mail_record import AuthResult
from core.data.submission import Answer, PartKind
from core.enterprise_names import fold_name
from core.mail_domains import mixed_scripts, resembles
from validators.agreement import licence_names
from validators.evidence import Evidence, Observation, seen
from validators.request_form import said_names

_ADDRESS_IN_NAME: Final = re.compile(r"[\w.+-]+\s*[@＠]\s*[\w-]+(?:[.．][\w-]+)+")


def unknown(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if facts and not facts.by_uscc and not facts.by_name:
        yield seen()


def renamed(evidence: Evidence) -> Iterator[Observation]:
    """The account of this USCC has another name than the papers (than the mail, where
    the papers give none)."""
    facts = evidence.account
    if not facts or not facts.by_uscc or _two_accounts(evidence):
        return
    names = licence_names(evidence) or said_names(evidence.submission.request)
    if names and fold_name(facts.by_uscc.name) not in names:
        yield seen(registered=facts.by_uscc.name)


def other_account(evidence: Evidence) -> Iterator[Observation]:
    """Name and USCC point to different accounts, or the account of this name
    is registered under another USCC."""
    facts = evidence.account
    if (
        facts
        and facts.by_name
        and (
            _two_accounts(evidence)
            or (not facts.by_uscc and _other_uscc(evidence, facts.by_name.uscc))
        )
    ):
        yield seen()


def nothing_bound(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if (
        facts
        and facts.matched
        and not facts.bound
        and evidence.submission.request.unbind is Answer.YES
    ):
        yield seen()


def reset_while_bound(evidence: Evidence) -> Iterator[Observation]:
    """A password is of no use while a lock is bound: login then goes
    by the lock (RULES.md section 7)."""
    facts, form = evidence.account, evidence.submission.request
    if (
        facts
        and facts.matched
        and facts.bound
        and form.unbind is Answer.NO
        and form.reset_password is Answer.YES
    ):
        yield seen(bound=facts.bound)


def sender_unregistered(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if (
        facts
        and facts.matched
        and _address(evidence.submission.message.sender) != _address(facts.registered_contact or "")
    ):
        yield seen()


def sender_unauthenticated(evidence: Evidence) -> Iterator[Observation]:
    """Nothing vouches for the sender, or the sender's name or address is made
    to be taken for another."""
    if evidence.account is None:
        return
    message, contact = evidence.submission.message, evidence.account.registered_contact or ""
    if message.authentication in {AuthResult.FAIL, AuthResult.NONE}:
        yield seen("unproved", by=message.authenticated_by)
    if _names_another_address(message.sender_name, message.sender):
        yield seen("other_address")
    if contact and resembles(message.sender, contact):
        yield seen("lookalike")
    elif mixed_scripts(message.sender.rpartition("@")[2]):
        yield seen("mixed_scripts")


def competing(evidence: Evidence) -> Iterator[Observation]:
    for number in evidence.competing:
        yield seen(at=number, number=number)


def _two_accounts(evidence: Evidence) -> bool:
    facts = evidence.account
    return bool(facts and facts.by_uscc and facts.by_name and facts.by_uscc.id != facts.by_name.id)


def _other_uscc(evidence: Evidence, registered: str) -> bool:
    read = {p.fields.get("uscc", "").upper() for p in evidence.documents.of(PartKind.LICENCE)}
    sure = set(filter(uscc_ok, filter(None, read)))
    return bool(sure) and registered.upper() not in sure


def _address(address: str) -> str:
    return address.strip().casefold()


def _names_another_address(name: str, sender: str) -> bool:
    addresses = {
        re.sub(r"\s", "", found).replace("＠", "@").replace("．", ".").casefold()
        for found in _ADDRESS_IN_NAME.findall(name)
    }
    return bool(addresses - {_address(sender)})
