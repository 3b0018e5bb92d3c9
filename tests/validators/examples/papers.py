"""The papers, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime

from core.check_digits import id_check_digit
from core.data.documents import PartKind, SealKind, SealVerdict, Unopened
from core.data.finding import Severity
from core.data.submission import Submission
from tests.validators.builders import (
    AGREES,
    ARRIVED,
    ID_NUMBER,
    NO_DOCUMENTS,
    OTHER_NAME,
    OTHER_USCC,
    REGISTRY_SEAL,
    UNSURE,
    USCC,
    asked,
    attachment,
    certificate,
    complete_submission,
    documents,
    id_back,
    id_front,
    licence,
    message,
    page,
    part,
    seal,
    unsure_pages,
    without,
)
from tests.validators.examples.example import (
    BARE,
    EXTRA,
    IMAGE,
    WRONG_USCC,
    F,
    T,
    U,
    add,
    attached,
    shows,
    unopened,
)
from validators.evidence import Policy

for _kind, _code in (
    (PartKind.ID_FRONT, "document.id_front.missing"),
    (PartKind.LICENCE, "document.licence.missing"),
    (PartKind.ID_BACK, "document.id_back.missing"),
):
    _lacking = without(_kind)
    add(_code, T, "read well and not there", complete_submission(documents=_lacking))
    add(_code, F, "there")
    add(_code, F, "nothing was opened to look at", unopened(Unopened.ENCRYPTED))
    add(_code, F, "nothing attached", attached())
    add(
        _code,
        U,
        "one page was not read well",
        complete_submission(documents=replace(_lacking, pages=(page(1), page(2, confident=False)))),
        instead="document.unreadable",
    )
    add(
        _code,
        U,
        "its number or labels stand on a page",
        complete_submission(documents=replace(_lacking, pages=(page(1, traces=(_kind,)), page(2)))),
        instead="document.unreadable",
    )
    add(
        _code,
        T,
        "words of another paper that is there",
        complete_submission(
            documents=replace(
                _lacking, pages=(page(1, traces=tuple({*PartKind} - {_kind})), page(2))
            )
        ),
    )
    add(
        _code,
        U,
        "pages were not read at all",
        complete_submission(documents=NO_DOCUMENTS),
        instead="document.unreadable",
    )
    add(
        _code,
        U,
        "another file's reader died",
        unopened(Unopened.LIMIT, _lacking, EXTRA),
        instead="document.unreadable",
    )
    add(
        _code,
        U,
        "it lies in a picture beside the PDF",
        attached(
            attachment(),
            IMAGE,
            read=replace(_lacking, parts=(*_lacking.parts, part(_kind, 1, IMAGE.name))),
        ),
    )
add(
    "document.licence.missing",
    F,
    "another certificate in its place",
    shows(parts=(id_front(), id_back(), certificate("事业单位法人证书", 2))),
)
add(
    "document.id_front.missing",
    F,
    "a passport in its place",
    shows(parts=(certificate("护照"), licence())),
)
add(
    "document.id_back.missing",
    F,
    "a passport has none",
    shows(parts=(certificate("护照"), licence())),
)

add(
    "document.other_certificate",
    T,
    "for the licence",
    shows(parts=(id_front(), id_back(), certificate("律师事务所执业许可证", 2))),
)
add(
    "document.other_certificate",
    T,
    "for the ID card",
    shows(parts=(certificate("港澳居民来往内地通行证"), licence())),
)
_PERMIT_LIKE_A_CARD = shows(parts=(id_front(), certificate("港澳居民居住证"), licence()))
add(
    "document.id_back.missing",
    F,
    "a permit's, whose front passes for a card's",
    _PERMIT_LIKE_A_CARD,
)
add("document.other_certificate", T, "for the emblem side alone", _PERMIT_LIKE_A_CARD)
add(
    "document.other_certificate",
    T,
    "a temporary card",
    shows(parts=(id_front(), id_back(certificate="临时居民身份证"), licence(2))),
)
add(
    "document.other_certificate",
    F,
    "beside both papers",
    shows(parts=(id_front(), id_back(), licence(), certificate("社会团体法人登记证书", 2))),
)
add("document.other_certificate", F, "none")
add(
    "document.licence.missing",
    F,
    "its title is doubtful: the passport may be a certificate",
    shows(parts=(id_front(), id_back(), certificate("护照", 2, doubts=("certificate",)))),
)
add(
    "document.other_certificate",
    U,
    "its title was not read: it may be either",
    shows(parts=(certificate(""),)),
)

add(
    "document.unreadable",
    T,
    "a page read badly",
    complete_submission(documents=unsure_pages(documents())),
)
_TWO_LICENCES = (licence(2), licence(2, enterprise_name=OTHER_NAME, uscc=OTHER_USCC))
add("document.several", T, "two licences on a page", shows(parts=(id_front(), *_TWO_LICENCES)))
add(
    "document.several",
    T,
    "two persons' cards on a page",
    shows(parts=(id_front(), id_front(name="李四", id_number="119999199001011240"), licence())),
)
add(
    "document.several",
    U,
    "a second licence of which nothing was read",
    shows(parts=(id_front(), licence(2), replace(licence(2), fields={}))),
)
add(
    "document.several",
    F,
    "the same licence twice, its name misread once",
    shows(parts=(id_front(), licence(2), licence(2, enterprise_name=OTHER_NAME))),
)
add(
    "document.marked",
    T,
    "void, and for another purpose",
    shows(parts=(id_front(mark="招聘"), id_back(mark="招聘"), licence(mark="作废"))),
)
add("document.marked", F, "nothing is laid over the papers")
add(
    "document.marked",
    U,
    "a licence of which nothing else was read",
    shows(parts=(id_front(), id_back(), replace(licence(), fields={"mark": "样本"}))),
)
add("document.patched", T, "the name", shows(parts=(id_front(), licence(patched="企业名称"))))
add("document.patched", T, "the seal", shows(parts=(id_front(), licence(patched="公章"))))
add("document.patched", T, "drawn over", shows(parts=(id_front(), licence(overlaid="公章"))))
add("document.patched", T, "covered", shows(parts=(id_front(erased="是"), licence())))
add("document.patched", F, "paper as around")
add(
    "document.patched",
    U,
    "a licence of which nothing else was read",
    shows(parts=(id_front(), id_back(), replace(licence(), fields={"patched": "公章"}))),
)
add("document.several", F, "on two pages", shows(parts=(id_front(), licence(2), licence(1))))
_TWO_CODES = licence(1, uscc=OTHER_USCC)
add(
    "document.several",
    T,
    "two credit codes of one name, on two pages",
    shows(parts=(id_front(), licence(2), _TWO_CODES)),
)
_OTHER_BODY = "11999919900101124"
_OTHER_NUMBER = _OTHER_BODY + id_check_digit(_OTHER_BODY)
_OTHER_CARD = id_front(3, id_number=_OTHER_NUMBER)
add(
    "document.several",
    T,
    "two numbers of one person, on two pages",
    shows(parts=(id_front(), licence(2), _OTHER_CARD)),
)
add(
    "document.several",
    F,
    "a number that was read with doubt",
    shows(parts=(id_front(), licence(2), replace(_OTHER_CARD, doubts=("id_number",)))),
)
add(
    "document.several",
    F,
    "cards of two persons, on two pages",
    shows(parts=(id_front(), licence(2), id_front(3, name="李四", id_number=_OTHER_NUMBER))),
)
add(
    "document.several",
    F,
    "a code that was read with doubt",
    shows(parts=(id_front(), licence(2), replace(_TWO_CODES, doubts=("uscc",)))),
)
add(
    "document.several",
    F,
    "a code whose check character is wrong",
    shows(parts=(id_front(), licence(2), licence(1, uscc=WRONG_USCC))),
)
add(
    "document.unreadable",
    T,
    "a number that was completed by its check digit",
    shows(parts=(id_front(), licence(doubts=("uscc",)))),
)
add("document.unreadable", T, "a reader that died", unopened(Unopened.LIMIT))
add("document.unreadable", T, "no time was left for it", unopened(Unopened.UNREAD))
add("document.unreadable", T, "no reading at all", complete_submission(documents=NO_DOCUMENTS))
add(
    "document.unreadable",
    T,
    "the licence's name is not to be relied on",
    shows(
        parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))),
        seals=(seal(1, text=None), seal(2, legible=False), REGISTRY_SEAL),
    ),
)
add(
    "document.unreadable",
    T,
    "the licence's name is doubtful and the seal bears another",
    shows(
        parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))),
        seals=(seal(1, text=OTHER_NAME), REGISTRY_SEAL),
    ),
)
add(
    "document.unreadable",
    T,
    "a doubtful name that is not the mail's",
    shows(
        parts=(
            id_front(),
            id_back(),
            licence(enterprise_name=OTHER_NAME, doubts=("enterprise_name",)),
        ),
        seals=(seal(1, text=OTHER_NAME), REGISTRY_SEAL),
    ),
)
for _tells, _answer in (
    ("is not asked for it", asked(SealVerdict.AGREES, of=OTHER_NAME)),
    ("leaves it open", UNSURE),
):
    add(
        "document.unreadable",
        T,
        f"a doubtful name that the mail says, and the seal {_tells}",
        shows(
            parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))),
            seals=(seal(1, text=None, checks=_answer), seal(2, text=None)),
        ),
    )
add(
    "document.unreadable",
    T,
    "two copies of a licence, neither read",
    shows(parts=(id_front(), id_back(), *(licence(n, doubts=("uscc",)) for n in (1, 2)))),
)
add(
    "document.unreadable",
    F,
    "a doubtful name that the mail says, and a seal bears when it is asked",
    shows(
        parts=(id_front(), id_back(), licence(doubts=("enterprise_name",))),
        seals=(seal(1, text=None, checks=AGREES), seal(2, text=None)),
    ),
)
add(
    "document.unreadable",
    F,
    "a doubtful name that seal and mail bear out",
    shows(parts=(id_front(), id_back(), licence(doubts=("enterprise_name",)))),
)
add("document.unreadable", F, "all read")
add(
    "document.unreadable",
    F,
    "words of papers that are there",
    complete_submission(
        documents=documents(pages=(page(1, traces=(PartKind.ID_FRONT, PartKind.LICENCE)), page(2)))
    ),
)
add(
    "document.unreadable",
    F,
    "one of two copies of the licence was read",
    shows(parts=(id_front(), id_back(), licence(), licence(doubts=("enterprise_name",)))),
)
add("document.unreadable", F, "encrypted has its own code", unopened(Unopened.ENCRYPTED))
add(
    "document.unreadable",
    U,
    "half an ID number",
    shows(parts=(id_front(id_number=ID_NUMBER[:11]), id_back(), licence())),
    instead="document.unreadable",
)

ENDS_IN_X = next(
    body + "X"
    for body in (f"119999199001011{n:02}" for n in range(99))
    if id_check_digit(body) == "X"
)
WRONG_DIGIT = ID_NUMBER[:-1] + ("0" if ID_NUMBER[-1] != "0" else "1")
add(
    "id.number.invalid",
    T,
    "check digit",
    shows(parts=(id_front(id_number=WRONG_DIGIT), id_back(), licence())),
)
add(
    "id.number.invalid",
    T,
    "30 February",
    shows(parts=(id_front(id_number="119999199002301234"), id_back(), licence())),
)
add("id.number.invalid", F, "right")
add(
    "id.number.invalid",
    F,
    "not read",
    shows(parts=(part(PartKind.ID_FRONT, name="张三"), id_back(), licence())),
)
add(
    "id.number.invalid",
    F,
    "lower-case x",
    shows(parts=(id_front(id_number=ENDS_IN_X.lower()), id_back(), licence())),
)
add(
    "id.number.invalid",
    U,
    "joined with what stands behind it",
    shows(parts=(id_front(id_number=ID_NUMBER + "1"), id_back(), licence())),
    instead="document.unreadable",
)
add(
    "id.number.invalid",
    U,
    "cut off",
    shows(parts=(id_front(id_number=ID_NUMBER[:17]), id_back(), licence())),
    instead="document.unreadable",
)


def until(day: str, arrived: datetime = ARRIVED, **more: object) -> Submission:
    return complete_submission(
        message(arrived=arrived),
        documents=documents(parts=(id_front(), id_back(valid_until=day, **more), licence())),
    )


def licence_until(day: str, arrived: datetime = ARRIVED, **more: object) -> Submission:
    return complete_submission(
        message(arrived=arrived),
        documents=documents(parts=(id_front(), id_back(), licence(valid_until=day, **more))),
    )


for _build, _code in ((until, "id.expired"), (licence_until, "licence.expired")):
    add(_code, T, "the day before arrival", _build("2026-11-24"))
    add(_code, F, "the last day is valid whole", _build("2026-11-25"))
    add(
        _code,
        F,
        "the last day in Shanghai, though UTC is a day behind",
        _build("2026-11-25", datetime(2026, 11, 25, 15, 59, tzinfo=UTC)),
    )
    add(
        _code,
        T,
        "past midnight in Shanghai, though UTC is not",
        _build("2026-11-25", datetime(2026, 11, 25, 16, 0, tzinfo=UTC)),
    )
    add(_code, F, "long-term", _build("long-term"))
    add(_code, F, "no date", _build("2026-13-45"))
    add(
        _code,
        U,
        "a date not to be relied on",
        _build("2006-11-24", doubts=("valid_until",)),
        policy=Policy(severities={_code: Severity.REJECT}),
        instead=_code,
    )

add(
    "licence.uscc.invalid",
    T,
    "check character",
    shows(parts=(id_front(), id_back(), licence(uscc=WRONG_USCC))),
)
add("licence.uscc.invalid", F, "right")
add(
    "licence.uscc.invalid",
    F,
    "lower case",
    shows(parts=(id_front(), id_back(), licence(uscc=USCC.lower()))),
)
add(
    "licence.uscc.invalid",
    U,
    "cut off",
    shows(parts=(id_front(), id_back(), licence(uscc=USCC[:12]))),
    instead="document.unreadable",
)

for _kind in (SealKind.CONTRACT, SealKind.FINANCE, SealKind.INVOICE, SealKind.BUSINESS):
    add("seal.not_official", T, f"only {_kind}", shows(seals=(seal(1, _kind), REGISTRY_SEAL)))
add(
    "seal.not_official",
    T,
    "two kinds",
    shows(seals=(seal(1, SealKind.FINANCE), seal(2, SealKind.CONTRACT))),
)
add(
    "seal.not_official",
    F,
    "beside the official one",
    shows(seals=(seal(1), seal(2), seal(2, SealKind.CONTRACT))),
)
add("seal.not_official", F, "none", shows(pages=BARE, seals=()))
add(
    "seal.not_official",
    U,
    "kind not read",
    shows(seals=(seal(1, SealKind.UNKNOWN, None),)),
    instead="document.seal.unsure",
)
add(
    "seal.not_official",
    U,
    "may be a contract seal",
    shows(seals=(seal(1, SealKind.CONTRACT, doubtful=True),)),
    instead="document.seal.unsure",
)
