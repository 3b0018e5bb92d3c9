"""Turns the bytes of a mail into text: which charset is believed, and in which order.

The ladder, measured on real mail: every label of the GB family is read as gb18030 (gb2312-labelled
text is GBK in truth and holds characters that GB2312 lacks); no label, or one that no codec knows,
is utf-8 read strictly, then gb18030; a label that does not fit its bytes is treated like none.
Nothing here raises: what cannot be read is replaced, and `Decoded.exact` says so to the caller.
Sources: RFC 2045, 2047, 2231, GB 18030.
"""

import base64
import binascii
import codecs
import quopri
import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote_to_bytes

_GB_LABEL = re.compile(r"(?:cs|x)?gb\w*|(?:cp|ms|windows)?936|x?euccn|chinese|isoir58")
_OTHER_LABELS = {
    "ansi": "ascii",
    "unicode": "utf-16",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "xbig5": "big5hkscs",
    "big5": "big5hkscs",
}
"""Labels of programs that Python does not know, or knows by a smaller charset."""
_WESTERN_CODEC = re.compile(r"iso8859.*|cp125\d|mac-?.*|cp437|cp850|ascii")
_REFUSED_CODECS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""No charsets of mails; punycode and idna also cost more than the length."""
_THREE_BYTE = re.compile(rb"[\xe3-\xef][\x80-\xbf]{2}")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*?)\?=")
_PARAMETER = re.compile(
    r";\s*([^\s;=\"]{1,60}?)\s*=\s*(\"(?:\\.|[^\"\\])*(?:\"|$)|[^;]*)", re.DOTALL
)
MAX_PARAMETERS = 200
_Piece = tuple[str, bool]
"""A piece of a parameter as it is written, and whether it is percent-encoded (RFC 2231)."""


@dataclass(frozen=True)
class Decoded:
    """Text, and whether it is certain: no byte was replaced, and the label, if any, is known."""

    text: str
    exact: bool


def decode(data: bytes, label: str = "") -> Decoded:
    """`data` as text by the ladder above; `label` is the charset that the mail names, or ""."""
    codec = _marked_codec(data) or _codec(label)
    if codec and _WESTERN_CODEC.fullmatch(codec):
        return Decoded(_western_text(data, codec), exact=True)
    # GBK text is never valid utf-8 for long, so enough of that under a GB label is utf-8.
    is_utf8 = codec == "gb18030" and len(_THREE_BYTE.findall(data)) >= 3
    candidates = ["utf-8", "gb18030"]
    if codec and not is_utf8:
        candidates.insert(0, codec)
    for candidate in candidates:
        text = _strict(data, candidate)
        if text is not None:
            return Decoded(text, exact=bool(codec) or not label.strip() or text.isascii())
    tries = (data.decode("utf-8", "replace"), data.decode("gb18030", "replace"))
    return Decoded(min(tries, key=lambda text: text.count("�")), exact=False)


def _marked_codec(data: bytes) -> str:
    """The codec that a byte order mark shows, or ""."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def _codec(label: str) -> str:
    """Python's name of the charset, or "" where it knows none."""
    label = label.lower().partition("*")[0].strip()
    plain = re.sub(r"[^a-z0-9]", "", label)
    if _GB_LABEL.fullmatch(plain):
        return "gb18030"
    try:
        name = codecs.lookup(_OTHER_LABELS.get(plain, label)).name
        b" ".decode(name, "ignore")  # rot13 and the like are codecs, but no charsets
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED_CODECS else name


def _strict(data: bytes, codec: str) -> str | None:
    """The text; None where the bytes do not fit, or give half a character (a lone surrogate, which
    utf-7 lets through), since that is no text and cannot be stored."""
    try:
        text = data.decode(codec)
        text.encode()
    except ValueError:
        return None
    return text


def _western_text(data: bytes, codec: str) -> str:
    """A western label on a Chinese mail is a careless default:
    bytes above 127 are tried as Chinese first."""
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    chinese = _strict(data, "gb18030")
    if chinese is not None and (codec == "ascii" or _mostly_han(chinese)):
        return chinese
    return _strict(data, codec) or data.decode("latin-1")


def _mostly_han(text: str) -> bool:
    beyond = [c for c in text if ord(c) > 0x7F]
    chinese = [
        c for c in beyond if "一" <= c <= "\u9fff" or "　" <= c <= "〗" or c in "：，。（）！？；、"
    ]
    return bool(beyond) and len(chinese) * 10 >= len(beyond) * 9


def decode_raw_header(data: bytes) -> str:
    """A header's bytes as text, its folds taken out; encoded words are left as they stand."""
    return decode(re.sub(rb"\r?\n(?=[ \t])|[\r\n\x00]", b"", data)).text


def decode_words(text: str) -> str:
    """`text` with its encoded words read (RFC 2047).

    Neighbours of one charset are joined before decoding: QQ and others split characters.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    run: list[bytes] = []
    charset, end = "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        word_charset = match[1].lower()
        if run and (between.strip() or word_charset != charset):
            out.append(decode(b"".join(run), charset).text)
            run = []
        if between.strip() or end == 0:
            out.append(between)
        run.append(_word_bytes(match[2], match[3]))
        charset, end = word_charset, match.end()
    if run:
        out.append(decode(b"".join(run), charset).text)
    return "".join(out) + text[end:]


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(data)
    return quopri.decodestring(data.replace(b"_", b" "))


def decode_base64(data: bytes) -> bytes:
    """Base64 read leniently: foreign characters skipped, a cut tail dropped,
    padding inside (joined pieces) honoured."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pieces = re.split(rb"=+", re.sub(rb"[^A-Za-z0-9+/=]", b"", data))
        return b"".join(base64.b64decode(_whole(piece)) for piece in pieces if len(piece) > 1)


def _whole(piece: bytes) -> bytes:
    cut = piece[:-1] if len(piece) % 4 == 1 else piece
    return cut + b"=" * (-len(cut) % 4)


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition value, decoded: RFC 2231 pieces and
    charsets, encoded words inside quotes."""
    plain: dict[str, str] = {}
    numbered: dict[str, dict[int, _Piece]] = {}
    found = _PARAMETER.finditer(";" + value.partition(";")[2])
    for match in islice(found, MAX_PARAMETERS):
        name, star, tail = match[1].lower().partition("*")
        raw = _unquoted(match[2])
        if not star:
            plain.setdefault(name, decode_words(raw))
            continue
        digits = tail.rstrip("*")
        number = int(digits) if digits.isascii() and digits.isdigit() else 0
        is_encoded = tail.endswith("*") or not tail
        numbered.setdefault(name, {})[number] = (raw, is_encoded)
    return plain | {name: _joined(pieces) for name, pieces in numbered.items()}


def _unquoted(raw: str) -> str:
    raw = raw.strip()
    if raw.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", raw[1:].removesuffix('"'))
    return raw


def _joined(pieces: dict[int, _Piece]) -> str:
    charset, data = "", b""
    for place, number in enumerate(sorted(pieces)):
        raw, is_encoded = pieces[number]
        if is_encoded and place == 0 and raw.count("'") >= 2:
            charset, _language, raw = raw.split("'", 2)
        data += unquote_to_bytes(raw) if is_encoded else raw.encode("utf-8", "replace")
    return decode_words(decode(data, charset).text)
