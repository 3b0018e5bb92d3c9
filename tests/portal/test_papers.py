"""Papers of a registration: what config asks for is uploaded, compared and submitted;
administrators accept it or send it back."""

import io
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.accounts.enterprises.registration_papers import Upload, differences_of, fitting_paper
from core.accounts.front_desk import EntranceSettings
from core.cases.upkeep.personal_data import purge
from core.data.documents import Box, Documents, Page, Part, PartKind, Unopened
from core.data.enterprise import RequiredPaper
from core.data.letter import LetterKind
from core.errors import Busy, NotAllowed
from papers.paper_reading import DocumentReader, DocumentSettings, Reading
from tests.accounts.entrance import invent_uscc
from tests.app.parsing import settings_of
from tests.drawing.licences import licence
from tests.portal.conftest import PortalHarness, at_address, enter, told
from tests.portal.test_contact import letters
from tests.portal.test_making import ENTERPRISE
from tests.servers.chromium import watched
from web.application import create_app
from web.common.site import Reads, Site

LICENCE = RequiredPaper(
    "licence", "营业执照", ("pdf", "jpeg", "png"), 2 * 2**20, 1, is_licence=True
)
LETTER = RequiredPaper("letter", "授权书", ("pdf",), 2**20, 2, required=False)
PDF = b"%PDF-1.4\n%%EOF"


def jpeg(picture=None):
    out = io.BytesIO()
    (picture or Image.new("RGB", (60, 40), "white")).save(out, "JPEG")
    return out.getvalue()


PICTURE = jpeg()


def seen(name="", uscc="", unopened=None):
    """A reading of a licence that shows these."""
    fields = {key: value for key, value in (("enterprise_name", name), ("uscc", uscc)) if value}
    parts = (Part("材料", 1, PartKind.LICENCE, Box(0, 0, 1, 1), 0.9, fields),) if fields else ()
    pages = (
        ()
        if unopened
        else (
            Page(
                "材料",
                1,
                confident=True,
                colour=True,
                seal_ink=False,
                image_sha256="a",
                covered_sha256="b",
            ),
        )
    )
    return Reading(
        Documents(pages, parts, unopened={"材料": unopened} if unopened else {}),
        {"a": b"open", "b": PICTURE},
    )


def nobody_is_free(_content):
    raise Busy


def asking(harness, reads=nobody_is_free, papers=(LICENCE, LETTER)):
    """The harness whose registration asks for papers, read by `reads`."""
    harness.front = replace(
        harness.front,
        settings=replace(harness.front.settings, papers={one.key: one for one in papers}),
    )
    harness.entrance.front = harness.front
    harness.app = create_app(
        Site(
            harness.desk,
            harness.settings,
            front=harness.front,
            reads=Reads(lambda _raw: None, reads),
        )
    )
    return harness


@pytest.fixture
def harness(tmp_path):
    harness = PortalHarness(tmp_path, per_minute={"check": 1000})
    yield harness
    harness.store.close()


@pytest.fixture
def enterprise(harness):
    return harness.enterprise(submitted=False)


def visitor(harness, enterprise):
    guest = harness.visitor()
    guest.enter(harness, enterprise)
    guest.see("/portal/information")
    return guest


def send(guest, content=PDF, key="licence"):
    return guest.post(
        "/portal/papers", data={"csrf": guest.csrf, "key": key}, files={"file": ("x", content)}
    )


def submit(guest):
    guest.see("/portal/information")
    return guest.submit("/portal/information", contact_name="张三", contact_phone="010-1")


def account(harness, enterprise):
    with harness.tx() as tx:
        return tx.accounts.get(enterprise.id)


def test_what_config_asks_for_is_uploaded_before_the_information_is_submitted(harness, enterprise):
    asking(harness, lambda _content: seen(enterprise.name, enterprise.uscc))
    guest = visitor(harness, enterprise)
    refused = submit(guest)
    assert refused.status_code == 422
    assert "还没有上传：营业执照" in refused.text
    assert send(guest).headers["location"] == "/portal/information"
    page = guest.see("/portal/information").text
    assert "与证书一致" in page
    assert guest.get("/portal/papers/1").content == PICTURE, (
        "the redacted picture, never the open one"
    )
    assert submit(guest).status_code == 303
    assert account(harness, enterprise).information_submitted
    assert "不能再更换" in guest.submit("/portal/papers/1/drop").text
    assert "不能再更换" in send(guest, key="letter").text


@pytest.mark.parametrize(
    ("content", "key", "words"),
    [
        (b"", "licence", "没有收到文件"),
        (b"MZ" + b"x" * 100, "licence", "须是 PDF、JPG、PNG 文件"),
        (PICTURE, "letter", "须是 PDF 文件"),
        (PDF + b" " * 2**21, "licence", "每份不超过 2 MB"),
        (PDF, "nothing", "没有这一项材料"),
        (b"<svg/>", "licence", "须是"),
        (b"GIF89a" + b"x" * 99, "licence", "须是"),
    ],
)
def test_a_wrong_file_has_its_own_words_and_nothing_is_kept(
    harness, enterprise, content, key, words
):
    guest = visitor(asking(harness), enterprise)
    answer = send(guest, content, key)
    assert answer.status_code == 422
    assert words in answer.text
    with harness.tx() as tx:
        assert tx.papers.oldest(enterprise_id=enterprise.id) == []


def test_one_that_cannot_be_opened_and_one_too_many_are_refused(harness, enterprise):
    guest = visitor(asking(harness, lambda _content: seen(unopened=Unopened.ENCRYPTED)), enterprise)
    assert "有打开密码" in send(guest).text
    guest = visitor(asking(harness), enterprise)
    assert [send(guest).status_code for _ in range(2)] == [303, 422]
    assert "最多 1 份" in send(guest).text


@pytest.mark.parametrize(
    ("name", "uscc", "words"),
    [
        ("另一家有限公司", "", "读作“另一家有限公司”"),
        ("", invent_uscc(), "与证书上的"),
        ("", "", "没有认出营业执照"),
    ],
)
def test_differences_are_shown_beside_the_picture_to_both_sides(
    harness, enterprise, admin_of, name, uscc, words
):
    guest = visitor(asking(harness, lambda _content: seen(name, uscc)), enterprise)
    send(guest)
    assert words in guest.see("/portal/information").text
    assert submit(guest).status_code == 303, "a difference is for a person to judge"
    page = admin_of(harness).see(f"/enterprises/{enterprise.id}").text
    assert words in page
    assert f"/enterprises/{enterprise.id}/papers/1" in page


def test_what_agrees_after_folding_does_not_differ(harness, enterprise):
    one = replace(enterprise, name="北京（甲）有限公司")
    assert differences_of(one, "北京(甲)有限公司", one.uscc) == ()
    assert "未能读出" in differences_of(one, "北京(甲)有限公司", "")[0]


def test_busy_reading_keeps_the_file_and_says_that_a_person_looks(harness, enterprise):
    guest = visitor(asking(harness), enterprise)
    assert send(guest).status_code == 303
    assert "没有即时读取" in guest.see("/portal/information").text
    assert guest.get("/portal/papers/1").status_code == 404


def test_papers_are_the_enterprises_own(harness, enterprise):
    guest = visitor(
        asking(harness, lambda _content: seen(enterprise.name, enterprise.uscc)), enterprise
    )
    send(guest)
    other = visitor(harness, harness.enterprise(submitted=False))
    assert other.get("/portal/papers/1").status_code == 404
    assert other.submit("/portal/papers/1/drop").status_code == 404
    assert harness.visitor().get("/portal/papers/1").status_code == 303
    assert (
        guest.post(
            "/portal/papers", data={"csrf": "x", "key": "licence"}, files={"file": ("x", PDF)}
        ).status_code
        == 403
    )
    assert guest.submit("/portal/papers/1/drop").status_code == 303
    assert guest.get("/portal/papers/1").status_code == 404


# ---- administrators


@pytest.fixture
def admin_of():
    from tests.web.conftest import Visitor

    def logged_in(harness):
        harness.administrator()
        visitor = Visitor(harness.app)
        assert visitor.log_in().status_code == 303
        return visitor

    return logged_in


def test_administrators_accept_or_return_with_reasons(harness, enterprise, admin_of):
    guest = visitor(
        asking(harness, lambda _content: seen(enterprise.name, enterprise.uscc)), enterprise
    )
    send(guest)
    submit(guest)
    admin, page = admin_of(harness), f"/enterprises/{enterprise.id}"
    admin.see(page)
    assert "请填写理由" in admin.submit(f"{page}/return", reason="").text
    assert admin.submit(f"{page}/return", reason="执照已过期").status_code == 303
    returned = account(harness, enterprise)
    [letter] = letters(harness, LetterKind.INFORMATION_RETURNED)
    assert letter.recipient == enterprise.contact_email
    assert "【原因】\n\n执照已过期" in letter.rendered.text
    assert (returned.information_submitted, returned.information_returned) == (False, "执照已过期")
    for path in ("/portal", "/portal/information"):
        assert "执照已过期" in guest.see(path).text
    assert guest.submit("/portal/papers/1/drop").status_code == 303
    assert send(guest).status_code == 303
    assert submit(guest).status_code == 303
    assert account(harness, enterprise).information_returned == ""
    admin.see(page)
    assert admin.submit(f"{page}/accept", reason="已对照原件").status_code == 303
    assert account(harness, enterprise).information_accepted_at == harness.clock.now()
    assert len(letters(harness, LetterKind.INFORMATION_ACCEPTED)) == 1
    assert admin.get(f"{page}/papers/2").content == PICTURE
    original = admin.submit(f"{page}/papers/2")
    assert (original.content, original.headers["content-disposition"]) == (
        PDF,
        'attachment; filename="paper-2.pdf"',
    )
    with harness.tx() as tx:
        actions = [entry.action for entry in tx.audit.entries()]
    assert {
        "paper.added",
        "paper.dropped",
        "paper.downloaded",
        "account.information_returned",
        "account.information_accepted",
    } <= set(actions)
    other = harness.enterprise(submitted=False)
    assert admin.get(f"/enterprises/{other.id}/papers/2").status_code == 404
    admin.see(f"/enterprises/{other.id}")
    assert "尚未提交" in admin.submit(f"/enterprises/{other.id}/accept", reason="x").text


# ---- what is kept


def test_papers_that_were_never_submitted_are_removed_and_others_stay(harness, enterprise):
    from datetime import timedelta

    asking(harness)
    other = harness.enterprise(submitted=False)
    first, second = visitor(harness, enterprise), visitor(harness, other)
    send(first)
    send(second)
    assert submit(second).status_code == 303
    harness.clock.at += timedelta(days=harness.desk.settings.retention.other_mail_days + 1)
    purge(harness.desk)
    with harness.tx() as tx:
        assert tx.papers.oldest(enterprise_id=enterprise.id) == []
        assert len(tx.papers.oldest(enterprise_id=other.id)) == 1


def test_config_names_what_is_asked_for():
    papers = {
        "licence": {
            "title": "营业执照",
            "kinds": ["pdf"],
            "max_bytes": 3 * 2**20,
            "is_licence": True,
        },
        "letter": {"title": "授权书"},
    }
    asked = settings_of({"entrance": {"papers": papers}}).entrance.papers
    one, other = asked["licence"], asked["letter"]
    assert (one.title, one.kinds, one.max_bytes, one.most, one.required, one.is_licence) == (
        "营业执照",
        ("pdf",),
        3 * 2**20,
        1,
        True,
        True,
    )
    assert (other.kinds, other.most, other.required, other.is_licence) == (
        ("pdf", "jpeg", "png"),
        1,
        True,
        False,
    )
    front = SimpleNamespace(settings=EntranceSettings(papers=asked))
    assert fitting_paper(front, "letter", Upload(bytes(10 * 2**20), "png")) == other
    with pytest.raises(NotAllowed, match="10 MB"):
        fitting_paper(front, "letter", Upload(bytes(10 * 2**20 + 1), "png"))
    assert settings_of({}).entrance.papers == {}


# ---- in the browser, by the real reader


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_a_licence_is_uploaded_compared_and_submitted(tmp_path, browser, script):
    """By the real reader with the script; without it the reading is played."""
    reader = DocumentReader(DocumentSettings(workers=1, allow_images=True))

    def reads(content):
        return (
            reader.read([("材料", content)]) if script else seen(ENTERPRISE.name, ENTERPRISE.uscc)
        )

    scan = jpeg(licence(ENTERPRISE, 1, layout="landscape"))
    with closing(reader), at_address(tmp_path, lambda harness: asking(harness, reads)) as harness:
        enterprise = replace(
            harness.enterprise(submitted=False), name=ENTERPRISE.name, uscc=ENTERPRISE.uscc
        )
        with harness.tx() as tx:
            tx.accounts.save(enterprise)
        context = browser.new_context(base_url=harness.address, java_script_enabled=script)
        tab = context.new_page()
        tab.set_default_timeout(60_000)
        enter(harness, tab, enterprise)
        tab.goto("/portal/information")
        if script:
            tab.fill("[name=contact_phone]", "010-99990000")
        tab.locator("[name=file]").first.set_input_files(
            {"name": "执照.jpg", "mimeType": "image/jpeg", "buffer": scan}
        )
        tab.get_by_role("button", name="上传").first.click()
        expect(tab.locator("#papers")).to_contain_text("与证书一致", timeout=60_000)
        expect(tab.locator(".paper-picture")).to_be_visible()
        if script:
            assert tab.input_value("[name=contact_phone]") == "010-99990000", "what was typed stays"
        tab.get_by_role("button", name="提交").click()
        told(tab, "information")
        context.close()


@pytest.mark.browser
def test_the_pages_fit_a_telephone(tmp_path, browser):
    def otherwise(harness):
        asking(harness, lambda _content: seen("另一家" + "很长" * 30 + "有限公司", invent_uscc()))

    with at_address(tmp_path, otherwise) as harness, watched(browser, harness.address) as tab:
        enter(harness, tab, harness.enterprise(submitted=False))
        tab.set_viewport_size({"width": 320, "height": 800})
        tab.goto("/portal/information")
        tab.locator("[name=file]").first.set_input_files(
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        tab.get_by_role("button", name="上传").first.click()
        expect(tab.locator("#papers")).to_contain_text("另一家")
        assert tab.evaluate("document.documentElement.scrollWidth") == 320
