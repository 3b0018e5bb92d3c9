"""Turns an HTML body into text: tables become rows, quotes and cloud links are marked,
struck-out words vanish.

The marks are lines and characters of the private-use area, which `quoting` and `cloud_links` take
out again; such characters in the mail itself are removed first. Nothing is fetched, no style or
script survives. What it costs grows with the length: markup is bounded in number and depth, and
what lies beyond is reported, since a mail may say there what was not read.
"""

import re
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any, Final

from mail_intake.message.cloud_links import service_of
from mail_intake.message.html_choices import write_choices
from mail_intake.message.html_layout import Layout

TOO_LONG: Final = "body.too_long"
TOO_DEEP: Final = "body.too_deep"
QUOTE_BEGIN: Final = "\ue0f0"
QUOTE_END: Final = "\ue0f1"
# a plain blockquote: a quote in a reply, mere indentation elsewhere
QUOTE_PERHAPS: Final = "\ue0f4"
LINK_BEGIN: Final = "\ue0f2"
LINK_END: Final = "\ue0f3"
MARKS: Final = re.compile("[\ue0f0-\ue0f4]")

_DROPPED: Final = frozenset(
    {
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "template",
        "object",
        "iframe",
        "s",
        "strike",
        "del",
    }
)
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|text-decoration[^;]{0,80}line-through|mso-hide\s*:\s*all"
    r"|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|"
    r"pt)?\s*(?:;|$)"
)
_QUOTE_CLASSES: Final = re.compile(
    r"(?:^|\s)(?:gmail_quote\S*|yahoo_quoted|ntes-mailmaster-quote|mail-?quote\S*|alimail-quote"
    r"|zmail_extra|protonmail_quote|"
    r"tutanota_quote|reply_?quote|old-?mail|OutlookMessageHeader|history-?mail)(?:\s|$)"
)
_QUOTE_IDS: Final = frozenset(
    {
        "isReplyContent",
        "isForwardContent",
        "divRplyFwdMsg",
        "mail-editor-reference-message-container",
        "replysplit",
        "origbody",
        "x_divRplyFwdMsg",
    }
)
# all that follows in the mail is quoted
_OPEN_ENDED: Final = frozenset({"appendonsend", "divRplyFwdMsg", "x_divRplyFwdMsg"})
_MARK_ENTITY: Final = re.compile(r"&(?:amp;)*#(?:x0*e0f[0-4]|0*5758[4-8]);?", re.IGNORECASE)
_MARKUP: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})[^<>]*>|<[!?/][^<>]*>")
_BREAKS: Final = frozenset(
    {"br", "/p", "/div", "/tr", "/li", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6"}
)
_SKIPPED_ELEMENTS: Final = frozenset({"script", "style", "head", "s", "del", "strike"})
_TAB: Final = re.compile(r"\t[ \t]*")


def html_to_text(html: str, note: Callable[[str], None], max_tags: int) -> str:
    """The text of an HTML body with its marks.

    `note`: takes TOO_LONG (beyond `max_tags`) or TOO_DEEP where not all of it was read.

    Falls back to dropping the tags where the parser gives up.
    """
    html = _MARK_ENTITY.sub("", MARKS.sub("", html)).replace("\x00", "")
    html = _bounded(html, max_tags, note)
    try:
        text = _rendered(html, note)
    except Exception:  # noqa: BLE001
        # lxml raises many kinds on hostile HTML; the plain way below always works
        text = None
    return _normalised(_stripped(html) if text is None else text)


def _bounded(html: str, max_tags: int, note: Callable[[str], None]) -> str:
    """The HTML up to its last `<` within the bound."""
    pieces = html.split("<", max_tags + 1)
    if len(pieces) <= max_tags + 1:
        return html
    note(TOO_LONG)
    return "<".join(pieces[:-1])


def _rendered(html: str, note: Callable[[str], None]) -> str | None:
    """The text, or None where the parser read no further than to some depth."""
    import lxml.html
    from lxml import etree

    parser = lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True
    )
    tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        note(TOO_DEEP)
        return None
    layout = Layout()
    hidden: Any = None
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if element is hidden:
            hidden = None
            layout.write(element.tail)
        elif event == "end":
            layout.end(element)
        elif _is_hidden(element):
            hidden = element
            walk.skip_subtree()
        else:
            _mark(element)
            layout.begin(element)
    return layout.text()


def _mark(element: Any) -> None:
    """Write the text that this element has beside its letters, such as a link or a box."""
    if element.tag == "a":
        _mark_link(element)
    elif element.tag == "input":
        _write_box(element)
    else:
        write_choices(element)
    if _is_quote(element):
        _mark_quote(element, QUOTE_BEGIN)
    elif element.tag == "blockquote":
        _mark_quote(element, QUOTE_PERHAPS)


def _is_hidden(element: Any) -> bool:
    if element.tag == "body" or element.getparent() is None:
        return False
    return element.tag in _DROPPED or bool(_HIDDEN.search(element.get("style") or ""))


def _mark_link(element: Any) -> None:
    service = service_of(element.get("href") or "")
    if service:
        element.tail = f"{LINK_BEGIN}{service}{LINK_END}{element.tail or ''}"


def _write_box(element: Any) -> None:
    kind = (element.get("type") or "text").lower()
    if kind in {"checkbox", "radio"}:
        element.tail = ("☑" if element.get("checked") is not None else "☐") + (element.tail or "")
    elif kind == "text" and element.get("value"):
        element.tail = f" {element.get('value')} {element.tail or ''}"


def _is_quote(element: Any) -> bool:
    if element.tag == "blockquote" and (
        (element.get("type") or "").lower() == "cite" or "cite" in element.attrib
    ):
        return True
    if (element.get("id") or "") in _QUOTE_IDS | _OPEN_ENDED or element.get(
        "name"
    ) == "messageReplySection":
        return True
    return bool(_QUOTE_CLASSES.search(element.get("class") or ""))


def _mark_quote(element: Any, begin: str) -> None:
    if element.tag in {"body", "html"}:
        return
    element.text = f"{begin}{element.text or ''}"
    if element.get("id") in _OPEN_ENDED:
        return
    last = next(element.iterchildren(reversed=True), None)  # len(element) counts them all
    if last is not None:
        last.tail = f"{last.tail or ''}{QUOTE_END}"
    else:
        element.text += QUOTE_END


def _stripped(html: str) -> str:
    """The text between the tags, without what scripts,
    styles and struck-out elements hold where they are closed at all."""
    return unescape("".join(_between_tags(re.sub(r"[\r\n]+", " ", html))))


def _between_tags(html: str) -> Iterable[str]:
    lower = html.lower()
    last_end = {name: lower.rfind(f"</{name}") for name in _SKIPPED_ELEMENTS}
    at, skipped_element = 0, ""
    for tag in _MARKUP.finditer(html):
        if not skipped_element:
            yield html[at : tag.start()]
        at = tag.end()
        name = (tag[2] or "").lower()
        if skipped_element:
            skipped_element = "" if tag[1] and name == skipped_element else skipped_element
        elif not tag[1] and name in _SKIPPED_ELEMENTS and last_end[name] >= at:
            skipped_element = name
        elif f"{tag[1]}{name}" in _BREAKS:
            yield "\n"
        elif tag[1] and name in {"td", "th"}:
            yield "\t"
    if not skipped_element:
        yield html[at:]


def _normalised(text: str) -> str:
    text = re.sub(f"([{QUOTE_BEGIN}{QUOTE_PERHAPS}{QUOTE_END}])", r"\n\1\n", text)
    lines = (
        "\t".join(cell.rstrip(" ") for cell in _TAB.split(line.replace("\xa0", " "))).strip()
        for line in text.splitlines()
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
