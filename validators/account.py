"""What the registry knows of the enterprise, who sent the mail, and whether another open case names it.

None of this goes into a letter: it would tell whether an account exists (RULES.md section 3). Without account facts, as in `unbind check`,
these rules find nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from core.accounts.names import fold_name
from core.cases.submission import Answer, PartKind
from core.check_digits import uscc_ok
from core.mail_domains import mixed_scripts, resembles
from validators.agreement import licence_names
from validators.evidence import Evidence, Observation
from validators.request_form import said_names

_ADDRESS_IN_NAME: Final = re.compile(r"[\w.+-]+\s*[@＠]\s*[\w-]+(?:[.．][\w-]+)+")


def unknown(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if facts and not facts.by_uscc and not facts.by_name:
        yield Observation("登记的企业中没有这个统一社会信用代码或企业名称。请先选定账号，再审批。")


def renamed(evidence: Evidence) -> Iterator[Observation]:
    """The account of this USCC bears another name than the papers (than the mail, where the papers give none)."""
    facts = evidence.account
    if not facts or not facts.by_uscc or _two_accounts(evidence):
        return
    names = licence_names(evidence) or said_names(evidence.submission.request)
    if names and fold_name(facts.by_uscc.name) not in names:
        yield Observation(f"同一统一社会信用代码的账号登记名称为“{facts.by_uscc.name}”，与提交的企业名称不同。请核对企业是否更名。")


def other_account(evidence: Evidence) -> Iterator[Observation]:
    """Name and USCC point to different accounts, or the account of this name is registered under another USCC."""
    facts = evidence.account
    if facts and facts.by_name and (_two_accounts(evidence) or (not facts.by_uscc and _other_uscc(evidence, facts.by_name.uscc))):
        yield Observation("企业名称与统一社会信用代码指向不同的账号。请核对执照，并选定正确的账号。")


def nothing_bound(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if facts and facts.matched and not facts.bound and evidence.submission.request.unbind is Answer.YES:
        yield Observation("申请解绑，但该账号当前没有绑定任何 CA 锁。请核对账号，或改为只办理重置密码。")


def reset_while_bound(evidence: Evidence) -> Iterator[Observation]:
    """A password is of no use while a lock is bound: login then goes by the lock (RULES.md section 7)."""
    facts, form = evidence.account, evidence.submission.request
    if facts and facts.matched and facts.bound and form.unbind is Answer.NO and form.reset_password is Answer.YES:
        yield Observation(f"只申请重置密码，但该账号仍绑定 {facts.bound} 个 CA 锁，绑定期间不能用密码登录。请与企业确认是否同时解绑。")


def sender_unregistered(evidence: Evidence) -> Iterator[Observation]:
    facts = evidence.account
    if facts and facts.matched and _address(evidence.submission.message.sender) != _address(facts.registered_contact or ""):
        yield Observation("发件人不是该账号登记的联系邮箱。请留意登记联系人是否提出异议。")


def sender_unauthenticated(evidence: Evidence) -> Iterator[Observation]:
    """Nothing vouches for the sender, or the sender's name or address is made to be taken for another."""
    if evidence.account is None:
        return
    message, contact = evidence.submission.message, evidence.account.registered_contact or ""
    if message.authentication in {"fail", "none"}:
        how = f"（{message.authenticated_by}）" if message.authenticated_by else ""
        yield Observation(f"发件人身份未通过验证{how}，来信可能冒用他人地址。请通过登记电话核实后再办理。")
    if _names_another_address(message.sender_name, message.sender):
        yield Observation("发件人显示名中写有另一个邮箱地址，与实际发件地址不同。请以实际地址为准，并核实发件人。")
    if contact and resembles(message.sender, contact):
        yield Observation("发件地址与该账号登记的联系邮箱形似而不相同。请逐字核对地址，并通过登记电话核实。")
    elif mixed_scripts(message.sender.rpartition("@")[2]):
        yield Observation("发件地址的域名混用了形近的不同文字。请核实发件人。")


def competing(evidence: Evidence) -> Iterator[Observation]:
    for number in evidence.competing:
        yield Observation(f"另有未办结的工单 {number} 涉及同一企业、由其他发件人（或身份未获验证者）提交。请对照两份申请一并核对。", number)


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
    told = {re.sub(r"\s", "", found).replace("＠", "@").replace("．", ".").casefold() for found in _ADDRESS_IN_NAME.findall(name)}
    return bool(told - {_address(sender)})
