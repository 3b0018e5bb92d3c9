"""The help for each refusal of the entrance, the lock or the lock agent, by its code
(templates/web/portal/help.toml)."""

import json
from functools import cache
from typing import Any

from web.common.page_words import table


@cache
def helps() -> dict[str, dict[str, Any]]:
    """By code: steps to take, in order, ways to other pages (text, address), and a message for
    what the page finds itself."""
    read = table("portal/help.toml")
    return {
        code: {
            "steps": one.get("steps", []),
            "ways": [read["pages"][name] for name in one.get("ways", ())],
            "message": one.get("message", ""),
        }
        for code, one in read["codes"].items()
    }


def help_for(code: str) -> dict[str, Any]:
    return helps().get(code, {"steps": [], "ways": [], "message": ""})


@cache
def helps_of_page() -> str:
    """The help that the page itself may need, as JSON: for codes of the lock agent (without
    a dot), and its own."""
    own = {code: one for code, one in helps().items() if "." not in code or one["message"]}
    return json.dumps(own, ensure_ascii=False)
