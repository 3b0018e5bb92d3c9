"""Turns an HTML body into text: tables become rows, quotes and cloud links are marked, struck-out words vanish.

The marks are lines and characters of the private-use area, which `quoting` and `cloud_links` take out again; such characters in the mail itself are removed
first. Nothing is fetched, no style or script survives.
"""

import re
from typing import Any, Final

from mail_intake.cloud_links import service_of
from mail_intake.html_choices import write_choices

QUOTE_BEGIN: Final = "\ue0f0"
QUOTE_END: Final = "\ue0f1"
QUOTE_PERHAPS: Final = "\ue0f4"   # a plain blockquote: a quote in a reply, mere indentation elsewhere
LINK_BEGIN: Final = "\ue0f2"
LINK_END: Final = "\ue0f3"
MARKS: Final = re.compile("[\ue0f0-\ue0f4]")

_DROPPED: Final = frozenset({"script", "style", "head", "title", "noscript", "template", "object", "iframe", "s", "strike", "del"})
_HIDDEN: Final = re.compile(r"display\s*:\s*none|text-decoration[^;]*line-through|mso-hide\s*:\s*all|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|"
                            r"pt)?\s*(?:;|$)")
_QUOTE_CLASSES: Final = re.compile(r"(?:^|\s)(?:gmail_quote\S*|yahoo_quoted|ntes-mailmaster-quote|mail-?quote\S*|alimail-quote|zmail_extra|protonmail_quote|"
                                   r"tutanota_quote|reply_?quote|old-?mail|OutlookMessageHeader|history-?mail)(?:\s|$)")
_QUOTE_IDS: Final = frozenset({"isReplyContent", "isForwardContent", "divRplyFwdMsg", "mail-editor-reference-message-container", "replysplit", "origbody",
                               "x_divRplyFwdMsg"})
_OPEN_ENDED: Final = frozenset({"appendonsend", "divRplyFwdMsg", "x_divRplyFwdMsg"})   # all that follows in the mail is quoted
_TAG: Final = re.compile(r"<[^>]{0,2000}>")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^>]{0,500}>", re.IGNORECASE)
_TAB: Final = re.compile(r"\t[ \t]*")
_CELL: Final = re.compile(r"</t[dh]\s*>", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """The text of an HTML body with its marks; falls back to dropping the tags where the parser gives up."""
    html = MARKS.sub("", html).replace("\x00", "")
    try:
        text = _rendered(html)
    except Exception:  # noqa: BLE001 - lxml and inscriptis raise many kinds on hostile HTML; the plain way below always works
        text = ""
    if not text.strip():
        text = _stripped(html)
    return _tidied(text)


def _rendered(html: str) -> str:
    import lxml.html  # type: ignore[import-untyped]
    from inscriptis import Inscriptis
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    _prepare(tree)
    return str(Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"], table_cell_separator="\t")).get_text())


def _prepare(tree: Any) -> None:
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        if element.tag in _DROPPED or _HIDDEN.search(element.get("style") or ""):
            _remove(element)
        else:
            write_choices(element)
        if element.tag == "a":
            _mark_link(element)
        elif element.tag == "input":
            _write_box(element)
        elif element.tag == "tr":
            _flatten_cells(element)
        if _is_quote(element):
            _mark_quote(element, QUOTE_BEGIN)
        elif element.tag == "blockquote":
            _mark_quote(element, QUOTE_PERHAPS)


def _remove(element: Any) -> None:
    """Take an element out but keep the text behind it. Body and root stay."""
    parent = element.getparent()
    if parent is None or element.tag == "body":
        return
    tail = element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


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


def _flatten_cells(row: Any) -> None:
    """Word wraps each cell's text in a paragraph: without it a row of short cells stays one line."""
    cells = [cell for cell in row if cell.tag in {"td", "th"}]
    if len(cells) < 2:
        return
    for cell in cells:
        blocks = [child for child in cell.iter("p", "div") if (child.text_content() or "").strip()]
        if len(blocks) <= 1 or len(blocks) == len(list(blocks[0].iter("p", "div"))):
            for block in list(cell.iter("p", "div")):
                block.tag = "span"


def _is_quote(element: Any) -> bool:
    if element.tag == "blockquote" and ((element.get("type") or "").lower() == "cite" or "cite" in element.attrib):
        return True
    if (element.get("id") or "") in _QUOTE_IDS | _OPEN_ENDED or element.get("name") == "messageReplySection":
        return True
    return bool(_QUOTE_CLASSES.search(element.get("class") or ""))


def _mark_quote(element: Any, begin: str) -> None:
    if element.tag in {"body", "html"}:
        return
    if element.get("id") in _OPEN_ENDED:
        element.text = f"{begin}{element.text or ''}"
        return
    element.text = f"{begin}{element.text or ''}"
    if len(element):
        element[-1].tail = f"{element[-1].tail or ''}{QUOTE_END}"
    else:
        element.text += QUOTE_END


def _stripped(html: str) -> str:
    import html as entities

    text = re.sub(r"<(script|style|head|s|del|strike)\b.{0,200000}?</\1\s*>", "", html, flags=re.DOTALL | re.IGNORECASE)
    text = _CELL.sub("\t", _BREAK.sub("\n", re.sub(r"[\r\n]+", " ", text)))
    return entities.unescape(_TAG.sub("", text))


def _tidied(text: str) -> str:
    text = re.sub(f"([{QUOTE_BEGIN}{QUOTE_PERHAPS}{QUOTE_END}])", r"\n\1\n", text)
    lines = ("\t".join(cell.rstrip(" ") for cell in _TAB.split(line.replace("\xa0", " "))).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
