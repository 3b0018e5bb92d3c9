"""The reader against the example files of this folder.

Everyday requests are read exactly. Elsewhere no answer or name is read that was not given, and
nothing given is called missing; doubt (unread, ambiguous, a name unread or more than one) where the
truth is plain is counted and limited, for it costs an administrator seconds, and a wrong yes costs
an enterprise its account.
"""

import unicodedata
from collections import defaultdict
from enum import IntEnum
from functools import cache

import pytest

from tests.request_text.example_files import DOUBTS, FILES, Example, Group, load
from tests.thorough import share

GROUPS = [pytest.param(group, id=f"{file}-{group.id}") for file in FILES for group in load(file)[1]]
COUNTED = [
    pytest.param(
        [group for group in load(file)[1] if group.doubt_at_most is None], load(file)[0], id=file
    )
    for file in FILES
]
COUNTED += [
    pytest.param([group], group.doubt_at_most, id=f"{file}-{group.id}")
    for file in FILES
    for group in load(file)[1]
    if group.doubt_at_most is not None
]


class Verdict(IntEnum):
    EXACT = 0
    DOUBT = 1
    WRONG = 2


def judged(right: tuple[object, ...], got: object) -> Verdict:
    """One field; `got` is an answer, a flag, the names as a tuple, or "unread" for names."""
    if got in right:
        return Verdict.EXACT
    return (
        Verdict.DOUBT
        if got in DOUBTS or (isinstance(got, tuple) and len(got) > 1)
        else Verdict.WRONG
    )


def taken(group: Group) -> list[Example]:
    """Of examples that were drawn, one in three is read in a short run."""
    return share(group.examples, 3 if group.sampled else 1)


@cache
def verdicts(group: Group) -> list[tuple[Example, dict[str, tuple[Verdict, object]]]]:
    """Each example with the verdict on each field of its truth and what was read."""
    found = []
    for example in taken(group):
        got = example.read()
        found.append(
            (
                example,
                {
                    field: (judged(right, got[field]), got[field])
                    for field, right in example.truth.items()
                },
            )
        )
    return found


def shown(example: Example, fields: dict[str, tuple[Verdict, object]], verdict: Verdict) -> str:
    apart = "; ".join(
        f"{field} {got} for {example.truth[field]}"
        for field, (one, got) in fields.items()
        if one is verdict
    )
    return (
        f"{verdict.name}: {apart}\n  subject {example.subject!r}\n  text {example.text!r}\n  why: "
        f"{example.why}"
    )


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_is_wrong(group):
    answers, names, requests = [], [], []
    for example, fields in verdicts(group):
        wrong = {field for field, (verdict, _got) in fields.items() if verdict is Verdict.WRONG}
        if wrong:
            (names if wrong == {"names"} else requests if wrong == {"request"} else answers).append(
                shown(example, fields, Verdict.WRONG)
            )
    assert not answers, "\n".join(answers[:20])
    assert len(names) <= group.wrong_names_at_most, "\n".join(names[:20])
    assert len(requests) <= group.wrong_requests_at_most, "\n".join(requests[:20])


@pytest.mark.parametrize(("groups", "at_most"), COUNTED)
def test_doubt_is_rare(groups, at_most, record_property, request):
    read = [one for group in groups for one in verdicts(group)]
    plain = sum(example.plain for example, _fields in read)
    doubted = [
        shown(example, fields, Verdict.DOUBT)
        for example, fields in read
        if Verdict.DOUBT in {verdict for verdict, _got in fields.values()}
    ]
    record_property(
        "doubt",
        f"{request.node.callspec.id}: {len(read)} examples, {plain} plain, {len(doubted)} doubted "
        f"(at most {at_most:.1%})",
    )
    assert len(doubted) <= at_most * plain, "\n".join(doubted[:20])


@pytest.mark.parametrize(
    ("right", "got", "expected"),
    [
        (("yes",), "yes", Verdict.EXACT),
        (("yes",), "unread", Verdict.DOUBT),
        (("no",), "ambiguous", Verdict.DOUBT),
        (("yes",), "no", Verdict.WRONG),
        (("unread",), "yes", Verdict.WRONG),
        (("unread",), "missing", Verdict.WRONG),
        (("missing",), "no", Verdict.WRONG),
        (("no", "unread"), "unread", Verdict.EXACT),
        ((("甲公司",),), ("乙公司",), Verdict.WRONG),
        ((("甲公司",),), "unread", Verdict.DOUBT),
        ((("甲公司",),), ("甲公司", "乙公司"), Verdict.DOUBT),
        ((("甲公司",),), (), Verdict.WRONG),
        (("unread",), ("甲公司",), Verdict.WRONG),
        ((True,), False, Verdict.WRONG),
    ],
)
def test_the_gate(right, got, expected):
    assert judged(right, got) is expected


def test_no_example_stands_twice():
    """But for the products, whose lists of words overlap."""
    found = defaultdict(list)
    for group in (
        group
        for file in FILES
        if file not in {"combinations", "ordinals"}
        for group in load(file)[1]
        if not group.sampled
    ):
        for one in group.examples:
            spelling = unicodedata.normalize("NFKC", f"{one.subject}\0{one.text}").lower()
            found[one.kind, spelling, *sorted(one.truth.items())].append(group.id)
    assert not {key: groups for key, groups in found.items() if len(groups) > 1}


def test_each_group_has_an_id_of_its_own():
    ids = [group.values[0].id for group in GROUPS]
    assert len(ids) == len(set(ids))
