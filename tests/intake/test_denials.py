"""The rows of denials.toml are run as their own tests."""

import tomllib
from pathlib import Path

import pytest

from core.cases.intake.denials import DENIALS, disputes

FOLDING = Path(__file__).parents[2] / "mail_intake/request/folding.toml"
DENIED = [example for row in DENIALS["denial"] for example in row["examples"]]
USUAL = [example for row in DENIALS["usual"] for example in row["examples"]]


@pytest.mark.parametrize("text", DENIED)
def test_the_examples_of_a_denial_deny(text: str) -> None:
    assert disputes(text)


@pytest.mark.parametrize("text", DENIED)
def test_they_deny_in_traditional_characters_too(text: str) -> None:
    """Each that the reader of requests knows: 請暫緩辦理."""
    same = tomllib.loads(FOLDING.read_text(encoding="utf-8"))["same"]
    traditional = str.maketrans(dict(zip(same["to"], same["from"], strict=True)))
    assert disputes(text.translate(traditional))


@pytest.mark.parametrize("text", USUAL)
def test_what_many_a_request_promises_denies_nothing(text: str) -> None:
    assert not disputes(text)


@pytest.mark.parametrize(
    "text",
    [
        "申请解绑旧锁，不重置密码",
        "请查收附件，谢谢",
        "锁丢了，请尽快办理",
        "两把锁请分别解绑",
        "情况特殊，请特别处理",
    ],
)
def test_a_plain_request_denies_nothing(text: str) -> None:
    assert not disputes(text)
