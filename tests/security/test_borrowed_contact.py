"""An enterprise may register anybody's address as its contact. What it hands in at the portal is
its own, and touches no case of the enterprise whose contact that really is."""

import pytest

from core.cases.decision.approve import approve
from core.cases.intake.hand_in import PORTAL_BOX
from core.data.case import State
from core.data.mail_record import AuthResult, NewMail
from mail_intake.intake import Intake
from papers.paper_reading import Reading
from tests.flows.walker import ADDRESS, request_mail
from tests.sender.conftest import PASS
from tests.validators import builders
from tests.world import CONTACT

SHELL = "广州空壳商贸有限公司"


class BlankReader:
    """Reads an empty page out of every file."""

    def read(self, files):
        return Reading(builders.documents([builders.page(1, name) for name, _ in files], [], []))


@pytest.mark.parametrize("handler", ["张三", "撤回申请", "不是我们申请的"])
def test_a_number_in_its_words_reaches_no_case_of_another(post, handler):
    world = post.harness
    with world.tx() as tx:
        shell = builders.enterprise(name=SHELL, uscc=builders.OTHER_USCC, contact_email=CONTACT)
        shell_id = tx.accounts.add(shell)
    case = post.case(post.sends(CONTACT, PASS))
    approve(world.desk, case.id, case.version, "li")
    words = (
        f"企业名称：{SHELL}\n是否解绑：是\n是否需要重置注册密码：否\n"
        f"原因：证书到期\n经办人：{handler}{case.number}"
    )
    raw = request_mail(CONTACT, "portal@x", (b"%PDF-1.4 blank",), words=words)
    with world.tx() as tx:
        box = (PORTAL_BOX, shell_id, 1)
        mail_id = tx.mails.add(
            NewMail(*box, world.clock.now(), len(raw), raw, sender=CONTACT, vouched=True)
        )
    Intake(world.desk, BlankReader(), [ADDRESS]).take_in(mail_id)
    with world.tx() as tx:
        record = tx.mails.get(mail_id)
    assert record.authentication == AuthResult.PASS
    assert record.case_id != case.id
    assert world.again(case).state is State.APPROVED
