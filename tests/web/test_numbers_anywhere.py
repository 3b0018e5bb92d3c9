"""No page of console or portal, and nothing that it serves, shows an ID number, a card's address or
a link's token that nobody asked for.

One desk with cases of every state, in which numbers stand wherever somebody can write them, is
walked through by its routes: each GET route with each record that it can name, so that a new page
is in by itself.
"""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from unicodedata import normalize

import pytest
from PIL import Image

from core.accounts.enterprises.registration_papers import Upload, add_paper
from core.cases.accounts import account_notice
from core.cases.decision import answering, approve, merge_split, reply, reversal
from core.cases.decision.answering import Answer as Verdict
from core.cases.intake.receive import quarantine
from core.cases.letters import objection
from core.cases.letters.words import QUESTIONS
from core.cases.window import calendar_plan, process
from core.data.case import State
from core.data.case_query import CaseQuery
from core.data.documents import Documents, PartKind, Signature, SignatureState
from core.data.enterprise import RequiredPaper
from core.data.letter import LetterState
from core.data.link import LinkPurpose
from core.data.roles import Role
from core.data.submission import Answer, RequestForm
from tests.drawing.people import invent_person
from tests.portal.conftest import PortalHarness
from tests.portal.test_papers import PICTURE, asking, jpeg
from tests.web.conftest import Visitor, with_roles
from tests.web.harness import request
from tests.web.walking import Walk, routes, told
from web.application import create_app
from web.common.site import Reads, Site

WAYS = (
    lambda n: n,
    lambda n: f"{n[:6]} {n[6:14]} {n[14:]}",
    lambda n: f"{n[:6]}-{n[6:10]}-{n[10:14]}-{n[14:]}",
    lambda n: normalize("NFKC", n).translate({48 + i: 0xFF10 + i for i in range(10)}),
    lambda n: f"sfz{n}",
    lambda n: " ".join(n[at : at + 4] for at in range(0, 18, 4)),
    lambda n: "\u200b".join((n[:9], n[9:])),
    lambda n: f"{n[:6]}.{n[6:14]}.{n[14:].lower()}",
)
"""How people write a number: as it is, in groups, in wide digits, behind letters, by fours, with a
character that nobody sees, with dots."""
FAR = timedelta(days=40)
SHOWN = sha256(PICTURE).hexdigest()


def test_the_search_finds_each_way_of_writing():
    number = invent_person(1).id_number
    for way in WAYS:
        assert told(f"<td>{way(number)}</td>".encode(), {number}) == {number}
    assert (
        told(
            f"{number[:2]}{'*' * 14}{number[-2:]} 2026-11-25 10:00 JB20261125-0001".encode(),
            {number},
        )
        == set()
    )


class World:
    """The desk.

    `persons`: seeds of the people whose numbers stand in it;
    `originals`: pictures that only an audited act opens.
    """

    def __init__(self, folder):
        asked = RequiredPaper("id", "身份证", ("jpeg",), 2**20, 1)
        self.harness = asking(
            PortalHarness(folder, per_minute={"check": 1000}, page_rows=200), papers=(asked,)
        )
        self.harness.app = create_app(
            Site(
                self.harness.desk,
                self.harness.settings,
                front=self.harness.front,
                factors=self.harness.factors,
                reads=Reads(None, None),
            )
        )
        self.ways, self.persons, self.originals = itertools.cycle(WAYS), [], set()

    def secrets(self):
        """What no page may tell: the numbers, and the addresses on cards."""
        return {
            secret
            for one in map(invent_person, {1, *self.persons})
            for secret in (one.id_number, one.address)
        }

    def number(self, seed):
        """The number of a person, written as nobody wrote it just before."""
        return next(self.ways)(invent_person(seed).id_number)

    def mail(self, seed, papers=True, **changes):
        """A mail in which the number stands wherever a sender can write; gives its record."""
        self.persons.append(seed)
        name = f"材料{self.number(seed)}.pdf"
        submission, images = request(
            seed,
            self.harness.clock.now(),
            attachment=name,
            **{
                "subject": f"解绑 {self.number(seed)}",
                "sender_name": f"经办{self.number(seed)}",
                **changes,
            },
        )
        message, n = submission.message, lambda: self.number(seed)
        message = replace(
            message, new_text=f"{message.new_text}\n{n()}\n身份证号：{n()}", quoted_text=f"> {n()}"
        )
        documents = replace(
            submission.documents, signatures=(Signature(name, f"张三{n()}", SignatureState.INTACT),)
        )
        form = replace(submission.request, labelled={"phone": (n(),)})
        if not papers:
            message, documents, form = replace(message, attachments=()), Documents(), RequestForm()
        documents = replace(
            documents,
            pages=tuple(self.pictured(page, images) for page in documents.pages),
            seals=tuple(
                replace(seal, crop_sha256=SHOWN, unrolled_sha256=SHOWN) for seal in documents.seals
            ),
            parts=tuple(
                replace(
                    part,
                    crop_sha256=SHOWN,
                    fields={**part.fields, **self.on_card(seed)}
                    if part.kind is PartKind.ID_FRONT
                    else part.fields,
                )
                for part in documents.parts
            ),
        )
        return self.harness.arrives(
            replace(submission, message=message, documents=documents, request=form), images
        )

    @staticmethod
    def on_card(seed):
        """What else a card tells of its person."""
        one = invent_person(seed)
        return {
            "address": one.address,
            "birth": (
                f"{one.id_number[6:10]}年{int(one.id_number[10:12])}月{int(one.id_number[12:14])}日"
            ),
        }

    def pictured(self, page, images):
        """The page with a picture of its own, and another that may be shown."""
        original, covered = (
            jpeg(Image.new("RGB", (40, 60), (len(self.persons), page.number, shade)))
            for shade in (0, 255)
        )
        self.originals.add(original)
        images |= {SHOWN: PICTURE} | {sha256(one).hexdigest(): one for one in (original, covered)}
        return replace(
            page,
            image_sha256=sha256(original).hexdigest(),
            covered_sha256=sha256(covered).hexdigest(),
        )

    def case(self, **changes):
        """A complete request of a registered enterprise,
        whose registered contact wrote it; gives the case."""
        seed = self.harness.fresh_seed()
        self.harness.register(seed, contact=f"handler{seed}@example.com")
        return self.harness.case(self.mail(seed, **changes).case_id)

    def filled(self):
        """The desk with a case in every state, and mails, letters,
        alerts and papers of every kind."""
        desk, harness = self.harness.desk, self.harness
        words = lambda: f"经办人 {self.number(self.persons[-1])} 来电"  # noqa: E731
        self.case(unbind=Answer.MISSING)
        harness.clock.at += FAR
        process.expire(desk)
        case = self.case()
        answering.add_note(desk, case.id, "wang", words())
        self.mail(
            self.persons[-1],
            papers=False,
            subject=f"Re: {case.number}",
            authentication="unknown",
            text="我们不办了",
        )
        unclear = self.case(reset=Answer.AMBIGUOUS, name=f"甲{self.number(1)}公司")
        self.case(unbind=Answer.MISSING)
        approve.hold(desk, unclear.id, unclear.version, "wang", words())
        for answer in (Verdict.DECLINE, Verdict.WITHDRAW, Verdict.DISMISS, Verdict.RETURN):
            case = self.case()
            answering.give(
                desk, case.id, case.version, "wang", answer, answering.Words(words(), ())
            )
        case = self.case()
        rival = harness.case(self.mail(self.persons[-1], authentication="none").case_id)
        other = harness.case(case.id)
        merge_split.merge_cases(desk, rival.id, rival.version, "wang", other.id, other.version)
        done, back, objected, approved = (self.case() for _ in range(4))
        for case in (done, back, objected, approved):
            approve.approve(desk, case.id, case.version, "wang")
        harness.clock.at += timedelta(hours=1)
        process.run_window(desk)
        reversal.reverse(desk, back.id, harness.case(back.id).version, "wang", words())
        objection.answer_by_link(
            desk, harness.link(LinkPurpose.OBJECTION, objected.enterprise_id, objected.id), words()
        )
        case = self.case()
        approve.approve(desk, case.id, case.version, "wang")
        record = self.mail(
            self.persons[-1], papers=False, subject=f"问题 {words()}", text="怎么办理？"
        )
        reply.send(desk, record.id, "wang", words(), "0" * 32)
        broken = harness.stored()
        quarantine(desk, broken, words())
        with harness.tx() as tx:
            tx.mails.save(replace(tx.mails.get(broken), subject=words()))
            tx.alerts.add(f"mail.{broken}", words())
            for letter, state in zip(tx.letters.newest(limit=200), itertools.cycle(LetterState)):
                tx.letters.save(replace(letter, state=state, error=f"550 {words()}"))

    def registering(self):
        """An enterprise whose papers wait, sent back once, with a number wherever it can write."""
        harness, front = self.harness, self.harness.front
        one = harness.enterprise(submitted=False)
        add_paper(
            front,
            harness.entrance.session(one),
            "id",
            Upload(
                b"\xff\xd8\xff" + self.number(1).encode(),
                "jpeg",
                (f"姓名 {self.number(1)}",),
                was_read=True,
                picture=PICTURE,
            ),
        )
        with harness.tx() as tx:
            tx.accounts.save(replace(tx.accounts.get(one.id), information_submitted=True))
        account_notice.review_information(
            harness.desk, "wang", one.id, f"看不清 {self.number(1)}", accepted=False
        )
        calendar_plan.set_day(
            harness.desk, "wang", date(2027, 1, 9), workday=True, reason=f"调休 {self.number(1)}"
        )
        return one


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setitem(QUESTIONS, "phone", "联系电话")
    world = World(tmp_path)
    world.harness.administrator()
    with_roles(world.harness, "wang", *Role)
    world.filled()
    yield world
    world.harness.store.close()


def shown(visitor, addresses, secrets, originals):
    """How many of the addresses have a page, and what they tell."""
    answers = [(address, visitor.get(address)) for address in addresses]
    assert [address for address, answer in answers if answer.status_code >= 500] == []
    found = [(address, sorted(told(answer.content, secrets))) for address, answer in answers]
    return sum(answer.status_code == 200 for _, answer in answers), [
        (a, t) for a, t in found if t
    ] + [(a, "original") for a, answer in answers if answer.content in originals]


def previews(visitor, cases):
    """The letters of answers, as they are shown before they go;
    a name of an enterprise may hold a number."""
    for case in (case for case in cases if case.state in {State.QUEUED, State.HELD}):
        visitor.see(f"/cases/{case.number}")
        answer = visitor.submit(
            f"/cases/{case.number}/draft",
            version=case.version,
            answer="return",
            reason="请补充授权委托书",
            drafted="true",
        )
        assert (answer.status_code, "将发出的回执" in answer.text) == (200, True)
        yield case.number, answer


def test_no_page_shows_a_number_or_a_link_that_nobody_asked_for(world):
    harness, registering = world.harness, world.registering()
    with harness.tx() as tx:
        walk, cases = Walk(tx), tx.cases.find(CaseQuery(limit=200))
        firm = tx.accounts.get(
            next(case.enterprise_id for case in cases if case.state is State.COMPLETED)
        )
    assert {case.state for case in cases} == set(State)
    administrator = Visitor(harness.app)
    administrator.log_in()
    guests = [harness.visitor() for _ in range(3)]
    for guest, enterprise in zip(guests[1:], (registering, firm), strict=True):
        guest.enter(harness, enterprise)
    people = world.secrets()
    leaks, empty = [], []
    for path in routes(harness.app):
        of_enterprises = path.startswith(("/portal", "/link", "/status"))
        seen = [
            shown(
                one,
                walk.addresses(path),
                people if of_enterprises else people | walk.tokens,
                world.originals,
            )
            for one in (guests if of_enterprises else [administrator])
        ]
        leaks += [leak for _, found in seen for leak in found]
        empty += [path] if not sum(count for count, _ in seen) else []
    leaks += [
        number for number, answer in previews(administrator, cases) if told(answer.content, people)
    ]
    assert leaks == []
    assert empty == ["/cases/{number}/{_act}", "/login/second-factor"]
