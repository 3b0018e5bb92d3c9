"""Chooses and composes the body text of a mail from its text parts.

Of alternatives the HTML is preferred, because it keeps tables, struck-out words and quote marks,
unless it says less than the plain part; a plain part that is empty or only asks for another mail
program is junk. Text attachments are no body. Sources: RFC 2046 section 5.1.4, RFC 3676
(format=flowed).
"""

import re
from dataclasses import dataclass

from core.data.submission import ALTERNATIVES
from mail_intake.message.charsets import decode
from mail_intake.message.html_text import MARKS, TOO_LONG, html_to_text
from mail_intake.message.mime_parts import Part, PartReader

MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_HTML_TAGS = 60_000
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_BODIES = _HTML | {"text/plain", "text", "text/enriched"}
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_JUNK = re.compile(
    r"(?:这是一(?:封|个)|您的|此|本|请使用|如果您|your|this|please|if you).{0,60}(?:html|超文本"
    r"|multi-?part|mime|不支持|浏览器).{0,120}|\[?(?:图片|image|"
    r"cid:\S*)\]?",
    re.IGNORECASE | re.DOTALL,
)
_LETTER = re.compile(r"[^\W_]")
_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_COMPARED = 20_000  # characters of an answer
_STRUCK = re.compile(r"\S?[\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20e0\u20e5\u20eb]+")
"""A character and what Unicode draws over it: 是̶ is struck out, as <s>是</s> is."""
_PLACEHOLDER = re.compile(r"\[[^\]\n]{0,200}\]|<[^<>\n]{1,200}>")


@dataclass(slots=True)
class _Share:
    """The bytes and tags that may still be read in the bodies of one mail. Many parts share them,
    so they cost no more than one."""

    reader: PartReader
    bytes_left: int
    tags_left: int

    def take(self, data: bytes) -> bytes:
        """The data as far as the share goes."""
        if len(data) > self.bytes_left:
            self.reader.note(TOO_LONG)
        allowed = data[: self.bytes_left]
        self.bytes_left -= len(allowed)
        return allowed

    def text(self, html: str) -> str:
        """The text of an HTML body as far as the share goes."""
        tags, self.tags_left = self.tags_left, max(self.tags_left - html.count("<"), 0)
        return html_to_text(html, self.reader.note, tags)


def text_of(part: Part, reader: PartReader) -> str:
    """The body of a mail, with the quote and link marks of `html_text`."""
    share = _Share(reader, MAX_TEXT_BYTES, MAX_HTML_TAGS)
    return "\n".join(_STRUCK.sub("", text) for text in _texts(part, share) if text.strip())


def _texts(part: Part, share: _Share) -> list[str]:
    if part.kind == "multipart/alternative":
        texts = ["\n".join(_texts(child, share)) for child in part.children]
        best = _best(texts)
        if _lacks_words(best, texts):
            share.reader.note(ALTERNATIVES)
        return [best]
    if part.kind.startswith("multipart/"):
        return [text for child in part.children for text in _texts(child, share)]
    return [_leaf_text(part, share)] if is_body(part) else []


def _best(candidates: list[str]) -> str:
    """The last alternative that says no less than the fullest one (RFC 2046:
    the last is the richest)."""
    most = max((_weight(text) for text in candidates), default=0)
    return next((text for text in reversed(candidates) if _weight(text) * 10 >= most * 8), "")


def _lacks_words(best: str, texts: list[str]) -> bool:
    """Whether one of the alternatives begins otherwise than the best one, or has Chinese words that
    it lacks: some programs write an answer into the plain part alone, above an HTML part that only
    quotes."""
    if any(_begins_otherwise(text, best) for text in texts if _weight(text)):
        return True
    pairs = set(_PAIR.findall("".join(_LETTER.findall(best[: 3 * _COMPARED]))))
    others = "\n".join(filter(_weight, (text[:_COMPARED] for text in texts)))[:_COMPARED]
    return not pairs.issuperset(_PAIR.findall(_PLACEHOLDER.sub(" ", others)))


def _begins_otherwise(text: str, best: str) -> bool:
    """Whether the first line of a text, if it quotes nothing, is not how the best one begins."""
    lines = _PLACEHOLDER.sub(" ", text[:_COMPARED]).splitlines()
    first = next((line for line in lines if _LETTER.search(line)), "").strip()
    letters = "".join(_LETTER.findall(first))
    start = "".join(_LETTER.findall(best[: 3 * _COMPARED]))[: len(letters)]
    return not first.startswith(">") and letters != start


def _weight(text: str) -> int:
    return 0 if _JUNK.fullmatch(text.strip()) else len(_LETTER.findall(text))


def is_body(part: Part) -> bool:
    """Whether a leaf is text to be read as the body rather than an attachment."""
    return part.kind in _BODIES and part.disposition != "attachment" and not part.file_name


def _leaf_text(part: Part, share: _Share) -> str:
    data = share.take(part.content())
    html = part.kind in _HTML or _looks_like_html(data)
    label = part.type_parameters.get("charset", "")
    decoded = decode(data, label or (_meta_charset(data) if html else ""))
    if not decoded.exact:
        share.reader.note("body.charset")
    if html:
        return share.text(decoded.text)
    text = MARKS.sub("", decoded.text).replace("\r\n", "\n").replace("\r", "\n")
    return (
        _unflowed(text, part.type_parameters)
        if part.type_parameters.get("format", "").lower() == "flowed"
        else text
    )


def _looks_like_html(data: bytes) -> bool:
    return bool(re.match(rb"\s*(?:<!doctype html|<html[\s>])", data[:200], re.IGNORECASE))


def _meta_charset(data: bytes) -> str:
    match = _META_CHARSET.search(data[:4096])
    return match[1].decode("ascii", "replace") if match else ""


def _unflowed(text: str, parameters: dict[str, str]) -> str:
    """Soft line breaks joined (RFC 3676): a line that ends in a space goes on,
    at the same quote depth."""
    delete_space = parameters.get("delsp", "").lower() == "yes"
    out: list[list[str]] = []  # each line in its pieces
    depth_before, flows = -1, False
    for raw in text.split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:].removeprefix(" ")
        goes_on = flows and depth == depth_before and line != "-- "
        flows = line.endswith(" ") and line != "-- "
        piece = line[:-1] if flows and delete_space else line
        if goes_on:
            out[-1].append(piece)
        else:
            out.append(["> " * depth, piece])
        depth_before = depth
    return "\n".join("".join(pieces) for pieces in out)
