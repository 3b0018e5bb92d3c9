"""Reads the example files of this folder: texts of requests and what they say.

A file holds `[[group]]` tables. Keys of a group, each also of one example in it where it differs:
`names`: the enterprise names said, in order of the answer; [] none; "unread" where one is spoken of
but not readable; a list of lists where several are right. `unbind`, `reset`: yes, no, ambiguous,
unread or missing; a list where several are right. `request`, `progress`, `withdraws`: whether the
text has words of a request, asks how far it is, takes it back. `known`: the names on the papers of
the mail. What is not given is not asserted. `why` is the reason. `kind` (plain, html) marks the
body of a whole mail, which is decoded and stripped of quotes first.

An example is a text or a table of `subject`, `text` and what differs from its group. `frames` are
texts around each example ({text}). {word} stands for each of `words.word` of the group or the file,
and words may hold others, so that a group is a product; `sample` draws that many of it by `seed`.
"""

import itertools
import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mail_intake.request.read import read_request
from tests.message.mails import new_text, word

FOLDER = Path(__file__).parent
FILES = (
    "everyday",
    "odd",
    "names",
    "questions",
    "kinds",
    "fresh",
    "unseen",
    "strangers",
    "wordings",
    "combinations",
    "ordinals",
)
TRUTHS = ("names", "unbind", "reset", "request", "progress", "withdraws")
EXAMPLE_KEYS = {"subject", "text", "kind", "why", "known", *TRUTHS}
GROUP_KEYS = EXAMPLE_KEYS | {
    "id",
    "frames",
    "words",
    "examples",
    "sample",
    "seed",
    "doubt_at_most",
    "wrong_names_at_most",
    "wrong_requests_at_most",
}
DOUBTS = frozenset({"unread", "ambiguous"})
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
Right = tuple[object, ...]
"""The values that are right: answers as words, names as tuples or "unread"."""


@dataclass(frozen=True, slots=True)
class Example:
    subject: str
    text: str
    kind: str
    truth: Mapping[str, Right]
    why: str
    known: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether doubt about some answer or name would be a loss."""
        return any(
            not DOUBTS.intersection(self.truth[field])
            for field in ("names", "unbind", "reset")
            if field in self.truth
        )

    def read(self) -> dict[str, object]:
        """What the reader makes of it, under the names of the truths."""
        text = self.text
        if self.kind:
            subject = word(self.subject, "utf-8", "utf-8").replace(b"\n", b"")
            text = new_text(text, b"Subject: " + subject, kind=self.kind)
        form = read_request(self.subject, text, self.known)
        is_unread = form.name_unread and not form.enterprise_names
        return {
            "names": "unread" if is_unread else form.enterprise_names,
            "unbind": form.unbind.value,
            "reset": form.reset_password.value,
            "request": form.has_request_words,
            "progress": form.asks_progress,
            "withdraws": form.withdraws,
        }


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """One `[[group]]`, compared by identity as the key of caches.

    `doubt_at_most`: the share of its plain examples that may be doubted, where it is counted by
    itself. `wrong_names_at_most`: how many names may be wrong, `wrong_requests_at_most`: how many
    mails may be called a request, or none, wrongly, where nothing else of them is wrong.
    """

    file: str
    id: str
    examples: tuple[Example, ...]
    doubt_at_most: float | None
    wrong_names_at_most: int
    wrong_requests_at_most: int
    sampled: bool


@cache
def load(file: str) -> tuple[float, tuple[Group, ...]]:
    """The share of doubt that the file may have, and its groups."""
    data = tomllib.loads((FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
    for one in data["group"]:
        unknown = one.keys() - GROUP_KEYS | {
            key
            for example in one["examples"]
            if isinstance(example, dict)
            for key in example.keys() - EXAMPLE_KEYS
        }
        assert not unknown, f"{file}.toml, {one['id']}: {unknown}"
    return data["doubt_at_most"], tuple(
        _group(file, one, data["words"] | one.get("words", {})) for one in data["group"]
    )


def _group(file: str, group: dict[str, Any], words: Mapping[str, list[str]]) -> Group:
    return Group(
        file,
        group["id"],
        tuple(_expanded(group, words)),
        group.get("doubt_at_most"),
        group.get("wrong_names_at_most", 0),
        group.get("wrong_requests_at_most", 0),
        "sample" in group,
    )


def _expanded(group: dict[str, Any], words: Mapping[str, list[str]]) -> Iterator[Example]:
    templates = [
        group | example | {"text": frame.replace("{text}", example["text"])}
        for frame in group.get("frames", ["{text}"])
        for example in (
            {"text": one} if isinstance(one, str) else {"text": ""} | one
            for one in group["examples"]
        )
    ]
    if "sample" in group:
        chance = random.Random(group["seed"])
        for template in chance.choices(templates, k=group["sample"]):
            yield _example(
                template, {key: chance.choice(words[key]) for key in _keys(template, words)}
            )
        return
    for template in templates:
        keys = _keys(template, words)
        for chosen in itertools.product(*(words[key] for key in keys)):
            yield _example(template, dict(zip(keys, chosen, strict=True)))


def _keys(template: dict[str, Any], words: Mapping[str, list[str]]) -> list[str]:
    """The placeholders of a template, and those in the words that replace them."""
    keys: list[str] = []
    found = PLACEHOLDER.findall(f"{template.get('subject', '')}{template['text']}")
    while found:
        keys += [key for key in dict.fromkeys(found) if key not in keys]
        found = [
            key
            for one in dict.fromkeys(found)
            for text in words[one]
            for key in PLACEHOLDER.findall(text)
        ]
    return keys


def _example(template: dict[str, Any], choice: Mapping[str, str]) -> Example:
    def fill(text: str) -> str:
        return (
            fill(PLACEHOLDER.sub(lambda found: choice[found[1]], text))
            if PLACEHOLDER.search(text)
            else text
        )

    def right(value: Any) -> Right:
        return tuple(value) if isinstance(value, list) else (value,)

    def right_names(value: Any) -> Right:
        several = value if value and isinstance(value[0], list) else [value]
        return tuple(one if isinstance(one, str) else tuple(map(fill, one)) for one in several)

    truth = {
        key: (right_names if key == "names" else right)(template[key])
        for key in TRUTHS
        if key in template
    }
    return Example(
        fill(template.get("subject", "")),
        fill(template["text"]),
        template.get("kind", ""),
        truth,
        template["why"],
        tuple(map(fill, template.get("known", []))),
    )
