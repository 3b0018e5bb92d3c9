"""Who may write to the database, and has no key, must not give one row what was sealed for another:
an exchange does not open."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.data.administrator import Administrator, Totp
from core.data.contact import ContactChange
from core.data.enterprise import Binding, Paper
from core.data.letter import Letter, LetterFile, LetterKind, Rendered
from core.data.link import LinkPurpose
from core.data.mail_record import BlockedSender
from core.data.trading_systems import SigningKey
from core.errors import VaultError
from core.keys.vault import Vault
from core.store.store import Transaction
from core.store.tables.columns import Sealed, metadata
from core.store.tables.enterprise_tables import links
from tests.store.test_store import AT, new_case, new_mail
from tests.validators.builders import OTHER_NAME, OTHER_USCC, complete_submission, enterprise

ENTERPRISES = [enterprise(), enterprise(name=OTHER_NAME, uscc=OTHER_USCC)]


def letter_to(recipient: str) -> Letter:
    return Letter(0, LetterKind.RETURNED, recipient, Rendered("s", "t", "h"), f"<{recipient}>", AT)


def filled(tx: Transaction) -> None:
    """Two rows in every table that holds something sealed."""
    for number, one in enumerate(ENTERPRISES, 1):
        tx.accounts.add(one)
        tx.bindings.add(
            Binding(
                0, number, f"SN{number}", "BJCA", True, "s", AT, ca_unique_id=f"unique {number}"
            )
        )
        tx.mails.add(new_mail(number, b"mail %d" % number))
        tx.mails.save(
            replace(tx.mails.get(number), subject=f"subject {number}"), complete_submission()
        )
        tx.blocked.add(BlockedSender(0, f"b{number}@example.com", AT, AT, "wang"))
        tx.cases.add(new_case(enterprise_name=one.name))
        letter_id = tx.letters.add(letter_to(f"a{number}@example.com"))
        tx.letters.add_files(letter_id, [LetterFile(f"{number}.pdf", b"file %d" % number)])
        tx.refused_certificates.add(f"{number:064x}", "unknown", f"subject {number}")
        link = tx.links.add(LinkPurpose.RESET, number, None, AT)
        tx.connection.execute(
            links.update()
            .where(links.c.id == link.id)
            .values(sealed_token=tx.vault.seal(b"token", "links.sealed_token", link.id))
        )
        tx.signing_keys.insert(SigningKey(f"{number:016x}", f"private {number}", AT))
        tx.papers.add(
            Paper(0, number, "licence", "pdf", 3, AT), b"paper %d" % number, b"picture %d" % number
        )
        tx.contact_changes.insert_numbered(
            ContactChange(0, number, "", None, f"new{number}@example.com", AT, link.id)
        )
        tx.administrators.insert_new(Administrator(0, f"administrator {number}", "hash", AT))
        tx.totps.store(Totp(number, f"SECRET{number}"))
    tx.images.save(1, {f"{number:064x}": b"image %d" % number for number in (1, 2)})


READS: dict[str, Callable[[Transaction], object]] = {
    "enterprises.sealed": lambda tx: tx.accounts.get(1),
    "bindings.ca_unique_id": lambda tx: tx.bindings.get(1),
    "refused_certificates.sealed": lambda tx: tx.refused_certificates.latest(),
    "contact_changes.sealed": lambda tx: tx.contact_changes.of_enterprise(1),
    "enterprise_papers.sealed": lambda tx: tx.papers.oldest(enterprise_id=1),
    "enterprise_papers.content": lambda tx: tx.papers.content(1),
    "enterprise_papers.picture": lambda tx: tx.papers.picture(1),
    "cases.sealed": lambda tx: tx.cases.get(1),
    "mails.sealed": lambda tx: tx.mails.get(1),
    "mails.reading": lambda tx: tx.mails.reading(1),
    "mail_bodies.sealed": lambda tx: tx.mails.raw(1),
    "images.sealed": lambda tx: tx.images.by_sha256(f"{1:064x}"),
    "blocked_senders.sealed": lambda tx: tx.blocked.get(1),
    "letter_files.name": lambda tx: tx.letters.files(1),
    "letter_files.content": lambda tx: tx.letters.files(1),
    "search_words.sealed": lambda tx: tx.words.oldest(after=0, limit=9),
    "letters.sealed": lambda tx: tx.letters.by_id(1),
    "totp_secrets.sealed": lambda tx: tx.totps.by_id(1),
    "links.sealed_token": lambda tx: tx.links.token(1),
    "signing_keys.sealed": lambda tx: tx.signing_keys.all(),
}


def exchange(tx: Transaction, table_name: str, *column_names: str) -> None:
    table = metadata.tables[table_name]
    [key] = table.primary_key.columns
    names = [column for column in table.c if column.name in column_names]
    first, second = tx.connection.execute(select(key, *names).order_by(key).limit(2))
    for row, other in ((first, second), (second, first)):
        tx.connection.execute(
            table.update().where(key == row[0]).values(dict(zip(names, other[1:], strict=True)))
        )


def test_every_sealed_column_has_its_exchange_tried():
    assert {
        f"{t.name}.{c.name}"
        for t in metadata.tables.values()
        for c in t.c
        if isinstance(c.type, Sealed)
    } == set(READS)


@pytest.mark.parametrize("place", READS)
def test_what_two_rows_exchanged_does_not_open(store, place):
    table_name, _, name = place.partition(".")
    with store.transaction() as tx:
        filled(tx)
        READS[place](tx)
        exchange(tx, table_name, name)
        with pytest.raises(VaultError, match="调换"):
            READS[place](tx)


def test_mails_that_exchanged_their_bytes_with_their_digests_do_not_open(store):
    """The bytes name their digest; the digest is held by what the row has sealed under its id."""
    with store.transaction() as tx:
        filled(tx)
        exchange(tx, "mails", "sha256")
        exchange(tx, "mail_bodies", "sealed")
        for read in (tx.mails.raw, tx.mails.get, tx.mails.reading):
            with pytest.raises(VaultError):
                read(1)


def test_numbers_are_drawn_once(store):
    with store.transaction() as tx:
        filled(tx)
        assert tx.draw("letters", count=3) == 3
        assert tx.draw("letters") == 6
        assert tx.draw("new") == 1


def test_values_of_another_format_are_none():
    vault = Vault(bytes(32))
    sealed = vault.seal(b"words", "letters.sealed", 7)
    for other in (b"\x01" + sealed[1:], sealed[:10], b""):
        with pytest.raises(VaultError, match="格式"):
            vault.open(other, "letters.sealed", 7)
