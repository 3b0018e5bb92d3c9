"""The mail that gets its disposition: what it says, brings and answers."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from core.cases.desk import DeskStep
from core.cases.intake.added_words import added_words
from core.cases.intake.courtesy import (
    adds_nothing,
    complains,
    confirms,
    corrects,
    is_courtesy,
    is_greeting,
    only_asks_progress,
)
from core.cases.intake.denials import disowns, disputes, message_disputes, stops
from core.data.finding import Course
from core.data.letter import Letter, LetterKind
from core.data.mail_record import MailRecord
from core.data.submission import Answer, AttachmentKind, Message, RequestForm, Submission

_MAY_BE_PAPERS = frozenset(
    {
        AttachmentKind.PDF,
        AttachmentKind.IMAGE,
        AttachmentKind.WORD,
        AttachmentKind.OFD,
        AttachmentKind.ARCHIVE,
    }
)
"""The kinds of files in which enterprises send papers, including those that the desk returns."""
MOST_SIGNED = 20
"""So many enterprises of one contact may stand in its signature."""


@dataclass(frozen=True)
class Incoming:
    """The mail that gets its disposition, in its transaction, and what it says and brings.
    `course`: how it is handled before the rules are applied."""

    tx: DeskStep
    record: MailRecord
    submission: Submission
    course: Course

    @property
    def message(self) -> Message:
        return self.submission.message

    @property
    def request(self) -> RequestForm:
        return self.submission.request

    @property
    def proved(self) -> bool:
        return self.message.proved

    @cached_property
    def answered(self) -> Letter | None:
        """Our letter that the mail answers."""
        return self.tx.letters.by_message_id(self.message.thread_ids)

    @property
    def answers_notice(self) -> bool:
        """Whether that is the notice to a registered contact."""
        return self.answered is not None and self.answered.kind is LetterKind.CONTACT_NOTICE

    @property
    def asks_plainly(self) -> bool:
        """Whether the mail's own words ask for something, and deny nothing."""
        return self.request.wants and not self.denies

    @property
    def is_own_request(self) -> bool:
        """Whether a proved mail is a request of its sender's own or a part of one: it asks or
        brings papers, and neither denies nor confirms, nor refuses in answer to the notice. A whole
        one is, whatever else it says."""
        asks = self.course.ends_as is None and (self.request.wants or self.brings_material)
        refuses = self.answers_notice and self.refuses
        speaks = self.denies or refuses or confirms(self.message.new_text)
        return self.is_whole or (self.proved and asks and not speaks)

    @cached_property
    def denies(self) -> bool:
        """Whether the mail disputes a request, be it only in what it adds to the quote below mere
        courtesy, a yes or a question about progress."""
        disputed = message_disputes(self.message)
        if disputed or not self.message.quoted_text:
            return disputed
        kinds = (is_courtesy, confirms, only_asks_progress)
        small = any(one(self.message.new_text, self.names) for one in kinds)
        return small and any(map(disputes, self.added))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the sender may write without saying anything: its own in From, those of
        enterprises, and those of persons that deny nothing: 不是 may be typed as a name, or be on
        an ID card. What stands on the papers of others, or of a mail without proof, is none."""
        tx, sender = self.tx, self.record.sender
        own = tx.accounts.newest(contact_email=sender, limit=MOST_SIGNED) if sender else []
        names = {self.message.sender_name, *self.request.enterprise_names}
        names |= {one.name for one in own}
        persons = {one.contact_name for one in own if len(own) == 1}
        case = tx.cases.optional(self.answered.case_id) if self.answered else None
        account = tx.accounts.optional(case.enterprise_id) if case else None
        if account:
            names.add(account.name)
            # of the many of an agent each types the person's name itself
            persons |= {account.contact_name} if account.is_contact_address(sender) else set()
        if case and sender in case.senders:
            names |= set() if account else {case.enterprise_name or ""}
            unproved = tx.mails.summaries([case])[case.id].unproved
            persons |= set() if unproved else {case.handler}
        return frozenset(names | {one for one in persons if not complains(one)})

    @cached_property
    def added(self) -> list[str]:
        """What the mail says beside its text: new lines of the quote, and a new subject."""
        found = added_words(self.tx, self.message, self.record, self.answered)
        return [line for line in found if not adds_nothing(line, self.names)]

    @property
    def denies_outright(self) -> bool:
        """Whether it denies that the request is its sender's, and does not only stop one."""
        return message_disputes(self.message, outright=True)

    @property
    def stops(self) -> bool:
        """Whether the sender stops the own request, not the reset alone: 重置先不办，只解绑."""
        return stops(self.message.new_text) and self.request.unbind is not Answer.YES

    def stops_own(self, *, denied: bool) -> bool:
        """Whether talk of a sender stops its own request: it asks for that, or denies that it
        asked, for somebody else may have used its mailbox. `denied`: its words stopped cases of
        others."""
        if denied:
            return self.stops and not self.denies_outright
        return self.stops or disowns(self.message.new_text)

    @property
    def corrects(self) -> bool:
        """Whether it takes the place of an earlier mail: 刚才发错了，以这封为准."""
        return corrects(self.message.new_text)

    @property
    def is_thanks(self) -> bool:
        """Whether courtesy takes the mail whole; nobody needs to read it."""
        return self._is_wholly(is_courtesy)

    @property
    def is_confirmation(self) -> bool:
        """Whether a plain confirmation of the notice does."""
        return self.answers_notice and self._is_wholly(confirms)

    @property
    def is_question_of_progress(self) -> bool:
        """Whether a question about progress does."""
        return self.request.asks_progress and self._is_wholly(only_asks_progress)

    def _is_wholly(self, kind: Callable[[str, Collection[str]], bool]) -> bool:
        """Whether words of this kind take the mail whole: its text, what it adds to subject and
        quote, and its pictures, of which one below a mere greeting may be the message."""
        text, names = self.message.new_text, self.names
        greets = is_greeting(text, names)
        brings = any(
            not one.inline_decoration or (greets and one.kind is AttachmentKind.IMAGE)
            for one in self.message.attachments
        )
        brings = brings or self.message.has_unseen or (greets and self.message.shows_picture)
        adds_more = any(not kind(line, names) for line in self.added)
        says_more = brings or self.message.words_cut or self.denies or adds_more
        return kind(text, names) and not says_more

    @property
    def refuses(self) -> bool:
        """Whether it wants no unbinding, perhaps."""
        return self.request.unbind in {Answer.NO, Answer.AMBIGUOUS}

    @property
    def may_object(self) -> bool:
        """Whether it denies, asks back, or asks for something without being whole."""
        request, refuses = self.request, self.refuses
        chats = request.asks_progress or (self.course.ends_as is not None and not refuses)
        whole = self.brings_material or Answer.MISSING not in request.answers.values()
        whole = self.is_whole if self.answers_notice else whole
        return self.denies or not (chats or (whole and request.wants))

    @property
    def is_complete(self) -> bool:
        """Whether it brings everything that a request needs, whatever else it says."""
        given = self.request.wants and Answer.MISSING not in self.request.answers.values()
        return given and self.brings_material

    @property
    def is_whole(self) -> bool:
        """Whether it is complete, and its sender is proved."""
        return self.proved and self.is_complete

    @property
    def brings_material(self) -> bool:
        """Whether the mail has papers, or files that may be papers: not the logo of a signature,
        and not a file that was read and is no paper.
        """
        message, read = self.message, self.submission.documents.files
        unknown = any(
            one.kind in _MAY_BE_PAPERS and not one.inline_decoration and one.name not in read
            for one in message.attachments
        )
        return self.course.papers or unknown or bool(message.cloud_links)
