"""Decides which requests reach the lock. Pure: headers and bytes in, an order or a refusal out.

Refuses, in this order: another Host than this agent's own (DNS rebinding); a missing, null or
unlisted Origin; a query; any method, path or kind of content that is not ours; a body that is too
long, no JSON object, or has duplicate, unknown or missing fields. A field that looks like a PIN is
refused loudly, whatever else is right: no page may ever carry one. Modelled on Web eID. Chrome's
Local Network Access (142) asks the person and has no header; the Private Network Access before it
never refused a page for want of one.
"""

import base64
import json
import re
import unicodedata
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import Any

from agent.agent_errors import Refused
from lock_protocol import SHORTEST_NONCE_BYTES, Purpose
from lock_protocol.characters import visible

ROUTES = {"/status": "GET", "/certificates": "POST", "/sign": "POST"}
FIELDS: dict[str, frozenset[str]] = {
    "/certificates": frozenset(),
    "/sign": frozenset({"nonce", "purpose", "account", "certificate_sha256"}),
}
LONGEST_BODY_BYTES = 16 * 1024
LONGEST_NONCE_BYTES = 128
LONGEST_ACCOUNT = 200
SHA256_HEX = re.compile(r"[0-9a-f]{64}")
# without padding; a lone character of a last group would be six bits
BASE64URL = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?")
PIN_WORDS = re.compile(
    r"(user|token|key|ca|so|old|new)?(pins?(code)?|passw(or)?d|passcode|passphrase|pwd|secret)"
    r"|.*(口令|密码|pin码)|pin码?"
)


@dataclass(frozen=True)
class Gate:
    """Who may ask: exact origins, exact hosts."""

    origins: frozenset[str]
    hosts: frozenset[str]

    def admit(self, method: str, target: str, headers: Message) -> str:
        """The origin that asks. Raises Refused."""
        origin = self._origin(headers)
        path, mark, _ = target.partition("?")
        if path not in ROUTES:
            raise Refused("not_found", "没有这个地址", HTTPStatus.NOT_FOUND)
        if mark:
            raise Refused("query", "地址里不能带参数", HTTPStatus.BAD_REQUEST)
        if method not in {ROUTES[path], "OPTIONS"}:
            raise Refused("method", f"这个地址只接受 {ROUTES[path]}", HTTPStatus.METHOD_NOT_ALLOWED)
        return origin

    def _origin(self, headers: Message) -> str:
        if only(headers, "host") not in self.hosts:
            raise Refused("host", "只接受发给 127.0.0.1 的请求", HTTPStatus.MISDIRECTED_REQUEST)
        origin = only(headers, "origin")
        if origin not in self.origins or origin == "null":
            raise Refused(
                "origin",
                "这个网页不在锁助手的名单里",
                HTTPStatus.FORBIDDEN,
                "如确为交易系统的网址，请把它加进 agent.toml 的 origins",
            )
        return origin


@dataclass(frozen=True)
class SignRequest:
    """A page's request for a signature.

    It does not name the origin, which the browser's header gives.
    """

    nonce: bytes
    purpose: str
    account: str
    certificate_sha256: str


def only(headers: Message, name: str) -> str:
    """The one value of a header; empty when it is missing or there twice."""
    values = headers.get_all(name, [])
    return values[0] if len(values) == 1 else ""


def body_length(headers: Message) -> int:
    """How many bytes to read. Raises Refused before anything is read."""
    if only(headers, "content-type").partition(";")[0].strip().lower() != "application/json":
        raise Refused("content_type", "只接受 application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    length = only(headers, "content-length")
    if "transfer-encoding" in headers or not re.fullmatch(r"\d{1,9}", length, re.ASCII):
        raise Refused("length", "要有 Content-Length", HTTPStatus.LENGTH_REQUIRED)
    if int(length) > LONGEST_BODY_BYTES:
        raise Refused("too_large", "请求太长", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return int(length)


def fields(path: str, body: bytes) -> dict[str, Any]:
    """The JSON object of a request: exactly the fields of its path. Raises Refused."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=without_pin)
    except (ValueError, RecursionError):
        raise bad("不是正确的 JSON") from None
    if not isinstance(value, dict):
        raise bad("要是一个 JSON 对象")
    if value.keys() != FIELDS[path]:
        raise bad(f"字段应恰为：{'、'.join(sorted(FIELDS[path])) or '没有'}")
    return value


def without_pin(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the body, however deep. Raises Refused for a PIN, ValueError for a name that is
    there twice."""
    if any(is_pin(name) for name, _ in pairs):
        raise Refused(
            "pin_in_request",
            "网页不得传送PIN码：PIN码只在锁助手自己的窗口里输入",
            HTTPStatus.BAD_REQUEST,
            "这个网页有错或有诈：不要再用它，并请告诉交易中心；如果刚在网页里输入过PIN码，"
            "请尽快修改PIN码",
        )
    if len(pairs) != len(dict(pairs)):
        raise ValueError("duplicate")
    return dict(pairs)


def sign_request(body: bytes) -> SignRequest:
    """A request for one signature. Raises Refused."""
    value = fields("/sign", body)
    if not all(isinstance(item, str) for item in value.values()):
        raise bad("每个字段都应是文字")
    if value["purpose"] not in set(Purpose):
        raise bad("没有这种用途")
    if not SHA256_HEX.fullmatch(value["certificate_sha256"]):
        raise bad("certificate_sha256 应为 64 位小写十六进制")
    return SignRequest(
        nonce_of(value["nonce"]),
        value["purpose"],
        account_of(value["account"]),
        value["certificate_sha256"],
    )


def nonce_of(text: str) -> bytes:
    """base64url without padding, 32 to 128 bytes."""
    is_encoded = BASE64URL.fullmatch(text)
    nonce = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if is_encoded else b""
    if not SHORTEST_NONCE_BYTES <= len(nonce) <= LONGEST_NONCE_BYTES:
        raise bad("nonce 应为 32 至 128 字节的 base64url，不带等号")
    return nonce


def account_of(text: str) -> str:
    """Shown in the PIN window, so it may not play tricks there:
    no controls, no direction marks, no lone surrogates."""
    if len(text) > LONGEST_ACCOUNT or visible(text) != text:
        raise bad("account 太长，或有不能显示的字符")
    return text


def is_pin(name: str) -> bool:
    """Whether a field's name is one that a page would give a PIN:
    pin, userPin, PIN码, password, 口令 …"""
    folded = re.sub(r"[\s_.-]", "", unicodedata.normalize("NFKC", name)).lower()
    return PIN_WORDS.fullmatch(folded) is not None


def bad(message: str) -> Refused:
    return Refused("request", f"请求不对：{message}", HTTPStatus.BAD_REQUEST)


def answer_headers(origin: str, *, preflight: bool = False) -> list[tuple[str, str]]:
    """The headers that let the listed origin, and no other, read the answer."""
    headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if preflight:
        headers += [
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", "content-type"),
            ("Access-Control-Max-Age", "0"),
        ]
    return headers
