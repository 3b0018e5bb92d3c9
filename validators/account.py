"""Rules on the enterprise's account, on the sender, and on other open cases of the enterprise.

No letter names these findings: they would disclose whether an account exists (RULES.md section 3).
Where nobody asked the registry, as in `unbind check`, these rules are not applied.
"""

import re
import unicodedata
from collections.abc import Iterator

from core.check_digits import uscc_ok
from core.data.finding import Finding
from core.data.mail_record import AuthResult
from core.data.submission import Answer
from core.enterprise_names import fold_name
from core.mail_domains import mixed_scripts, resembles
from validators.agreement import licence_names
from validators.evidence import Evidence, seen
from validators.request_form import names_in_words

_DOMAIN_IN_NAME = re.compile(r"(?:@|\(at\))[\w-]+(?:\.[\w-]+)+")


def unknown(evidence: Evidence) -> bool:
    """No account has this USCC or this name."""
    return not (evidence.account.by_uscc or evidence.account.by_name)


def renamed(evidence: Evidence) -> Iterator[Finding]:
    """The account of this USCC has another name than the licence; where no licence gives a name,
    than the mail."""
    facts = evidence.account
    if not facts.by_uscc or facts.differ:
        return
    names = licence_names(evidence) or names_in_words(evidence.request)
    if names and fold_name(facts.by_uscc.name) not in names:
        yield seen(registered=facts.by_uscc.name)


def other_account(evidence: Evidence) -> bool:
    """Name and USCC point to different accounts, or the account of this name
    is registered under another USCC."""
    facts = evidence.account
    if not facts.by_name:
        return False
    if facts.by_uscc:
        return facts.differ
    licences = evidence.documents.licences
    codes = {part.fields.get("uscc", "").upper() for part in licences}
    sure = set(filter(uscc_ok, codes - {""}))
    return bool(sure) and facts.by_name.uscc.upper() not in sure


def nothing_bound(evidence: Evidence) -> bool:
    """Unbinding is requested, and no lock is bound."""
    facts = evidence.account
    is_unbound = facts.matched is not None and not facts.bound
    return is_unbound and evidence.request.unbind is Answer.YES


def reset_while_bound(evidence: Evidence) -> Iterator[Finding]:
    """A password without unbinding is requested while a lock is bound. It would be useless, since
    an enterprise with a lock logs in by it (RULES.md section 7)."""
    facts, form = evidence.account, evidence.request
    if not facts.matched or not facts.bound:
        return
    if form.unbind is Answer.NO and form.reset_password is Answer.YES:
        yield seen(bound=facts.bound)


def sender_unregistered(evidence: Evidence) -> bool:
    """The sender is not the registered contact."""
    matched = evidence.account.matched
    return matched is not None and not matched.is_contact_address(evidence.message.sender)


def sender_unauthenticated(evidence: Evidence) -> Iterator[Finding]:
    """The sender is not authenticated, or their name or address imitates another one."""
    message, matched = evidence.message, evidence.account.matched
    if message.authentication in {AuthResult.FAIL, AuthResult.NONE}:
        yield seen("unproved", by=message.authenticated_by)
    if _names_another_address(message.sender_name, message.sender):
        yield seen("other_address")
    if matched and resembles(message.sender, matched.contact_email):
        yield seen("lookalike")
    elif mixed_scripts(message.sender.rpartition("@")[2]):
        yield seen("mixed_scripts")


def competing(evidence: Evidence) -> Iterator[Finding]:
    """Another open case names the enterprise."""
    for number in evidence.competing:
        yield seen(at=number, number=number)


def _names_another_address(name: str, sender: str) -> bool:
    """Whether a sender's name contains an address that is not the sender's, in any width."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).replace("。", ".").casefold()
    whole = rf"(?<![a-z0-9._+-]){re.escape(sender.casefold())}(?![a-z0-9-]|\.[a-z0-9])"
    return _DOMAIN_IN_NAME.search(re.sub(whole, "", plain)) is not None
