"""做一份申请 from end to end: the sheet is printed by the portal's page, filled, sealed,
photographed or scanned by the second generator's wear, and mailed.

Told for each wear: of so many with a seal, how many are queued without a finding, and for what the
others would be looked at or returned; of those without one, how many are returned with the place of
the seal named. Run: python -m bench.sheets [COUNT] [WEAR ...]
"""

import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Page, expect

from bench.filled_sheet import photographed
from bench.quiet import hush
from core.data.finding import Decision, Severity, Verdict
from mail_intake.mail_reading import read_submission
from papers.paper_reading import DocumentReader, DocumentSettings
from tests.drawing.people import Enterprise, Person, invent_enterprise, invent_person
from tests.portal.conftest import PortalHarness
from tests.servers.chromium import chromium
from tests.servers.pages import listening, serving

COUNT = 6
WEARS = ("photo", "wall", "app", "scan")
FIRST_SEED = 880_000
MAILBOX = "support@example.org"
UNSEALED = "document.seal.missing/sheet"
"""The place of the seal is named: the sheet was known by its code."""


def made(tab: Page, enterprise: Enterprise, person: Person) -> tuple[str, str, bytes]:
    """What the page gives: subject, text, the printed sheet."""
    tab.goto("/portal/request")
    for name, value in {
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "handler": person.name,
    }.items():
        tab.fill(f"[name={name}]", value)
    tab.check("[name=reset_password][value=否]")
    tab.select_option("[name=reason]", "lost")
    tab.click("main button.primary")
    expect(tab.locator("svg.a4")).to_be_visible()
    return (
        tab.input_value("input[data-copied]"),
        tab.input_value("textarea[data-copied]"),
        tab.pdf(prefer_css_page_size=True),
    )


def mailed(
    harness: PortalHarness, reader: DocumentReader, subject: str, text: str, pdf: bytes
) -> Verdict:
    """What the desk makes of it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        "h@example.com",
        MAILBOX,
        subject,
        "<h@example.com>",
    )
    mail.set_content(text)
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="申请.pdf")
    read = read_submission(mail.as_bytes(), harness.clock.now(), [MAILBOX], reader)
    return harness.desk.judge.verdict(read.submission, None, ())


def findings(verdict: Verdict) -> list[str]:
    """What a sender or an administrator would be told, by code and variant."""
    told = [
        one
        for one in verdict.findings
        if one.severity is not Severity.NOTE and not one.code.startswith(("sender", "account"))
    ]
    return sorted({f"{one.code}/{one.variant}".rstrip("/") for one in told})


def measure(
    harness: PortalHarness, tab: Page, reader: DocumentReader, wear: str, count: int
) -> None:
    queued, returned, told = 0, 0, Counter[str]()
    began = time.perf_counter()
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        enterprise, person = invent_enterprise(seed), invent_person(seed)
        subject, text, pdf = made(tab, enterprise, person)
        for sealed in (True, False):
            found = mailed(
                harness,
                reader,
                subject,
                text,
                photographed(pdf, enterprise, person, seed=seed, sealed=sealed, wear=wear),
            )
            codes = findings(found)
            queued += sealed and found.decision is Decision.QUEUE and not codes
            returned += not sealed and found.decision is Decision.REJECT and codes == [UNSEALED]
            told.update(
                f"{'sealed' if sealed else 'unsealed'}: {found.decision.value} {code}"
                for code in codes
                if sealed or code != UNSEALED
            )
    print(
        f"{wear}: with a seal {queued} of {count} queued without a finding; "
        f"without one {returned} of {count} returned for it alone"
        f" ({(time.perf_counter() - began) / count / 2:.1f} s a mail)"
    )
    for words, times in told.most_common():
        print(f"    {times} × {words}", flush=True)


def main() -> None:
    hush()
    arguments = sys.argv[1:]
    count = int(arguments.pop(0)) if arguments and arguments[0].isdecimal() else COUNT
    bound, address = listening()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(DocumentReader(DocumentSettings(workers=1))) as reader,
    ):
        harness = PortalHarness(
            Path(folder), origin=address, support_address=MAILBOX, challenge_tries_per_minute=10_000
        )
        with serving(harness.app, bound):
            tab = chromium().new_page(base_url=address)
            for wear in arguments or WEARS:
                measure(harness, tab, reader, wear, count)
        harness.store.close()


if __name__ == "__main__":
    main()
