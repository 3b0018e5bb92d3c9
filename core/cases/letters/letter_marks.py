"""The marks by which the desk knows its own letters again,
in headers and when they come back quoted.

Every letter begins with a line that holds CASE_WORD, ends with the line LETTER_MARK_END and carries
the header LOOP_HEADER (RULES.md section 3, RFC 3834). `mail_intake` takes such text out of what a
sender wrote, so that our own words never count as a request.
"""

from typing import Final

CASE_WORD: Final = "工单号"
LETTER_MARK_END: Final = "—— 以上由解绑办理台自动发出 ——"
# above the form of our letters, which is always sent unfilled:
# what is filled below it was filled by the sender
FORM_HEADING: Final = "参考格式"
LOOP_HEADER: Final = "X-Unbind-Desk"
