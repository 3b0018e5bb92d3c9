"""Names that are registered for the sender are found in the words of the mail,
and none is made that the mail does not write."""

import pytest

from core.data.submission import Answer
from mail_intake.intake import Intake
from mail_intake.mail_reading import read_words
from tests.flows.walker import ADDRESS, CannedReader
from tests.intake.test_intake import box
from tests.validators.builders import NO_DOCUMENTS, licence, message, page, seal
from tests.validators.builders import documents as documents_of

ASKED = "，申请解绑CA锁，不需要重置密码。"
REGISTERED = ("老王五金", "京南晴川建设有限公司")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (f"老王五金{ASKED}", ("老王五金",)),
        ("单位：老王五金\n是否解绑：是\n是否需要重置注册密码：否", ("老王五金",)),
        ("请为老王 五金解绑，不用重置密码", ("老王 五金",)),  # as written
        ("麻烦把京南晴川建\n设有限公司的锁解绑", ("京南晴川建设有限公司",)),
        (f"老王五金行{ASKED}", ()),
        (f"小老王五金{ASKED}", ()),  # may be others
        (f"老王五金分店{ASKED}", ("老王五金分店",)),
        (f"因设备更换京南晴川建设有限公司第三分公司{ASKED}", ()),
        (f"京南晴川建设有限公司第三分公司{ASKED}", ("京南晴川建设有限公司第三分公司",)),
        (f"京北晴川建设有限公司{ASKED}", ("京北晴川建设有限公司",)),
        (f"新京南晴川建设有限公司{ASKED}", ("新京南晴川建设有限公司",)),
        (f"您好{ASKED}", ()),
    ],
)
def test_a_registered_name_is_found_where_it_stands_whole(written, names):
    form = read_words(
        message(new_text=written, subject="CA锁解绑"), NO_DOCUMENTS, registered=lambda: REGISTERED
    )
    assert form.enterprise_names == names
    assert form.unbind is Answer.YES


def test_without_registered_names_it_stays_open():
    assert (
        read_words(
            message(new_text=f"老王五金{ASKED}", subject="CA锁解绑"), NO_DOCUMENTS
        ).enterprise_names
        == ()
    )


def test_the_intake_asks_for_the_names_of_the_sender(harness):
    harness.register(contact="handler@example.com", name="老王五金")
    intake = Intake(harness.desk, CannedReader(), [ADDRESS])
    heads = f"To: {ADDRESS}\r\nSubject: CA\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    mails = [
        f"From: {sender}\r\nMessage-ID: <{sender}>\r\n{heads}老王五金{ASKED}"
        for sender in ("Handler@example.com", "other@example.com")
    ]
    intake.collect(box(harness, *(mail.encode() for mail in mails)))
    while intake.judge_waiting():
        pass
    with harness.tx() as tx:
        assert {case.sender: case.enterprise_name for case in tx.cases.find()} == {
            "handler@example.com": "老王五金",
            "other@example.com": None,
        }


def test_the_seals_are_also_asked_for_the_name_under_which_the_code_is_registered(harness):
    paper = licence()
    harness.register(name="京南晴川旧名建设有限公司", uscc=paper.fields["uscc"])
    asked = []

    class Asking(CannedReader):
        def read(self, files):
            reading = super().read(files)
            reading.documents = documents_of([page(1)], [paper], [seal(1)])
            reading.ask = lambda names: (asked.append(list(names)), reading)[1]
            return reading

    head = (
        f"From: handler@example.com\r\nTo: {ADDRESS}\r\nSubject: CA\r\n"
        "Message-ID: <one@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    intake = Intake(harness.desk, Asking(), [ADDRESS])
    intake.collect(box(harness, f"{head}京南晴川建设有限公司{ASKED}".encode()))
    while intake.judge_waiting():
        pass
    assert asked == [
        [paper.fields["enterprise_name"], "京南晴川建设有限公司", "京南晴川旧名建设有限公司"]
    ]
