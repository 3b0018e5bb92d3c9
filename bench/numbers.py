"""What a run with real pages shows on screens, prints and pictures: no ID number, no address of a
card and no link's token that nobody asked for.

The demonstration's desk reads its sample mails; then some are decided, an enterprise uploads papers
and looks at a scan before it is sent. Each page of console and portal that its routes and records
give is opened in Chromium, light and wide, and dark on a telephone, and printed on A4 and on
Letter. Responses, words on screens and words of prints are searched as text; each distinct picture
that is served, and of pages with pictures the wide screenshot and the A4 print, by OCR. What was
read of a picture is kept by its SHA-256 in build/numbers.json, so that a second run goes on behind
it. As a control one original is opened on purpose: the search must find its number. Run: python -m
bench.numbers
"""

import hashlib
import io
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image
from playwright.sync_api import APIResponse, Page, Response, expect

from app.settings.config import load
from app.wiring import Wiring
from bench.filled_sheet import scanned
from bench.quiet import hush
from bench.sheets import made
from bench.tour import DESK, FIRM, NEW, PERSON, TELEPHONE, Tour, running
from core.cases.decision import answering, approve
from core.data.case import Contacted, ContactedBy, State
from core.data.submission import PartKind
from papers.lines.onnx_ocr import OnnxOcr
from papers.lines.pictures import decode
from tests.drawing.generate import request_pages
from tests.drawing.people import invent_person
from tests.web.walking import Walk, routes, told
from web.application import create_app
from web.common.page_settings import WebSettings

KEPT: Final = Path("build/numbers.json")
SAMPLES: Final = range(501, 515)
"""Seeds of the people in tests/data (bench.samples)."""
TILE: Final = 960
"""Pixels of a tile's side: so large are pages seen without being made smaller."""
PAPERS: Final = ("A4", "Letter")


@dataclass
class Looking:
    """The search.

    `secrets`: what nothing may show; `looked`: how many of each kind were searched;
    `found`: where something was shown.
    """

    secrets: frozenset[str]
    read: dict[str, str]
    looked: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    ocr: OnnxOcr = field(default_factory=OnnxOcr)

    def text(self, kind: str, place: str, content: bytes) -> None:
        """Search bytes of text."""
        self.looked[kind] += 1
        self.found += [
            f"{kind} {place}: {secret[:2]}…{secret[-2:]}" for secret in told(content, self.secrets)
        ]

    def picture(self, kind: str, place: str, content: bytes) -> None:
        """Search a picture by what is read in it, tile by tile.

        One that was seen before is counted once.
        """
        sha = hashlib.sha256(content).hexdigest()
        if sha in self.seen:
            return
        self.seen.add(sha)
        if sha not in self.read:
            self.read[sha] = self.words(content)
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(self.read, ensure_ascii=False), encoding="utf-8")
        self.text(kind, place, self.read[sha].encode())

    def words(self, content: bytes) -> str:
        """What OCR reads of a picture."""
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        return "\n".join(
            line.text for tile in tiles(picture) for line in self.ocr.lines(decode(tile))
        )


def tiles(picture: Image.Image) -> Iterator[bytes]:
    """A picture in pieces that overlap by a line of text."""
    step = TILE - 60
    for top in range(0, max(picture.height - 60, 1), step):
        for left in range(0, max(picture.width - 60, 1), step):
            out = io.BytesIO()
            picture.crop(
                (left, top, min(left + TILE, picture.width), min(top + TILE, picture.height))
            ).save(out, "PNG")
            yield out.getvalue()


def look(looking: Looking, tab: Page, address: str) -> None:
    """Open an address as a person would, and search all that it shows."""
    loaded: dict[str, None] = {}

    def note(answer: Response) -> None:
        loaded[answer.url] = None

    tab.on("response", note)
    for size, scheme in ((DESK, "light"), (TELEPHONE, "dark")):
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        tab.emulate_media(color_scheme=scheme)
        tab.goto(address)
        for picture in tab.locator("img").all():
            picture.scroll_into_view_if_needed()
        tab.wait_for_load_state("load") if "/today" in address else tab.wait_for_load_state(
            "networkidle"
        )
        searched(looking, tab, address, whole=scheme == "light")
    tab.remove_listener("response", note)
    for url in loaded:
        if "/static/" not in url and not url.endswith(".events"):
            answered(looking, tab.request.get(url), url)


def searched(looking: Looking, tab: Page, place: str, *, whole: bool = True) -> None:
    """Search what the tab shows now. `whole`: its prints too, and by OCR where it has pictures."""
    looking.text("screen", place, tab.inner_text("body").encode())
    if not whole:
        return
    pictured = tab.locator("main img").count() > 0
    if pictured:
        looking.picture("screenshot by OCR", place, tab.screenshot(full_page=True))
    for paper in PAPERS:
        document = pypdfium2.PdfDocument(tab.pdf(format=paper, print_background=True))
        for number, sheet in enumerate(document, 1):
            looking.text(
                f"page of {paper}",
                f"{place} page {number}",
                sheet.get_textpage().get_text_bounded().encode(),
            )
            if pictured and paper == "A4":
                out = io.BytesIO()
                sheet.render(scale=100 / 72).to_pil().convert("RGB").save(out, "PNG")
                looking.picture("page of A4 by OCR", f"{place} page {number}", out.getvalue())


def decided(tour: Tour) -> None:
    """Some of the cases that wait are held, declined and carried out."""
    desk = Wiring(load(tour.folder / "config.yaml")).desk(tour.store)
    with tour.store.transaction() as tx:
        held, declined, done, *_ = tx.cases.find([State.QUEUED], limit=50)
    approve.hold(desk, held.id, held.version, "admin", f"电话核实 {PERSON.id_number}")
    answering.give(
        desk,
        declined.id,
        declined.version,
        "admin",
        answering.Answer.DECLINE,
        answering.Words(f"经办人 {PERSON.id_number} 不符", ()),
    )
    approve.approve(
        desk,
        done.id,
        done.version,
        "admin",
        reached=Contacted(ContactedBy.TELEPHONE, "王", "", desk.clock.now()),
    )


def uploaded(looking: Looking, tour: Tour) -> None:
    """An enterprise uploads a page with card and licence, and looks at a scan before it is sent."""
    tab = tour.tab("new", DESK)
    tour.enter(tab, NEW.uscc)
    tab.goto("/portal/information")
    [page] = request_pages(NEW, PERSON, one_page=True, seed=3)
    out = io.BytesIO()
    page.image.save(out, "JPEG", quality=80)
    tab.locator("input[type=file]").first.set_input_files(
        {"name": "licence.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    tab.get_by_role("button", name="上传").first.click()
    expect(tab.locator("main[data-done]")).to_be_visible(timeout=120_000)
    _, _, pdf = made(tab, FIRM, PERSON)
    tab.goto("/portal/check")
    tab.set_input_files(
        "input[type=file]",
        {
            "name": f"{PERSON.id_number}.pdf",
            "mimeType": "application/pdf",
            "buffer": scanned(pdf, FIRM, PERSON),
        },
    )
    tab.get_by_role("button", name="检查扫描件").click()
    expect(tab.locator("#result")).to_be_visible(timeout=120_000)
    searched(looking, tab, "/portal/check with a scan")
    looking.text("response", "/portal/check with a scan", tab.content().encode())


def walk(looking: Looking, tour: Tour) -> None:
    """Every page of the console, and of the portal as each kind of visitor."""
    app = create_app(
        Wiring(load(tour.folder / "config.yaml")).desk(tour.store),
        WebSettings(),
        front=tour.front,
        factors=None,
    )
    with tour.store.transaction() as tx:
        ways = Walk(tx)
        owner = next(
            case.enterprise_id
            for case in tx.cases.find([State.COMPLETED, State.APPROVED], limit=50)
            if case.enterprise_id
        )
        uscc = tx.accounts.get(owner).uscc
    looking.secrets |= ways.tokens
    admin = tour.administrator()
    guests = {
        "nobody": tour.tab("nobody", DESK),
        "owner": tour.tab("owner", DESK),
        "firm": tour.tab("firm", DESK),
        "new": tour.tab("new", DESK),
    }
    for who, code in (("owner", uscc), ("firm", FIRM.uscc)):
        tour.enter(guests[who], code)
    outside = ("/portal", "/link", "/status")
    for path in routes(app):
        tabs = guests.values() if path.startswith(outside) else [admin]
        for tab in tabs:
            if path.startswith(outside):
                looking.secrets -= ways.tokens  # they are its own
            for address in ways.addresses(path):
                opened(looking, tab, address)
            looking.secrets |= ways.tokens


def opened(looking: Looking, tab: Page, address: str) -> None:
    """A page is opened in the browser; anything else is searched as it comes."""
    answer = tab.request.get(address, max_redirects=0)
    if answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html"):
        look(looking, tab, address)
    elif answer.status == 200:
        answered(looking, answer, address)


def answered(looking: Looking, answer: APIResponse, address: str) -> None:
    """Search an answer: a picture by OCR, anything else as text."""
    if answer.headers.get("content-type", "").startswith("image/jpeg"):
        looking.picture("picture by OCR", address, answer.body())
    else:
        looking.text("response", address, answer.body())


def control(looking: Looking, tour: Tour) -> bool:
    """Whether the search finds the number on an original that is opened on purpose."""
    with tour.store.transaction() as tx:
        mail = next(
            mail.id
            for mail in tx.mails.find(limit=50)
            if (reading := tx.mails.reading(mail.id)) and reading.documents.of(PartKind.ID_FRONT)
        )
    tab = tour.administrator()
    tab.goto(f"/mails/{mail}")
    csrf = tab.locator("main [name=csrf]").first.get_attribute("value")
    answers = [
        tab.request.post(f"/mails/{mail}/pages/{index}", form={"csrf": csrf or ""})
        for index in range(4)
    ]
    return any(
        told(looking.words(answer.body()).encode(), looking.secrets)
        for answer in answers
        if answer.ok
    )


def main() -> None:
    hush()
    began = time.monotonic()
    people = [invent_person(seed) for seed in SAMPLES] + [PERSON]
    read = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    looking = Looking(
        frozenset(secret for one in people for secret in (one.id_number, one.address)), read
    )
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "demo") as tour:
        is_seeing = control(looking, tour)
        decided(tour)
        uploaded(looking, tour)
        walk(looking, tour)
    print(
        f"numbers: {time.monotonic() - began:.0f} s; "
        + ", ".join(f"{count} × {kind}" for kind, count in sorted(looking.looked.items()))
    )
    print(f"  the control {'was' if is_seeing else 'was NOT'} found; shown: {len(looking.found)}")
    print("\n".join(looking.found))
    sys.exit(1 if looking.found or not is_seeing else 0)


if __name__ == "__main__":
    main()
