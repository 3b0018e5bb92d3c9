"""The receiving server of the flows: it vouches for the senders of the tests' mails,
and the desk believes it."""

from mail_intake.message.opening import sender_from_header
from mail_intake.sender.authentication import Authenticator, SenderAuthSettings

SERVER = "mx.flow.example"
SENDERS = Authenticator(SenderAuthSettings(authserv_ids=(SERVER,)))


def vouched(raw: bytes) -> bytes:
    """The mail as that server hands it over."""
    domain = sender_from_header(raw).partition("@")[2]
    return (
        f"Authentication-Results: {SERVER}; spf=pass smtp.mailfrom={domain}; "
        f"dmarc=pass header.from={domain}\r\n"
    ).encode() + raw
