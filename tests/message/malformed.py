"""Malformed and hostile mails by name, made from tables of defects: headers, structure, transfer
encodings, charsets, wrapped files, truncation, size."""

import base64
import binascii
import gzip
import io
import zipfile
from collections.abc import Iterator

from tests.message.mails import PDF, attached, b64, mail, multi, part, text_mail, word

REQUEST = "企业名称：北京晨曦建设工程有限公司\n是否解绑：是\n是否需要重置注册密码：否"
NAME = "北京堃泰镕喆工程有限公司"

# --- header fields: each of these names with each of these values ---

FIELDS = (
    b"From",
    b"To",
    b"Cc",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"In-Reply-To",
    b"References",
    b"Content-Type",
    b"Content-Transfer-Encoding",
    b"Content-Disposition",
    b"Received",
    b"Sender",
    b"Reply-To",
    b"Return-Path",
    b"Auto-Submitted",
    b"X-Auto-Response-Suppress",
    b"List-Id",
    b"Authentication-Results",
    b"DKIM-Signature",
)
VALUES = {
    "empty": b"",
    "spaces": b" \t  \r\n \t ",
    "nul": b"a\x00b\x00@\x00",
    "raw gbk": NAME.encode("gbk"),
    "raw utf-8": NAME.encode(),
    "invalid bytes": b"\xff\xfe\xc0\x80\xed\xa0\x80",
    "31 kB": b"a" * 31_000,
    "31 kB of words": b"=?utf-8?B?5YyX?= " * 1800,
    "31 kB of addresses": b"a@example.org, " * 2000,
    "31 kB of brackets": b"<(" * 15_500,
    "quote never closed": b'"' + b"a\\" * 5000,
    "semicolons": b";;;==;=;" * 500,
    "percent": b"%" * 20_000,
    "group": b'friends: a@example.org, "b" <b@example.org>;, undisclosed:;',
    "address of nothing": b"<@>, @@, a@, @b, <<a@b>>, <a@b",
    "date of nonsense": b"Mon, 31 Feb 99999 25:61:61 +9999 (CST",
    "negative": b"-1; -0; 1e999",
    "message id of nonsense": b"<a b@c> <>, <" + b"x" * 2000 + b">",
    "broken words": b"=?utf-8?B?5YyX?5?= =?gb2312?Q?=B1=B?= =??B??= =?x?Z?y?= =?utf-8?b?%%%?=",
    "words of odd charsets": (
        b"=?zlib?B?eJw=?= =?idna?Q?a=2Eb?= =?utf-16?B?AGE=?= =?utf-7?Q?+TgB-?= =?../../x?B?AA==?= "
        b"=?punycode?B?LS0t?="
    ),
    "gaps": b"x; a*0*=utf-8''%E5; a*2*=%8C; a*9=x; a*00*=y; a*-1=z; a*x*=q; a*1*1=r; *=s",
    "bare cr": b"a\rb: c\rd",
    "type of nothing": b'/; */*; charset=; boundary=""',
    "digits": b"9" * 5000,
    "direction": "a\u202egnp.exe\u2066".encode(),
}

BOUNDARIES = {
    "none": (b"multipart/mixed", b"--b\r\n\r\nhello\r\n--b--\r\n"),
    "false": (b"multipart/mixed; boundary=zz", b"--b\r\n\r\nhello\r\n--b--\r\n"),
    "empty": (b'multipart/mixed; boundary=""', b"--\r\n\r\nhello\r\n----\r\n"),
    "of spaces": (b'multipart/mixed; boundary="   "', b"--   \r\n\r\nhello\r\n--   --\r\n"),
    "never closed": (b"multipart/mixed; boundary=b", b"--b\r\n\r\nhello\r\n--b\r\n\r\nthere"),
    "closed at once": (b"multipart/mixed; boundary=b", b"--b--\r\n"),
    "no part": (b"multipart/mixed; boundary=b", b""),
    "only a preamble": (b"multipart/mixed; boundary=b", "企业名称：".encode() * 100),
    "closed twice": (
        b"multipart/mixed; boundary=b",
        b"--b\r\n\r\na\r\n--b--\r\n--b--\r\n--b\r\n\r\nc",
    ),
    "one within the other": (
        b"multipart/mixed; boundary=b",
        (
            b"--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\na\r\n"
            b"--bb--\r\n--b--\r\n"
        ),
    ),
    "the same twice": (
        b"multipart/mixed; boundary=b",
        (
            b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
            b"a\r\n--b--\r\n--b--\r\n"
        ),
    ),
    "of signs": (
        b'multipart/mixed; boundary="(?+*[]{}|\\\\^$."',
        b"--(?+*[]{}|\\^$.\r\n\r\na\r\n--(?+*[]{}|\\^$.--",
    ),
    "5,000 long": (
        b'multipart/mixed; boundary="' + b"b" * 5000 + b'"',
        b"--" + b"b" * 5000 + b"\r\n\r\na",
    ),
    "in the middle of lines": (b"multipart/mixed; boundary=b", b"x--b\r\n--b x\r\n --b\r\n"),
    "with bare lf": (b"multipart/mixed; boundary=b", b"--b\n\na\n--b--\n"),
    "with bare cr": (b"multipart/mixed; boundary=b", b"--b\r\ra\r--b--\r"),
    "of dashes": (b"multipart/mixed; boundary=----", b"------\r\n\r\na\r\n--------\r\n"),
    "in Chinese": (
        'multipart/mixed; boundary="分界"'.encode(),
        "--分界\r\n\r\na\r\n--分界--".encode(),
    ),
    "digest": (b"multipart/digest; boundary=b", b"--b\r\n\r\nSubject: x\r\n\r\na\r\n--b--"),
    "parallel": (b"multipart/parallel; boundary=b", b"--b\r\n\r\na\r\n--b\r\n\r\nb\r\n--b--"),
    "unknown": (b"multipart/x-unheard-of; boundary=b", b"--b\r\n\r\na\r\n--b--"),
    "alternatives of nothing": (
        b"multipart/alternative; boundary=b",
        b"--b\r\nContent-Type: image/png\r\n\r\n\r\n--b--",
    ),
    "related to nothing": (
        b'multipart/related; boundary=b; start="<none>"',
        b"--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:none>\r\n--b--",
    ),
    "report of nothing": (
        b"multipart/report; boundary=b; report-type=delivery-status",
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: x\r\nAction:\r\n--b--",
    ),
    "two types": (
        b"multipart/mixed; boundary=b\r\nContent-Type: text/plain",
        b"--b\r\n\r\na\r\n--b--",
    ),
}

ENCODINGS = (
    b"base64",
    b"BASE64 ",
    b"quoted-printable",
    b"7bit",
    b"8bit",
    b"binary",
    b"x-uuencode",
    b"x-yencode",
    b"rot13",
    b"zlib",
    b"\xff\xfe",
    b"base64, quoted-printable",
)
BODIES = {
    "text": REQUEST.encode(),
    "base64 cut": b64(REQUEST.encode())[:-7],
    "base64 with rubbish": b"!!" + b64(REQUEST.encode()).replace(b"\n", b"*\n") + b"=====\nfooter",
    "qp broken": b"=E4=BC=\r\n=81=zz=\r\n===E" * 50,
    "nothing": b"",
    "nul": b"\x00" * 3000,
    "uu broken": b"begin 644 a.pdf\r\nM%%%%\r\n#\r\n~~~\r\n",
    "yenc": b"=ybegin line=128 size=9 name=a.pdf\r\n\x2a\x2b=\x6a\r\n=yend size=9\r\n",
}

CHARSETS = (
    "utf-8",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "x-gbk",
    "unknown-8bit",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "utf-32",
    "utf-7",
    "hz-gb-2312",
    "iso-2022-cn",
    "iso-2022-jp",
    "us-ascii",
    "iso-8859-1",
    "windows-1252",
    "ebcdic-cp-us",
    "utf8mb4",
    "default",
    "none",
    "binary",
    "\\",
    "utf-8; utf-8",
    "x" * 300,
    "idna",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "hex",
    "uu",
    "zip",
    "mbcs",
    "cp65001",
    "%s",
    "../etc",
)
SCRIPTS = {
    "in utf-8": REQUEST.encode(),
    "in gb18030": REQUEST.encode("gb18030"),
    "in utf-16 with a mark": REQUEST.encode("utf-16"),
    "of all bytes": bytes(range(256)) * 40,
}
MARKS = {
    "utf-8": b"\xef\xbb\xbf",
    "utf-16le": b"\xff\xfe",
    "utf-16be": b"\xfe\xff",
    "utf-32le": b"\xff\xfe\x00\x00",
    "gb18030": b"\x84\x31\x95\x33",
}


def zipped(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


def bomb(levels: int) -> bytes:
    data = zipped(*((f"{n}.pdf", bytes(2_000_000)) for n in range(12)))
    for level in range(levels):
        data = zipped(*((f"{level}-{n}.zip", data) for n in range(8)))
    return data


def files() -> Iterator[tuple[str, bytes]]:
    """Attachments that are not what they say."""
    good = zipped(("材料.pdf", PDF))
    yield from {
        "zip bomb": bomb(0),
        "zip bombs in zips": bomb(3),
        "zip of 3,000": zipped(*((f"{n}.pdf", PDF) for n in range(3000))),
        "zip cut": good[:-20],
        "zip of nothing": zipped(),
        "zip with a path": zipped(
            ("../../../../etc/passwd", b"x"), ("C:\\a.pdf", PDF), ("/", b""), ("a" * 5000, b"")
        ),
        "zip lying of sizes": good.replace(len(PDF).to_bytes(4, "little"), b"\xff\xff\xff\x7f"),
        "zip of itself": good[:30] + good,
        "zip with rubbish before": b"rubbish" * 50 + good,
        "zip64": good.replace(b"PK\x05\x06", b"PK\x06\x06"),
        "gzip": gzip.compress(bytes(5_000_000)),
        "rar": b"Rar!\x1a\x07\x01\x00" + bytes(100),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(100),
        "pdf of one word": b"%PDF",
        "pdf cut": PDF[:20],
        "pdf behind a kilobyte": b" " * 1024 + PDF,
        "nothing": b"",
        "png cut": b"\x89PNG\r\n\x1a\n\x00",
        "jpeg of markers": b"\xff\xd8" + b"\xff\xc0\x00\x00" * 5000,
        "bmp of no size": b"BM" + bytes(10),
        "gif of no size": b"GIF89a",
        "heic": b"\x00\x00\x00\x18ftypheic",
        "ole of nothing": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20),
        "tnef of nothing": b"\x78\x9f\x3e\x22",
        "tnef cut": b"\x78\x9f\x3e\x22\x01\x00\x02\x0f\x80\x06\x00\xff\xff\xff\x7f" + bytes(50),
        "tnef of rubbish": b"\x78\x9f\x3e\x22" + bytes(range(256)) * 200,
        "rtf": b"{\\rtf1" + b"{" * 20_000,
        "exe": b"MZ" + bytes(200),
        "html": b"<html>" + b"<div>" * 3000,
        "mail": mail(body=REQUEST.encode()),
        "calendar": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 5000,
        "card": b"BEGIN:VCARD\r\nFN:" + b"x" * 5000,
        "ofd": zipped(("OFD.xml", b"<x")),
        "docx": zipped(("[Content_Types].xml", b""), ("word/document.xml", b"<")),
    }.items()


FILE_NAMES = (
    b'filename="' + b"a" * 20_000 + b'.pdf"',
    b'filename=""',
    b"filename=",
    b"filename",
    b'filename="\x00.pdf"',
    b'filename="../../../etc/passwd"',
    b"filename*=utf-8''%",
    b"filename*=utf-8''%E5%8C",
    b"filename*=nothing",
    b"filename*='''",
    b"filename*0=a; filename*2=c; filename*1*=utf-8''b",
    b"filename*99999999999999999999=x",
    b"filename*0*=gb2312''%B1; filename*1*=%B1; filename*1*=%B2",
    b'filename="' + word(NAME, "gb2312", "gbk")[:-6] + b'"',
    b'filename="' + NAME.encode("gbk") + b".pdf",
    b"filename==?utf-8?B?5YyX?=; filename=b.pdf",
    b"filename=a;b.pdf; =; ;=;",
    'filename="\u202efdp.exe"'.encode(),
    b'filename="a\r\n b.pdf"',
    b'filename="a\\"b\\\\c.pdf"',
    b"name=a.pdf; name=b.pdf",
    b'filename="=?x-gbk?Q?=' + b"=B1" * 3000 + b'?="',
    b"filename*=" + b"'" * 5000,
)


def nested(kind: bytes, depth: int) -> bytes:
    body = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + REQUEST.encode()
    for level in range(depth):
        mark = b"b%d" % level
        head = (
            b"Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\n"
            if kind == b"message/rfc822"
            else b"Content-Type: " + kind + b"; boundary=" + mark + b"\r\n\r\n"
        )
        body = (
            head + body
            if kind == b"message/rfc822"
            else head + b"--" + mark + b"\r\n" + body + b"\r\n--" + mark + b"--\r\n"
        )
    return b"From: a@example.org\r\nTo: desk@example.com\r\n" + body


def large() -> Iterator[tuple[str, bytes]]:
    """What is too much of something."""
    yield "nested mails, 1,000 deep", nested(b"message/rfc822", 1000)
    yield "nested parts, 1,000 deep", nested(b"multipart/mixed", 1000)
    yield "nested alternatives, 500 deep", nested(b"multipart/alternative", 500)
    yield "header of 50 MiB", b"Subject: " + b"a" * 50 * 2**20 + b"\r\n\r\nx"
    yield (
        "header of 50 MiB in folds",
        b"Subject: a" + b"\r\n bbbbbbbbbbbbbb" * (50 * 2**16) + b"\r\n\r\nx",
    )
    yield (
        "headers of 50 MiB",
        b"X-Header: " + (b"b" * 90 + b"\r\nX-Header: ") * (50 * 2**20 // 102) + b"\r\n\r\nx",
    )
    yield (
        "1,000 attachments",
        multi(
            "mixed",
            *(
                part(
                    "application/pdf",
                    PDF + b"%d" % n,
                    b'Content-Disposition: attachment; filename="%d.pdf"' % n,
                )
                for n in range(1000)
            ),
        ),
    )
    yield (
        "5,000 parts of nothing",
        mail(b"Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\n" * 5000),
    )
    yield "one line of 10 MB", text_mail(b"x" * 10_000_000)
    yield "200,000 lines", text_mail(b"> a\r\n" * 200_000)
    yield "html of 50,000 tables", text_mail(b"<table><tr><td>" * 50_000, kind="html")
    yield "html of one attribute", text_mail(b"<p title='" + b"a" * 5_000_000 + b"'>x", kind="html")
    yield "html of entities", text_mail(b"&amp;&#x5317;&nbsp;" * 100_000, kind="html")
    yield (
        "calendar of 5 MB",
        multi(
            "mixed",
            part("text/plain; charset=utf-8", REQUEST.encode()),
            part(
                "text/calendar; charset=utf-8; method=REQUEST",
                b"BEGIN:VCALENDAR\r\n" + b"X:Y\r\n" * 1_000_000,
            ),
        ),
    )
    yield (
        "uuencoded file of 5 MB",
        mail(body=b"begin 644 a.pdf\r\n" + binascii.b2a_uu(bytes(45)) * 80_000 + b"`\r\nend\r\n"),
    )
    yield "pdf of 20 MB", attached(b'filename="a.pdf"', PDF + bytes(20_000_000))


def damaged_headers() -> Iterator[tuple[str, bytes]]:
    for field in FIELDS:
        for name, value in VALUES.items():
            yield f"{field.decode()}: {name}", mail(field + b": " + value, body=REQUEST.encode())
        yield (
            f"{field.decode()}: twice",
            mail(
                field + b": a@example.org\r\n" + field + b": b@example.net", body=REQUEST.encode()
            ),
        )
        yield (
            f"{field.decode()}: 300 times",
            mail(b"\r\n".join([field + b": x@example.org"] * 300), body=REQUEST.encode()),
        )
    yield "no header at all", REQUEST.encode()
    yield "no body at all", b"From: a@example.org\r\nTo: desk@example.com"
    yield (
        "lines that are no headers",
        b"this is\r\nno: header\r\n: nor this\r\n\xff\xff: nor that\r\n\r\nx",
    )
    yield (
        "mbox line",
        b"From a@example.org Mon Mar  2 10:00:00 2026\r\n" + mail(body=REQUEST.encode()),
    )
    yield "continued before begun", b" continued\r\n\tFrom: a@example.org\r\n\r\nx"
    yield "every line ends in cr", mail(body=REQUEST.encode()).replace(b"\r\n", b"\r")
    yield "every line ends in cr cr lf", mail(body=REQUEST.encode()).replace(b"\r\n", b"\r\r\n")
    yield "line ends mixed", mail(b"Subject: a\rb\nc", body=b"a\rb\nc\r\nd")
    yield "utf-16 throughout", mail(body=REQUEST.encode()).decode().encode("utf-16")


def damaged_bodies() -> Iterator[tuple[str, bytes]]:
    for name, (kind, body) in BOUNDARIES.items():
        yield f"boundary: {name}", mail(b"Content-Type: " + kind, body=body)
    for encoding in ENCODINGS:
        for name, body in BODIES.items():
            yield (
                f"{encoding!r} of {name}",
                mail(
                    b"Content-Type: text/plain; charset=utf-8",
                    b"Content-Transfer-Encoding: " + encoding,
                    body=body,
                ),
            )
    for charset in CHARSETS:
        for name, body in SCRIPTS.items():
            yield (
                f"charset {charset[:20]} {name}",
                text_mail(body, charset, kind="html" if len(name) % 2 else "plain"),
            )
    for name, mark in MARKS.items():
        yield f"mark of {name} on utf-8", text_mail(mark + REQUEST.encode())
        yield f"mark of {name} twice in a name", attached(b'filename="' + mark * 2 + b'a.pdf"')
    for name, content in files():
        yield f"file: {name}", attached(b'filename="a.pdf"', content)
        yield (
            f"inline file: {name}",
            multi(
                "related",
                part("text/html", b"<img src=cid:a>"),
                part("image/png", content, b"Content-ID: <a>", b"Content-Disposition: inline"),
            ),
        )
    for number, name in enumerate(FILE_NAMES):
        yield f"file name {number}", attached(name)
    for kind in (
        "message/rfc822",
        "message/partial; number=1; total=9; id=x",
        "message/external-body; access-type=local-file; name=/etc/passwd",
        "application/pkcs7-mime",
        "multipart/signed",
        "text/enriched",
        "application/ms-tnef",
        "x",
        "*/*",
        "text",
    ):
        yield (
            f"part that says {kind}",
            mail(f"Content-Type: {kind}".encode(), body=REQUEST.encode()),
        )
        yield (
            f"part that says {kind} within",
            multi("mixed", part(kind, REQUEST.encode()), part(kind, b"")),
        )


def whole() -> bytes:
    """A good mail with one of everything."""
    inner = attached(b'filename="a.pdf"').replace(b"=_b1", b"=_in")
    text = multi(
        "alternative",
        part("text/plain; charset=gb2312", REQUEST.encode("gbk")),
        part("text/html; charset=utf-8", f"<p>{REQUEST}</p>".encode()),
        boundary=b"=_alt",
    )
    text = text[text.index(b"Content-Type: multipart") :]
    name = base64.b64encode(NAME.encode("gbk"))
    return multi(
        "mixed",
        text,
        part(
            "application/pdf",
            PDF,
            b'Content-Disposition: attachment; filename="=?gb2312?B?' + name + b'?="',
        ),
        part(
            "application/zip",
            zipped(("材料.pdf", PDF)),
            b"Content-Disposition: attachment; filename*=utf-8''%E6.zip",
        ),
        b"Content-Type: message/rfc822\r\n\r\n" + inner,
        part("text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        headers=(
            b"Subject: " + word(NAME, "gb2312", "gbk"),
            b"From: " + word("张三", "gbk", "gbk") + b" <zhang@example.org>",
        ),
    )


def cut() -> Iterator[tuple[str, bytes]]:
    """The good mail cut at sixty places, and with each of its lines left out."""
    raw = whole()
    for number in range(60):
        yield f"cut at {number}/60", raw[: len(raw) * number // 60]
    lines = raw.split(b"\r\n")
    for number in range(len(lines)):
        yield f"without line {number}", b"\r\n".join(lines[:number] + lines[number + 1 :])


def every() -> Iterator[tuple[str, bytes]]:
    """All of them, one by one, since the large ones are large."""
    yield from damaged_headers()
    yield from damaged_bodies()
    yield from cut()
    yield from large()
