"""What the fork server of `processes` has done before its first child: a desk that has worked for a
while has its letters and its words compiled."""

from core.data.letter import Centre
from core.outgoing.letter_templates import JinjaLetters
from mail_intake.request.read import read_request

JinjaLetters(Centre())
read_request("", "是否解绑：是")
