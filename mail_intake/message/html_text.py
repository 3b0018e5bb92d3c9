"""Turns an HTML body into text: tables become rows, quotes and cloud links are marked,
struck-out words vanish.

The marks are lines and characters of the private-use area, which `quoting` and `cloud_links` take
out again; such characters in the mail itself are removed first. Nothing is fetched, no style or
script survives. What it costs grows with the length: markup is bounded in number and depth, and
what lies beyond is reported, since a mail may say there what was not read.
"""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from PIL import ImageColor

from core.data.submission import PICTURE, WORDS_CUT
from mail_intake.message.cloud_links import service_of
from mail_intake.message.html_choices import write_choices
from mail_intake.message.html_layout import Layout

TOO_LONG = WORDS_CUT
MAX_ATTRIBUTES = 1000
QUOTE_BEGIN = "\ue0f0"
QUOTE_END = "\ue0f1"
# a plain blockquote: a quote in a reply, mere indentation elsewhere
QUOTE_PERHAPS = "\ue0f4"
LINK_BEGIN = "\ue0f2"
LINK_END = "\ue0f3"
MARKS = re.compile("[\x00\ue0f0-\ue0f4]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_DROPPED = frozenset(
    {
        "script",
        "style",
        "title",
        "template",
        "xml",
        "iframe",
    }
)
_PICTURES = frozenset({"img", "svg", "video", "audio", "embed"})
_STRUCK = frozenset({"s", "strike", "del"})
_ENDS = re.compile(r"</(?:html|body)\b[^<>]{0,1000}>", re.IGNORECASE)
"""Tags behind which the parser reads no more, though programs display what follows."""
_STRING = r""""[^"]*+(?:"|$)|'[^']*+(?:'|$)"""
_COMMENT = re.compile(rf"({_STRING})|/\*(?:[^*]|\*(?!/))*+(?:\*/)?")
_DECLARATION = re.compile(rf"""[^;"']*+(?:(?:{_STRING})[^;"']*+)*+""")
_WORD = re.compile(r"[^\s(]+(?:\([^()]*\))?")
_NOT_DRAWN = frozenset({"none", "table-column", "table-column-group"})
_DISPLAYS = _NOT_DRAWN | frozenset(
    [
        "block",
        "inline",
        "inline-block",
        "flow-root",
        "list-item",
        "table",
        "inline-table",
        "table-row",
        "table-cell",
        "table-row-group",
        "table-caption",
        "table-header-group",
        "table-footer-group",
        "ruby",
        "run-in",
        "-webkit-box",
        "-webkit-flex",
        "flex",
        "inline-flex",
        "grid",
        "inline-grid",
        "contents",
        "flow",
        "inherit",
        "initial",
        "unset",
        "revert",
    ]
)
_DECORATION = re.compile(
    r"none|underline|overline|line-through|blink|solid|double|dotted|dashed|wavy|auto|from-font"
    r"|inherit|initial|unset|revert|#[0-9a-f]{3,8}|[\d.]+(?:[a-z]+|%)?|transparent|currentcolor"
    r"|canvas(?:text)?|linktext|visitedtext|activetext|button(?:text|face|border)|field(?:text)?"
    r"|highlight(?:text)?|selecteditem(?:text)?|mark(?:text)?|graytext|accentcolor(?:text)?"
    r"|windowtext|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark|var)\([^()]*\)|"
    + "|".join(ImageColor.colormap)
)
"""Words of a decoration: lines, styles, widths, and colours of CSS with those of a system."""
_KNOWN: dict[str, Callable[[str], object]] = {
    "display": _DISPLAYS.__contains__,
    "text-decoration": _DECORATION.fullmatch,
    "text-decoration-line": _DECORATION.fullmatch,
}
"""Whether programs know a word of a value: they leave a declaration with another one out."""
_QUOTE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_quote\S*|yahoo_quoted|ntes-mailmaster-quote|mail-?quote\S*|alimail-quote"
    r"|zmail_extra|protonmail_quote|tutanota_quote"
    r"|reply_?quote|old-?mail|OutlookMessageHeader|history-?mail)(?:\s|$)"
)
# all that follows in the mail is quoted
_OPEN_ENDED = frozenset({"appendonsend", "divRplyFwdMsg", "x_divRplyFwdMsg"})
_QUOTE_IDS = _OPEN_ENDED | {
    "isReplyContent",
    "isForwardContent",
    "mail-editor-reference-message-container",
    "replysplit",
    "origbody",
}
_REFERENCE = re.compile(r"&(?:amp;)*#(?:x0*([0-9a-f]{1,8})|0*([0-9]{1,8}));?", re.IGNORECASE)
_TAB = re.compile("\t *")


def html_to_text(html: str, note: Callable[[str], None], max_tags: int) -> str:
    """The text of an HTML body with its marks.

    `note`: takes PICTURE where it displays one, and TOO_LONG where there is more than `max_tags`,
    elements nest deeper than the parser goes (2048), or a tag has more than MAX_ATTRIBUTES: then
    there is no text.
    """
    html = _REFERENCE.sub(_harmless, _CONTROL.sub(" ", MARKS.sub("", html)))
    html = _ENDS.sub("", html)
    return _normalised(_rendered(_bounded(html, max_tags, note), note))


def _harmless(reference: re.Match[str]) -> str:
    """The reference to a character, unless it is a mark, or one that no element can hold."""
    character = unescape(f"&#x{reference[1]};" if reference[1] else f"&#{reference[2]};")
    if not character or _CONTROL.match(character):
        return " "
    return "" if MARKS.match(character) else reference[0]


def _bounded(html: str, max_tags: int, note: Callable[[str], None]) -> str:
    """The HTML up to its last `<` within the bound."""
    pieces = html.split("<", max_tags + 1)
    if len(pieces) <= max_tags + 1:
        return html
    note(TOO_LONG)
    return "<".join(pieces[:-1])


class _Attributes:
    """Counts the attributes of the tag that has most, without a tree."""

    most = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> int:
        return self.most


def _rendered(html: str, note: Callable[[str], None]) -> str:
    import lxml.html
    from lxml import etree

    data = html.encode("utf-8", "replace")
    counter = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=_Attributes())
    if etree.fromstring(data, counter) > MAX_ATTRIBUTES:  # a tree takes quadratic time for them
        note(TOO_LONG)
        return ""
    parser = lxml.html.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        tree = lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:  # there is no element
        return ""
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        note(TOO_LONG)
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
            if element.tag in _PICTURES:
                note(PICTURE)
            _mark(element)
            layout.begin(element)
    return layout.text()


def _mark(element: Any) -> None:
    """Write the text that stands for a link, a box or a choice, and the marks of a quote."""
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
    if element.tag in _DROPPED:
        return True
    style = _style(element.get("style") or "")
    display = style.get("display", "none" if element.get("hidden") is not None else "")
    line = style.get("text-decoration", "revert")
    if line == "revert":
        line = "line-through" if element.tag in _STRUCK else ""
    return display in _NOT_DRAWN or "line-through" in line


def _style(written: str) -> dict[str, str]:
    """What a style attribute declares of display and text-decoration; of two declarations the later
    one, or the important one.

    Only what no element within undoes hides, and every program: not font-size:0,
    visibility:hidden or mso-hide.
    """
    found: dict[str, str] = {}
    important: dict[str, str] = {}
    plain = _COMMENT.sub(lambda one: one[1] or " ", written.lower())
    for declaration in _DECLARATION.findall(plain):
        name, _, value = declaration.partition(":")
        value, mark, word = value.partition("!")
        name, words = name.strip(), _WORD.findall(value)
        is_valid = name in _KNOWN and words and all(map(_KNOWN[name], words))
        if is_valid and word.strip() == ("important" if mark else ""):
            (important if mark else found)[name.removesuffix("-line")] = " ".join(words)
    return found | important


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
    cites = (element.get("type") or "").lower() == "cite" or "cite" in element.attrib
    return (
        (element.tag == "blockquote" and cites)
        or element.get("id") in _QUOTE_IDS
        or element.get("name") == "messageReplySection"
        or _QUOTE_CLASSES.search(element.get("class") or "") is not None
    )


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


def _normalised(text: str) -> str:
    text = re.sub(f"([{QUOTE_BEGIN}{QUOTE_PERHAPS}{QUOTE_END}])", r"\n\1\n", text)
    lines = (
        "\t".join(cell.rstrip(" ") for cell in _TAB.split(line.replace("\xa0", " "))).strip()
        for line in text.splitlines()
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
