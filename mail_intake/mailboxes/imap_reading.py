"""Reading one selected IMAP folder: which UIDs are new, and their bytes, a few at a time.

Only what every provider answers is asked: SELECT or EXAMINE, `UID SEARCH UID n:*`, and UID FETCH
with ascending sets. QQ ignores searches for senders and subjects and answers BAD to TEXT, Aliyun
refuses CHARSET, 163 sends no UIDNEXT (never needed here). `n:*` always returns the last mail, even
below n (RFC 9051 section 6.4.8), so the answer is filtered. A mail that vanishes between two
commands is passed over; a mail that is there but whose body the server will not give is yielded
without it, so that an alert is raised and the mailbox goes on.
"""

import imaplib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    ProtocolError,
)

from mail_intake.mailboxes.mailbox import MailKeys
from mail_intake.mailboxes.suspects import Head

BATCH_MAILS = 32
BATCH_BYTES = 8 * 1024 * 1024
# a SEARCH answer is one line: imaplib's million bytes are 140,000 mails
imaplib._MAXLINE = 16 * 1024 * 1024  # type: ignore[attr-defined]  # noqa: SLF001
_LINE_TOO_LONG = "got more than"
"""imaplib's words for such a line, the rest of which is still to come."""


@dataclass(frozen=True)
class Folder:
    r"""A selected folder. A UIDVALIDITY of 0, which some servers send, is a value like any other.

    `permanent_flags`: those that STORE may set, with `\*` among them where new ones may be made up;
    None where the server does not say.
    """

    uidvalidity: int
    exists: int
    readonly: bool = False
    permanent_flags: frozenset[bytes] | None = None

    def stores(self, flag: str) -> bool:
        """Whether the server is likely to keep the flag.

        System flags begin with a backslash; others need to be known or allowed.
        """
        if self.readonly:
            return False
        return (
            self.permanent_flags is None
            or flag.encode() in self.permanent_flags
            or (not flag.startswith("\\") and rb"\*" in self.permanent_flags)
        )

    def uids_of(self, mails: MailKeys) -> list[int]:
        """The UIDs of mails that are of this folder as it is now, ascending."""
        return sorted(uid for uidvalidity, uid in mails if uidvalidity == self.uidvalidity)


def select(client: IMAPClient, folder: str, *, readonly: bool) -> Folder:
    """Select the folder again: some servers show new mails only then,
    and a changed UIDVALIDITY is only seen here.

    A folder that may only be read is examined instead, because imaplib takes it for an error.
    """
    folder = full_name(client, folder)
    try:
        answer = client.select_folder(folder, readonly=readonly)
    except IMAPClientReadOnlyError:
        readonly = True
        answer = client.select_folder(folder, readonly=True)
    flags = answer.get(b"PERMANENTFLAGS")
    return Folder(
        int(answer.get(b"UIDVALIDITY", 0)),
        int(answer.get(b"EXISTS", 0)),
        readonly or bool(answer.get(b"READ-ONLY")),
        frozenset(flags) if isinstance(flags, tuple) else None,
    )


def full_name(client: IMAPClient, folder: str) -> str:
    """The folder's name on this server: below the prefix of its personal namespace (RFC 2342), as
    Courier's `INBOX.`, where none is there under the name as it is written."""
    prefix = ""
    if folder.upper() != "INBOX" and not client.folder_exists(folder):
        with suppress(IMAPClientError, TypeError, IndexError):  # refused, NIL, or empty: no prefix
            prefix = client.namespace().personal[0][0]
    return folder if folder.startswith(prefix) else prefix + folder


def used_share(client: IMAPClient, folder: str) -> float:
    """The used share of the account's space (RFC 9208), 0 where the server does not say."""
    with suppress(IMAPClientError, ValueError, LookupError, TypeError, AttributeError):
        if client.has_capability("QUOTA"):
            _, quotas = client.get_quota_root(full_name(client, folder))
            return max((float(one.usage / one.limit) for one in quotas if one.limit), default=0.0)
    return 0.0


def uids_after(client: IMAPClient, folder: Folder, position: int) -> list[int]:
    """The UIDs above `position`, ascending."""
    if folder.exists == 0:
        return []
    found = client.search(["UID", f"{position + 1}:*"])
    return sorted({uid for uid in found if uid > position})


def newest_headers(client: IMAPClient, folder: Folder, most: int) -> list[bytes]:
    """The header sections of the newest `most` mails. Nothing is marked as read."""
    uids = uids_after(client, folder, 0)[-most:]
    return list(_parts(client, uids, "BODY.PEEK[HEADER]").values())


def heads(client: IMAPClient, uids: Sequence[int]) -> list[Head]:
    """Size and arrival of the mails that are still there, ascending. `uids` ascend."""
    answers = {
        uid: answer
        for uid, answer in _fetch(client, uids, ("RFC822.SIZE", "INTERNALDATE")).items()
        if b"RFC822.SIZE" in answer or b"INTERNALDATE" in answer
    }
    silent = [uid for uid in uids if uid not in answers]
    answers.update({uid: {} for uid in _still_there(client, silent)})
    return [_head(uid, answers[uid]) for uid in uids if uid in answers]


def _still_there(client: IMAPClient, uids: Sequence[int]) -> list[int]:
    """Which of these the server still lists, after a FETCH said nothing of them."""
    if not uids:
        return []
    listed = set(client.search(["UID", f"{uids[0]}:{uids[-1]}"]))
    return [uid for uid in uids if uid in listed]


def _head(uid: int, answer: dict[bytes, Any]) -> Head:
    size, arrived = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
    return Head(
        uid,
        size if isinstance(size, int) else 0,
        in_utc(arrived) if isinstance(arrived, datetime) else None,
    )


def in_utc(instant: datetime) -> datetime:
    """In UTC; "-0000" is UTC of unknown origin (RFC 5322) and reaches us naive."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def batches(found: Iterable[Head], max_bytes: int) -> Iterator[list[Head]]:
    """Mails grouped so that the bodies of a group stay near BATCH_BYTES; what is over `max_bytes`
    weighs nothing: its body stays there."""
    batch: list[Head] = []
    weight = 0
    for head in found:
        size = head.size_bytes if head.size_bytes <= max_bytes else 0
        if batch and (len(batch) >= BATCH_MAILS or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(head)
        weight += size
    if batch:
        yield batch


def bodies(client: IMAPClient, batch: Sequence[Head], max_bytes: int) -> dict[int, bytes]:
    """The bytes of each mail that is still there, of a large one those of its headers.

    One that the server lists and does not give is empty, not even with headers: it must not pass
    for one that is too large.
    """
    small = [head.uid for head in batch if head.size_bytes <= max_bytes]
    large = [head.uid for head in batch if head.size_bytes > max_bytes]
    found = _parts(client, small, "BODY.PEEK[]") | _parts(client, large, "BODY.PEEK[HEADER]")
    silent = [head.uid for head in batch if head.uid not in found]
    return found | dict.fromkeys(_still_there(client, silent), b"")


def _parts(client: IMAPClient, uids: Sequence[int], item: str) -> dict[int, bytes]:
    """One body part of each mail that the server gives it for.

    An empty one counts as not given: no mail is without headers.
    """
    key = item.replace(".PEEK", "").encode()
    return {
        uid: part
        for uid, answer in _fetch(client, uids, (item,)).items()
        if isinstance(part := answer.get(key), bytes) and part
    }


def _fetch(
    client: IMAPClient, uids: Sequence[int], items: Sequence[str]
) -> dict[int, dict[bytes, Any]]:
    """UID FETCH.

    Servers may refuse the whole set because one of it is gone (RFC 2180 section 4.1);
    then each is asked alone.

    An answer that cannot be understood says nothing about the mails: the connection is given up,
    for what follows on it is not to be trusted.
    """
    try:
        return dict(client.fetch(uids, items))
    except IMAPClientAbortError:
        raise
    except ProtocolError as error:
        raise IMAPClientAbortError(str(error)) from error
    except IMAPClientError as error:
        if _LINE_TOO_LONG in str(error):
            raise IMAPClientAbortError(str(error)) from error
        if len(uids) == 1:
            return {}
    return {uid: answer for one in uids for uid, answer in _fetch(client, [one], items).items()}
