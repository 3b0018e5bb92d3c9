"""The floor of intake: what a bare IMAPClient loop needs to fetch every mail
of a box and throw it away.

What our intake is held against. It fetches as a plain program would: one search, then body, size
and INTERNALDATE in sets of fifty, over one connection without TLS.
"""

import time

from imapclient import IMAPClient

AT_ONCE = 50


def bare_imap_loop(
    host: str, port: int, user: str, password: str, *, quiet: bool = False
) -> tuple[int, float]:
    """(messages fetched, seconds from connecting to the last one).

    IMAPClient as it comes spends most of its time on writing answers out for a log that nobody
    reads; `quiet` turns that off, as our own mailbox does.
    """
    begun = time.perf_counter()
    count = 0
    with IMAPClient(host, port, ssl=False) as client:
        if quiet:
            client._imap.debug = 0
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for start in range(0, len(uids), AT_ONCE):
            answers = client.fetch(
                uids[start : start + AT_ONCE], ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"]
            )
            count += sum(1 for answer in answers.values() if answer.get(b"BODY[]"))
    return count, time.perf_counter() - begun
