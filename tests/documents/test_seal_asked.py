"""Seals asked for names: a claim laid along made-up readings of strips,
and pressed seals under the real reader."""

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.data.documents import Box, Seal, SealCheck, SealKind, SealVerdict
from core.enterprise_names import fold_name
from papers.lines.ocr_models import Alphabet, Frames
from papers.lines.pictures import decode
from papers.seals import asking
from papers.seals.alignment import Place, aligned, nameless
from papers.seals.asking import SealAnswer, ask_seals, with_answer
from papers.seals.cuts import cut_seals
from papers.seals.face import Face
from papers.seals.rings import Ring
from papers.seals.seal_evidence import AlignedName, Seen
from papers.seals.seals import Pressed
from papers.seals.strips import TURN, around
from tests.documents.fake_ocr import FakeOcr
from tests.documents.reading_pages import loaded_ocr
from tests.drawing.fonts import font
from tests.drawing.generate import invent_enterprise
from tests.drawing.seals import press, seal, worn

AGREES, DIFFERS, UNSURE = SealVerdict.AGREES, SealVerdict.DIFFERS, SealVerdict.UNSURE
ENTERPRISE = invent_enterprise(600_002)
NAME = fold_name(ENTERPRISE.name)
SIDE = 330
LETTERS = Alphabet(["", *"华信测绘士土5(", "（", "1"])


def frames(*places: dict[str, float]) -> Frames:
    """A reading of which each place has these characters, and is blank for the rest."""
    p = np.zeros((len(places), len(LETTERS.folded)), np.float32)
    for t, place in enumerate(places):
        for c, chance in place.items():
            p[t, LETTERS.folded.index(fold_name(c))] = chance
        p[t, 0] = 1 - sum(place.values())
    return Frames.seen(p, LETTERS)


def line(text: str, sure: float = 0.9) -> Frames:
    return frames({}, *(place for c in text for place in ({c: sure}, {})))


def test_a_claim_is_laid_where_its_characters_stand():
    places = aligned(line("华信测绘"), "华信测绘")
    assert [round(p.at * 9 - 0.5) for p in places] == [1, 3, 5, 7]
    assert [p.claimed for p in places] == pytest.approx([0.9] * 4)
    assert [dict(p.rivals) for p in places] == [{}] * 4


def test_a_character_that_is_not_read_costs_the_others_nothing():
    places = aligned(frames({}, {"华": 0.9}, {}, {"测": 0.9}, {}, {"绘": 0.9}, {}), "华信测绘")
    assert [p.claimed > 0.5 for p in places] == [True, False, True, True]


def test_another_character_in_a_place_is_its_rival():
    places = aligned(line("华信土绘"), "华信士绘")
    assert (places[2].claimed, dict(places[2].rivals)) == (0.0, {"土": pytest.approx(0.9)})


def test_the_number_along_the_rim_is_free_and_brackets_of_both_widths_are_one():
    places = aligned(line("1(华信1"), "(华信")
    assert [p.claimed for p in places] == pytest.approx([0.9] * 3)
    assert frames({"（": 0.5}).of("(") == pytest.approx([0.5])


def answered(name, seen, crossed=(), misplaced=None):
    """The answer on a name by what is seen of each character, and again in narrow windows."""
    return asking._verdict(name, asking._judge(name, seen, lambda i: seen[i], crossed), misplaced)


def second(claimed: float, **rivals: float):
    """Four characters, the second of which is seen so."""
    return [Seen(1.0, {}), Seen(claimed, rivals), Seen(1.0, {}), Seen(1.0, {})]


@pytest.mark.parametrize(
    ("claimed", "rivals", "verdict"),
    [
        (0.9, {}, AGREES),
        (0.9, {"土": 0.1}, AGREES),
        (0.0, {"土": 0.9}, DIFFERS),
        (0.0, {}, UNSURE),  # what cannot be read does not differ
        (0.05, {"土": 0.1}, UNSURE),  # nor what is a guess of a rival
        (float("nan"), {}, UNSURE),
        (0.5, {"土": float("nan")}, UNSURE),
    ],
)
def test_only_a_rival_that_is_seen_differs(claimed, rivals, verdict):
    assert answered("华信测绘", second(claimed, **rivals)).verdict is verdict


@pytest.mark.parametrize(("rival", "verdict"), [(0.4, UNSURE), (0.9, DIFFERS)])
def test_under_print_a_rival_must_be_seen_more_clearly(rival, verdict):
    assert answered("华信测绘", second(0.0, 土=rival), {1}).verdict is verdict


@pytest.mark.parametrize(
    ("name", "claimed", "rival", "verdict"),
    [
        # the recogniser hardly knows 怏, but a 快 leaves less of it
        ("华怏测绘", 0.3, "快", AGREES),
        ("华快测绘", 0.3, "怏", UNSURE),
        ("华怏测绘", 0.0, "快", DIFFERS),
    ],
)
def test_a_rare_character_need_not_be_the_likeliest(name, claimed, rival, verdict):
    seen = [Seen(1.0, {}), Seen(claimed, {rival: 0.98 - claimed}), *[Seen(1.0, {})] * 6]
    assert answered(f"{name}有限公司", seen).verdict is verdict


@pytest.mark.parametrize(
    ("claimed", "rivals", "verdict"),
    [(0.0, {}, AGREES), (0.0, {"土": 0.5}, AGREES), (0.0, {"土": 0.9}, DIFFERS)],
)
def test_a_bracket_decides_nothing_unless_a_character_clearly_stands_there(
    claimed, rivals, verdict
):
    seen = [Seen(1.0, {}), Seen(claimed, rivals), *[Seen(1.0, {})] * 3]
    assert answered("华(信测绘", seen).verdict is verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("()", UNSURE), ("公司", UNSURE), ("信公司", UNSURE), ("华信公司", AGREES)],
)
def test_a_claim_of_a_few_characters_is_never_borne_out(name, verdict):
    assert answered(name, [Seen(1.0, {})] * len(name)).verdict is verdict


def test_a_character_too_many_differs_however_well_the_others_are_read():
    answer = answered("华信测绘", second(1.0), misplaced=("", "士"))
    assert (answer.verdict, answer.odd) == (DIFFERS, (("", "士"),))


@pytest.fixture(scope="module")
def ocr():
    return loaded_ocr()


def other(name: str, at: int = 2) -> str:
    return fold_name(name[:at] + "犇" + name[at + 1 :])


def pressed_as(found: Seal, ring: Ring, page) -> Pressed:
    """A seal that is cut open at its widest gap."""
    return Pressed(found, ring, Face.of(FakeOcr(), *around(page, ring), found.colour).seam)


def pressed(*names: str, **how):
    """Cuts of seals with these names."""
    cuts = []
    for n, name in enumerate(names):
        page = np.full((520, 520, 3), 255, np.uint8)
        ink = worn(seal(name, number="1101123456789", size_px=SIDE, **how), random.Random(n))
        rgba = np.asarray(ink).astype(np.float32)
        alpha = rgba[:, :, 3:] / 255
        page[95 : 95 + SIDE, 95 : 95 + SIDE] = (
            rgba[:, :, 2::-1] * alpha + 255 * (1 - alpha)
        ).astype(np.uint8)
        found = Seal("a.pdf", 1, Box(0.2, 0.2, 0.8, 0.8), SealKind.UNKNOWN)
        ring = Ring(95 + SIDE / 2, 95 + SIDE / 2, SIDE / 2 - 3, SIDE / 2 - 3, 0.0, 0.99, 0.2)
        cuts += cut_seals([found], [pressed_as(found, ring, page)], page, page)
    return cuts


def pressed_on(page, name, *, beside=None):
    """The cut of a seal in the middle of a page, across which another one lies."""
    middle = page.width // 2
    found = [Seal("a.pdf", 1, Box(0, 0, 0, 0), SealKind.UNKNOWN)]
    for n, (words, x, y) in enumerate([(name, 0, 0), *([beside] if beside else [])]):
        press(
            page,
            worn(seal(words, number="1101123456789", size_px=SIDE), random.Random(n + 1), turn=0.0),
            (middle + x, middle + y),
        )
        found[n:] = [
            Seal(
                "a.pdf",
                1,
                Box(
                    *(
                        round(0.5 + (at + side * SIDE / 2) / page.width, 3)
                        for side in (-1, 1)
                        for at in (x, y)
                    )
                ),
                SealKind.UNKNOWN,
            )
        ]
    ring = Ring(middle, middle, SIDE / 2 - 3, SIDE / 2 - 3, 0.0, 0.99, 0.2)
    picture = np.ascontiguousarray(np.asarray(page)[:, :, ::-1])
    return cut_seals(found, [pressed_as(found[0], ring, picture)], picture, picture)


def printed(words: str, at: int):
    """A page with a line of heavy print so far from its top."""
    page = Image.new("RGB", (900, 900), "white")
    ImageDraw.Draw(page).text(
        (450, at), words, font=font("hei_bold", 50), fill=(30, 30, 30), anchor="mm"
    )
    return page


def verdicts(ocr, cuts, *names):
    return [[check.verdict for check in answer.checks] for answer in ask_seals(ocr, cuts, names)]


def dried(ocr, cut, name, first, last, inner=0.0):
    """The seal where it did not touch the paper from one place of its name to another, in
    characters, beyond a share of its radius."""
    laid, ring, picture = AlignedName.along(cut.face(ocr), name), cut.ring, decode(cut.picture)
    turns = laid.face.seam + (laid.at[0] + np.linspace(first, last, 20) * laid.pitch) * TURN
    within, beyond = (
        np.stack(
            [ring.cx + r * ring.a * np.cos(turns), ring.cy + r * ring.b * np.sin(turns)], axis=1
        )
        for r in (inner, 1.3)
    )
    cv2.fillPoly(picture, [np.array([*within, *beyond[::-1]], np.int32)], (255, 255, 255))
    return replace(cut, picture=cv2.imencode(".png", picture)[1].tobytes())


def test_half_a_character_where_the_seal_hardly_printed_is_no_other(ocr):
    name = "攀枝花市掷陈智能科技有限责任公司"
    whole, dry = pressed(name, name)
    dry = dried(ocr, dry, name, 4.9, 5.4)  # what is left of 陈 reads as 队
    assert verdicts(ocr, [dry], name) == [[UNSURE]]
    assert verdicts(ocr, [whole, dry], name) == [[AGREES], [AGREES]]
    assert verdicts(ocr, [whole, dry], other(name, 5)) == [[DIFFERS], [UNSURE]]


@pytest.mark.parametrize("rival", [0.3, 0.9])
def test_a_character_of_which_a_part_is_seen_is_borne_out_by_no_glimpse_but_no_other_either(rival):
    answer = answered("华信测绘", second(0.1, **nameless({"土": rival})))
    assert (answer.verdict, answer.odd) == (UNSURE, (("信", ""),))


@pytest.mark.parametrize(("claimed", "verdict"), [(0.014, UNSURE), (0.2, AGREES)])
def test_under_print_a_glimpse_bears_no_character_out(claimed, verdict):
    class Crossed:
        @property
        def ocr(self):
            return self

        def window(self, *_how):
            return {"测": claimed}

        def frames(self, cut):
            return frames(cut)

    seal = AlignedName(
        Crossed(),
        "华信测绘士",
        [
            [Place(at, 0.99, {}) for at in (0.1, 0.2)]
            + [Place(0.3, claimed, {})]
            + [Place(at, 0.99, {}) for at in (0.4, 0.5)]
        ],
        [0.1, 0.2, 0.3, 0.4, 0.5],
        0.1,
        crossed=frozenset({2}),
    )
    Crossed.is_dry = Crossed.is_under_another = lambda *_where: False
    seal.alone = [Seen(place.claimed, place.rivals) for place in seal.strips[0]]
    seal._weaken_rivals_of_hidden_characters([2])
    answer = asking._verdict(
        seal.name, asking._judge(seal.name, seal.alone, seal.look, seal.crossed), None
    )
    assert answer.verdict is verdict


GENUINE, FOREIGN = "天津玉海物流有限公司", "天津王海物流有限公司"


def test_a_foreign_seal_without_its_rim_beside_what_differs_does_not_hide_behind_a_genuine_one(ocr):
    good, bad = pressed(GENUINE, FOREIGN)
    assert verdicts(ocr, [good, dried(ocr, bad, FOREIGN, 1.5, 2.5, inner=0.93)], GENUINE) == [
        [AGREES],
        [DIFFERS],
    ]


@pytest.mark.parametrize("name", [FOREIGN, "上海宏图印刷包装有限公司"])
def test_a_foreign_seal_under_red_circles_does_not_hide_behind_a_genuine_one(ocr, name):
    good, bad = pressed(GENUINE, name)
    circles = tuple(Ring(260 + dx, 220, 165, 165, 0.0, 0.9, 0.2) for dx in (-160, 160))
    assert verdicts(ocr, [good, replace(bad, across=circles)], GENUINE) == [[AGREES], [DIFFERS]]


def test_a_circle_of_which_no_name_is_read_bears_none(ocr):
    [good] = pressed(GENUINE)
    blank = replace(
        good, picture=cv2.imencode(".png", np.full((520, 520, 3), 255, np.uint8))[1].tobytes()
    )
    assert verdicts(ocr, [good, blank], GENUINE) == [[AGREES], [UNSURE]]


@pytest.mark.parametrize(
    ("words", "name"),
    [("居民身份证", "西安鼎鼎商贸有限公司"), ("中华人民共和国", "石家庄博汇测绘集团有限公司")],
)
def test_print_that_crosses_the_name_is_no_part_of_it(ocr, words, name):
    assert verdicts(ocr, pressed_on(printed(words, 325), name), name) == [[AGREES]]
    assert verdicts(ocr, pressed_on(printed(words, 325), name), other(name, 5)) != [[AGREES]]


@pytest.mark.parametrize(
    ("name", "claim"), [(GENUINE, FOREIGN), ("长沙白云贸易有限公司", "长沙日云贸易有限公司")]
)
def test_print_over_the_stroke_that_differs_does_not_make_a_character_the_claimed_one(
    ocr, name, claim
):
    page, alike = printed("", 325), printed("", 325)
    [cut], [like] = pressed_on(page, name), pressed_on(alike, claim)
    picture, beside = decode(cut.picture), decode(like.picture)
    stroke = (picture[:, :, 1] < 150) & (cv2.erode(beside[:, :, 1], np.ones((3, 3))) > 150)
    stroke = cv2.morphologyEx(stroke.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2)))
    picture[cv2.dilate(stroke, np.ones((5, 5))) > 0] = 25
    blotted = replace(cut, picture=cv2.imencode(".png", picture)[1].tobytes())
    [answer] = ask_seals(ocr, [blotted], [claim])
    assert [check.verdict for check in answer.checks] == [UNSURE]
    assert not (answer.legible and answer.text == claim)
    assert verdicts(ocr, [blotted], name) == [[AGREES]]


def test_what_is_left_of_a_character_under_another_seal_is_no_other(ocr):
    name = "天津宏联物流有限公司"
    cuts = pressed_on(printed("", 325), name, beside=("武汉市洪山区市场监督管理局", -230, 60))
    assert verdicts(ocr, cuts, name, other(name)) == [[UNSURE, DIFFERS]]
    assert (
        verdicts(ocr, [*pressed(name), *cuts], name, name[0] + name[2:]) == [[AGREES, DIFFERS]] * 2
    )


def test_each_name_is_answered_for_itself(ocr):
    assert verdicts(
        ocr, pressed(ENTERPRISE.name), NAME, other(NAME), fold_name(invent_enterprise(5).name)
    ) == [[AGREES, DIFFERS, DIFFERS]]


def test_the_character_that_differs_is_named_with_its_rival(ocr):
    [answer] = ask_seals(ocr, pressed(ENTERPRISE.name), [other(NAME)])
    assert answer.checks == (SealCheck(other(NAME), DIFFERS, (("犇", NAME[2]),)),)


def test_one_foreign_seal_does_not_hide_behind_a_genuine_one(ocr):
    assert verdicts(ocr, pressed(NAME, other(NAME)), NAME) == [[AGREES], [DIFFERS]]


def test_a_name_with_a_character_more_or_less_is_another(ocr):
    name = NAME
    assert verdicts(ocr, pressed(name), name[:2] + name[3:], name[:3] + "犇" + name[3:]) == [
        [DIFFERS, DIFFERS]
    ]


@pytest.mark.parametrize(
    ("how", "kind"), [({}, SealKind.OFFICIAL), ({"bottom": "合同专用章"}, SealKind.CONTRACT)]
)
def test_a_seal_that_bears_the_name_says_what_kind_it_is(ocr, how, kind):
    [answer] = ask_seals(ocr, pressed(ENTERPRISE.name, **how), [NAME])
    assert answer.kind is kind
    assert with_answer(Seal("a", 1, Box(0, 0, 1, 1), SealKind.UNKNOWN), answer, "").kind is kind
    assert (
        with_answer(Seal("a", 1, Box(0, 0, 1, 1), SealKind.FINANCE), answer, "").kind
        is SealKind.FINANCE
    )


def test_a_seal_that_bears_another_name_is_read_for_its_own(ocr):
    [answer] = ask_seals(ocr, pressed(ENTERPRISE.name), [other(NAME)])
    assert (answer.text, answer.kind, answer.legible) == (ENTERPRISE.name, SealKind.OFFICIAL, True)
    told = with_answer(
        Seal("a", 1, Box(0, 0, 1, 1), SealKind.UNKNOWN, "某某", legible=False), answer, ""
    )
    assert (told.text, told.kind, told.legible) == (ENTERPRISE.name, SealKind.OFFICIAL, True)


def test_a_seal_that_bears_the_name_keeps_its_reading(ocr):
    [answer] = ask_seals(ocr, pressed(ENTERPRISE.name), [NAME])
    assert (
        with_answer(Seal("a", 1, Box(0, 0, 1, 1), SealKind.OFFICIAL, "某某"), answer, "").text
        == "某某"
    )


def test_an_authoritys_seal_that_was_asked_in_vain_is_no_foreign_one():
    seal = with_answer(
        Seal("a", 1, Box(0, 0, 1, 1), SealKind.UNKNOWN),
        SealAnswer((SealCheck(NAME, DIFFERS),), SealKind.AUTHORITY, text="某局", legible=True),
        "",
    )
    assert (seal.kind, seal.doubtful, seal.checks) == (SealKind.AUTHORITY, True, ())


def test_what_may_not_be_shown_of_a_seal_is_not_in_its_picture(ocr):
    [cut] = pressed(ENTERPRISE.name)
    covered = cv2.imencode(".bmp", np.full_like(decode(cut.picture), 200))[1].tobytes()
    [open_], [hidden] = (
        ask_seals(ocr, [one], [NAME]) for one in (cut, replace(cut, covered=covered))
    )
    assert replace(hidden, unrolled=open_.unrolled) == open_
    assert np.ptp(decode(open_.unrolled)[:60]) > 100
    assert np.ptp(decode(hidden.unrolled)[:60]) < 10


@pytest.mark.parametrize("longest", ["华" * 45, NAME * 9])
def test_a_seal_has_no_room_for_a_very_long_name(ocr, longest):
    assert AGREES not in verdicts(ocr, pressed(ENTERPRISE.name), longest)[0]
    assert verdicts(ocr, pressed(ENTERPRISE.name), "华" * 99, NAME) == [[UNSURE, AGREES]]


@pytest.mark.parametrize("at", [0, 5])
def test_a_name_without_one_of_the_seals_characters_is_another_wherever_it_stood(ocr, at):
    assert verdicts(ocr, pressed(ENTERPRISE.name), NAME[:at] + NAME[at + 1 :]) == [[DIFFERS]]


@pytest.mark.parametrize(("place", "stray"), [(0.1, None), (0.3, ("", "绘"))])
def test_a_character_beyond_the_seam_is_none_too_many(place, stray):
    class Cut:
        @property
        def strips(self):
            return [
                frames(*({"绘": 0.9} if round(10 * place - 0.5) == t else {} for t in range(10)))
            ]

    seal = AlignedName(
        Cut(),
        "华信测绘",
        [[Place(at, 0.9, {}) for at in (0.7, 0.8, 0.9, 1.1)]],
        [0.7, 0.8, 0.9, 1.05],
        0.1,
        [Seen(1.0, {})] * 4,
    )
    assert seal.misplaced() == stray


@pytest.mark.parametrize("at", [0, 2])
def test_two_characters_in_the_place_of_one_are_one_too_many(at):
    claim = "华信测绘"
    seen = [Seen(1.0, {"土": 1.0} if i == at else {}) for i in range(4)]
    seal = AlignedName(None, claim, [], [0.1, 0.2, 0.3, 0.4], 0.1, seen)
    assert seal.misplaced() == ("", "土")


@pytest.mark.parametrize(
    ("shown", "shared"),
    [
        ([None], None),
        ([("", "天")], ("", "天")),
        ([("", "天"), None], None),
        ([("", "天"), ("", "□")], ("", "天")),
        ([("", "天"), None, ("", "天")], ("", "天")),
        ([("", "天"), None, ("", "□")], None),
    ],
)
def test_a_character_too_many_is_on_all_seals_or_the_same_on_most(shown, shared):
    assert asking._shared(shown) == shared
