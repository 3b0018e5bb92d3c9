"""Makes choices that only a screen shows into words: ticks of the Wingdings fonts, the one option
of 是/否 that is bold, coloured or marked, drop-down lists, pictures of signs.

Word draws its boxes with letters of a symbol font (þ is a ticked box, in Wingdings 2 it is R); read
as letters they would turn an answer round. A marked option is framed (【是】/否), and only where
its neighbour is plain, since a form may print both alike.
"""

import re
from typing import Any

_WINGDINGS = str.maketrans("þ¨üûýoqrnl¡xØv§Ü", "☑□√×☒□□□■●○☒····")
_WINGDINGS_2 = str.maketrans("R£PORQST*", "☑□√×☑☒☒☒□")
_INLINE = frozenset({"span", "font", "b", "strong", "u", "em", "mark", "i"})
_EMPHASIS_TAGS = frozenset({"b", "strong", "u", "em", "mark"})
_EMPHASIS = re.compile(
    r"background(?:-color)?\s*:\s*(?!white|#f{3,6}\b|transparent|none|inherit|initial"
    r"|rgb\(255,\s*255,\s*255)|font-weight\s*:\s*(?:bold|[6-9]00)|"
    r"text-decoration[^;]{0,80}underline|(?<![\w-])color\s*:\s*(?!black|#0{3,6}\b|windowtext|auto"
    r"|inherit|initial|rgb\(0,\s*0,\s*0\)|rgb\((\d+),\s*\1,\s*\1\)|#333)|"
    r"border\s*:\s*(?!none|0)",
    re.IGNORECASE,
)
_OPTION = r"(?:不?需要|不?要|是|否)"
_ONE_OPTION = re.compile(_OPTION)
_NEAR = 200  # characters in which the neighbour of an option is looked for
_AFTER = re.compile(rf"\s*[/／、|或]?\s*{_OPTION}")
_BEFORE = re.compile(rf"{_OPTION}\s*[/／、|或]?\s*$")
_SIGN = re.compile(rf"{_OPTION}|[☑✅√✓✔□☐×✗❌☒]")
_ASKED = re.compile(r"(?:解绑|密码|重置)[^:：\n]{0,10}[:：]\s*$")


def write_choices(element: Any) -> None:
    """Write out what this element of an HTML tree shows beyond its letters."""
    if element.tag in _INLINE:
        _write_symbols(element)
        _frame_option(element)
    elif element.tag == "select":
        _keep_selected(element)
    elif element.tag == "img":
        _write_picture_choice(element)


def _write_symbols(element: Any) -> None:
    font = f"{element.get('face') or ''} {element.get('style') or ''}".lower()
    if "wingdings" in font and element.text:
        element.text = element.text.translate(
            _WINGDINGS_2 if re.search(r"wingdings\s*2", font) else _WINGDINGS
        )


def _frame_option(element: Any) -> None:
    """Frame an emphasised option that stands beside a plain one."""
    text = (element.text or "").strip()
    if not _ONE_OPTION.fullmatch(text) or next(element.iterchildren(), None) is not None:
        return
    outer, emphasised = element, _emphasised(element)
    while _is_alone(outer):
        outer = outer.getparent()
        emphasised = emphasised or _emphasised(outer)
    if emphasised and (
        _AFTER.match(_one_line((outer.tail or "")[:_NEAR]))
        or _BEFORE.search(_one_line(_text_before(outer)))
    ):
        element.text = f"【{text}】"


def _text_before(element: Any) -> str:
    """The end of the text directly before an element."""
    before, parent = element.getprevious(), element.getparent()
    text_before = before.tail if before is not None else parent.text if parent is not None else ""
    return str(text_before or "")[-_NEAR:]


def _one_line(text: str) -> str:
    """Runs of white space as one space: an expression that begins and ends in some tries
    each division of a run."""
    return re.sub(r"\s+", " ", text)


def _write_picture_choice(element: Any) -> None:
    """A picture where an answer is due is no empty answer;
    one that stands for a sign is that sign."""
    alternative = (element.get("alt") or "").strip()
    if _SIGN.fullmatch(alternative):
        element.tail = f"{alternative}{element.tail or ''}"
    elif _ASKED.search(_text_before(element)):
        element.tail = f"[图片]{element.tail or ''}"


def _is_alone(element: Any) -> bool:
    parent = element.getparent()
    return (
        parent is not None
        and parent.tag in _INLINE
        and element.getnext() is None
        and element.getprevious() is None
        and not (parent.text or "").strip()
        and not (element.tail or "").strip()
    )


def _emphasised(element: Any) -> bool:
    return (
        element.tag in _EMPHASIS_TAGS
        or bool(element.get("color"))
        or bool(_EMPHASIS.search(element.get("style") or ""))
    )


def _keep_selected(element: Any) -> None:
    options = list(element.iter("option"))
    if any(option.get("selected") is not None for option in options):
        for option in options:
            if option.get("selected") is None:
                option.text = ""
