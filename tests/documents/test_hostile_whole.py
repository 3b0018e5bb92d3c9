"""The hostile set before the real reading workers: a text layer that lies, memory that stays flat,
others undisturbed, the killed replaced."""

import gc
import os
import threading

import psutil
import pytest

from core.data.documents import Box, PartKind
from papers.paper_reading import DocumentSettings
from tests.documents import files, hostile
from tests.documents.reading_pages import reader_of
from tests.documents.test_hostile_pictures import verdict
from tests.drawing.generate import invent_enterprise, invent_person, request_pages
from tests.drawing.letters import contract
from tests.thorough import thorough

ENTERPRISE, PERSON, OTHER = invent_enterprise(1), invent_person(1), invent_person(2)
PDF = "材料.pdf"
MiB = 2**20
# a worker swings by 60 MiB with the number of lines on a page, and comes back
PARENT_GROWTH, WORKER_GROWTH = 60 * MiB, 120 * MiB
WORKER_MOST = 500 * MiB
reader = reader_of(DocumentSettings(wall_s=8, cpu_s=2, workers=1))


@pytest.fixture(scope="module")
def card():
    [page] = request_pages(ENTERPRISE, PERSON, parts=("id_front",), seed=1)
    return page.image


def layered(picture, words: list[tuple[Box, str]], *, mode: int = 3) -> bytes:
    """A scan with a text layer: each word in the place of a box. `mode` 3 is invisible."""
    width, height = hostile.PAGE
    shown = b"".join(
        b"BT %d Tr /F %.1f Tf 1 0 0 1 %.1f %.1f Tm <%s> Tj ET\n"
        % (
            mode,
            (box.x1 - box.x0) * width / len(text),
            box.x0 * width,
            height * (1 - box.y1) + 2,
            text.encode("utf-16-be").hex().encode(),
        )
        for box, text in words
    )
    jpeg = hostile.saved(picture, "JPEG", quality=70)
    return hostile.picture_pdf(
        hostile.DCT,
        jpeg,
        size=picture.size,
        draw=b"q %d 0 0 %d 0 0 cm /I Do Q\n" % hostile.PAGE + shown,
        resources=b"/Font<</F 6 0 R>>",
        extra=hostile.SONG,
    )


def test_a_text_layer_that_lies_leaves_what_the_picture_says_and_flags_it(reader, card):
    [seen] = reader.read([(PDF, layered(card, []))]).documents.of(PartKind.ID_FRONT)
    assert (seen.fields["name"], seen.fields["id_number"], seen.doubts) == (
        PERSON.name,
        PERSON.id_number,
        (),
    )
    places = [(seen.field_boxes[name], name) for name in ("name", "id_number")]
    lie = layered(card, [(box, getattr(OTHER, name)) for box, name in places])
    truth = layered(card, [(box, getattr(PERSON, name)) for box, name in places])
    documents = reader.read([("lie.pdf", lie), ("truth.pdf", truth)]).documents
    lied, true = documents.of(PartKind.ID_FRONT)
    assert (lied.fields["name"], lied.fields["id_number"]) == (PERSON.name, PERSON.id_number)
    assert {"name", "id_number"} <= set(lied.doubts)
    assert true.doubts == ()


LICENCE = (
    (34, 200, 760, "营业执照"),
    (11, 60, 720, f"统一社会信用代码 {ENTERPRISE.uscc}"),
    (12, 60, 640, f"名称 {ENTERPRISE.name}"),
    (12, 60, 610, "类型 有限责任公司"),
    (12, 60, 580, f"法定代表人 {ENTERPRISE.legal_representative}"),
    (12, 60, 550, "经营范围 组织文化艺术交流活动；设计、制作、代理、发布广告；会议服务。"),
    (12, 60, 500, "注册资本 500万元整"),
    (12, 60, 470, "成立日期 2015年03月12日"),
    (12, 320, 200, "登记机关"),
)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_licence_that_a_program_printed_is_seen_whatever_its_font_says(reader, wrong):
    documents = reader.read([(PDF, hostile.printed(LICENCE, wrong=wrong))]).documents
    [licence] = documents.licences
    assert licence.fields["enterprise_name"] == ENTERPRISE.name


def test_a_page_of_words_is_read_by_its_text_layer(reader):
    title, words = contract(ENTERPRISE)
    lines = [(11, 50, 720 - 24 * place, text[:44]) for place, text in enumerate(words)]
    page = hostile.printed(((20, 180, 770, title), *lines), wrong=False)
    [part] = reader.read([(PDF, page)]).documents.parts
    assert part.confidence == 1.0, "as no OCR is of a whole page"


def test_a_watermark_typed_across_a_card_is_no_contradiction(reader, card):
    [seen] = reader.read([(PDF, layered(card, []))]).documents.of(PartKind.ID_FRONT)
    name, number = seen.field_boxes["name"], seen.field_boxes["id_number"]
    x, y = name.x0 * hostile.PAGE[0], (1 - name.y1) * hostile.PAGE[1]
    slanted = "仅供办理解绑".encode("utf-16-be").hex().encode()
    typed = layered(
        card,
        [
            (number, "仅供办理CA锁解绑使用"),
            (Box(0.1, 0.9, 0.8, 0.92), "仅供办理锁解绑使用再次复印无效"),
        ],
    )
    typed = typed.replace(
        b"endstream",
        b"BT 3 Tr /F 12 Tf .87 .5 -.5 .87 %.1f %.1f Tm <%s> Tj ET\nendstream"
        % (x - 9, y - 6, slanted),
        1,
    )
    [front] = reader.read([(PDF, typed)]).documents.of(PartKind.ID_FRONT)
    assert (front.fields["name"], front.doubts) == (PERSON.name, ())


def resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)


def worker_of(reader) -> psutil.Process:
    worker = reader._workers._idle.get()
    reader._workers._idle.put(worker)
    started = psutil.Process(worker.process.pid)
    return [started, *started.children(recursive=True)][-1]  # bubblewrap's own stand above it


HOSTILE = (
    hostile.hundred_megapixels,
    hostile.thousand_pictures,
    hostile.missing_font,
    hostile.dynamic_form,
    hostile.object_stream_loop,
    hostile.fax,
    files.deflate_bomb,
    files.self_recursive_form,
    lambda: hostile.cut_jpeg(0.4),
    lambda: files.blank_pdf(box="0 0 14400 14400"),
)


@thorough
def test_the_hostile_set_leaves_memory_flat_and_others_undisturbed(reader, card):
    honest = layered(card, [])
    hostile_files = [(f"{n}.pdf", make()) for n, make in enumerate(HOSTILE)]
    reader.read([hostile_files[0], hostile_files[-1], (PDF, honest)])
    me, worker = psutil.Process(os.getpid()), worker_of(reader)
    before, worker_before = resident(me), resident(worker)
    read: list[str] = []

    def honestly() -> None:
        for _ in range(2):
            [front] = reader.read([(PDF, honest)]).documents.of(PartKind.ID_FRONT)
            read.append(front.fields["id_number"])

    meanwhile = threading.Thread(target=honestly)
    meanwhile.start()
    reading = reader.read(hostile_files)
    meanwhile.join(120)
    judged = verdict(reading)
    del reading, hostile_files
    gc.collect()
    assert read == [PERSON.id_number] * 2
    assert judged.decision.value == "queue"
    assert worker_of(reader).pid == worker.pid
    assert resident(worker) < WORKER_MOST
    assert resident(worker) - worker_before < WORKER_GROWTH
    assert resident(me) - before < PARENT_GROWTH
    server = [
        child
        for child in psutil.Process(reader._sandbox._server.pid).children(recursive=True)
        if child.name() != "bwrap"
    ]
    # itself, where bubblewrap stands above it
    assert len([child for child in server if child.status() != psutil.STATUS_ZOMBIE]) <= 1


def test_a_killed_worker_is_replaced(reader, card):
    honest = layered(card, [])
    reader.read([(PDF, honest)])
    worker = worker_of(reader)
    worker.kill()
    psutil.wait_procs([worker], timeout=30)
    [front] = reader.read([(PDF, honest)]).documents.of(PartKind.ID_FRONT)
    assert front.fields["id_number"] == PERSON.id_number
    assert worker_of(reader).pid != worker.pid
