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
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

_GB: Final = frozenset(
    {
        "gb2312",
        "gbk",
        "xgbk",
        "cp936",
        "936",
        "gb18030",
        "gb180302000",
        "gb180302022",
        "windows936",
        "ms936",
        "euccn",
        "gb231280",
        "chinese",
        "csgb2312",
        "xeuccn",
        "hzgb",
        "gb",
        "iso-ir-58",
        "isoir58",
        "xgb2312",
        "xgb18030",
        "gb1988",
    }
)
_KNOWN: Final = {
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode11utf8": "utf-8",
    "unicode": "utf-16",
    "ucs2": "utf-16",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "utf32le": "utf-32-le",
    "utf32be": "utf-32-be",
    "utf7": "utf-7",
    "unicode11utf7": "utf-7",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "cp950",
    "xbig5": "big5hkscs",
    "hz": "hz",
    "hzgb2312": "hz",
    "iso2022jp": "iso2022_jp_ext",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "cp932": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc_jp",
    "euckr": "cp949",
    "ksc56011987": "cp949",
    "cp949": "cp949",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "tis620": "tis-620",
}
_LATIN: Final = re.compile(
    r"iso8859\d{1,2}|latin\d|windows125\d|cp125\d|macintosh|cp437|cp850|ascii"
    r"|usascii|ansix341968|ansi"
)
_THREE_BYTE: Final = re.compile(rb"[\xe3-\xef][\x80-\xbf]{2}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*?)\?=")
_PARAMETER: Final = re.compile(
    r";\s*([^\s;=\"]{1,60}?)\s*=\s*(\"(?:\\.|[^\"\\])*(?:\"|$)|[^;]*)", re.DOTALL
)
MAX_PARAMETERS: Final = 200
HEADERS_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and whether every byte of it was understood."""

    text: str
    exact: bool


def decode(data: bytes, label: str = "") -> Decoded:
    """`data` as text by the ladder above; `label` is the charset that the mail names, or ""."""
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data[3:], "utf-8") or _first_that_fits(data[3:])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16") or _first_that_fits(data)
    name = _plain_label(label)
    if name in _GB:
        return _decode_gb(data)
    if name in _KNOWN:
        return _strict(data, _KNOWN[name]) or _first_that_fits(data)
    if _LATIN.fullmatch(name):
        return _decode_latin(data, label)
    found = _first_that_fits(data)
    return found if not name or found.text.isascii() else Decoded(found.text, exact=False)


def _plain_label(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower().partition("*")[0])


def _strict(data: bytes, codec: str) -> Decoded | None:
    try:
        return Decoded(data.decode(codec), exact=True)
    except (UnicodeError, LookupError, ValueError):
        return None


def _first_that_fits(data: bytes) -> Decoded:
    return (
        _strict(data, "utf-8")
        or _strict(data, "gb18030")
        or Decoded(_best_replacement(data), exact=False)
    )


def _best_replacement(data: bytes) -> str:
    tries = (data.decode("utf-8", "replace"), data.decode("gb18030", "replace"))
    return min(tries, key=lambda text: text.count("�"))


def _decode_gb(data: bytes) -> Decoded:
    """GB by label; utf-8 under a GB label is recognised where there is enough of it, since GBK text
    is never valid utf-8 for long."""
    if len(_THREE_BYTE.findall(data)) >= 3:
        found = _strict(data, "utf-8")
        if found:
            return found
    return _strict(data, "gb18030") or _first_that_fits(data)


def _decode_latin(data: bytes, label: str) -> Decoded:
    """A western label on a Chinese mail is a careless default:
    bytes above 127 are tried as Chinese first."""
    if not _HIGH.search(data):
        return Decoded(data.decode("ascii", "replace"), exact=True)
    found = _strict(data, "utf-8")
    if found:
        return found
    chinese = _strict(data, "gb18030")
    if chinese and _mostly_han(chinese.text):
        return chinese
    western = _strict(data, _western(label)) or Decoded(data.decode("latin-1"), exact=True)
    return chinese if chinese and "ascii" in label.lower() else western


def _western(label: str) -> str:
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return "latin-1"
    return info.name if re.match(r"iso8859|cp125|mac|cp437|cp850|latin", info.name) else "latin-1"


def _mostly_han(text: str) -> bool:
    beyond = [c for c in text if ord(c) > 0x7F]
    return (
        bool(beyond)
        and sum(
            "一" <= c <= "\u9fff" or "　" <= c <= "〗" or c in "：，。（）！？；、" for c in beyond
        )
        * 10
        >= len(beyond) * 9
    )


@lru_cache(HEADERS_KEPT)  # one mail's are asked for several times each
def decode_raw_header(data: bytes) -> str:
    """A header's bytes as text, its folds taken out; encoded words are left as they stand."""
    return _first_that_fits(re.sub(rb"\r?\n(?=[ \t])|[\r\n\x00]", b"", data)).text


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
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(";" + value.partition(";")[2])):
        if count >= MAX_PARAMETERS:
            break
        name, raw = match[1].lower(), _unquoted(match[2])
        base, star, tail = name.partition("*")
        if star:
            number = tail.rstrip("*")
            pieces.setdefault(base, {})[
                int(number) if number.isascii() and number.isdigit() else 0
            ] = (raw, tail.endswith("*") or not tail)
        else:
            plain.setdefault(base, decode_words(raw))
    return plain | {base: _joined(found) for base, found in pieces.items()}


def _unquoted(raw: str) -> str:
    raw = raw.strip()
    if raw.startswith('"'):
        return re.sub(r'\\(["\\])', r"\1", raw[1:].removesuffix('"'))
    return raw


def _joined(found: dict[int, tuple[str, bool]]) -> str:
    charset, data = "", b""
    for place, number in enumerate(sorted(found)):
        raw, encoded = found[number]
        if encoded and place == 0 and raw.count("'") >= 2:
            charset, _, raw = raw.split("'", 2)
        data += unquote_to_bytes(raw) if encoded else raw.encode("utf-8", "replace")
    return decode_words(decode(data, charset).text)
