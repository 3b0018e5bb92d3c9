"""The seal."""

from dataclasses import replace

from core.data.documents import SealKind, Unopened
from core.data.finding import Severity
from tests.validators.builders import (
    AGREES,
    DIFFERS,
    OTHER_NAME,
    REGISTRY_SEAL,
    UNSURE,
    bare,
    documents,
    id_back,
    id_front,
    licence,
    page,
    seal,
    sheet,
)
from tests.validators.examples.example import BARE, EXTRA, F, T, U, add, shows, unopened
from validators.evidence import Policy

add("document.seal.missing", T, "colour pages, no ink", shows(pages=BARE, seals=()))
add(
    "document.seal.missing",
    T,
    "only the registry's own seal",
    shows(pages=BARE, seals=(REGISTRY_SEAL,)),
)
add(
    "document.seal.missing",
    T,
    "a blank page between",
    shows(pages=(*BARE, bare(3, colour=False, blank=True)), seals=()),
)
add(
    "document.seal.missing",
    T,
    "a request sheet, whose own place for the seal is named",
    shows(pages=(bare(1, sheet=sheet()), bare(2)), seals=()),
)
add("document.seal.missing", F, "sealed")
add(
    "document.seal.missing",
    F,
    "a contract seal is a seal",
    shows(seals=(seal(1, SealKind.CONTRACT),)),
)
for _tells, _pages, _seals in (
    ("a grey page", (bare(1), bare(2, colour=False)), ()),
    ("ink that is no known seal", (bare(1), page(2)), ()),
    ("a page not read well", (bare(1), bare(2, confident=False)), ()),
    ("a doubtful candidate", BARE, (seal(1, SealKind.UNKNOWN, None, doubtful=True),)),
    ("a doubtful official seal", BARE, (seal(1, doubtful=True),)),
    ("a seal whose kind was not read", BARE, (seal(1, SealKind.UNKNOWN, None),)),
    ("a registry's seal that may be another", BARE, (replace(REGISTRY_SEAL, doubtful=True),)),
    ("a doubtful contract seal", BARE, (seal(1, SealKind.CONTRACT, doubtful=True),)),
):
    add(
        "document.seal.missing",
        U,
        _tells,
        shows(pages=_pages, seals=_seals),
        instead="document.seal.unsure",
    )
    add("document.seal.unsure", T, _tells, shows(pages=_pages, seals=_seals))
add(
    "document.seal.missing",
    U,
    "another file was not opened",
    unopened(Unopened.LIMIT, documents(pages=BARE, seals=()), EXTRA),
    instead="document.seal.unsure",
)
add(
    "document.seal.unsure",
    F,
    "a good seal beside a doubtful one",
    shows(seals=(seal(1), seal(2, SealKind.UNKNOWN, None, doubtful=True))),
)
add("document.seal.unsure", F, "surely none", shows(pages=BARE, seals=()))
add(
    "document.seal.unsure",
    F,
    "surely a contract seal",
    shows(seals=(seal(1, SealKind.CONTRACT), REGISTRY_SEAL)),
)
add(
    "document.seal.unsure",
    U,
    "on a third page only",
    shows(pages=(page(1), page(2), page(3)), seals=(seal(3), REGISTRY_SEAL)),
    instead="document.seal.unsure",
)
add(
    "document.seal.unsure",
    T,
    "no seal could be asked for the name with success",
    shows(
        seals=(
            seal(1, text=OTHER_NAME, checks=UNSURE),
            seal(2, text=OTHER_NAME, checks=UNSURE),
            REGISTRY_SEAL,
        )
    ),
)
add(
    "document.seal.unsure",
    F,
    "one of the seals bears the name",
    shows(
        seals=(
            seal(1, text=OTHER_NAME, checks=UNSURE),
            seal(2, text=OTHER_NAME, checks=AGREES),
            REGISTRY_SEAL,
        )
    ),
)
add(
    "document.seal.unsure",
    F,
    "the name was read, though asking left it open",
    shows(seals=(seal(1, checks=UNSURE), REGISTRY_SEAL)),
)
add(
    "document.seal.unsure",
    F,
    "it differs, which is told",
    shows(
        seals=(
            seal(1, text=OTHER_NAME, checks=UNSURE),
            seal(2, text=OTHER_NAME, checks=DIFFERS),
            REGISTRY_SEAL,
        )
    ),
)
add(
    "document.seal.unsure",
    T,
    "only the contract seal bears the name, the official one leaves it open",
    shows(
        seals=(
            seal(1, text=OTHER_NAME, checks=UNSURE),
            seal(2, SealKind.CONTRACT, checks=AGREES),
            REGISTRY_SEAL,
        )
    ),
)
add("document.seal.partial", T, "on the licence only", shows(seals=(seal(2),)))
add("document.seal.partial", T, "on the ID page only", shows(seals=(seal(1), REGISTRY_SEAL)))
add(
    "document.seal.partial",
    T,
    "on the ID page, and beside a grey seal that bears a registry's name",
    shows(seals=(seal(1), replace(REGISTRY_SEAL, doubtful=True))),
)
add(
    "document.seal.partial",
    F,
    "on the ID page, and beside a doubtful seal without a name, where a registry's is",
    shows(seals=(seal(1), replace(REGISTRY_SEAL, text=None, doubtful=True))),
)
add("document.seal.partial", F, "on both")
add(
    "document.seal.partial",
    F,
    "both papers on one page",
    shows(pages=(page(1),), parts=(id_front(), id_back(), licence(1)), seals=(seal(1),)),
)
add("document.seal.partial", F, "no seal at all", shows(pages=BARE, seals=()))
add(
    "document.seal.partial",
    U,
    "a doubtful one on the other page",
    shows(seals=(seal(2), seal(1, doubtful=True))),
)
add(
    "document.seal.partial",
    U,
    "made a rejection by config, but the other page is grey",
    shows(pages=(page(1, colour=False), page(2)), seals=(seal(2),)),
    policy=Policy(severities={"document.seal.partial": Severity.REJECT}),
)
