"""The request as a mail's words say it: the names, and one answer each for unbinding and for the
reset.
"""

from collections.abc import Collection
from itertools import permutations
from pathlib import Path

from core.data.submission import ELSEWHERE, Answer, RequestForm
from mail_intake.request.cutting import TOPICS
from mail_intake.request.grammar import WORDS, has
from mail_intake.request.mail_facts import deciding_row, facts_of, is_silent, letters_elsewhere
from mail_intake.request.names.found_names import FoundName
from mail_intake.request.names.known_names import name_key
from mail_intake.request.read_text import MOST_NAMES, ReadText, is_ours, read_parts, shows
from mail_intake.request.tokens import SHAPES
from mail_intake.request.weighed_answer import weighed_answer


def read_request(
    subject: str, new_text: str, known: Collection[str] = (), own_words: Path | None = None
) -> RequestForm:
    """The request as subject and new text say it together.

    `known`: names on the submission's papers. `own_words`: the operator's lexicon.
    """
    parts = read_parts(subject, new_text, known, own_words)
    found = [name for part in parts for name in part.names]
    sure = _sure(found, known)
    names = dict[str, str]()
    full = WORDS["names"]["full"]
    doubted = any(name.unsure and not name.secondary and has(name.name, full) for name in found)
    # an agent alone is none where the name of its client is in doubt
    for name in [name for name in sure if not name.secondary] or ([] if doubted else sure):
        names.setdefault(name_key(name.name), name.name)
    facts = facts_of(parts, named=bool(sure))
    row = deciding_row(facts)
    unbind, reset = (weighed_answer(parts, topic, named=bool(sure)) for topic in TOPICS.values())
    return RequestForm(
        enterprise_names=tuple(names.values()),
        name_unread=not names and bool(found or "english name" in facts),
        unbind=unbind,
        reset_password=reset,
        has_request_words=row.says != "other",
        perhaps=row.says == "perhaps",
        asks_progress="progress" in facts,
        withdraws=_withdraws(parts, facts, unbind, named=bool(sure)),
        repeats_subject=bool(SHAPES["reply_prefix"].match(subject)) and is_silent(parts[-1]),
        only_doubts=Answer.YES not in (unbind, reset)
        and bool({Answer.UNREAD, Answer.AMBIGUOUS} & {unbind, reset}),
        urgent="urgent" in facts or (is_ours(subject) and shows(parts, "urgent")),
        elsewhere=letters_elsewhere(parts) + ELSEWHERE * ("template" in row.facts),
        needs_nothing="needs nothing" in facts,
    )


def _withdraws(parts: list[ReadText], facts: set[str], unbind: Answer, *, named: bool) -> bool:
    """Whether the mail takes its request back. Words that only speak of something taken back do
    not where the text plainly asks."""
    if {"gives up", "takes back"}.intersection(facts):
        return True
    contradicts = Answer.YES in parts[-1].form.answers["unbind"]
    if "refuses unbinding" in facts and unbind is not Answer.YES and not contradicts:
        return True
    asked = weighed_answer(parts[-1:], "unbind", named=named) is Answer.YES
    return "withdraws" in facts and not asked


def _sure(found: list[FoundName], known: Collection[str]) -> list[FoundName]:
    """The names that are no doubt, no short form of another,
    and none beside the name on the papers."""
    # a parent's name is none where its branch's is in doubt
    unsure = [name_key(name.name) for name in found if name.unsure]
    sure = [name for name in found if not name.unsure and not _begins_longer(name, unsure)]
    short = _short_forms({name_key(name.name) for name in sure})
    sure = [name for name in sure if name_key(name.name) not in short]
    on_papers = {name_key(name) for name in known}
    if not any(name_key(name.name) in on_papers for name in sure):
        return sure
    full = WORDS["names"]["full"]  # else a school or a shop beside the name on the papers
    return [name for name in sure if has(name.name, full) or name_key(name.name) in on_papers]


def _begins_longer(name: FoundName, keys: list[str]) -> bool:
    key = name_key(name.name)
    return any(one.startswith(key) and one != key for one in keys)


def _short_forms(keys: set[str]) -> set[str]:
    """Those of the names' keys that are short forms of another: its end, or the same characters in
    order and no kind of company."""
    found = set()
    for key, one in permutations(sorted(keys)[:MOST_NAMES], 2):
        rest = iter(one)
        in_order = all(each in rest for each in key)
        if one.endswith(key) or (in_order and not has(key, WORDS["names"]["full"])):
            found.add(key)
    return found
