"""The texts of certificates.yaml and of profiles in config.yaml: the places in a certificate that a
value is read from, and expressions, which may name those of the data file in braces."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.settings.config_file import read
from app.settings.config_problems import Wrong

DATA_FILE = Path(__file__).with_name("certificates.yaml")
_SOURCE = re.compile(r"(?:subject|extension) \d+(?:\.\d+)+(?: (.+))?", re.DOTALL)
_NAMED = re.compile(r"\{([a-z_]+)\}")


@cache
def data() -> Mapping[str, Any]:
    """The content of the data file."""
    content: Mapping[str, Any] = read(DATA_FILE.read_text(encoding="utf-8")).values
    return content


def shipped_name(text: str) -> str:
    """The name of a profile of the data file. Raises Wrong for others."""
    known = data()["profiles"]
    if text not in known:
        listed = ", ".join(known)
        raise Wrong(f"须是其中之一：{listed}")
    return text


def expression(text: str) -> str:
    """The expression with those that it names. Raises Wrong."""
    patterns = data()["patterns"]
    for name in _NAMED.findall(text):
        if name not in patterns:
            known = ", ".join(patterns)
            raise Wrong(f"没有名为 {{{name}}} 的表达式，只有 {known}")
    whole = _NAMED.sub(lambda found: patterns[found[1]], text)
    try:
        re.compile(whole)
    except re.error as error:
        raise Wrong(f"不是正则表达式（{error}）") from error
    return whole


def source_text(text: str) -> str:
    """The text of a source with the expressions that it names. Raises Wrong."""
    whole = expression(text)
    match = _SOURCE.fullmatch(whole)
    if match is None:
        raise Wrong("应写成 “subject OID” 或 “extension OID”，后面可加一个空格和正则表达式")
    if match[1] and re.compile(match[1]).groups != 1:
        raise Wrong("正则表达式应有且只有一个捕获组（其余请用 (?:…)）")
    return whole
