"""Whether the desk knows its receiving server's Authentication-Results: what is configured is held against recent mails of the mailbox, or learnt there.

Anybody can send mails with such a header in them, so what is found is proposed, never taken: an administrator holds it against a mail of their own.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from app.diagnosis import Line, broken, warning, well
from app.settings import SenderZone
from mail_intake.sender.places import Place, places_in

SENDER: Final = "发件人核实 sender"
FEWEST: Final = 3
"""Mails in which a server's name stands before it is proposed."""
MOST_PART: Final = 0.8
"""A server that writes results writes them into all mails from outside; one that is in few of them came with them."""
_BY_HAND: Final = "如确无可用的核验结果，请设 sender.accept_unauthenticated: true（来信逐封人工核实），并设 sender.dns_servers: [] 由本机核对 DKIM"


def senders(zone: SenderZone, headers: Sequence[bytes]) -> Iterator[Line]:
    """What is to be said of the configured names. `headers`: the header sections of recent mails; none where the mailbox could not be read."""
    found = [places_in(raw) for raw in headers]
    if zone.authserv_ids:
        yield _compared(zone, found)
    elif zone.accept_unauthenticated:
        yield warning(SENDER, f"没有配置收信服务器：除 DKIM 能在本机核实的以外，来信一律待人工核实。{_seen(found)}", _proposal(found) or _BY_HAND)
    else:
        text = f"没有配置 sender.authserv_ids，unbind serve 将拒绝启动：无从分辨冒名的来信。{_seen(found)}"
        yield broken(SENDER, text, _proposal(found) or _BY_HAND)


def _compared(zone: SenderZone, found: Sequence[tuple[Place, ...]]) -> Line:
    names = "、".join(zone.authserv_ids)
    trusted = {name.strip().casefold() for name in zone.authserv_ids}
    fitting = sum(
        any(place.server in trusted and place.received_above <= zone.received_above and not place.below_sender for place in places) for places in found
    )
    if not found:
        return warning(SENDER, f"{names}：邮箱里没有来信可供核对", "请从外部邮箱给本邮箱寄一封信，再运行 unbind doctor")
    if fitting:
        return well(SENDER, f"{names}：最近 {len(found)} 封来信中 {fitting} 封有其核验结果")
    return warning(SENDER, f"{names}：最近 {len(found)} 封来信中没有一封有其核验结果，来信都将待人工核实。{_seen(found)}", _proposal(found) or _BY_HAND)


def _topmost(found: Sequence[tuple[Place, ...]]) -> "Counter[Place]":
    return Counter(places[0] for places in found if places)


def _seen(found: Sequence[tuple[Place, ...]]) -> str:
    """What stands in the mails, for people."""
    if not found:
        return "邮箱里还没有可供参考的来信。"
    rows = [
        f"{place.server}（其上 {place.received_above} 行 Received{'，位于发件人自己的字段之下，无法与伪造的区分' if place.below_sender else ''}）{count} 封"
        for place, count in _topmost(found).most_common(4)
    ]
    return f"最近 {len(found)} 封来信最上方的 Authentication-Results：{'；'.join(rows) or '均没有'}。"


def _proposal(found: Sequence[tuple[Place, ...]]) -> str:
    """The lines for config.yaml that fit the mails, "" where none do."""
    usual = {place: count for place, count in _topmost(found).items() if count >= FEWEST and not place.below_sender}
    if not usual or sum(usual.values()) < MOST_PART * len(found):
        return ""
    names = json.dumps(sorted({place.server for place in usual}), ensure_ascii=False)
    above = max(place.received_above for place in usual)
    return f"请与您自己从外部邮箱寄来的一封信核对后写入 config.yaml：sender: {{authserv_ids: {names}, received_above: {above}}}"
