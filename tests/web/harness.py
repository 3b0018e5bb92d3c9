"""A site with the real store, use cases, rules and letters, filled with invented requests,
on a clock that the test moves."""

import io
import itertools
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from PIL import ImageDraw

from core.accounts.administrators import administrator_login, personnel
from core.accounts.console_desk import FactorPolicy, PasskeySite, SecondFactors
from core.cases.intake.receive import receive
from core.data.case import Case
from core.data.documents import Box, Documents, Page, Part, PartKind, Seal, SealKind
from core.data.enterprise import Enterprise
from core.data.letter import LetterKind, LetterState
from core.data.mail_record import AuthResult, MailRecord
from core.data.submission import (
    Answer,
    Attachment,
    AttachmentKind,
    Message,
    RequestForm,
    Submission,
)
from core.data.tries import LoginSource
from core.data.workday import Workdays
from core.keys.one_time_codes import ClockCodes
from tests.drawing.generate import (
    PageTruth,
    back_fields,
    front_fields,
    licence_fields,
    request_pages,
)
from tests.drawing.people import invent_enterprise, invent_person
from tests.world import ANYBODY, WEDNESDAY_10, PlainPasswords, World, enrol, store_in
from web.application import create_app
from web.common.page_settings import PER_MINUTE, WebSettings
from web.common.site import Site

PASSWORD = "correct horse 7"
PLACES = {
    "id_front": (1, Box(0.2, 0.1, 0.8, 0.4)),
    "id_back": (1, Box(0.2, 0.5, 0.8, 0.8)),
    "licence": (2, Box(0.05, 0.05, 0.95, 0.9)),
}
"""Page and box of each paper where no page is drawn,"""
SEAL = Box(0.5, 0.7, 0.7, 0.85)
"""and the seal on the first."""


class Harness(World):
    """A world with its site, and shorthands for what happens to it."""

    def __init__(
        self,
        folder,
        passwords=None,
        second_factor=FactorPolicy.OPTIONAL,
        cases=ANYBODY,
        store=None,
        **settings,
    ) -> None:
        store = store or store_in(folder)
        super().__init__(
            store,
            workdays=Workdays(lambda _day: None, decided=store.decided),
            passwords=passwords or PlainPasswords(),
            settings=cases,
        )
        usual = {"secure_cookies": False, "base_url": "http://testserver", "refusal_takes_s": 0}
        per_minute = PER_MINUTE | {"login": 1000, "link": 1000} | settings.pop("per_minute", {})
        self.settings = WebSettings(**usual | settings, per_minute=per_minute)
        self.factors = (
            SecondFactors(
                second_factor,
                ClockCodes("解绑办理台"),
                PasskeySite(settings.get("base_url", "https://testserver"), "解绑办理台"),
            )
            if second_factor
            else None
        )
        self.app = create_app(Site(self.desk, self.settings, factors=self.factors))
        self.console = self.app.state.site.console
        self._last_seed = 0
        self._names = set()

    def administrator(self, name="wang", password=PASSWORD):
        """An administrator who has changed the one-time password."""
        source = LoginSource("192.0.2.9")
        change = administrator_login.change_password
        change(self.console, name, self.one_time(name), password, password, source)

    def one_time(self, name):
        return personnel.create(self.console, "test", name)

    def fresh_seed(self):
        """A seed whose enterprise has a name that no earlier one has."""
        seed = next(
            seed
            for seed in itertools.count(self._last_seed + 1)
            if invent_enterprise(seed).name not in self._names
        )
        self._last_seed = seed
        self._names.add(invent_enterprise(seed).name)
        return seed

    def register(self, seed, locks=2, contact=""):
        invented = invent_enterprise(seed)
        one = Enterprise(
            0,
            invented.name,
            invented.uscc,
            "赵联系",
            contact or f"contact{seed}@example.org",
            "010-00000000",
            datetime(2024, 1, 2, tzinfo=UTC),
            information_submitted=True,
            password_set=True,
        )
        with self.tx() as tx:
            return enrol(tx, one, locks, f"3F0000{seed:04d}", "BJCA 企业锁")

    def arrives(self, submission, images=None) -> MailRecord:
        """A mail arrives and is received; gives its record."""
        mail_id = self.stored(f"{self._uid}\n{submission.message.new_text}".encode())
        receive(self.desk, mail_id, submission, images or {})
        with self.tx() as tx:
            # what the limits allow goes to the outbox, and the notice leaves it
            for letter in tx.letters.newest(state=[LetterState.WAITING]):
                left = letter.kind is LetterKind.CONTACT_NOTICE
                now = self.clock.now()
                state = LetterState.SENT if left else LetterState.PENDING
                tx.letters.save(
                    replace(letter, state=state, admitted_at=now, sent_at=now if left else None)
                )
            return tx.mails.get(mail_id)

    def request(self, seed, **changes) -> Case:
        """A complete request of invented people arrives; gives its case."""
        submission, images = request(seed, self.clock.now(), **changes)
        return self.case(self.arrives(submission, images).case_id)

    def link(self, purpose, enterprise_id, case_id=None, hours=24):
        with self.tx() as tx:
            link = tx.links.add(
                purpose,
                enterprise_id,
                case_id,
                self.clock.now() + timedelta(hours=hours),
            )
            return tx.links.token(link.id)


def request(
    seed,
    now,
    *,
    subject="CA锁解绑申请",
    sender_name="",
    text="",
    name="",
    pages=False,
    reset=Answer.YES,
    unbind=Answer.YES,
    attachment="解绑材料.pdf",
    authentication="pass",
    urgent=False,
):
    """A submission as the reading of a complete request gives it; with `pages` real page images."""
    enterprise, person = invent_enterprise(seed), invent_person(seed)
    papers = (_drawn_papers if pages else _papers)(enterprise, person)
    images: dict[str, bytes] = {}
    shas = [("", ""), ("", "")]
    seals = [Seal(attachment, 1, SEAL, SealKind.OFFICIAL, enterprise.name)]
    parts = [_part(attachment, *PLACES[kind], kind, fields) for kind, fields in papers.items()]

    def kept(picture: bytes) -> str:
        """Each request has files of its own: of equal ones a case says whose they are, too."""
        own = picture + seed.to_bytes(4, "big")
        name = sha256(own).hexdigest()
        images[name] = own
        return name

    if pages:
        drawn = _drawn()
        shas = [(kept(one.picture), kept(one.covered)) for one in drawn]
        parts = [
            _part(attachment, n, box, kind, papers[kind], kept(crop))
            for n, one in enumerate(drawn, 1)
            for kind, box, crop in one.parts
        ]
        seals = [
            Seal(
                attachment,
                n,
                box,
                SealKind.OFFICIAL,
                enterprise.name,
                crop_sha256=kept(crop),
            )
            for n, one in enumerate(drawn, 1)
            for box, crop in one.seals
        ]
    documents = Documents(
        tuple(
            Page(
                attachment,
                n,
                confident=True,
                colour=True,
                seal_ink=True,
                image_sha256=sha,
                covered_sha256=covered,
            )
            for n, (sha, covered) in enumerate(shas, 1)
        ),
        tuple(parts),
        tuple(seals),
    )
    said = name or enterprise.name
    message = Message(
        f"<{secrets.token_hex(6)}@example.com>",
        f"handler{seed}@example.com",
        sender_name or person.name,
        ("support@example.org",),
        subject,
        (),
        now,
        text
        or (
            f"您好：\n\n企业名称：{said}\n是否解绑：是\n是否需要重置注册密码：是\n\n"
            "附件为加盖公章的身份证和营业执照扫描件，请协助办理，谢谢。\n"
            f"经办人 {person.name}，身份证 {person.id_number}"
        ),
        quoted_text="> 参考格式：\n> 企业名称：\n> 是否解绑：",
        attachments=(Attachment(attachment, AttachmentKind.PDF, 482_113, "ab" * 32),),
        authentication=AuthResult(authentication),
    )
    return Submission(
        message,
        RequestForm(
            (said,), unbind=unbind, reset_password=reset, has_request_words=True, urgent=urgent
        ),
        documents,
    ), images


@dataclass(frozen=True)
class Drawn:
    """A page as the worker stores it: whole, with the front of a card covered, and what lies in its
    boxes."""

    picture: bytes
    covered: bytes
    parts: list[tuple[str, Box, bytes]]
    seals: list[tuple[Box, bytes]]


@cache
def _drawn() -> list[Drawn]:
    """The pages of a request, drawn once: what a page of the console does with pictures does not
    depend on the name in them."""
    return [
        Drawn(
            _jpeg(truth),
            _jpeg(truth, covered=True),
            [
                (part.kind, Box(*part.box), _crop(truth, part.box, part.kind))
                for part in truth.parts
            ],
            [(Box(*box), _crop(truth, box)) for _, _, box in truth.seals],
        )
        for truth in request_pages(invent_enterprise(1), invent_person(1), seed=1)
    ]


def _jpeg(truth: PageTruth, *, covered=False) -> bytes:
    """The page; `covered`: with the portrait side of a card painted over."""
    buffer = io.BytesIO()
    image = truth.image.resize((truth.image.width * 2 // 3, truth.image.height * 2 // 3))
    for part in truth.parts if covered else ():
        if part.kind == "id_front":
            x0, y0, x1, y1 = part.box
            ImageDraw.Draw(image).rectangle(
                (x0 * image.width, y0 * image.height, x1 * image.width, y1 * image.height),
                fill="grey",
            )
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def _crop(truth: PageTruth, box, kind="seal") -> bytes:
    """What lies in a box, no wider than the worker's crops, without the number of a card."""
    buffer = io.BytesIO()
    (x0, y0, x1, y1), (width, height) = box, truth.image.size
    y1 = (y0 + y1) / 2 if kind == "licence" else y1  # its head
    piece = truth.image.crop(
        (round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height))
    )
    if kind == "id_front":
        for x0, y0, x1, y1 in ((0, 0.31, 0.62, 0.72), (0, 0.78, 1, 1)):  # birth and address, number
            ImageDraw.Draw(piece).rectangle(
                (x0 * piece.width, y0 * piece.height, x1 * piece.width, y1 * piece.height),
                fill="grey",
            )
    piece.thumbnail((720, 720))
    piece.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def _part(attachment, page, box, kind, fields, crop="") -> Part:
    return Part(
        attachment,
        page,
        PartKind(kind),
        box,
        0.96,
        dict(fields),
        _field_boxes(kind, box),
        crop_sha256=crop,
    )


def _field_boxes(kind, box):
    width, height = box.x1 - box.x0, box.y1 - box.y0

    def inside(x0, y0, x1, y1):
        return Box(
            box.x0 + x0 * width, box.y0 + y0 * height, box.x0 + x1 * width, box.y0 + y1 * height
        )

    return (
        {"name": inside(0.16, 0.08, 0.4, 0.2), "id_number": inside(0.3, 0.8, 0.95, 0.95)}
        if kind == "id_front"
        else {}
    )


def _papers(enterprise, person) -> dict[str, dict[str, str]]:
    """What is read on the papers, by their kinds."""
    return {
        "id_front": {"name": person.name, "id_number": person.id_number},
        "id_back": {"valid_from": person.valid_from, "valid_until": person.valid_until},
        "licence": {
            "enterprise_name": enterprise.name,
            "uscc": enterprise.uscc,
            "legal_representative": enterprise.legal_representative,
            "valid_until": "long-term",
        },
    }


def _drawn_papers(enterprise, person) -> dict[str, dict[str, str]]:
    """The same where they are drawn."""
    return {
        "id_front": front_fields(person),
        "id_back": back_fields(person),
        "licence": licence_fields(enterprise),
    }


__all__ = ["PASSWORD", "WEDNESDAY_10", "Harness", "PlainPasswords", "request"]
