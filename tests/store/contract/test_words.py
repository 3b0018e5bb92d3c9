"""Words of a search, files of letters and blocked senders, on both databases."""

from dataclasses import replace
from datetime import timedelta

from core.data.letter import Letter, LetterFile, LetterKind, Rendered
from core.data.mail_record import BlockedSender
from core.store.repositories.store_words import MOST_CHARACTERS, write_words
from tests.store.test_store import AT, new_mail
from tests.unaudited import unaudited
from tests.validators.builders import complete_submission, enterprise, message

DAY = timedelta(days=1)


def answer(text="请登录门户", kind=LetterKind.ANSWER):
    return Letter(0, kind, "a@example.com", Rendered("答复", text, ""), f"<{text}{kind}>", AT)


def test_words_come_in_order_are_replaced_and_leave_an_empty_row(store):
    with store.transaction() as tx:
        mail_id = tx.mails.add(new_mail(1, b"mail"))
        record = replace(tx.mails.get(mail_id), sender="a@example.com", subject="ＣＡ 锁")
        tx.mails.save(record, complete_submission(message((), new_text="电脑\n不认锁")))
        letter_id = tx.letters.add(answer())
        tx.letters.add(answer(kind=LetterKind.RETURNED))
        first, second = tx.words.oldest(after=0, limit=9)
        assert (first.mail_id, second.letter_id) == (mail_id, letter_id)
        assert "\nca锁\n" in first.text
        assert "电脑不认锁" in first.text
        assert tx.words.oldest(after=first.id, limit=9) == [second]
        assert tx.words.oldest(after=0, limit=1) == [first]
        tx.mails.purge([mail_id])
        tx.letters.save(replace(tx.letters.by_id(letter_id), rendered=Rendered("", "", "")))
        assert [(one.text, one.id > second.id) for one in tx.words.oldest(after=0, limit=9)] == [
            ("", True)
        ] * 2


def test_no_part_of_an_id_number_is_stored_where_a_text_is_cut(store):
    number = "119999199001011234"
    with store.transaction() as tx:
        for cut in (1, 9, 17):
            text = f"{'x' * (MOST_CHARACTERS - cut)}{number}"
            write_words(tx.words, [text], mail_id=tx.mails.add(new_mail(cut, bytes(cut))))
        texts = [one.text for one in tx.words.oldest(after=0, limit=9)]
        assert len(texts) == 3
        assert not [text for text in texts if "1" in text]


def test_files_go_with_a_letter_and_are_removed_with_its_words(store):
    files = (LetterFile("说明.pdf", b"%PDF"), LetterFile("b.bin", b""))
    with store.transaction() as tx:
        letter_id = tx.letters.add(answer())
        tx.letters.add_files(letter_id, files)
        assert tx.letters.files(letter_id) == files
        assert tx.letters.files(letter_id + 1) == ()
        tx.letters.save(replace(tx.letters.by_id(letter_id), rendered=Rendered("", "", "")))
        assert tx.letters.files(letter_id) == ()


def test_a_sender_is_blocked_once_and_until_then(store):
    with unaudited(store) as tx:
        one = tx.blocked.add(BlockedSender(0, "A@example.com", AT, AT + DAY, "li"))
        again = tx.blocked.add(replace(one, until=AT + 2 * DAY))
        assert tx.blocked.newest() == [again]
        tx.now = AT + DAY
        assert tx.blocked.of("a@EXAMPLE.com") == again
        assert tx.blocked.of("b@example.com") is tx.blocked.of("") is None
        tx.now = AT + 2 * DAY
        assert tx.blocked.of(one.sender) is None
        tx.blocked.drop_ended()
        assert tx.blocked.newest() == []


def test_an_enterprise_is_found_by_what_is_whole_of_its_contact(store):
    with unaudited(store) as tx:
        own = enterprise(contact_name="秦 联系", contact_phone="(028) 8765-4321")
        one = tx.accounts.add(own)
        for words in ("秦联系", "02887654321", own.contact_email.upper(), "028-8765 4321"):
            assert [found.id for found in tx.accounts.find(words)] == [one], words
        for words in ("联系", "8765", "nobody@example.com", "()"):
            assert tx.accounts.find(words) == [], words
        assert [found.id for found in tx.accounts.find("nobody", also=[one])] == [one]
