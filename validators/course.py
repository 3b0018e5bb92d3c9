"""Whether a mail is judged at all, and whether an automatic letter may answer it
(RULES.md section 3, RFC 3834).

Bounces and our own mail are ignored whatever they carry: a bounce may carry a whole request back.
Automatic answers, and mail with a null return path, are ignored unless a person plainly sent a
request with them: words that ask and a PDF of documents attached to the mail itself (an
out-of-office answer often repeats the words in its subject, and may return our mail or its
attachments inside a message). List, bulk and generated mail is judged when it asks or carries
documents, so that a request which came by an alias is worked on by hand; a digest or a newsletter
that merely speaks of CA locks is not. Every header sign forbids the letter; none but those above
forbids the work.
"""

from core.data.documents import PartKind
from core.data.finding import Course, Decision
from core.data.submission import ELSEWHERE, Answer, AttachmentKind, Mark, RequestForm
from validators.evidence import Evidence
from validators.purpose import Likely, brings_papers, is_unknown, title_of_attachments

_NEVER = frozenset({Mark.REPORT, Mark.DAEMON, Mark.OWN})
_ANSWERS = frozenset({Mark.AUTO_REPLIED, Mark.NULL_RETURN_PATH})
_BULK = frozenset({Mark.LIST, Mark.PRECEDENCE, Mark.AUTO_GENERATED})


def course_of(evidence: Evidence) -> Course:
    """How a mail is handled before the rules are applied."""
    if _is_ignored(evidence):
        return Course(Decision.IGNORE)
    by_hand, papers = bool(evidence.message.marks), brings_papers(evidence)
    likely = max(papers, _asks_for_something(evidence, papers))
    if likely:
        likely = Likely.PERHAPS if _is_unsure(evidence.request, papers) else likely
        return Course(None, by_hand, bool(papers), doubtful=likely is Likely.PERHAPS)
    return Course(Decision.OTHER, by_hand, bool(papers), reads_as=title_of_attachments(evidence))


def _is_unsure(form: RequestForm, papers: Likely) -> bool:
    """Whether a person has to tell if this mail asks: nothing is plainly wanted in it, or only in
    an earlier mail, that it passes on beside other words or answers without a word of it. Papers
    speak for the mail that brings them, but for what is passed on."""
    papers_alone = papers is Likely.YES and not form.speaks_elsewhere
    wanted_before = form.repeats_subject and papers is not Likely.YES
    return form.passed_on or wanted_before or (form.only_doubts and not papers_alone)


def _is_ignored(evidence: Evidence) -> bool:
    marks, form, attached = evidence.message.marks, evidence.request, _attaches_papers(evidence)
    # the new text speaks of unbinding or resetting itself, not only of locks
    asks = form.has_request_words and bool(form.given)
    answers = marks & _ANSWERS and not (asks and attached)
    return bool(marks & _NEVER or answers or (marks & _BULK and not (asks or attached)))


def _asks_for_something(evidence: Evidence, papers: Likely) -> Likely:
    """Whether the words make the mail a request, complete or not. A question how far it is, or a
    withdrawal, belongs to its case, unless it is a whole request too.

    Words that are only perhaps a request are one by a wish (more surely if they decide on both
    deeds: 帮解绑，密码不动), or by a name and something that may be papers. The more they speak of
    something else, the more of these they need with a name, and a wish with a name and any file is
    for a person.
    """
    form, unknown = evidence.request, is_unknown(evidence)
    wished, named = form.wants, bool(form.enterprise_names)
    resets = form.unbind is not Answer.YES and form.reset_password is Answer.YES
    if form.withdraws and not resets:
        return Likely(unknown and named)
    whole = {form.unbind, form.reset_password} <= {Answer.YES, Answer.NO}
    if form.asks_progress and not whole:
        return Likely(unknown and wished and named)
    if form.perhaps:
        decided = wished and whole
        more = wished + decided + (unknown or bool(papers))
        signs = named + more if named else min(more, 1 + decided)
        needed = 2 if form.needs_nothing else min(form.elsewhere // ELSEWHERE, 2)
        if signs <= needed:
            for_person = wished and named and evidence.documents.pages
            return Likely.PERHAPS if for_person else Likely.NO
        return Likely.YES if wished or signs > 1 else Likely.PERHAPS
    if form.has_request_words:
        return Likely.YES
    return Likely(unknown and named and bool(form.given) and form.is_neutral)


def _attaches_papers(evidence: Evidence) -> bool:
    """A PDF of the mail itself, not of a message inside it, that shows papers or may show them
    because it was not read well."""
    messages = {a.name for a in evidence.counted if a.kind is AttachmentKind.MESSAGE}
    own = {
        a.name
        for a in evidence.counted
        if a.kind is AttachmentKind.PDF and a.inside not in messages
    }
    documents = evidence.documents
    seen = {p.attachment for p in documents.parts if p.kind is not PartKind.OTHER} | {
        p.attachment for p in documents.pages if p.traces or not p.confident
    }
    return bool(own & (seen | set(evidence.unopened)) or own - {*documents.files})
