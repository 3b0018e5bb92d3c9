"""Mails that cost a careless reader more than their size: (name → mail of about so many bytes), by
the part of the reader that they aim at."""

import base64
import io
import random
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from itertools import islice, repeat

from core.data.letter import CASE_WORD, LETTER_MARK_END
from tests.message.mails import mail, multi

Shape = Callable[[int], bytes]
_HTML = b"Content-Type: text/html; charset=utf-8"
_PLAIN = b"Content-Type: text/plain; charset=utf-8"


def _filled(unit: str, size: int) -> bytes:
    """The unit again and again."""
    piece = unit.encode()
    return piece * (size // len(piece) + 1)


def _html(unit: str, before: str = "", behind: str = "") -> Shape:
    return lambda size: mail(_HTML, body=before.encode() + _filled(unit, size) + behind.encode())


def _text(unit: str, *headers: bytes) -> Shape:
    return lambda size: mail(*(headers or [_PLAIN]), body=_filled(unit, size))


def _header(name: str, unit: str) -> Shape:
    return lambda size: mail(name.encode() + b": " + _filled(unit, size), body=b"x")


def _file(content: Callable[[int], bytes], name: str) -> Shape:
    head = (
        b"Content-Type: application/octet-stream; name="
        + name.encode()
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return lambda size: multi(
        "mixed", _PLAIN + b"\r\n\r\nx", head + base64.encodebytes(content(size * 3 // 4))
    )


def _tall_cell(size: int) -> bytes:
    return mail(
        _HTML,
        body=b"<table><tr><td>"
        + b"<br>x" * (size // 10)
        + b"</td>"
        + b"<td>y</td>" * (size // 20)
        + b"</tr></table>",
    )


def _many_attributes(size: int) -> bytes:
    """Twenty times the size: this cost 20 s and more."""
    names = " ".join(f"a{number}" for number in range(size * 2))
    return mail(_HTML, body=f"<p {names}>x".encode())


def _nested_tables(size: int) -> bytes:
    deep = b"<table><tr><td>a</td><td>"
    return mail(_HTML, body=deep * 60 + b"<br>x" * (size // 5))


def _nested_parts(size: int) -> bytes:
    levels = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(max(size // 60, 1))
    ]
    return mail(body=b"").removesuffix(b"\r\n") + b"".join(levels) + b"\r\nx"


def _many_parts(piece: bytes, size: int) -> bytes:
    return multi("mixed", *repeat(piece, min(size // (len(piece) + 10) + 1, 5000)))


def _many_html(size: int) -> bytes:
    return multi("mixed", *repeat(_HTML + b"\r\n\r\n<table><tr>" + b"<td>x" * (size // 500), 100))


def _many_zips(size: int) -> bytes:
    head = b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multi(
        "mixed", *repeat(head + base64.encodebytes(empty_members(1400)), size // 200_000 + 1)
    )


def empty_members(count: int) -> bytes:
    """A zip of so many empty members, without their headers: its directory alone."""
    entry = (
        b"PK\x01\x02"
        + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    directory = entry * count
    end = struct.pack("<HHHHIIH", 0, 0, min(count, 65535), min(count, 65535), len(directory), 30, 0)
    return b"PK\x03\x04" + bytes(26) + directory + b"PK\x05\x06" + end


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.pdf", content)
    return out.getvalue()


def broken_lzma(size: int) -> bytes:
    """A zip whose one member is compressed by LZMA and broken."""
    raw = bytearray(zipped(random.Random(1).randbytes(max(size, 1000)), zipfile.ZIP_LZMA))
    for at in range(40, 400):
        raw[at] ^= 0xFF
    return bytes(raw)


def _tnef(objects: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x00\x00" + objects


def _object(name: int, value: bytes) -> bytes:
    return b"\x01" + struct.pack("<HHI", name, 0, len(value)) + value + bytes(2)


def _properties(prop: int, value: bytes, count: int = 1) -> bytes:
    return _object(
        0x9003,
        struct.pack("<I", count)
        + (struct.pack("<HHII", 0x102, prop, 1, len(value)) + value + bytes(-len(value) % 4))
        * count,
    )


def _winmail_html(unit: str, size: int) -> bytes:
    return _tnef(_properties(0x1013, _filled(unit, size)))


def _winmail_many_html(size: int) -> bytes:
    return _tnef(_properties(0x1013, _filled("<td>x", 2000), size // 2000 + 1))


def _bounce(unit: str) -> Shape:
    return lambda size: mail(
        b"From: postmaster@example.net",
        b"Return-Path: <>",
        _PLAIN,
        body="退信".encode() + _filled(unit, size),
    )


SHAPES: dict[str, dict[str, Shape]] = {
    "html": {
        "struck out, never closed": _html("<s>"),
        "struck out and words": _html("<s>a"),
        "struck out between words": _html("x<s>y</s>"),
        "deep div": _html("<div>"),
        "paragraphs": _html("<p>x</p>"),
        "tall cell beside many": _tall_cell,
        "cells": _html("<td>x</td>", "<table><tr>"),
        "rows": _html("<tr><td>x<td>y", "<table>"),
        "nested tables": _nested_tables,
        "cells of paragraphs": _html("<td><p>x</p><p>y</p>", "<table><tr>"),
        "quotes": _html("<blockquote>x</blockquote>"),
        "deep quotes": _html("<blockquote type=cite>"),
        "lists": _html("<ul><li>x"),
        "options": _html("<b>需要</b>/"),
        "choices": _html("<option>x", "<select>"),
        "options alone": _html("<b>需要</b>", "<span>"),
        "pictures": _html("<img alt='是'>"),
        "links": _html(f"<a href='http://{'mail.qq.com/' * 20}'>x</a>"),
        "style": _html("text-decoration", "<p style='", "'>x"),
        "styles": _html(f"<b style='{'text-decoration' * 20}'>是</b>/否"),
        "white space": _html(" ", "<p>解绑：", "<img>"),
        "white space of an option": _html("<b>是</b>" + " " * 500 + "x"),
        "scripts": _html("<script>"),
        "signs": _html("<"),
        "ends": _html("</"),
        "comments": _html("<!--"),
        "attributes": _html(" a=b", "<p ", ">x"),
        "names of attributes": _many_attributes,
        "entities": _html("&amp;#xe0f0;"),
        "line breaks": _html("<br>"),
        "spans": _html("<tr><td rowspan=65000 colspan=1000>x", "<table>"),
        "preformatted": _html(" \n", "<pre>"),
    },
    "text": {
        "one character": _text("x"),
        "blanks": _text(" "),
        "empty lines": _text("\n"),
        "tabs": _text("\t"),
        "one Chinese character": _text("解"),
        "brackets": _text("("),
        "names": _text("北京有限公司"),
        "endings of names": _text("集团"),
        "endings behind locks": _text("锁集团"),
        "names in one line": _text("一、企业名称："),
        "ticks and consequences": _text("。√则"),
        "equal signs behind both": _text("两项="),
        "labels": _text("是否解绑："),
        "answers": _text("是否解绑：是\n"),
        "negations": _text("不需要"),
        "asking": _text("请"),
        "password": _text("密码"),
        "topics": _text("重置密码和"),
        "locks": _text("ca锁"),
        "ticks": _text("☑解绑"),
        "cells": _text("企业名称\t是否解绑\t是否重置\n"),
        "prose": _text("北京市朝阳区某某科技发展有限公司申请解绑CA锁，不需要重置密码。\n"),
        "signs below a request": lambda size: mail(
            _PLAIN, body="北京某某公司申请解绑\n".encode() + _filled("-\n", size)
        ),
        "one long sentence": _text("北京市某某科技发展有限公司申请解绑CA锁不需要重置密码"),
        "links": _text("https://" + "mail.qq.com/" * 150 + " "),
        "letter-spaced": _text("解 绑 "),
        "PGP": _text("-----BEGIN PGP SIGNED MESSAGE-----\n"),
        "flowed": _text("> a \n", b"Content-Type: text/plain; format=flowed"),
        "uuencoded": _text("begin 644 a\nM\n", b"Content-Transfer-Encoding: x-uuencode"),
        "quoted-printable": _text("=\r\n", b"Content-Transfer-Encoding: quoted-printable"),
        "base64": _text("ab=", b"Content-Transfer-Encoding: base64"),
    },
    "quoted": {
        "signs": _text("> x\n"),
        "rules": _text("---\n"),
        "fields": _text("From: a\n"),
        "whole heads": _text("From: a\nSent: b\nTo: c\n"),
        "addresses before wrote": _text("a@" * 190 + "写道x\n"),
        "dates before wrote": _text("2026-1-1 " * 40 + "写道x\n"),
        "wrapped": _text("于 1\n"),
        "white space in a rule": _text("--forwarded by" + " " * 370 + "x\n"),
        "dashes in a rule": _text("--forwarded by" + "-" * 370 + "x\n"),
        "our letters' ends": _text(f"{LETTER_MARK_END}\n"),
        "our letters' heads": _text(f"{CASE_WORD}：JB20260101-0001\nx\n"),
        "phones": _text("发自我的 iPhone\n"),
        "questions": _text("> 是否解绑：\n是\n"),
        "deep signs": _text(">"),
    },
    "headers": {
        f"{name} {what}": _header(name, unit)
        for name in ("Subject", "From", "To", "Content-Type", "References", "Auto-Submitted")
        for what, unit in (
            ("letters", "a"),
            ("brackets", "<"),
            ("comments", "("),
            ("quotes", '\\"'),
            ("words", "=?utf-8?B?5q==?= "),
            ("folds", "a\r\n "),
            ("parameters", ";a*0*=b"),
        )
    }
    | {"many": lambda size: _filled("To: a@b.c, d@e.f\r\n", size) + mail(body=b"x")},
    "parts": {
        "nested": _nested_parts,
        "empty": partial(_many_parts, b""),
        "small": partial(_many_parts, _HTML + b"\r\n\r\n<s><s>"),
        "tables": _many_html,
        "mails in mails": lambda size: (
            mail(body=b"").removesuffix(b"\r\n")
            + _filled("Content-Type: message/rfc822\r\n\r\n", size)
        ),
        "false delimiters": lambda size: multi("mixed", _filled("--=_b1x", size)),
        "bounce": _bounce("<a@"),
        "bounce words": _bounce("account "),
    },
    "archives": {
        "empty members": _file(lambda size: empty_members(size // 47), "a.zip"),
        "bomb": _file(lambda size: zipped(bytes(size * 250)), "a.zip"),
        "broken LZMA": _file(broken_lzma, "a.zip"),
        "many": _many_zips,
        "small members": _file(
            lambda size: b"".join(islice(repeat(zipped(b"x")), size // 110 + 1)), "a.zip"
        ),
    },
    "winmail": {
        "objects": _file(lambda size: _tnef(_object(0x9002, b"") * (size // 11)), "winmail.dat"),
        "bodies": _file(lambda size: _tnef(_object(0x800C, b"x") * (size // 12)), "winmail.dat"),
        "html": _file(partial(_winmail_html, "<s>"), "winmail.dat"),
        "many html": _file(_winmail_many_html, "winmail.dat"),
        "values": _file(
            lambda size: _tnef(
                _object(0x9003, struct.pack("<IHHI", 1, 0x1102, 0x1000, 2**32 - 1) + bytes(size))
            ),
            "winmail.dat",
        ),
    },
}
