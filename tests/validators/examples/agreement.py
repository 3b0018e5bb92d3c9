"""Whether the papers agree, with each other and with the registry."""

from typing import Any

from core.check_digits import id_check_digit
from core.data.documents import Box, PartKind, SealKind, SealVerdict, SheetSeen
from core.data.enterprise import AccountFacts
from core.data.submission import Answer
from tests.validators.builders import (
    AGREES,
    DIFFERS,
    NAME,
    OTHER_NAME,
    OTHER_USCC,
    REGISTRY_SEAL,
    UNSURE,
    USCC,
    asked,
    certificate,
    complete_submission,
    documents,
    enterprise,
    form,
    id_back,
    id_front,
    known,
    licence,
    message,
    page,
    part,
    seal,
    sheet,
)
from tests.validators.examples.example import WRONG_USCC, F, T, U, add, said, shows

add("match.enterprise_name", T, "one character", said(enterprise_names=(OTHER_NAME,)))
add("match.enterprise_name", F, "the same")
add(
    "match.enterprise_name",
    F,
    "brackets, width and spaces",
    complete_submission(
        request=form(enterprise_names=("北京（甲） 有限公司",)),
        documents=documents(
            parts=(id_front(), id_back(), licence(enterprise_name="北京(甲)有限公司")),
            seals=(seal(1, text="北京【甲】有限公司"),),
        ),
    ),
)
add("match.enterprise_name", F, "not said", said(enterprise_names=()))
add(
    "match.enterprise_name",
    F,
    "not read on the licence",
    shows(parts=(id_front(), id_back(), part(PartKind.LICENCE, 2, uscc=USCC))),
)
add(
    "match.enterprise_name",
    U,
    "one of two names agrees",
    said(enterprise_names=(NAME, OTHER_NAME)),
    instead="request.enterprise_name.ambiguous",
)
add(
    "match.enterprise_name",
    U,
    "read with doubt",
    shows(
        parts=(
            id_front(),
            id_back(),
            licence(enterprise_name=OTHER_NAME, doubts=("enterprise_name",)),
        )
    ),
    instead="match.enterprise_name",
)
add("match.seal", T, "one character", shows(seals=(seal(1, text=OTHER_NAME), seal(2))))
add(
    "match.seal",
    T,
    "a contract seal of another",
    shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT, OTHER_NAME))),
)
add(
    "match.seal",
    T,
    "no licence: held against the mail",
    shows(
        parts=(id_front(), id_back(), certificate("事业单位法人证书", 2)),
        seals=(seal(1, text=OTHER_NAME),),
    ),
)
add("match.seal", F, "the same")
add(
    "match.seal",
    F,
    "with its kind in the text",
    shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT, f"{NAME}合同专用章（1）"))),
)
add("match.seal", F, "the registry's", shows(seals=(seal(1), seal(2), REGISTRY_SEAL)))
add(
    "match.seal",
    U,
    "guessed letters, and the other seal is right",
    shows(seals=(seal(1, text=OTHER_NAME, legible=False), seal(2))),
)
add(
    "match.seal",
    T,
    "guessed letters on both",
    shows(seals=(seal(1, text=OTHER_NAME, legible=False), seal(2, text=OTHER_NAME, legible=False))),
)
add("match.seal", U, "not read", shows(seals=(seal(1, text=None), seal(2))))
add(
    "match.seal",
    T,
    "another character is seen where one is claimed",
    shows(seals=(seal(1, checks=AGREES), seal(2, checks=DIFFERS))),
)
add(
    "match.seal",
    T,
    "it differs though no letter of it was read",
    shows(seals=(seal(1, text=None, checks=DIFFERS), seal(2, text=None, checks=UNSURE))),
)
add(
    "match.seal",
    F,
    "misread, and it bears the name",
    shows(seals=(seal(1, text=OTHER_NAME, checks=AGREES), seal(2))),
)
for doubts, sure in ((("enterprise_name",), F), ((), T)):
    add(
        "match.seal",
        sure,
        "it bears the mail's name; of the licence's one character is another, "
        f"{'in doubt' if doubts else 'surely'}",
        shows(
            parts=(id_front(), id_back(), licence(enterprise_name=OTHER_NAME, doubts=doubts)),
            seals=(seal(1, checks=(*AGREES, *asked(SealVerdict.DIFFERS, of=OTHER_NAME))),),
        ),
    )
for read, sure in (
    (NAME[:4], F),
    (NAME[:8], F),
    (NAME + "有限责任公司", F),
    (NAME[:2] + OTHER_NAME[:1] * 6, T),
):
    add(
        "match.seal",
        sure,
        f"it bears the mail's name; the licence's was read with doubt as {read}",
        shows(
            parts=(
                id_front(),
                id_back(),
                licence(enterprise_name=read, doubts=("enterprise_name",)),
            ),
            seals=(seal(1, checks=(*AGREES, *asked(SealVerdict.DIFFERS, of=read))),),
        ),
    )
for said_name, read, sure in (
    ("北京迅驰科技有限公司", "迅驰科技有限公司", F),
    ("北京迅驰科技有限公司", "京迅驰科技有限", F),
    ("北京迅驰科技有限公司", "腾飞科技有限公司", T),
    ("腾飞科技有限公司", "北京迅驰科技有限公司", T),
    ("北京迅驰科技有限公司", "科技有限公司", T),
    ("北京迅驰科技有限公司", "有限公司", T),
    ("北京迅驰科技有限公司", "驰科技有限公司", T),
    ("北京迅驰科技有限公司", "迅弛科技有限公司", F),
    ("北京迅驰科技有限公司", "汛弛科技有限公司", T),
    ("北京市迅驰云海数据科技有限公司", "汛弛云海数据科技有限公司", F),
    ("北京市迅驰云海数据智能环保科技有限公司", "汛弛云侮数据智能环保科技有限公司", T),
    ("北京迅驰云海有限公司", "北京汛弛云海有限公司", F),
    ("北京迅驰云海有限公司", "北京汛弛云侮有限公司", T),
):
    add(
        "match.seal",
        sure,
        f"it bears the mail's {said_name}; the licence's name was read with doubt as {read}",
        complete_submission(
            request=form(enterprise_names=(said_name,)),
            documents=documents(
                parts=(
                    id_front(),
                    id_back(),
                    licence(enterprise_name=read, doubts=("enterprise_name",)),
                ),
                seals=(
                    seal(
                        1,
                        checks=(
                            *asked(SealVerdict.AGREES, of=said_name),
                            *asked(SealVerdict.DIFFERS, of=read),
                        ),
                    ),
                ),
            ),
        ),
    )
add(
    "match.seal",
    F,
    "it bears one of the names on two licences",
    shows(
        parts=(id_front(), id_back(), licence(), licence(3, enterprise_name=OTHER_NAME)),
        seals=(seal(1, checks=(*DIFFERS, *asked(SealVerdict.AGREES, of=OTHER_NAME))),),
    ),
)
add(
    "match.seal",
    U,
    "misread, and asking leaves it open",
    shows(seals=(seal(1, text=OTHER_NAME, checks=UNSURE), seal(2, text=OTHER_NAME, checks=UNSURE))),
    instead="document.seal.unsure",
)
add(
    "match.seal",
    T,
    "it bears another name, and was asked for yet another only",
    shows(seals=(seal(1, text=OTHER_NAME, checks=asked(SealVerdict.AGREES, of=OTHER_NAME)),)),
)


def _born(day: str) -> str:
    """An ID number with this birth."""
    body = f"119999{day}123"
    return body + id_check_digit(body)


_BORN_1965, _BORN_1985, _BORN_2005 = map(_born, ("19650312", "19850312", "20050312"))
_ENDLESS = {"valid_from": "2018-05-16", "valid_until": "long-term"}


def _from_to(valid_from: str, valid_until: str, **more: tuple[str, ...]) -> dict[str, Any]:
    return {"valid_from": valid_from, "valid_until": valid_until, **more}


for _kind, _tells, _number, _back in (
    (T, "20 years at 53", _BORN_1965, _from_to("2018-05-16", "2038-05-16")),
    (T, "long-term at 33", _BORN_1985, _from_to("2018-05-16", "long-term")),
    (T, "10 years at 33", _BORN_1985, _from_to("2018-05-16", "2028-05-16")),
    (T, "before all birth", _BORN_1985, _from_to("0001-01-01", "long-term")),
    (F, "20 years at 33", _BORN_1985, _from_to("2018-05-16", "2038-05-16")),
    (F, "10 years at 20", _BORN_2005, _from_to("2025-05-16", "2035-05-16")),
    (F, "5 years at 15", _BORN_2005, _from_to("2021-02-16", "2026-11-25")),
    (F, "from the day of 46", _BORN_1965, _from_to("2011-03-12", "long-term")),
    (F, "requested before 46", _BORN_1965, _from_to("2011-05-16", "2031-05-16")),
    (F, "no period", _BORN_1985, _from_to("", "")),
    (F, "three months", _BORN_1985, _from_to("2026-10-01", "2026-12-30")),
    (
        U,
        "the period in doubt",
        _BORN_1985,
        _from_to("2018-05-16", "long-term", doubts=("valid_until",)),
    ),
):
    add(
        "match.card_sides",
        _kind,
        _tells,
        shows(parts=(id_front(id_number=_number), id_back(**_back), licence())),
    )
add(
    "match.card_sides",
    F,
    "one of two cards fits",
    shows(
        parts=(
            id_front(id_number=_BORN_1965),
            id_front(2, id_number=_BORN_1985),
            id_back(valid_from="2018-05-16", valid_until="2038-05-16"),
            licence(),
        )
    ),
)
add(
    "match.card_sides",
    U,
    "the number in doubt",
    shows(
        parts=(
            id_front(id_number=_BORN_1985, doubts=("id_number",)),
            id_back(**_ENDLESS),
            licence(),
        )
    ),
    instead="document.unreadable",
)
_HANDLED_BY = "企业名称：某某公司\n经办人：{}\n联系人：赵六"
for _kind, _tells, _text, _card in (
    (T, "another person's card", "王五", {}),
    (F, "the handler's own", "张三", {}),
    (F, "one character is misread", "张山", {}),
    (F, "the line names nobody", "见附件", {}),
    (F, "a sentence", "委托王五前来办理", {}),
    (U, "the card's name was read with doubt", "王五", {"doubts": ("name",)}),
):
    add(
        "match.handler",
        _kind,
        _tells,
        complete_submission(
            message=message(new_text=_HANDLED_BY.format(_text)),
            documents=documents(parts=(id_front(**_card), id_back(), licence())),
        ),
    )
for _kind, _tells, _text, _licence in (
    (T, "another enterprise's", f"统一社会信用代码：{OTHER_USCC}", {}),
    (T, "in full width and small letters", f"代码　{OTHER_USCC.lower()}", {}),
    (T, "an agent's alone", f"北京代办咨询有限公司（{OTHER_USCC}）代提交", {}),
    (F, "the licence's beside another", f"代理机构 {OTHER_USCC}，本单位 {USCC}", {}),
    (
        F,
        "a wrong check character",
        f"代码：{OTHER_USCC[:-1]}{'0' if OTHER_USCC[-1] != '0' else '1'}",
        {},
    ),
    (F, "an ID number", "身份证号 110105194912310021", {}),
    (U, "the licence's code was read with doubt", OTHER_USCC, {"doubts": ("uscc",)}),
):
    add(
        "match.uscc",
        _kind,
        _tells,
        complete_submission(
            message=message(new_text=_text),
            documents=documents(parts=(id_front(), id_back(), licence(**_licence))),
        ),
    )
add("match.sheet", T, "made for another", shows(pages=(page(1, sheet=sheet(OTHER_USCC)), page(2))))
add("match.sheet", F, "made for this one", shows(pages=(page(1, sheet=sheet(USCC)), page(2))))
add(
    "match.sheet",
    F,
    "a code of another kind",
    shows(pages=(page(1, sheet=SheetSeen("http://example.org", Box(0.8, 0, 0.9, 0.1))), page(2))),
)
add(
    "match.sheet",
    U,
    "the licence's code was read with doubt",
    shows(
        pages=(page(1, sheet=sheet(OTHER_USCC)), page(2)),
        parts=(id_front(), id_back(), licence(doubts=("uscc",))),
    ),
)
add(
    "match.seal",
    U,
    "a doubtful seal says nothing",
    shows(seals=(seal(1, text=OTHER_NAME, doubtful=True), seal(2))),
)

NOBODY = AccountFacts()
ANOTHER = enterprise(id=8, name=OTHER_NAME, uscc=OTHER_USCC, contact_email="other@example.com")
add("account.unknown", T, "neither by USCC nor by name", account=NOBODY)
add("account.unknown", F, "known", account=known())
add("account.unknown", F, "account rules not applied")
add("account.unknown", U, "by name only", account=known(by_uscc=None))
add(
    "account.renamed",
    T,
    "same USCC, other name",
    account=known(by_uscc=enterprise(name=OTHER_NAME), by_name=None),
)
add("account.renamed", F, "same name", account=known())
_NO_NAME_READ = documents(parts=(id_front(), id_back(), part(PartKind.LICENCE, 2, uscc=USCC)))
for _said, _kind in ((NAME, F), (OTHER_NAME, T)):
    add(
        "account.renamed",
        _kind,
        f"the licence's name was not read, and the mail says {_said}",
        complete_submission(request=form(enterprise_names=(_said,)), documents=_NO_NAME_READ),
        account=known(),
    )
add(
    "account.renamed",
    F,
    "the name of the licence, though the mail says another",
    said(enterprise_names=(OTHER_NAME,)),
    account=known(),
)
add(
    "account.renamed",
    F,
    "same name in another width",
    account=known(by_uscc=enterprise(name=f" {NAME}　")),
)
add("account.renamed", U, "two accounts", account=known(by_uscc=ANOTHER), instead="match.account")
add("match.account", T, "two accounts", account=known(by_uscc=ANOTHER))
add(
    "match.account",
    T,
    "the account of this name has another USCC",
    account=AccountFacts(None, enterprise(uscc=OTHER_USCC), (1,)),
)
add("match.account", F, "one account", account=known())
add(
    "match.account",
    F,
    "known by name, USCC not read",
    shows(parts=(id_front(), id_back(), part(PartKind.LICENCE, 2, enterprise_name=NAME))),
    account=known(by_uscc=None),
)
add(
    "match.account",
    U,
    "the USCC read is no USCC",
    shows(parts=(id_front(), id_back(), licence(uscc=WRONG_USCC))),
    account=known(by_uscc=None),
    instead="licence.uscc.invalid",
)
add("account.nothing_bound", T, "nothing bound", account=known(bound=0))
add("account.nothing_bound", F, "bound", account=known())
add(
    "account.nothing_bound",
    F,
    "no unbinding asked",
    said(unbind=Answer.NO, reset_password=Answer.YES),
    account=known(bound=0),
)
add(
    "account.nothing_bound",
    U,
    "unclear whether asked",
    said(unbind=Answer.UNREAD),
    account=known(bound=0),
    instead="request.unread",
)
add(
    "account.nothing_bound",
    U,
    "unclear whose",
    account=known(bound=0, by_uscc=ANOTHER),
    instead="match.account",
)
add(
    "account.reset_while_bound",
    T,
    "reset only",
    said(unbind=Answer.NO, reset_password=Answer.YES),
    account=known(),
)
add("account.reset_while_bound", F, "both", said(reset_password=Answer.YES), account=known())
add(
    "account.reset_while_bound",
    F,
    "nothing bound",
    said(unbind=Answer.NO, reset_password=Answer.YES),
    account=known(bound=0),
)
add(
    "account.reset_while_bound",
    U,
    "unclear unbinding",
    said(unbind=Answer.AMBIGUOUS, reset_password=Answer.YES),
    account=known(),
    instead="request.unbind.ambiguous",
)
add(
    "sender.unregistered",
    T,
    "another address",
    complete_submission(message(sender="stranger@example.com")),
    account=known(),
)
add("sender.unregistered", F, "the contact", account=known())
add(
    "sender.unregistered",
    F,
    "in other letters",
    complete_submission(message(sender="Handler@Example.COM")),
    account=known(),
)
add("sender.unregistered", U, "no account to compare", account=NOBODY, instead="account.unknown")
add(
    "sender.unauthenticated",
    T,
    "the server found it false",
    complete_submission(
        message(authentication="fail", authenticated_by="收件服务器：DMARC 未通过")
    ),
    account=known(),
)
add(
    "sender.unauthenticated",
    T,
    "nothing vouches",
    complete_submission(message(authentication="none")),
    account=known(),
)
add(
    "sender.unauthenticated",
    T,
    "another address as a name",
    complete_submission(message(sender_name="contact@example.org")),
    account=known(),
)
add(
    "sender.unauthenticated",
    T,
    "looks like the contact",
    complete_submission(message(sender="handler@exarnple.com")),
    account=known(),
)
add(
    "sender.unauthenticated",
    T,
    "two scripts in one domain",
    complete_submission(message(sender="handler@xn--somewhre-h8g.net")),
    account=known(),
)
add(
    "sender.unauthenticated",
    F,
    "vouched for",
    complete_submission(message(authentication="pass")),
    account=known(),
)
add(
    "sender.unauthenticated",
    F,
    "its own address as a name",
    complete_submission(message(sender_name="Handler@Example.com")),
    account=known(),
)
add("sender.unauthenticated", F, "nothing is known")
add(
    "sender.unauthenticated",
    U,
    "false, but no account is known",
    complete_submission(message(authentication="fail")),
    account=NOBODY,
    instead="account.unknown",
)
add("case.competing", T, "another open case", competing=("2026-0007",))
add("case.competing", F, "none")
add("case.competing", U, "two others", competing=("2026-0007", "2026-0008"))
